#include "examples/participant/session.h"

#include <array>
#include <fstream>
#include <string_view>

#include "examples/participant/loopback.h"
#include "fix-specs/dictionary.h"

namespace cantus::participant {
namespace {

// What QuickFIX says where it answers the venue's Logout, and where it logs on again.
constexpr std::string_view answers_logout = "Sending logout response";
constexpr std::string_view logs_on = "Initiated logon request";
constexpr std::string_view behind_logout = "Logon state is not";

// What QuickFIX says when it objects to something. (A number too high is no complaint: it is followed by a
// ResendRequest, which is how FIX heals a lost connection.)
constexpr std::array<std::string_view, 8> complaints = {
    "MsgSeqNum too low",        "Rejected",      "Invalid message",
    "SendingTime accuracy",     "not valid for", "Required field missing",
    "Timed out waiting for he", behind_logout,
};

bool is_complaint(const std::string& event) {
  for (const std::string_view text : complaints) {
    if (event.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

// The stock file store, said to have been made just now: QuickFIX resets the numbers of a store that was made before
// the session's present day or week, and this session knows neither (its numbers go on until both sides agree to
// reset).
class PerpetualStore : public FIX::FileStore {
 public:
  using FIX::FileStore::FileStore;
  FIX::UtcTimeStamp getCreationTime() const override { return FIX::UtcTimeStamp(); }
};

}  // namespace

class StockSession::StoreFactory : public FIX::MessageStoreFactory {
 public:
  explicit StoreFactory(std::string directory) : directory_(std::move(directory)) {}
  FIX::MessageStore* create(const FIX::SessionID& id) override { return new PerpetualStore(directory_, id); }
  void destroy(FIX::MessageStore* store) override { delete store; }

 private:
  std::string directory_;
};

// The engine's own file log, listened to.
class StockSession::WatchedLog : public FIX::Log {
 public:
  WatchedLog(FIX::Log* log, StockSession& session) : log_(log), session_(session) {}

  void clear() override { log_->clear(); }
  void backup() override { log_->backup(); }
  void onIncoming(const std::string& text) override { log_->onIncoming(text); }
  void onOutgoing(const std::string& text) override { log_->onOutgoing(text); }
  void onEvent(const std::string& text) override {
    log_->onEvent(text);
    logged_out_ = text == answers_logout || (logged_out_ && text != logs_on);
    // Whoever logged out may still answer a ResendRequest that crossed the Logout (FIX 4.4, volume 2, Logout);
    // QuickFIX has left by then, and objects to what it reads behind it.
    const bool crossed = logged_out_ && text.starts_with(behind_logout);
    if (is_complaint(text) && !crossed) {
      session_.complain(text);
    }
  }
  [[nodiscard]] FIX::Log* log() const { return log_; }

 private:
  FIX::Log* log_;
  StockSession& session_;
  bool logged_out_ = false;
};

class StockSession::WatchedLogFactory : public FIX::LogFactory {
 public:
  WatchedLogFactory(const FIX::SessionSettings& settings, StockSession& session)
      : files_(settings), session_(session) {}

  FIX::Log* create() override { return new WatchedLog(files_.create(), session_); }
  FIX::Log* create(const FIX::SessionID& id) override { return new WatchedLog(files_.create(id), session_); }
  void destroy(FIX::Log* log) override {
    auto* watched = static_cast<WatchedLog*>(log);
    files_.destroy(watched->log());
    delete watched;
  }

 private:
  FIX::FileLogFactory files_;
  StockSession& session_;
};

StockSession::StockSession(Kind kind, SessionOptions options, Listener* listener)
    : options_(std::move(options)),
      listener_(listener),
      id_(options_.begin_string, options_.our_comp_id, options_.their_comp_id),
      results_(directory() / "results.csv", options_.our_comp_id),
      settings_(settings(kind)),
      stores_(std::make_unique<StoreFactory>((directory() / "store").string())),
      logs_(std::make_unique<WatchedLogFactory>(settings_, *this)) {
  FIX::Application& application = *this;
  if (kind == Kind::initiator) {
    initiator_ = std::make_unique<FIX::SocketInitiator>(application, *stores_, settings_, *logs_);
  } else {
    acceptor_ = std::make_unique<FIX::SocketAcceptor>(application, *stores_, settings_, *logs_);
  }
}

StockSession::~StockSession() { kill(); }

FIX::SessionSettings StockSession::settings(Kind kind) const {
  FIX::Dictionary all;
  all.setString(FIX::CONNECTION_TYPE, kind == Kind::initiator ? "initiator" : "acceptor");
  all.setString(FIX::FILE_LOG_PATH, (directory() / "log").string());
  all.setString(FIX::START_TIME, "00:00:00");
  all.setString(FIX::END_TIME, "00:00:00");
  all.setString(FIX::START_DAY, "sunday");
  all.setString(FIX::END_DAY, "sunday");
  // The venue's published dictionary: the engine holds every message that it gets against it.
  const std::filesystem::path dictionary = directory() / "FIX44.xml";
  std::ofstream(dictionary) << fix_specs::fix44_xml();
  all.setString(FIX::USE_DATA_DICTIONARY, "Y");
  all.setString(FIX::DATA_DICTIONARY, dictionary.string());
  all.setInt(FIX::HEARTBTINT, options_.heartbeat_s);
  all.setInt(FIX::RECONNECT_INTERVAL, options_.reconnect_s);
  all.setString(FIX::SOCKET_NODELAY, "Y");
  all.setString(FIX::SOCKET_REUSE_ADDRESS, "Y");
  all.setString(FIX::RESET_ON_LOGON, options_.reset_on_logon ? "Y" : "N");
  FIX::SessionSettings result;
  result.set(all);
  FIX::Dictionary own;
  if (kind == Kind::acceptor) {
    own.setInt(FIX::SOCKET_ACCEPT_PORT, options_.accept_port);
  }
  for (std::size_t i = 0; kind == Kind::initiator && i < options_.endpoints.size(); ++i) {
    const std::string suffix = i == 0 ? "" : std::to_string(i);
    own.setString(FIX::SOCKET_CONNECT_HOST + suffix, options_.endpoints[i].host);
    own.setInt(FIX::SOCKET_CONNECT_PORT + suffix, options_.endpoints[i].port);
  }
  result.set(id_, own);
  return result;
}

void StockSession::start() {
  if (initiator_) {
    initiator_->start();
  } else {
    const LoopbackOnly loopback;
    acceptor_->start();
  }
}

void StockSession::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (initiator_) {
    initiator_->stop();
  } else {
    acceptor_->stop();
  }
}

void StockSession::kill() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (initiator_ && !initiator_->isStopped()) {
    initiator_->stop(true);
  }
  if (acceptor_ && !acceptor_->isStopped()) {
    acceptor_->stop(true);
  }
}

void StockSession::send(FIX::Message message) { FIX::Session::sendToTarget(message, id_); }

bool StockSession::logged_on() const {
  const std::lock_guard lock(mutex_);
  return logged_on_;
}

bool StockSession::wait_logged_on(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return logged_on_; });
}

