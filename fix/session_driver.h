// Drives one FIX session on one connection, from its Logon to its end, for whoever owns it: a gateway (acceptor) or the
// trade reporter (initiator). It exists only while the session machine says that this process owns the session.
//
// What holds (docs/architecture.md, section 6):
//  - Everything that the session layer invents is proposed as a SessionAdminSent in the order of invention, and leaves
//    only when that record has taken effect and is stable. An application message leaves when its cause is stable.
//  - All bytes of the connection are one queue, first in first out, beginning with the Logon. A resend waits in it for
//    the records of every number below its end, and what came later waits behind it.
//  - Numbers are given in the order in which things are put into that queue, and they are those of the OutboundIndex
//    (asserted): the index's next number plus the inventions whose records are still on their way.
//  - Only accepted application messages are proposed; nothing that was not accepted advances the number on the log.
//  - A ResendRequest is answered from the log, in slices.
//  - What comes ahead of a missing message is held here, within bounds, and taken in its turn, one by one, as if it had
//    come then; whatever closes the gap, a message that is refused too.
//  - Time is the owner's clock: heartbeats, TestRequests, time-outs. A peer that is not read is not timed out.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fix/engine.h"
#include "fix/framing.h"
#include "fix/log_access.h"
#include "fix/plain.h"
#include "fix/render.h"
#include "fix/session_log.h"
#include "runtime/clock.h"
#include "runtime/host/participant.h"
#include "runtime/net.h"
#include "sessions/outbound_index.h"
#include "sessions/session_machine.h"

namespace cantus::fix {

struct DriverLimits {
  FramingLimits framing{};                           // of a peer that is known; narrower ones held before its Logon
  std::size_t inbound_queue_max = 256;               // messages held behind a gap; what comes beyond is asked for again
  std::size_t inbound_queue_bytes_max = 512 * 1024;  // likewise, and what they take
  std::size_t outbox_bytes_max = 16 * 1024 * 1024;   // a peer that lets more gather is cut off
  std::size_t unsent_bytes_max = 256 * 1024;         // nothing is handed to a socket with so much unsent
  std::size_t slice_messages = 64;                   // of a resend, between which the loop runs: so many at most,
  std::int64_t slice_ns = 250'000;                   // and none begun after so long
  std::uint32_t sequence_jump_max = 1'000'000;       // how far a SequenceReset may go
  std::int64_t logon_timeout_ns = 10'000'000'000;
  std::int64_t logout_timeout_ns = 5'000'000'000;
  std::int64_t gap_timeout_ns = 60'000'000'000;   // how long a gap may stay as it is
  std::int64_t gap_asked_ns = 2'000'000'000;      // and when its rest is asked for, if that was not done
  std::int64_t latency_max_ns = 120'000'000'000;  // most difference of the peer's SendingTime (52) from our clock
};

// Whoever turns the peer's application messages into proposals.
class InboundApplication {
 public:
  virtual ~InboundApplication() = default;
  [[nodiscard]] virtual bool takes(std::string_view msg_type) const = 0;
  // Proposes at most one record. `message` was judged by the dictionary and came in sequence. `unsupported`: only its
  // type and number are known.
  virtual void take(const InboundMessage& message, bool unsupported, const ClientRef& client) = 0;
};

// Told how long an order took to its first report. Called on the loop's thread.
class LatencySink {
 public:
  virtual ~LatencySink() = default;
  virtual void on_first_report(std::int64_t nanoseconds) = 0;
};

// What all drivers of an edge share; outlives them.
struct DriverServices {
  const runtime::Clock& clock;
  const ReferenceData& refdata;
  const SessionMachine& sessions;
  const OutboundIndex& index;
  const Exceptions& exceptions;  // that the edge has applied
  host::EdgeProposer& proposer;
  LogAccess& log;  // for resends
  SessionLog& messages;
  LatencySink* latency = nullptr;
  std::string qualifier;  // of this edge, unique within the process
  DriverLimits limits{};
  // Records that have killed whoever made messages of them: what needs one waits until it is quarantined, and closes.
  std::vector<Seq> avoided{};
  Seq applied{};  // the event that the edge applied last
  Seq stable{};
  // Made here and not by the first order: it takes the time of a thousand.
  const PlainRules& plain_rules = PlainRules::shared();
};

struct DriverSetup {
  SessionId session;
  Generation generation;
  Epoch epoch;
  bool initiator = false;
  std::uint32_t heartbeat_s = 30;
  bool reset_logon = false;                // an initiator's Logon says that numbers begin anew
  std::optional<MsgSeqNum> next_expected;  // the peer's NextExpectedMsgSeqNum (789)
  std::string refusal;                     // not empty: the peer is logged out with this text instead of logged on
};

// Takes back what is proposed in the name of an owner that is none any more, and was not handed to the sequencer. To be
// called when the log said that a session changed hands, and at each attachment.
void take_back_stale(host::EdgeProposer& proposer, const SessionMachine& sessions);

class SessionDriver;

class DriverOwner {
 public:
  virtual ~DriverOwner() = default;
  // The connection has ended or is to be; the driver does nothing more. Called once, possibly from within any call to
  // the driver: destroy it later. `down` is the reason to record, nothing if the session is no longer ours.
  virtual void on_over(SessionDriver& driver, std::optional<DownReason> down) = 0;
};

class SessionDriver final : private EngineHandler, private runtime::StreamHandler {
 public:
  // Takes the connection over, with what its framer still holds. An acceptor is given the peer's Logon.
  SessionDriver(const DriverServices& services, DriverOwner& owner, InboundApplication& application, DriverSetup setup,
                std::unique_ptr<runtime::Stream> stream, Framer framer, std::string logon);
  ~SessionDriver() override;
  SessionDriver(const SessionDriver&) = delete;
  SessionDriver& operator=(const SessionDriver&) = delete;

