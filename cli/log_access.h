// Single events of the venue's log, for edges that send something again: opened when first asked, and anew after the
// log had another end than the reader knew.
#pragma once

#include <memory>
#include <optional>

#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "runtime/host/participant.h"

namespace cantus::cli {

class ReopeningLog final : public fix::LogAccess {
 public:
  ReopeningLog(runtime::Files& files, host::VenuePaths paths) : files_(files), paths_(std::move(paths)) {}

  std::optional<Event> read(Seq seq) override {
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (!access_) {
        Result<std::unique_ptr<eventlog::LogReader>> reader =
            eventlog::open_log(files_, paths_.journal(), paths_.memory);
        if (!reader) {
          return std::nullopt;
        }
        access_ = std::make_unique<fix::ReaderLogAccess>(std::move(*reader));
      }
      if (std::optional<Event> event = access_->read(seq)) {
        return event;
      }
      access_.reset();
    }
    return std::nullopt;
  }

 private:
  runtime::Files& files_;
  host::VenuePaths paths_;
  std::unique_ptr<fix::ReaderLogAccess> access_;
};

}  // namespace cantus::cli
