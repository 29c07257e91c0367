// A connection with a feed source: cuts its bytes into lines and hands them on one by one, as long as they are taken.
// What is not taken stays in a bounded buffer, and the socket is not read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/net.h"

namespace cantus::marketdata {

class FeedConnection;

// Who gets the lines.
class LineTaker {
 public:
  virtual ~LineTaker() = default;
  // False while no line can be taken; then FeedConnection::pump is called later.
  [[nodiscard]] virtual bool can_take() const = 0;
  // A whole line without its break; the answer is an error's text, empty if there is none.
  virtual std::string take(std::string_view line) = 0;
  virtual void on_connection_over(FeedConnection& connection) = 0;
};

class FeedConnection final : public runtime::StreamHandler {
 public:
  FeedConnection(std::unique_ptr<runtime::Stream> stream, LineTaker& taker);
  ~FeedConnection() override;

  // The first line that the source gets: from which number on it is to send. Lines are taken from then on.
  void begin(std::uint64_t next_feed_seq);
  [[nodiscard]] bool begun() const { return begun_; }
  // Takes what can be taken now.
  void pump();
  // True once the connection has ended; it only waits to be removed.
  [[nodiscard]] bool over() const { return over_; }

  void on_bytes(std::span<const std::byte> bytes) override;
  void on_sent() override {}
  void on_closed(const std::string& why) override;

 private:
  static constexpr std::size_t unsent_bytes_max = 64 * 1024;  // of error lines that a source does not read

  void take_line(std::string_view line);
  void write_line(const std::string& line);

  std::unique_ptr<runtime::Stream> stream_;
  LineTaker& taker_;
  std::string buffer_;      // what was read and not taken: at most one reading and a part of a line
  std::uint64_t line_ = 0;  // lines seen, for error lines
  bool skipping_ = false;   // within a line that is too long
  bool begun_ = false;
  bool over_ = false;
};

}  // namespace cantus::marketdata