  // To be called once, after the owner has stored the driver.
  void begin() { on_tick(); }

  [[nodiscard]] const DriverSetup& setup() const { return setup_; }
  [[nodiscard]] bool over() const { return state_ == State::over; }
  [[nodiscard]] bool logged_on() const { return state_ == State::up; }
  // Both sides' Logons were exchanged since the driver was made; for an initiator's back-off.
  [[nodiscard]] bool was_logged_on() const { return was_up_; }

  // The log speaks. `given` was numbered by `event`, an application message of this session. `received_at` is the
  // monotonic time at which the order came in that it answers first, 0 if it answers none.
  void on_given(const Event& event, const OutboundIndex::Given& given, std::int64_t received_at);
  // A SessionAdminSent of this epoch, for `number`, took effect at `position`.
  void on_own_record(MsgSeqNum number, Seq position);
  void on_stable();
  // The exception just applied voids records that may be causes of what waits in the queue.
  void on_voided();
  // True while it has something to do when more becomes stable or more may be proposed.
  [[nodiscard]] bool waiting() const { return !over() && (!outbox_.empty() || !reading_); }
  // Now and then, at least ten times a second; also whenever proposals may be possible again.
  void on_tick();

  // Says Logout and closes when it is answered, or after a while.
  void log_out(const std::string& text, DownReason reason);
  // The session is not ours any more.
  void close_in_silence();

 private:
  enum class State {
    starting,     // the peer's Logon is not answered yet, or ours not sent
    logging_on,   // an initiator waits for the answer to its Logon
    up,           // application messages flow
    logging_out,  // a Logout of ours or the answer to the peer's is on its way
    over,
  };

  struct OutItem {
    enum class Kind { invented, application, range, close };
    Kind kind = Kind::invented;
    Seq needs;              // what must be stable; zero: not known yet
    std::string bytes;      // of an invented message
    Rendered rendered;      // of an application message
    OutboundInputs inputs;  // of an application message
    std::int64_t received_at = 0;
    std::int64_t waiting_since = 0;
    MsgSeqNum begin{0};  // of a range: next number to send, and the one behind its last
    MsgSeqNum end{0};
    bool first_time = false;                    // of a range: these numbers were never sent
    DownReason down = DownReason::peer_closed;  // of a close
    [[nodiscard]] std::size_t size() const { return sizeof(OutItem) + bytes.size() + rendered.body.size(); }
  };

  // An invention whose record is on its way.
  struct Outstanding {
    MsgSeqNum number;
    OutItem* item = nullptr;  // in the outbox; null if no bytes came
  };

  // A message that came ahead of a missing one.
  struct Held {
    // What is left to do in its turn. `number`: of a Logon or a ResendRequest that was answered, to judge its number.
    // `number_alone`: it was refused when it came, and its number is counted.
    enum class Left { all, number, number_alone };
    std::string message;  // empty for `number_alone`
    Left left = Left::all;
    [[nodiscard]] std::size_t size() const { return sizeof(Held) + message.size(); }
  };

  // EngineHandler
  void on_invented(const Invented& invented) override;
  void on_bytes_out(const std::string& bytes) override;
  void on_application(const InboundMessage& message, bool unsupported) override;
  void on_heartbeat(std::string_view test_req_id) override;
  void on_logout() override;
  void on_end() override;
  void on_note(const std::string& note) override;
  [[nodiscard]] TimeNs sending_time() const override { return services_.clock.utc(); }
  // runtime::StreamHandler
  void on_bytes(std::span<const std::byte> bytes) override;
  void on_sent() override;
  void on_closed(const std::string& why) override;

  // session_driver.cpp: life of the connection and time
  void start();
  void start_acceptor();
  void start_initiator();
  Engine& make_engine(std::optional<MsgSeqNum> reply_next_expected);
  void after_logon();
  void take_backlog();
  void check_silence(std::int64_t now);
  void check_gap(std::int64_t now);
  void check_sending(std::int64_t now);
  void close_when_sent(DownReason reason);
  void finish(std::optional<DownReason> reason);
  void prove(MsgSeqNum through);

