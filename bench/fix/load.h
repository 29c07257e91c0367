// Load generator of the FIX benchmarks: one client on a plain socket that builds its orders itself and reads answers
// only as far as it must. It shares no code with the venue, and drives the venue and the base lines alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cantus::bench {

struct FixPeer {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string sender_comp_id;
  std::string target_comp_id;
  std::string password;  // empty: none is sent
};

class FixLoad {
 public:
  FixLoad() = default;
  FixLoad(const FixLoad&) = delete;
  FixLoad& operator=(const FixLoad&) = delete;
  ~FixLoad();

  // Connects and logs on with 141=Y. Fails after ten seconds without a Logon in answer.
  Status log_on(const FixPeer& peer);

  // Sends `count` orders, each after the first ExecutionReport (8) of the one before; nanoseconds from the send to that
  // report.
  Result<std::vector<std::int64_t>> one_at_a_time(std::size_t count);
  // Sends `count` orders with at most `window` unanswered; returns nanoseconds from the first send to the last first
  // report.
  Result<std::int64_t> pipelined(std::size_t count, std::size_t window);

  // Logs out and closes; the peer's answer is waited for briefly.
  void log_out();

 private:
  Status send_all(std::string_view bytes);
  // Reads once (waiting for bytes) and handles what is complete; adds to `answered_`.
  Status receive();
  Status handle(std::string_view message);
  void append_message(std::string& out, std::string_view type, std::string_view body);
  void append_order(std::string& out);

  FixPeer peer_;
  int socket_ = -1;
  std::uint64_t number_ = 0;    // MsgSeqNum last sent
  std::uint64_t order_ = 0;     // ClOrdID last sent
  std::uint64_t answered_ = 0;  // orders with a first report; ClOrdIDs are answered in order
  bool logged_on_ = false;
  bool logged_out_ = false;
  std::string run_;  // tells ClOrdIDs of one run from those of another
  std::string received_;
  std::size_t handled_ = 0;  // bytes of `received_` already handled
};

}  // namespace cantus::bench
