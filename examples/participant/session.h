// One FIX session of a participant: a stock QuickFIX initiator or acceptor with its own file store and file log. What
// the engine says is recorded in a result file; what it complains of is recorded as a complaint.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "examples/participant/quickfix.h"
#include "examples/participant/results.h"

namespace cantus::participant {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

struct SessionOptions {
  std::string begin_string = "FIX.4.4";
  std::string our_comp_id;
  std::string their_comp_id;
  std::string password;             // sent as 554 with the CompID as 553; empty: neither is sent
  std::vector<Endpoint> endpoints;  // of an initiator: tried in turn
  std::uint16_t accept_port = 0;    // of an acceptor: where it listens
  int heartbeat_s = 30;
  int reconnect_s = 1;
  bool reset_on_logon = false;      // sends 141=Y
  std::filesystem::path directory;  // <directory>/<our CompID>/{store,log,results.csv}
};

// Called on the engine's thread, with the session's lock held: sends are allowed, waiting is not.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_message(const FIX::Message& message) = 0;  // an application message, in order
  virtual void on_logon() {}
  virtual void on_logout() {}
};

class StockSession : private FIX::Application {
 public:
  enum class Kind { initiator, acceptor };

  // `listener` may be null, else it outlives this. Throws what QuickFIX throws about settings.
  StockSession(Kind kind, SessionOptions options, Listener* listener);
  ~StockSession() override;
  StockSession(const StockSession&) = delete;
  StockSession& operator=(const StockSession&) = delete;

  void start();
  // Logs out and waits for the answer a few seconds at most.
  void stop();
  // Ends the connection without a Logout, as the death of a process does.
  void kill();

  // The engine numbers, stores and sends it; while not logged on it is stored, and sent when the peer asks for the gap.
  void send(FIX::Message message);
  [[nodiscard]] bool logged_on() const;
  // True once logged on; false if that did not happen within the time.
  [[nodiscard]] bool wait_logged_on(std::chrono::milliseconds limit);
  // Number that the next message of the peer must carry, and that our next one will.
  [[nodiscard]] std::uint64_t next_inbound() const;
  [[nodiscard]] std::uint64_t next_outbound() const;

  // What the peer last said against us: the text of its Logout or Reject, or of the engine's own objection. Empty:
  // nothing.
  [[nodiscard]] std::string objection() const;
  // Connections that ended before a Logon was answered.
  [[nodiscard]] std::uint64_t refused_connections() const;
  [[nodiscard]] ResultFile& results() { return results_; }
  [[nodiscard]] const SessionOptions& options() const { return options_; }
  [[nodiscard]] const FIX::SessionID& id() const { return id_; }
  [[nodiscard]] std::filesystem::path directory() const { return options_.directory / options_.our_comp_id; }

 private:
  class WatchedLog;
  class WatchedLogFactory;
  class StoreFactory;

  void onCreate(const FIX::SessionID&) override {}
  void onLogon(const FIX::SessionID&) override;
  void onLogout(const FIX::SessionID&) override;
  void toAdmin(FIX::Message&, const FIX::SessionID&) override;
  void toApp(FIX::Message&, const FIX::SessionID&) override;
  void fromAdmin(const FIX::Message&, const FIX::SessionID&) override;
  void fromApp(const FIX::Message&, const FIX::SessionID&) override;
  void complain(const std::string& text);  // recorded
  [[nodiscard]] FIX::SessionSettings settings(Kind kind) const;
  [[nodiscard]] FIX::Session& session() const;

  SessionOptions options_;
  Listener* listener_;
  FIX::SessionID id_;
  ResultFile results_;
  FIX::SessionSettings settings_;
  std::unique_ptr<StoreFactory> stores_;
  std::unique_ptr<WatchedLogFactory> logs_;
  std::unique_ptr<FIX::SocketInitiator> initiator_;
  std::unique_ptr<FIX::SocketAcceptor> acceptor_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool logged_on_ = false;
  bool stopping_ = false;
  std::string objection_;
  std::uint64_t refused_connections_ = 0;
};

}  // namespace cantus::participant
