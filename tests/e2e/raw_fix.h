// A FIX peer without an engine: sends exactly the bytes that it is given and shows exactly those that come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cantus::e2e {

using RawFields = std::vector<std::pair<int, std::string>>;

// One message as it came: its bytes and its fields in order.
struct RawMessage {
  std::string bytes;
  RawFields fields;
  [[nodiscard]] std::string get(int tag) const;  // first of that tag; empty if there is none
  [[nodiscard]] std::string visible() const;     // SOH as '|'
};

// A socket that listens on this port of loopback, the caller's to close; a failure fails the test.
[[nodiscard]] int listen_on_loopback(std::uint16_t port);

class RawFix {
 public:
  // With `narrow` the kernel takes little of what the venue sends while nobody reads it.
  RawFix(std::uint16_t port, std::string our_comp_id, std::string their_comp_id, bool narrow = false);
  // Over a connection that was accepted.
  struct Accepted {
    int socket = -1;
  };
  RawFix(Accepted connection, std::string our_comp_id, std::string their_comp_id);
  ~RawFix();
  RawFix(const RawFix&) = delete;
  RawFix& operator=(const RawFix&) = delete;

  void send_bytes(const std::string& bytes);
  // Standard header, these fields, right length and sum; takes the next number unless 34 is among the fields.
  void send(const std::string& msg_type, const RawFields& fields);
  // Logon with the session's password (password_of) and 141=Y unless `reset` is false.
  void logon(const std::string& password, bool reset = true, int heartbeat_s = 30);
  // The next message; nothing once the peer has closed.
  [[nodiscard]] std::optional<RawMessage> receive();
  // The next message that is none of the session layer's own (0, 1).
  [[nodiscard]] std::optional<RawMessage> receive_application();
  // The next ExecutionReport of this ExecType (150), whatever comes before it. A failure of the test, and an empty
  // message, if the peer closes.
  RawMessage receive_report(const std::string& exec_type);
  // Reads until the peer closes; what came before.
  [[nodiscard]] std::vector<RawMessage> receive_all();
  // What the kernel holds of what the other end sent, until it holds nothing more at either end, in bytes as they come;
  // for an other end that stands still. Nothing else can be received afterwards but by `rest`.
  [[nodiscard]] std::string drain();
  // Bytes until the peer closes.
  [[nodiscard]] std::string rest();
  void close();
  void shut_down();  // from another thread: ends a receive
  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }
  void set_next_number(std::uint64_t number) { next_number_ = number; }  // of a session that goes on

 private:
  [[nodiscard]] bool venue_has_unsent() const;

  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::string our_comp_id_;
  std::string their_comp_id_;
  std::string buffer_;
  std::uint64_t next_number_ = 1;
};

[[nodiscard]] std::string utc_now();  // as FIX writes it, with milliseconds

}  // namespace cantus::e2e
