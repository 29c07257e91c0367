// One FIX session's protocol state: a QuickFIX `Session`, driven by one thread, with its own message store and without
// its timers. This is the fence around QuickFIX: nothing that it throws leaves here, and no header of it is needed to
// use this one. What it does is the judging of inbound numbers (gaps, duplicates, queue), the validation against the
// dictionary, and the answers that FIX prescribes. What it does not do, because QuickFIX's way would break the venue's
// rules: it keeps no time (heartbeats and time-outs are the driver's), it never sees a ResendRequest, it never sends an
// application message, it never resets numbers on its own.
//
// Numbers: `next_outbound` is what the next message takes, invented or application; `next_inbound` what is expected.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "fix/message_text.h"

namespace cantus::fix {

// A message from the peer that the session layer let through in sequence. Valid during the call it is passed to.
class InboundMessage {
 public:
  virtual ~InboundMessage() = default;
  [[nodiscard]] virtual std::string_view msg_type() const = 0;
  [[nodiscard]] virtual MsgSeqNum number() const = 0;
  [[nodiscard]] virtual bool poss_dup() const = 0;
  [[nodiscard]] virtual bool poss_resend() const = 0;
  // OrigSendingTime (122), if it has one that can be read.
  [[nodiscard]] virtual std::optional<TimeNs> orig_sending_time() const { return std::nullopt; }
  // Value of a field of the body (not of a group within it).
  [[nodiscard]] virtual std::optional<std::string_view> find(std::uint32_t tag) const = 0;
};

// What the session layer wants to send besides application messages.
struct Invented {
  MsgSeqNum number;
  std::string msg_type;  // A 0 1 2 3 5
  // Of a Reject: everything that it says.
  MsgSeqNum ref_seq_num{0};
  std::uint32_t ref_tag_id = 0;                        // 0: none
  std::optional<std::uint32_t> session_reject_reason;  // 373
  std::string ref_msg_type;
  std::string text;
};

class EngineHandler {
 public:
  virtual ~EngineHandler() = default;
  // The number is taken now; the bytes follow in the next on_bytes_out, unless the message cannot be sent any more.
  virtual void on_invented(const Invented& invented) = 0;
  virtual void on_bytes_out(const std::string& bytes) = 0;
  // In sequence. `unsupported`: a type that FIX knows and nobody here takes; only type and number can be asked.
  virtual void on_application(const InboundMessage& message, bool unsupported) = 0;
  virtual void on_heartbeat(std::string_view test_req_id) = 0;  // empty if it answers nothing
  virtual void on_logout() = 0;
  virtual void on_end() = 0;                          // the session layer wants the connection closed, once all is sent
  virtual void on_note(const std::string& note) = 0;  // for the log of events
  [[nodiscard]] virtual TimeNs sending_time() const = 0;  // SendingTime (52) of what is invented now
};

struct EngineSetup {
  SessionNames names;
  std::string qualifier;  // tells apart sessions of one name within a process
  bool initiator = false;
  int heartbeat_s = 30;  // of an initiator; an acceptor takes the peer's
  MsgSeqNum next_outbound{1};
  MsgSeqNum next_inbound{1};
  bool reset_logon = false;                // an initiator's Logon carries 141=Y
  std::optional<MsgSeqNum> next_expected;  // NextExpectedMsgSeqNum (789) of our Logon
};

class Engine {
 public:
  // At most one with these names and qualifier may live in a process.
  Engine(EngineSetup setup, EngineHandler& handler);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // It holds no message: a Logon whose number is too high is answered and its gap asked for, but the number is not
  // counted; of other messages nothing with a number too high is to be fed. Whoever drives it keeps what is ahead.
  // Each returns false if QuickFIX threw: the message is then to be taken for garbled.
  bool feed(const std::string& message);
  // Judges the message's number as of a Heartbeat and does nothing else with it.
  bool feed_for_number_only(const std::string& message);
  // Judges it like an application message; if its turn comes, on_application is told that it is unsupported.
  bool feed_unsupported(const std::string& message, std::string_view msg_type);
  // The message has a number too high: judges its CompIDs, and sends a ResendRequest unless one is unanswered.
  bool ask_for_missing(const FieldList& message);
  // The same where the message's header is not to be read.
  bool ask_for_missing(MsgSeqNum ahead);
  // Counts the next number without its message: it was refused when it came ahead.
  void pass_over(MsgSeqNum number);

  // Takes the number of an application message that is plainly good (fix/plain.h), as `feed` would if it came to that.
  // False if the session does not stand so that nothing else would happen; then it is to be fed.
  bool count(MsgSeqNum number);

  void start_logon();  // an initiator's first step
  void send_heartbeat();
  void send_test_request(const std::string& id);
  void send_logout(const std::string& text);
  // Refuses a message of the peer; if it was the expected one, its number is done with.
  void send_reject(const Invented& content);

  [[nodiscard]] MsgSeqNum next_outbound() const;
  [[nodiscard]] MsgSeqNum next_inbound() const;
  MsgSeqNum take_outbound();  // for an application message
  [[nodiscard]] bool logged_on() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cantus::fix
