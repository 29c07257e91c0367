// Reads single events of the log again: causes of messages that are sent again.
#pragma once

#include <memory>
#include <optional>

#include "eventlog/reader.h"
#include "messages/record.h"

namespace cantus::fix {

class LogAccess {
 public:
  virtual ~LogAccess() = default;
  // The event at this position, valid until the next call; nothing if it cannot be read (a sealed file went missing,
  // the log is corrupt).
  virtual std::optional<Event> read(Seq seq) = 0;
};

// Over a reader of its own, which stands wherever the last call left it.
class ReaderLogAccess final : public LogAccess {
 public:
  explicit ReaderLogAccess(std::unique_ptr<eventlog::LogReader> reader) : reader_(std::move(reader)) {}
  std::optional<Event> read(Seq seq) override;

 private:
  std::unique_ptr<eventlog::LogReader> reader_;
};

}  // namespace cantus::fix