  // driver_input.cpp: what the peer sends
  [[nodiscard]] bool may_take_input() const;
  void process_input();
  void update_reading();
  void take(std::string_view message);
  bool take_plain(std::string_view bytes, std::string_view msg_type, MsgSeqNum number);
  void take_ahead(const std::string& message, std::string_view msg_type, MsgSeqNum number);
  bool take_held();
  [[nodiscard]] bool may_hold(std::size_t message_bytes) const;
  void hold(MsgSeqNum number, Held held);
  void take_in_turn(const std::string& message, std::string_view msg_type, MsgSeqNum number);
  void take_sequenced(const std::string& message, std::string_view msg_type, MsgSeqNum number);
  [[nodiscard]] std::int64_t latency_excused_ns() const;
  bool reads_well(std::string_view msg_type, MsgSeqNum number);
  bool header_is_good(const FieldList& fields, std::string_view msg_type, MsgSeqNum number);
  bool sequence_reset_is_good(const FieldList& fields, MsgSeqNum number);
  struct Asked {  // by a ResendRequest: 7 and 16, or the tag that is at fault
    MsgSeqNum begin{0};
    MsgSeqNum end{0};  // behind the last
    std::uint32_t missing_tag = 0;
    std::uint32_t wrong_tag = 0;
    [[nodiscard]] bool good() const { return missing_tag == 0 && wrong_tag == 0; }
  };
  [[nodiscard]] Asked asked_by(const FieldList& fields) const;
  void take_resend_request(const std::string& message, MsgSeqNum number);
  void answer(const Asked& asked);
  void refuse(MsgSeqNum number, std::string_view msg_type, std::uint32_t reason, std::uint32_t tag,
              std::string_view text);

  // driver_output.cpp: the queue
  OutItem& push(OutItem item);
  void push_resend(MsgSeqNum begin, MsgSeqNum end);
  void push_first_time(MsgSeqNum begin, MsgSeqNum end);
  void pump();
  bool ready(OutItem& item);
  // False if the item is not done yet (a range).
  bool send(OutItem& item, std::string& out, std::size_t& messages);
  bool send_range(OutItem& item, std::string& out, std::size_t& messages);
  void tell_latencies();
  std::optional<std::string> compose_again(const OutItem& range, MsgSeqNum number);
  void send_gap(const OutItem& range, MsgSeqNum begin, MsgSeqNum end, std::string& out);
  void put(std::string& out, const std::string& bytes, MsgSeqNum number);

  const DriverServices& services_;
  DriverOwner& owner_;
  InboundApplication& application_;
  DriverSetup setup_;
  SessionNames names_;
  std::unique_ptr<runtime::Stream> stream_;
  Framer framer_;
  FieldList fields_;   // of the message at hand
  std::string logon_;  // the peer's, until it is fed
  std::unique_ptr<Engine> engine_;
  State state_ = State::starting;
  bool was_up_ = false;

  std::deque<OutItem> outbox_;
  std::vector<std::int64_t> answered_;  // when the orders came in whose first reports are being written
  std::size_t outbox_bytes_ = 0;
  std::string out_;             // what one call of pump sends
  bool slice_leaving_ = false;  // a resend goes on when it is sent
  std::deque<Outstanding> outstanding_;
  bool invented_without_bytes_ = false;  // the last of outstanding_ waits for its bytes
  std::string replacement_bytes_;        // what is sent instead of QuickFIX's bytes: a Reject as it is recorded
  bool numbering_ = false;               // from our Logon on
  bool closing_ = false;                 // a close is in the queue: nothing is put behind it
  bool unreadable_ = false;              // a cause could not be read again
  MsgSeqNum left_through_{0};            // highest number that has left or that the peer may have from before
  MsgSeqNum last_application_{0};        // highest number of an application message
  // Application messages numbered behind our Logout, which nothing follows unless the session layer answers something
  // in the meantime; then they leave before it, so that the peer sees no hole. Empty if both are equal.
  MsgSeqNum skipped_begin_{0};
  MsgSeqNum skipped_end_{0};
  std::uint32_t backlog_ = 0;  // numbered before anything was sent in this generation: follow our Logon

  std::map<std::uint32_t, Held> held_;  // by number: ahead of what is expected, until its turn
  std::size_t held_bytes_ = 0;
  bool reading_ = false;
  std::int64_t reading_changed_ = 0;  // monotonic: when `reading_` last changed
  std::int64_t last_pause_ns_ = 0;    // how long the last pause was
  bool processing_ = false;

  DownReason logout_reason_ = DownReason::logout_by_peer;
  std::int64_t started_at_ = 0;  // monotonic, like all below
  std::int64_t last_put_ = 0;
  std::int64_t last_heard_ = 0;
  std::int64_t logout_at_ = 0;
  std::int64_t test_request_at_ = 0;    // last one sent
  std::uint32_t unanswered_tests_ = 0;  // since the peer was last heard
  MsgSeqNum gap_at_{0};                 // what is expected while messages wait behind a gap, and since when
  std::int64_t gap_since_ = 0;
  std::optional<MsgSeqNum> proof_number_;  // of the TestRequest whose answer will prove delivery
  MsgSeqNum proven_{0};
};

}  // namespace cantus::fix
