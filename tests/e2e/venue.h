// A real venue for a test: `cantus up` on a folder and loopback ports of its own, followed by its log. Whatever a test
// waits for is a position or a record on that log, or a line that a participant wrote; only the test runner's time-out
// bounds it, and the death of the venue ends it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/reader.h"
#include "messages/record.h"
#include "refdata/reference_data.h"

namespace cantus::e2e {

using Json = nlohmann::json;

// A folder of its own, removed at the end unless the test has failed or CANTUS_KEEP_FOLDERS is set (then its path is
// printed).
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// TCP ports of loopback that were free a moment ago, all different.
[[nodiscard]] std::vector<std::uint16_t> free_ports(std::size_t count);

// What `cantus` printed and ended with.
struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};
[[nodiscard]] ProgramResult run_cantus(const std::vector<std::string>& words, const std::string& input = {});
[[nodiscard]] std::filesystem::path cantus_program();

// Returns once the process, not a child of ours, has ended.
void wait_ended(pid_t process);

struct Ports {
  std::uint16_t gateway_1 = 0;
  std::uint16_t gateway_2 = 0;
  std::uint16_t regulator = 0;
  std::uint16_t feed = 0;
};

// Two clients (BETA has small limits), a desk, its drop copy, a regulator; AAPL and MSFT. Password of every session:
// password_of(its CompID).
[[nodiscard]] Json configuration(const Ports& ports);
[[nodiscard]] std::string password_of(const std::string& comp_id);

class Venue {
 public:
  // Writes the configuration; starts nothing.
  Venue(const TestFolder& folder, const Json& configuration, std::string layout);
  ~Venue();  // kills what still runs

  // Runs `cantus up` and waits until every application is attached in the present term.
  void start();
  // `cantus down`; waits for the end of the supervisor and returns its exit code.
  int stop();
  [[nodiscard]] bool running();
  void kill_supervisor();  // kill -9; returns once it has ended
  // What a power cut does: every process dies at once and what lay in memory is gone. The log is read anew after the
  // next start.
  void cut_power();

  [[nodiscard]] const std::filesystem::path& data() const { return data_; }
  [[nodiscard]] std::filesystem::path memory() const;
  [[nodiscard]] const std::filesystem::path& configuration_file() const { return configuration_; }
  [[nodiscard]] pid_t supervisor() const { return supervisor_; }
  [[nodiscard]] Json status() const;  // `cantus status --json`

  // Process id of a process of the layout, by its name.
  [[nodiscard]] std::optional<pid_t> process(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> process_names() const;
  // kill -9; returns once another process of the name runs.
  void kill(const std::string& name);

  // Follows the log: calls `seen` for each record from where the last call ended, until it returns true.
  void follow(const std::function<bool(const Event&)>& seen);
  // Until a record of type M satisfies the predicate; returns a copy of it.
  template <class M>
  M wait_for(const std::function<bool(const M&, const RecordHeader&)>& wanted) {
    M found{};
    follow([&](const Event& event) {
      if (!event.is<M>() || !wanted(event.as<M>(), *event.header)) {
        return false;
      }
      found = event.as<M>();
      return true;
    });
    return found;
  }
  // The log from its first record.
  [[nodiscard]] std::unique_ptr<eventlog::LogReader> open_log() const;
  // Every record so far, from the first.
  void for_each_record(const std::function<void(const Event&)>& f) const;
  [[nodiscard]] Seq last() const;
  // Until every application of the venue has applied everything up to `position` and is attached.
  void wait_applied(Seq position);
  // Until nothing happens any more: no wish or proposal is outstanding, nothing but time is added, all have applied.
  void wait_quiet();
  [[nodiscard]] Seq quiet_at() const { return quiet_at_; }  // last record but those of time, when it was quiet last
  // Until `done`; fails the test if the venue ends.
  void wait_until(const std::function<bool()>& done);

 private:
  [[nodiscard]] bool all_attached(Seq position) const;

  std::filesystem::path data_;
  std::filesystem::path configuration_;
  std::string layout_;
  pid_t supervisor_ = -1;
  Seq quiet_at_;
  std::unique_ptr<eventlog::LogReader> reader_;
};

}  // namespace cantus::e2e
