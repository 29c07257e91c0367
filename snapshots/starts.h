// Which snapshots of a venue an application may start from: whole files of its log whose record at their position is
// still the same, that the log itself names (SnapshotTaken), and whose state holds nothing that the log voids further
// on (messages/exceptions.h). Any other is passed over and said; it is never an error, for there is always the log's
// begin.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/reader.h"
#include "eventlog/snapshot_file.h"
#include "runtime/files.h"

namespace cantus::snapshots {

// Opens the venue's log; not_found while there is none.
using OpenLog = std::function<Result<std::unique_ptr<eventlog::LogReader>>()>;

// Nothing if `snapshot` is one to start from; else why not.
[[nodiscard]] std::optional<std::string> why_not(const eventlog::SnapshotInfo& snapshot, eventlog::LogReader& log);

class Starts {
 public:
  // `say` is told of what is passed over, once. `files` outlives this.
  Starts(runtime::Files& files, std::filesystem::path folder, OpenLog open_log,
         std::function<void(const std::string&)> say);

  // The i-th usable one, 0 is the newest; null if there are no more. They are judged when first asked for, and kept
  // until forget().
  [[nodiscard]] const eventlog::Snapshot* at(std::size_t i);
  // Gives their memory back; who asks again is told what is there then.
  void forget();

 private:
  [[nodiscard]] bool judge_next();
  [[nodiscard]] std::optional<std::string> refusal(LogSeq position, std::unique_ptr<eventlog::Snapshot>& snapshot);

  runtime::Files& files_;
  std::filesystem::path folder_;
  OpenLog open_log_;
  std::function<void(const std::string&)> say_;
  std::optional<std::vector<LogSeq>> listed_;
  std::size_t judged_ = 0;
  std::vector<std::unique_ptr<eventlog::Snapshot>> usable_;
};

}  // namespace cantus::snapshots
