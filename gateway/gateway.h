// A gateway: takes FIX connections of clients, desks and drop copies, and lets them trade. An edge of the log: what it
// knows is a function of what it has applied, and every session that it serves is its own only by a Takeover that took
// effect. Any gateway can serve any session, and continues it at the right numbers.
//
// A connection's way: accepted → its Logon judged (fix/logon_judge.h; strangers are closed without a byte) → password
// checked off the loop → Takeover proposed, nothing more read → seen to have taken effect → 141=Y: SessionReset
// proposed and seen → a SessionDriver (fix/session_driver.h) answers the Logon and serves it to its end → SessionDown.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fix/logon_judge.h"
#include "fix/session_driver.h"
#include "fix/venue_time.h"
#include "gateway/latency.h"
#include "gateway/order_entry.h"
#include "gateway/password_turns.h"
#include "refdata/password_verifiers.h"
#include "runtime/clock.h"
#include "runtime/host/participant.h"
#include "runtime/logging.h"
#include "runtime/net.h"

namespace cantus::gateway {

struct GatewayOptions {
  std::string name;         // of its publisher
  runtime::Address listen;  // port 0: any
  // Connections that have not logged on: in all, and from one address. One more makes room for itself at the cost of
  // the one that has been silent longest, of its own address or of the one with most.
  std::size_t connections_before_logon_max = 512;
  std::size_t connections_before_logon_of_address_max = 128;
  std::int64_t logon_timeout_ns = 10'000'000'000;
  PasswordPoolOptions passwords{};
  fix::DriverLimits driver{};
  std::vector<Seq> avoided{};  // of which no message is made unless they are quarantined
};

// What the gateway does, for status; written by its thread, read by anybody.
struct GatewayFigures {
  std::atomic<std::uint64_t> connections{0};  // before their logon
  std::atomic<std::uint64_t> sessions{0};     // owned now
  std::atomic<std::uint64_t> logons{0};       // since the start, as are the following
  std::atomic<std::uint64_t> logons_dropped{0};
  std::atomic<std::uint64_t> orders{0};
  LatencyHistogram order_to_report;  // from the order's arrival to its first report on the socket
};

class Gateway final : public host::EdgeApplication, private fix::DriverOwner, private fix::LatencySink {
 public:
  // Everything handed in outlives the gateway. `log` reads causes of resends; `sessions_log` gets the FIX messages.
  Gateway(GatewayOptions options, runtime::Network& network, const runtime::Clock& clock, PasswordCheck check,
          fix::LogAccess& log, fix::SessionLog& session_log);
  ~Gateway() override;

  // Before anything else; to be given to host_edge as `made`.
  void use(host::EdgeProposer& proposer);
  // Connections are accepted from now on; they wait until the venue is open. Fails with already_in_use.
  Status listen();
  [[nodiscard]] std::uint16_t port() const;
  // Ends all sessions with a Logout and lets nobody in any more; true once every one is gone. For an orderly stop, to
  // be asked again.
  bool log_out_all(const std::string& text);

  [[nodiscard]] const GatewayFigures& figures() const { return figures_; }
  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  [[nodiscard]] const SessionMachine& sessions() const { return sessions_; }

  void apply(const Event& event) override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override;
  void on_stable(Seq stable) override;
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override;
  std::optional<host::Proposal> instead_of(const WishView& refused, const std::string& why) override;
  void on_refused(PublisherSeq number, const std::string& why) override;
  [[nodiscard]] bool waited_for() const override {
    return !drivers_.empty() || !arrivals_.empty() || !downs_.empty() || !held_.empty();
  }
  [[nodiscard]] std::optional<runtime::OrderLatency> order_latency() const override;

 private:
  class Arrival;  // a connection before it has a driver
  friend class Arrival;

  // fix::DriverOwner, fix::LatencySink
  void on_over(fix::SessionDriver& driver, std::optional<DownReason> down) override;
  void on_first_report(std::int64_t nanoseconds) override { figures_.order_to_report.add(nanoseconds); }

  void accept(std::unique_ptr<runtime::Stream> stream);
  void note_stranger(const std::string& what);
  [[nodiscard]] bool make_room(const std::string& address);
  void on_tick();
  void learn_log();
  void apply_permission(const Event& event);
  void permit();
  void apply_own(const Event& event);
  void apply_takeover(const Event& event);
  void apply_reset(const Event& event);
  void apply_signed(SessionId session);
  void check_ownership(const Event& event);
  void check_owners_of(SessionId session, Epoch opened_by = Epoch{});
  void hand_out(const Event& event, bool own);
  void propose_down(SessionId session, Generation generation, Epoch epoch, DownReason reason);
  void propose_ends();
  void flush_waiting();
  void serve(Arrival& arrival);
  void close_all_in_silence();
  void reap();
  [[nodiscard]] fix::SessionDriver* driver_of(SessionId session);
  [[nodiscard]] bool may_propose(std::size_t count = 1) const;

  GatewayOptions options_;
  runtime::Network& network_;
  const runtime::Clock& clock_;
  fix::VenueTime venue_time_{clock_};  // what peers are told and judged by
  fix::LogAccess& log_;
  fix::SessionLog& session_log_;

  ReferenceData refdata_;
  SessionMachine sessions_{refdata_};
  OutboundIndex index_{refdata_, sessions_};
  PasswordVerifiers verifiers_;
  Exceptions exceptions_;

  Seq restored_at_;
  host::EdgeProposer* proposer_ = nullptr;
  std::unique_ptr<fix::DriverServices> services_;
  std::unique_ptr<OrderEntry> orders_;
  std::unique_ptr<runtime::Listener> listener_;
  std::unique_ptr<runtime::Timer> tick_;
  PasswordTurns passwords_;
  GatewayFigures figures_;

  bool attached_ = false;
  bool knows_log_ = false;  // it was read to its end: who logs on can be judged
  std::unique_ptr<runtime::Timer> read_on_;
  bool permitted_ = true;     // false from a refusal for want of permission to the next grant: nobody is let in
  bool regranted_ = false;    // the newest change of our permissions that was read since we attached gives one
  bool ends_unsaid_ = false;  // the SessionDowns of a refusal were refused, too
  Incarnation incarnation_;
  runtime::LimitedLog notes_{options_.name};  // about connections before their logon
  ConnectionId last_connection_{0};
  std::map<ConnectionId, std::unique_ptr<Arrival>> arrivals_;
  std::map<SessionId, std::unique_ptr<fix::SessionDriver>> drivers_;
  bool any_over_ = false;           // some driver or arrival is to be destroyed
  std::vector<SessionDown> downs_;  // that could not be proposed yet
  std::vector<SessionHeld> held_;   // likewise
};

}  // namespace cantus::gateway
