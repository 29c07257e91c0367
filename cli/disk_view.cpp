#include "cli/disk_view.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>

#include "base/civil_time.h"
#include "eventlog/layout.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

constexpr std::int64_t hour_ns = 3600 * ns_per_second;
constexpr std::int64_t day_ns = seconds_per_day * ns_per_second;
constexpr std::int64_t pace_after_ns = 600 * ns_per_second;

}  // namespace

void VolumeWindow::add(PublisherId publisher, TimeNs time, std::uint64_t bytes) {
  if (first_ == TimeNs{}) {
    first_ = time;
  }
  last_ = std::max(last_, time);
  if (volumes_.size() <= publisher.get()) {
    volumes_.resize(publisher.get() + std::size_t{1});
  }
  Volume& volume = volumes_[publisher.get()];
  const std::int64_t hour = time.get() / hour_ns;
  for (std::int64_t passed = std::max(volume.newest_hour + 1, hour - std::int64_t{hours} + 1); passed <= hour;
       ++passed) {
    volume.of_hour[static_cast<std::size_t>(passed) % hours] = 0;
  }
  volume.newest_hour = std::max(volume.newest_hour, hour);
  volume.bytes += bytes;
  volume.of_hour[static_cast<std::size_t>(hour) % hours] += bytes;
}

std::vector<VolumeWindow::Line> VolumeWindow::lines() const {
  std::vector<Line> lines;
  const std::int64_t now = last_.get() / hour_ns;
  // What the hours hold that are still counted: the present one has only begun.
  const std::int64_t span =
      std::min(last_.get() - first_.get(), (std::int64_t{hours} - 1) * hour_ns + last_.get() % hour_ns);
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    const Volume& volume = volumes_[i];
    if (volume.bytes == 0) {
      continue;
    }
    Line line;
    line.publisher = PublisherId(static_cast<PublisherId::rep>(i));
    line.bytes = volume.bytes;
    std::uint64_t counted = 0;
    for (std::int64_t hour = std::max(volume.newest_hour - std::int64_t{hours}, now - std::int64_t{hours}) + 1;
         hour <= volume.newest_hour; ++hour) {
      counted += hour < 0 ? 0 : volume.of_hour[static_cast<std::size_t>(hour) % hours];
    }
    if (span >= pace_after_ns) {
      line.a_day = static_cast<std::uint64_t>(static_cast<double>(counted) * static_cast<double>(day_ns) /
                                              static_cast<double>(span));
    }
    lines.push_back(line);
  }
  return lines;
}

DiskView DiskView::of(const std::filesystem::path& data) {
  DiskView view;
  std::error_code ignored;
  const std::filesystem::space_info space = std::filesystem::space(data, ignored);
  view.free_bytes = ignored ? 0 : space.available;
  view.keeping = keeping::read_state(runtime::system_files(), keeping::state_file(data));
  const Result<eventlog::Removed> removed = eventlog::read_removed(runtime::system_files(), data / "journal");
  view.removed = removed ? *removed : eventlog::Removed();
  for (const eventlog::RemovedRange& one : view.removed.ranges) {
    const auto record = eventlog::journal_of_backup(one.backup) / eventlog::directory_file;
    if (!std::filesystem::exists(record, ignored) && std::ranges::find(view.away, one.backup) == view.away.end()) {
      view.away.push_back(one.backup);
    }
  }
  return view;
}

std::optional<double> DiskView::days_left(const std::vector<VolumeWindow::Line>& volumes) const {
  double a_day = 0;
  for (const VolumeWindow::Line& line : volumes) {
    a_day += static_cast<double>(line.a_day);
  }
  if (keeping.plain_bytes > 0) {
    a_day *= static_cast<double>(keeping.packed_bytes) / static_cast<double>(keeping.plain_bytes);
  }
  return a_day > 0 ? std::optional(static_cast<double>(free_bytes) / a_day) : std::nullopt;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) {
    value /= 1000;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text.data();
}

}  // namespace cantus::cli
