#include "tests/sim/checkers/log_watch.h"

#include <string>

namespace cantus::sim {
namespace {

std::uint64_t sum_of_record(const Event& event) {
  const std::uint64_t header = crc32c(std::as_bytes(std::span<const RecordHeader, 1>(event.header, 1)));
  return header << 32 | crc32c(event.bytes());
}

}  // namespace

bool LogWatch::open() {
  if (boot_ != world_.boots()) {
    reader_.reset();
  }
  if (reader_) {
    return true;
  }
  if (!world_.log_is_open()) {
    return false;
  }
  Result<std::unique_ptr<eventlog::LogReader>> reader = world_.open_log();
  if (!reader) {
    return false;
  }
  boot_ = world_.boots();
  reader_ = *std::move(reader);
  if (reader_->synced().get() < seen_.size()) {
    findings_.add("what is durable stays", "the log was durable through " + std::to_string(seen_.size()) +
                                               " and is through " + std::to_string(reader_->synced().get()));
  }
  return true;
}

void LogWatch::look() {
  if (findings_.first() || !open()) {
    return;
  }
  while (reader_->position() < reader_->synced()) {
    const Result<std::optional<Event>> event = reader_->next();
    if (!event || !event->has_value()) {
      findings_.add("what is durable can be read", "behind " + std::to_string(reader_->position().get()) + ": " +
                                                       (event ? std::string("there is nothing") : event.error().text));
      return;
    }
    show(**event);
  }
}

void LogWatch::show(const Event& event) {
  const std::uint64_t seq = event.header->seq.get();
  const std::uint64_t sum = sum_of_record(event);
  if (seq <= seen_.size()) {
    if (seen_[seq - 1] != sum) {
      findings_.add("one content per number", "record " + std::to_string(seq) + " was another one before");
    }
    return;
  }
  if (seq != seen_.size() + 1) {
    findings_.add("numbers without a gap",
                  "record " + std::to_string(seq) + " follows on " + std::to_string(seen_.size()));
  }
  if (event.header->time < time_) {
    findings_.add("time never goes backwards", "record " + std::to_string(seq));
  }
  time_ = event.header->time;
  seen_.push_back(sum);
  for (Checker* const checker : checkers_) {
    checker->on_stable(event);
  }
}

}  // namespace cantus::sim
