// A TestLog as a reader shows it.
#pragma once

#include "eventlog/reader.h"
#include "tests/sessions/session_log.h"

namespace cantus::test {

class TestLogReader final : public eventlog::LogReader {
 public:
  explicit TestLogReader(const TestLog& log) : log_(log) {}

  [[nodiscard]] eventlog::LogIdentity identity() const override { return {VenueId(7), LogNumber(1)}; }
  Result<std::optional<Event>> next() override {
    return position_ == log_.last() ? std::optional<Event>() : std::optional(log_.at(position_ = position_.next()));
  }
  Status seek(Seq seq) override {
    position_ = Seq(seq.get() - 1);
    return {};
  }
  Result<Seq> find(TimeNs) override { return Seq(1); }
  [[nodiscard]] Seq position() const override { return position_; }
  [[nodiscard]] Seq last() const override { return log_.last(); }
  [[nodiscard]] Seq synced() const override { return log_.last(); }

 private:
  const TestLog& log_;
  Seq position_;
};

}  // namespace cantus::test
