// What the tests of crashes share: a workload that is cut short at any call, and a start or recovery that is compared
// whole with what the oracle says.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/eventlog/oracle.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {

// A log is what was appended, up to some position, and no less than `at_least`.
void expect_beginning(const std::vector<Record>& log, const std::vector<Record>& appended, std::uint64_t at_least,
                      const std::string& where);

// What one start or recovery did, without threads.
struct Done {
  bool ok = false;
  StartReport report;
  std::optional<Error> error;
};
// Runs it as far as a plan of `files` lets it.
Done act(runtime::SimulatedFiles& files, const JournalOptions& options, Act what);
// The same, and everything that can be seen of it is as the oracle says: the report and the whole log, or the refusal
// with nothing changed. Failures name `where`.
Done act_as_expected(runtime::SimulatedFiles& files, const JournalOptions& options, Act what, const std::string& where);

// The whole log as a reader of this host sees it; an error fails the test.
[[nodiscard]] std::vector<Record> read_log(runtime::SimulatedFiles& files, const JournalOptions& options,
                                           const std::string& where);

// A journal with its threads, fed batch by batch; before each next batch everything is synced, sealed and prepared, so
// that a run makes the same calls as the one before, up to the order among the threads.
class Workload {
 public:
  explicit Workload(std::uint64_t seed) : random_(seed) { venue_.options.listener = nullptr; }

  // Opens the journal and appends `batches`, or less if the process stops at a planned call. False if it did.
  bool run(int batches);
  // The process is gone, where it was stopped or now.
  void die();

  // The log as a start found it, before the next run.
  void adopt(std::vector<Record> log) { appended_ = std::move(log); }

  [[nodiscard]] Venue& venue() { return venue_; }
  [[nodiscard]] runtime::SimulatedFiles& files() { return venue_.files; }
  [[nodiscard]] const JournalOptions& options() const { return venue_.options; }
  [[nodiscard]] const std::vector<Record>& appended() const { return appended_; }
  // After its death: what it had said was synced, and what could be read of it.
  [[nodiscard]] std::uint64_t told() const { return told_; }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }

 private:
  bool append_batch();
  [[nodiscard]] bool at_rest();

  Venue venue_;
  std::mt19937_64 random_;
  std::uint32_t term_ = 0;
  std::vector<Record> appended_;  // every record that anybody may have seen
  std::uint64_t told_ = 0;
  std::uint64_t seen_ = 0;
  std::unique_ptr<runtime::Mapping> page_;
};

}  // namespace cantus::eventlog::test
