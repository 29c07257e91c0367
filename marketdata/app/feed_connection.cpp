#include "marketdata/app/feed_connection.h"

#include "marketdata/app/feed_line.h"

namespace cantus::marketdata {

FeedConnection::FeedConnection(std::unique_ptr<runtime::Stream> stream, LineTaker& taker)
    : stream_(std::move(stream)), taker_(taker) {
  stream_->set_handler(this);
}

FeedConnection::~FeedConnection() = default;

void FeedConnection::begin(std::uint64_t next_feed_seq) {
  begun_ = true;
  write_line("next," + std::to_string(next_feed_seq));
  pump();
}

void FeedConnection::on_bytes(std::span<const std::byte> bytes) {
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  pump();
}

void FeedConnection::on_closed(const std::string&) {
  over_ = true;
  taker_.on_connection_over(*this);
}

void FeedConnection::pump() {
  if (over_ || !begun_) {
    return;
  }
  std::size_t begin = 0;
  std::size_t end = 0;
  while (!over_ && taker_.can_take() && (end = buffer_.find('\n', begin)) != std::string::npos) {
    take_line(std::string_view(buffer_).substr(begin, end - begin));
    begin = end + 1;
  }
  buffer_.erase(0, begin);
  if (over_) {
    return;
  }
  const bool whole_line_left = buffer_.find('\n') != std::string::npos;
  if (!whole_line_left && buffer_.size() > feed_line_bytes_max) {
    skipping_ = true;
    buffer_.clear();
  }
  if (whole_line_left || !taker_.can_take()) {
    stream_->pause_reading();
  } else {
    stream_->resume_reading();
  }
}

void FeedConnection::take_line(std::string_view line) {
  ++line_;
  const bool too_long = skipping_ || line.size() > feed_line_bytes_max;
  skipping_ = false;
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  const std::string fault = too_long ? "a line is too long" : taker_.take(line);
  if (!fault.empty() && !over_) {
    write_line("error," + std::to_string(line_) + "," + fault);
  }
}

// A source that does not read what it is told is closed on.
void FeedConnection::write_line(const std::string& line) {
  const std::string text = line + "\n";
  if (stream_->unsent_bytes() + text.size() > unsent_bytes_max) {
    over_ = true;
    stream_->set_handler(nullptr);
    stream_->close_after_sending();
    taker_.on_connection_over(*this);
    return;
  }
  stream_->write(std::as_bytes(std::span(text)));
}

}  // namespace cantus::marketdata
