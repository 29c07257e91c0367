#include "eventlog/paced_reader.h"

#include <utility>

namespace cantus::eventlog {
namespace {

constexpr std::size_t bytes_a_question = std::size_t{1} << 20;

class PacedReader final : public LogReader {
 public:
  PacedReader(std::unique_ptr<LogReader> reader, runtime::Pace pace)
      : reader_(std::move(reader)), pace_(std::move(pace)) {}

  LogIdentity identity() const override { return reader_->identity(); }
  Result<std::optional<Event>> next() override {
    if (unasked_ >= bytes_a_question) {
      goes_on_ = goes_on_ && pace_(std::exchange(unasked_, 0));
    }
    if (!goes_on_) {
      return Error{ErrorCode::refused, "given up"};
    }
    Result<std::optional<Event>> event = reader_->next();
    if (event && event->has_value()) {
      unasked_ += (*event)->header->length;
    }
    return event;
  }
  Status seek(Seq seq) override { return reader_->seek(seq); }
  Result<Seq> find(TimeNs time) override { return reader_->find(time); }
  Seq position() const override { return reader_->position(); }
  Seq first() const override { return reader_->first(); }
  Seq last() const override { return reader_->last(); }
  Seq synced() const override { return reader_->synced(); }
  Status look_again() override { return reader_->look_again(); }

 private:
  std::unique_ptr<LogReader> reader_;
  runtime::Pace pace_;
  std::size_t unasked_ = 0;  // bytes
  bool goes_on_ = true;
};

}  // namespace

std::unique_ptr<LogReader> paced(std::unique_ptr<LogReader> reader, runtime::Pace pace) {
  return std::make_unique<PacedReader>(std::move(reader), std::move(pace));
}

}  // namespace cantus::eventlog
