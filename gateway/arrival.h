// A connection from its acceptance until a SessionDriver takes it over: reads one Logon, has it judged and checked, and
// waits for the log. Nothing leaves on it.
#pragma once

#include <memory>
#include <string>

#include "fix/framing.h"
#include "gateway/gateway.h"

namespace cantus::gateway {

class Gateway::Arrival final : public runtime::StreamHandler {
 public:
  enum class State {
    reading,    // the Logon
    waiting,    // it is there, and the gateway reads an old log still
    checking,   // its password
    asking,     // a Takeover is to be proposed
    taking,     // it is on its way
    owning,     // it took effect; a SessionReset is to be proposed
    resetting,  // it is on its way
    over,
  };

  Arrival(Gateway& gateway, ConnectionId id, std::unique_ptr<runtime::Stream> stream);
  ~Arrival() override;
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] bool over() const { return state_ == State::over; }
  [[nodiscard]] bool holds_session() const { return state_ == State::owning || state_ == State::resetting; }
  [[nodiscard]] SessionId session() const { return judgement_.session; }
  [[nodiscard]] Generation generation() const { return generation_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }

  // Proposes what is due, if it can; gives up when the Logon takes too long.
  void on_tick();
  // The gateway knows the log now.
  void on_known();
  // The Takeover was applied. If it took effect the session is ours; `serve` follows unless numbers begin anew first.
  void on_taken(bool took, Epoch epoch);
  void on_reset(bool took);
  // Closes without a byte; says SessionDown if the session was held and `say_down`.
  void drop(bool say_down);

  // The driver has the connection and the session.
  void hand_over() { end(); }

  [[nodiscard]] fix::DriverSetup setup() const;
  [[nodiscard]] std::unique_ptr<runtime::Stream> release_stream() { return std::move(stream_); }
  [[nodiscard]] fix::Framer release_framer() { return std::move(framer_); }
  [[nodiscard]] std::string release_logon() { return std::move(logon_); }

 private:
  void on_bytes(std::span<const std::byte> bytes) override;
  void on_sent() override {}
  void on_closed(const std::string& why) override;

  void take_logon();
  void judge();
  void check_password();
  void on_checked(PasswordAnswer answer);
  [[nodiscard]] bool password_stands() const;
  void propose_takeover();
  [[nodiscard]] bool joins(const InboundState& inbound) const;
  [[nodiscard]] bool is_refused_on(const InboundState& inbound) const;
  [[nodiscard]] bool older_than(const InboundState& inbound) const;
  void propose_reset();
  void serve();
  void refuse_if_disabled();
  void end();
  void note(const std::string& what) const;

  Gateway& gateway_;
  ConnectionId id_;
  std::unique_ptr<runtime::Stream> stream_;
  std::string address_;  // of the peer, as attempts are counted by (address_group)
  fix::Framer framer_;
  State state_ = State::reading;
  std::int64_t accepted_at_;
  std::string logon_;
  fix::LogonRequest request_;
  fix::LogonJudgement judgement_;
  PasswordVerifier verifier_;  // that its password is compared with
  Epoch epoch_;
  Generation generation_;
  bool reset_by_peer_ = false;
  bool waits_for_owner_ = false;  // it could only be refused, and another connection has the session
  bool older_ = false;            // sent before the Logon that had the session when the Takeover was proposed
};

}  // namespace cantus::gateway
