#include "gateway/password_turns.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace cantus::gateway {

namespace {

void wipe(std::string& password) { OPENSSL_cleanse(password.data(), password.size()); }

}  // namespace

std::string address_group(const std::string& host) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, host.c_str(), &address) != 1) {
    return host;
  }
  constexpr std::size_t mapped_bytes = 12;  // ::ffff: before an IPv4 address
  constexpr std::size_t network_bytes = 8;
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&address);
  if (!mapped) {
    std::memset(&address.s6_addr[network_bytes], 0, sizeof(address) - network_bytes);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* const shown = mapped ? &address.s6_addr[mapped_bytes] : &address.s6_addr[0];
  const char* const written = ::inet_ntop(mapped ? AF_INET : AF_INET6, shown, text.data(), text.size());
  return written == nullptr ? host : std::string(written);
}

PasswordTurns::PasswordTurns(const PasswordPoolOptions& options, const runtime::Clock& clock, PasswordCheck check)
    : clock_(clock), check_(std::move(check)), limit_(options) {}

PasswordTurns::~PasswordTurns() {
  *alive_ = false;
  for (auto& [group, queue] : waiting_) {
    for (Waiting& one : queue) {
      wipe(one.password);
    }
  }
}

std::size_t PasswordTurns::waiting() const {
  std::size_t count = 0;
  for (const auto& [group, queue] : waiting_) {
    count += queue.size();
  }
  return count;
}

void PasswordTurns::enter(ConnectionId connection, const std::string& group, const PasswordVerifier& verifier,
                          std::string password, Answer answer) {
  std::deque<Waiting>& queue = waiting_[group];
  if (queue.empty()) {
    turns_.push_back(group);
  }
  queue.push_back({connection, verifier, std::move(password), std::move(answer)});
  go_on();
}

void PasswordTurns::leave(ConnectionId connection, const std::string& group) {
  if (under_way_ && checked_ == connection) {
    answer_ = nullptr;
    return;
  }
  const auto found = waiting_.find(group);
  if (found == waiting_.end()) {
    return;
  }
  std::erase_if(found->second, [connection](Waiting& one) {
    const bool leaves = one.connection == connection;
    if (leaves) {
      wipe(one.password);
    }
    return leaves;
  });
  if (found->second.empty()) {
    waiting_.erase(found);
    std::erase(turns_, group);
  }
}

void PasswordTurns::go_on() {
  while (!under_way_ && !turns_.empty()) {
    const std::string group = std::move(turns_.front());
    turns_.pop_front();
    if (!limit_.may_try(group, clock_.monotonic_ns())) {
      send_away(group);
      continue;
    }
    const auto found = waiting_.find(group);
    Waiting next = std::move(found->second.front());
    found->second.pop_front();
    if (found->second.empty()) {
      waiting_.erase(found);
    } else {
      turns_.push_back(group);
    }
    start(group, std::move(next));
  }
}

void PasswordTurns::start(const std::string& group, Waiting next) {
  under_way_ = true;
  checked_ = next.connection;
  answer_ = std::move(next.answer);
  const bool taken = check_(next.verifier, std::move(next.password), [this, alive = alive_, group](bool right) {
    if (*alive) {
      on_checked(group, right);
    }
  });
  if (!taken) {
    under_way_ = false;
    if (const Answer answer = std::exchange(answer_, nullptr)) {
      answer(PasswordAnswer::too_often);
    }
  }
}

void PasswordTurns::send_away(const std::string& group) {
  std::deque<Waiting> queue = std::move(waiting_[group]);
  waiting_.erase(group);
  for (Waiting& one : queue) {
    wipe(one.password);
    one.answer(PasswordAnswer::too_often);
  }
}

void PasswordTurns::on_checked(const std::string& group, bool right) {
  if (!right) {
    limit_.failed(group, clock_.monotonic_ns());
  }
  under_way_ = false;
  if (const Answer answer = std::exchange(answer_, nullptr)) {
    answer(right ? PasswordAnswer::right : PasswordAnswer::wrong);
  }
  go_on();
}

}  // namespace cantus::gateway
