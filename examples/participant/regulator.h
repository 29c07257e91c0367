// A regulator's trade reporting facility: accepts the venue's session and acknowledges every TradeCaptureReport (AE)
// with a TradeCaptureReportAck (AR). A report that it has seen before is answered as a duplicate, across restarts; a
// withdrawal (487=1) of one that it has not seen is refused.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "examples/participant/role.h"
#include "examples/participant/session.h"

namespace cantus::participant {

struct RegulatorOptions {
  SessionOptions session;
  std::uint64_t reject_every = 0;  // refuses every so-manieth new report; 0: none
};

class Regulator final : public Role, private Listener {
 public:
  explicit Regulator(RegulatorOptions options);
  ~Regulator() override;

  void start() override { session_.start(); }
  void stop() override { session_.stop(); }
  [[nodiscard]] bool is_server() const override { return true; }
  [[nodiscard]] StockSession& session() { return session_; }

 private:
  void on_message(const FIX::Message& message) override;

  RegulatorOptions options_;
  std::mutex mutex_;
  std::set<std::string> seen_;  // TradeReportIDs
  StockSession session_;
};

// A session that only listens: drop copy.
class DropCopy final : public Role {
 public:
  explicit DropCopy(SessionOptions options) : session_(StockSession::Kind::initiator, std::move(options), nullptr) {}
  ~DropCopy() override { session_.stop(); }

  void start() override { session_.start(); }
  void stop() override { session_.stop(); }
  [[nodiscard]] StockSession& session() { return session_; }

 private:
  StockSession session_;
};

}  // namespace cantus::participant