std::string StockSession::objection() const {
  const std::lock_guard lock(mutex_);
  return objection_;
}

std::uint64_t StockSession::refused_connections() const {
  const std::lock_guard lock(mutex_);
  return refused_connections_;
}

void StockSession::complain(const std::string& text) {
  results_.complain(text);
  const std::lock_guard lock(mutex_);
  objection_ = text;
}

FIX::Session& StockSession::session() const {
  FIX::Session* session = FIX::Session::lookupSession(id_);
  if (session == nullptr) {
    throw std::logic_error("the engine has no session " + id_.toString());
  }
  return *session;
}

std::uint64_t StockSession::next_inbound() const {
  return static_cast<std::uint64_t>(session().getExpectedTargetNum());
}

std::uint64_t StockSession::next_outbound() const {
  return static_cast<std::uint64_t>(session().getExpectedSenderNum());
}

void StockSession::onLogon(const FIX::SessionID&) {
  Line line;
  line.kind = LineKind::logon;
  results_.add(line);
  {
    const std::lock_guard lock(mutex_);
    logged_on_ = true;
  }
  changed_.notify_all();
  if (listener_ != nullptr) {
    listener_->on_logon();
  }
}

void StockSession::onLogout(const FIX::SessionID&) {
  Line line;
  line.kind = LineKind::logout;
  results_.add(line);
  {
    const std::lock_guard lock(mutex_);
    refused_connections_ += logged_on_ ? 0 : 1;
    logged_on_ = false;
  }
  changed_.notify_all();
  if (listener_ != nullptr) {
    listener_->on_logout();
  }
}

void StockSession::toAdmin(FIX::Message& message, const FIX::SessionID&) {
  const std::string type = message.getHeader().getField(35);
  if (type == "A" && initiator_ && !options_.password.empty()) {
    message.setField(553, options_.our_comp_id);
    message.setField(554, options_.password);
  }
}

void StockSession::toApp(FIX::Message& message, const FIX::SessionID&) {
  Line line = line_of(message);
  line.kind = LineKind::sent;
  results_.add(std::move(line));
}

void StockSession::fromAdmin(const FIX::Message& message, const FIX::SessionID&) {
  Line line = line_of(message);
  const bool objects = line.msg_type == "3" || (line.msg_type == "5" && !line.text.empty());
  const std::string text = line.text;
  results_.add(std::move(line));
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  if (objects && !stopping) {
    complain("the peer says: " + text);
  }
}

void StockSession::fromApp(const FIX::Message& message, const FIX::SessionID&) {
  Line line = line_of(message);
  const bool objects = line.msg_type == "j";
  const std::string text = line.text;
  results_.add(std::move(line));
  if (objects) {
    complain("the peer says: " + text);
  }
  if (listener_ != nullptr) {
    listener_->on_message(message);
  }
}

}  // namespace cantus::participant
