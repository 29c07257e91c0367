#include "tests/e2e/peer.h"

#include <thread>
#include <utility>

namespace cantus::e2e {
namespace {

participant::SessionOptions options_of(const TestFolder& folder, const std::string& comp_id,
                                       const std::vector<std::uint16_t>& ports, int heartbeat_s) {
  participant::SessionOptions options;
  options.our_comp_id = comp_id;
  options.heartbeat_s = heartbeat_s;
  options.their_comp_id = "CANTUS";
  options.password = password_of(comp_id);
  options.directory = folder.path() / "peers";
  for (const std::uint16_t port : ports) {
    options.endpoints.push_back({"127.0.0.1", port});
  }
  return options;
}

participant::OpenOrder order_named(const std::string& cl_ord_id, const OrderRequest& order) {
  return {cl_ord_id, "", order, 0, true};
}

constexpr const char* begin_string = "FIX.4.4";

}  // namespace

Peer::Peer(const TestFolder& folder, const std::string& comp_id, const std::vector<std::uint16_t>& ports,
           int heartbeat_s)
    : ids_(comp_id.substr(0, 1)),
      session_(participant::StockSession::Kind::initiator, options_of(folder, comp_id, ports, heartbeat_s), this) {}

Peer::~Peer() { session_.kill(); }

void Peer::begin() {
  if (!std::exchange(begun_, true)) {
    session_.start();
  }
}

void Peer::log_on() {
  begin();
  while (!session_.wait_logged_on(std::chrono::seconds(1))) {
  }
}

void Peer::log_out() { session_.stop(); }

void Peer::drop() { session_.kill(); }

std::string Peer::enter(const OrderRequest& order) {
  std::string id = ids_.next();
  enter_as(id, order);
  return id;
}

void Peer::enter_as(const std::string& cl_ord_id, const OrderRequest& order) {
  session_.send(participant::new_order(begin_string, cl_ord_id, order));
}

std::string Peer::cancel(const std::string& cl_ord_id, const OrderRequest& order) {
  std::string id = ids_.next();
  session_.send(participant::cancel_request(begin_string, id, order_named(cl_ord_id, order)));
  return id;
}

std::string Peer::replace(const std::string& cl_ord_id, const OrderRequest& order, std::int64_t qty,
                          std::int64_t price) {
  std::string id = ids_.next();
  session_.send(participant::replace_request(begin_string, id, order_named(cl_ord_id, order), qty, price));
  return id;
}

std::string Peer::ask(const std::string& cl_ord_id, const OrderRequest& order) {
  session_.send(participant::status_request(begin_string, order_named(cl_ord_id, order)));
  return cl_ord_id;
}

void Peer::on_message(const FIX::Message& message) {
  {
    const std::lock_guard lock(mutex_);
    received_.push_back({participant::line_of(message), message});
  }
  changed_.notify_all();
}

Received Peer::wait(const std::function<bool(const Received&)>& wanted) {
  std::unique_lock lock(mutex_);
  std::size_t looked_at = 0;
  while (true) {
    for (; looked_at < received_.size(); ++looked_at) {
      if (wanted(received_[looked_at])) {
        return received_[looked_at];
      }
    }
    changed_.wait(lock, [&] { return received_.size() > looked_at; });
  }
}

Received Peer::wait_report(const std::string& cl_ord_id, const std::string& exec_type) {
  return wait([&](const Received& received) {
    return received.line.cl_ord_id == cl_ord_id && received.line.exec_type == exec_type;
  });
}

void log_on_all(std::initializer_list<Peer*> peers) {
  for (Peer* peer : peers) {
    peer->begin();
  }
  for (Peer* peer : peers) {
    peer->log_on();
  }
}

void drop_all(std::initializer_list<Peer*> peers) {
  std::vector<std::thread> threads;
  for (Peer* peer : peers) {
    threads.emplace_back([peer] { peer->drop(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

std::vector<Received> Peer::received() const {
  const std::lock_guard lock(mutex_);
  return {received_.begin(), received_.end()};
}

participant::RegulatorOptions regulator_options(const TestFolder& folder, const Ports& ports) {
  participant::RegulatorOptions options;
  options.session.our_comp_id = "REG";
  options.session.their_comp_id = "CANTUS";
  options.session.accept_port = ports.regulator;
  options.session.directory = folder.path() / "peers";
  return options;
}

}  // namespace cantus::e2e
