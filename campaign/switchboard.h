// Between participants and the venue: each participant connects to a line of the board, and the board to whichever
// gateway the line is routed to. So it is decided from outside where a stock engine comes back to, what it has seen
// when its gateway dies, and the moment of a death can be a message that goes by. Bytes are passed on as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/unique_fd.h"

namespace cantus::campaign {

class Switchboard {
 public:
  struct Passing {
    std::size_t line = 0;
    bool to_venue = false;
    std::string_view msg_type;  // 35
    bool poss_dup = false;      // 43=Y
  };
  enum class Verdict {
    pass,
    cut,  // neither it nor anything behind it is passed on: both ends are closed
  };
  // Called for each message before it goes on, on the board's thread, which does nothing else meanwhile. It must not
  // call the board.
  using Watch = std::function<Verdict(const Passing&)>;

  // With so many lines, each of which listens on a port of loopback. Throws std::runtime_error if that cannot be.
  explicit Switchboard(std::size_t lines);
  ~Switchboard();
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;

  [[nodiscard]] std::uint16_t port(std::size_t line) const { return lines_[line].port; }
  // Where connections of the line go from now on. One that waits for the venue (nobody listens there) is tried again
  // and again until the participant gives up.
  void route(std::size_t line, std::uint16_t venue_port);
  [[nodiscard]] std::uint16_t route_of(std::size_t line) const;
  // While held, connections of the line wait before the venue.
  void hold(std::size_t line, bool held);
  // Closes both ends of every connection of the line.
  void cut(std::size_t line);
  // Closes the participant's end; the venue's stays open in silence until it closes it or release_orphans is called.
  void orphan(std::size_t line);
  void release_orphans();
  // Empty: nobody watches. Returns once a watch that was there before is not called any more.
  void watch(Watch watch);

 private:
  struct Line {
    runtime::UniqueFd listener;
    std::uint16_t port = 0;
    std::uint16_t venue_port = 0;
    bool held = false;
  };
  struct Half {
    runtime::UniqueFd socket;
    std::string in;      // read, not yet a whole message
    std::string out;     // to be written
    bool ended = false;  // nothing more comes from it
  };
  struct Connection {
    std::size_t line = 0;
    Half peer;
    Half venue;
    bool orphaned = false;
    bool over = false;
  };

  void run();
  void accept(std::size_t line);
  void connect(Connection& connection);
  void read(Connection& connection, Half& from, Half& to);
  void pass_on(Connection& connection, Half& from, Half& to);
  static void write(Half& half);
  void settle(Connection& connection);
  void wake() const;

  std::vector<Line> lines_;
  runtime::UniqueFd wake_;
  mutable std::mutex mutex_;  // guards all below, and routes
  std::list<Connection> connections_;
  Watch watch_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cantus::campaign
