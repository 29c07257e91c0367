// How much a venue writes, who writes it, and how long the disk will take it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/types.h"
#include "eventlog/removed.h"
#include "keeping/state.h"

namespace cantus::cli {

// Bytes of records a day, for each publisher, by the log's own time.
class VolumeWindow {
 public:
  void add(PublisherId publisher, TimeNs time, std::uint64_t bytes);
  struct Line {
    PublisherId publisher;
    std::uint64_t bytes = 0;  // on the whole log
    std::uint64_t a_day = 0;  // in the last 24 hours; of a younger log as much as a day would bring at its pace
  };
  // Who wrote anything, by number. A log that spans less than ten minutes has no pace.
  [[nodiscard]] std::vector<Line> lines() const;

 private:
  static constexpr std::size_t hours = 24;
  struct Volume {
    std::uint64_t bytes = 0;
    std::array<std::uint64_t, hours> of_hour{};  // by the hour's number, modulo
    std::int64_t newest_hour = 0;
  };
  std::vector<Volume> volumes_;  // by publisher
  TimeNs first_;
  TimeNs last_;
};

// What the disk and the keeper say, read at one moment.
struct DiskView {
  std::uint64_t free_bytes = 0;  // for an ordinary user, where the journal lies
  keeping::KeepingState keeping;
  eventlog::Removed removed;      // what of the log lies in a backup only
  std::vector<std::string> away;  // of those backups, the ones in whose folders no copy can be seen

  [[nodiscard]] static DiskView of(const std::filesystem::path& data);
  // Of records, packed as those before were; nothing if the log has no pace.
  [[nodiscard]] std::optional<double> days_left(const std::vector<VolumeWindow::Line>& volumes) const;
};

// 12345678 as "12.3 MB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

}  // namespace cantus::cli
