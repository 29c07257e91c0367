// The trade reporter's edge: a FIX connection that we initiate to the regulator. Each ReportSubmit on the log leaves as
// a TradeCaptureReport (35=AE); each TradeCaptureReportAck (35=AR) comes back as a ReportAnswered. Numbers, records and
// output commit are those of any session (docs/architecture.md, sections 6 and 7); whether to send a report again is
// the reporter's machine to decide (regreport/report_application.h), never this edge's.
//
// A connection's way: connected → Takeover proposed and seen → if the peer never confirmed the generation's reset, a
// new one opened → SessionDriver sends our Logon and serves the session → SessionDown → after a growing pause, again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "fix/session_driver.h"
#include "fix/venue_time.h"
#include "runtime/clock.h"
#include "runtime/host/participant.h"
#include "runtime/net.h"

namespace cantus::regreport {

struct TradeReporterOptions {
  std::string name;                                   // of its publisher
  runtime::Address regulator;                         // where it listens
  std::int64_t retry_min_ns = 500'000'000;            // pause before the next attempt, doubled each time …
  std::int64_t retry_max_ns = 30'000'000'000;         // … up to this
  std::int64_t takeover_timeout_ns = 10'000'000'000;  // a connection that waits longer for its Takeover is closed
  fix::DriverLimits driver{};
  std::vector<Seq> avoided{};  // of which no message is made unless they are quarantined
};

// For status; written by the reporter's thread, read by anybody.
struct TradeReporterFigures {
  std::atomic<bool> logged_on{false};
  std::atomic<std::uint64_t> connections{0};  // since the start
  std::atomic<std::uint64_t> reports{0};      // numbered while connected
  std::atomic<std::uint64_t> answers{0};      // proposed
};

class TradeReporter final : public host::EdgeApplication, private fix::DriverOwner, private fix::InboundApplication {
 public:
  // Everything handed in outlives the reporter. A venue without a regulator session has one that does nothing.
  TradeReporter(TradeReporterOptions options, runtime::Network& network, const runtime::Clock& clock,
                fix::LogAccess& log, fix::SessionLog& session_log);
  ~TradeReporter() override;

  // Before anything else; to be given to host_edge as `made`.
  void use(host::EdgeProposer& proposer);
  // Ends the session with a Logout and connects no more; true once it is gone. For an orderly stop, to be asked again.
  bool log_out(const std::string& text);

  [[nodiscard]] const TradeReporterFigures& figures() const { return figures_; }
  [[nodiscard]] const SessionMachine& sessions() const { return sessions_; }

  void apply(const Event& event) override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override;
  void on_stable(Seq stable) override;
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override;
  void on_refused(PublisherSeq number, const std::string& why) override;
  [[nodiscard]] const runtime::FarEndState* far_end() const override {
    return session_.is_zero() ? nullptr : &far_end_.state();
  }

 private:
  enum class State : std::uint8_t {
    idle,  // waits for the next attempt
    connecting,
    connected,  // the Takeover is still to be proposed
    taking,     // it is proposed; nothing was sent or read
    owning,     // it took effect; a SessionReset is still to be proposed
    resetting,  // it is proposed
    serving,    // the driver does the rest
  };

  // fix::DriverOwner, fix::InboundApplication
  void on_over(fix::SessionDriver& driver, std::optional<DownReason> down) override;
  [[nodiscard]] bool takes(std::string_view msg_type) const override { return msg_type == "AR"; }
  void take(const fix::InboundMessage& message, bool unsupported, const ClientRef& client) override;

  void on_tick();
  void connect(SessionId session);
  void propose_takeover();
  void propose_reset();
  void on_taken(const Event& event);
  void on_reset(const Event& event);
  void serve();
  void hand_out(const Event& event);
  void check_ownership();
  void flush_records();
  void pause_before_retry(bool was_logged_on);
  void drop_connection(const std::string& why);
  [[nodiscard]] bool may_propose() const { return attached_ && proposer_->can_propose(); }
  [[nodiscard]] fix::SessionDriver* living_driver() const;
  [[nodiscard]] bool holds_current_epoch() const;

  TradeReporterOptions options_;
  runtime::Network& network_;
  const runtime::Clock& clock_;
  fix::VenueTime venue_time_{clock_};  // what the regulator is told and judged by
  fix::LogAccess& log_;
  fix::SessionLog& session_log_;

  ReferenceData refdata_;
  SessionMachine sessions_{refdata_};
  OutboundIndex index_{refdata_, sessions_};
  Exceptions exceptions_;

  Seq restored_at_;
  host::EdgeProposer* proposer_ = nullptr;
  std::unique_ptr<fix::DriverServices> services_;
  std::unique_ptr<runtime::Timer> tick_;
  TradeReporterFigures figures_;

  bool attached_ = false;
  bool stopping_ = false;
  Incarnation incarnation_;
  runtime::FarEnd far_end_;  // connected: logged on
  State state_ = State::idle;
  SessionId session_;
  Epoch epoch_;  // once taken
  ConnectionId connection_{0};
  std::unique_ptr<runtime::Stream> stream_;  // until the driver has it
  std::unique_ptr<fix::SessionDriver> driver_;
  std::int64_t next_attempt_ns_ = 0;  // monotonic, as is the following
  std::int64_t state_since_ns_ = 0;
  std::int64_t pause_ns_;
  std::optional<SessionDown> down_;  // that could not be proposed yet
  std::optional<SessionHeld> held_;  // likewise
  // Answers to connect() that are still under way check this before they touch the reporter.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cantus::regreport
