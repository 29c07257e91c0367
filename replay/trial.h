// What quarantines would change: the log through the machines again, as it stands and with the records left to the
// fixed handling, and every outcome and message to a client that is another one then. A publisher that is concerned
// puts more on the log while operators decide, not knowing of it: what stands behind the trial is void, too. So whoever
// signs is shown once more, right before, what is void by then: a trial reads on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "messages/messages.h"

namespace cantus::replay {

struct Trial {
  std::vector<Quarantine> changes;    // as operators are to sign them, in one command
  Seq through;                        // the log's end when it was tried
  std::vector<std::string> records;   // in question, in words, with the machine that leaves each alone
  std::vector<std::string> voided;    // outcomes on the log that become void
  std::vector<std::string> wished;    // what the machines then wish for, and is not on the log yet
  std::vector<std::string> messages;  // to clients, that become other ones; which of them have left is said
  // How many of them have left. Every void one counts: it is on the log, so it may leave before anybody has signed.
  std::uint64_t left_changed = 0;
};

// What is not to be handled by whom.
struct TriedRecord {
  Seq position;
  MachineName machine{};
  friend bool operator==(const TriedRecord&, const TriedRecord&) = default;
};

struct TrialOptions {
  std::vector<TriedRecord> records;  // at least one; together
  // What was signed of these records already, all of one command: that is tried, as it stands. Empty: it is found.
  std::vector<Quarantine> as_signed;
  std::filesystem::path fix_logs;  // of the gateways' message logs: what left; may be missing
  Cursor* cursor = nullptr;        // told where the replay is, should it die of a record
};

class TrialRunner;

// A trial that reads on while a person makes up his mind.
class RunningTrial {
 public:
  // `reader` stands at the log's begin; `log` reads single events of the same log; neither is kept. Errors: refused
  // (there is no such record, it is quarantined already, the machine can not be, something else must be decided first,
  // or what was signed does not fit the log), corrupt (the log is not what this build computes, with or without), and
  // those of reading.
  [[nodiscard]] static Result<std::unique_ptr<RunningTrial>> run(eventlog::LogReader& reader, fix::LogAccess& log,
                                                                 const TrialOptions& options);
  ~RunningTrial();
  RunningTrial(const RunningTrial&) = delete;
  RunningTrial& operator=(const RunningTrial&) = delete;

  // Of the log through where it was read; what was on a list stays in its place, more follows behind it.
  [[nodiscard]] const Trial& trial() const;
  // To the log's end as it is now, with `changes` as they are; but what is not signed says how many messages have left
  // by then. `reader` and `log` are opened anew, `cursor` is told
  // where the replay is. Refused also if the log ended otherwise meanwhile, or something has taken effect over which
  // `changes` were not tried. After an error it is of no more use.
  [[nodiscard]] Status go_on(eventlog::LogReader& reader, fix::LogAccess& log, Cursor* cursor = nullptr);

 private:
  explicit RunningTrial(std::unique_ptr<TrialRunner> runner);

  std::unique_ptr<TrialRunner> runner_;
};

// One that does not read on. Errors are those of RunningTrial::run.
[[nodiscard]] Result<Trial> try_quarantine(eventlog::LogReader& reader, fix::LogAccess& log,
                                           const TrialOptions& options);

}  // namespace cantus::replay
