// Whose password is checked next. A check takes tens of milliseconds by intent, so one is under way at a time, and the
// addresses that wait have their turns one after the other: however many wrong passwords come from some addresses, who
// comes from another waits for one check of each. An address that failed too often is sent away when its turn comes,
// without a check, and everybody else of it at once. On the loop's thread only.
//
// Its bound is that of its callers: who waits is a connection before its logon, and those are limited.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/types.h"
#include "gateway/password_pool.h"
#include "runtime/clock.h"

namespace cantus::gateway {

// Checks a password and answers later on the loop; false if it cannot take it now. PasswordPool in the venue.
using PasswordCheck =
    std::function<bool(const PasswordVerifier& verifier, std::string password, std::function<void(bool right)> answer)>;

enum class PasswordAnswer { right, wrong, too_often };

// What attempts are counted by: an IPv4 address, also if it is written as an IPv6 one, or the first 64 bits of an IPv6
// address, all others of which its owner has as well. What is no address stands for itself.
[[nodiscard]] std::string address_group(const std::string& host);

class PasswordTurns {
 public:
  // `clock` outlives it. A check that is under way when it is destroyed is not answered.
  PasswordTurns(const PasswordPoolOptions& options, const runtime::Clock& clock, PasswordCheck check);
  ~PasswordTurns();
  PasswordTurns(const PasswordTurns&) = delete;
  PasswordTurns& operator=(const PasswordTurns&) = delete;

  using Answer = std::function<void(PasswordAnswer answer)>;
  // `group` as of address_group. Answers once, possibly during the call, unless `leave` comes first.
  void enter(ConnectionId connection, const std::string& group, const PasswordVerifier& verifier, std::string password,
             Answer answer);
  // Whoever left is not answered. A check of it that is under way goes on and counts.
  void leave(ConnectionId connection, const std::string& group);

  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiting {
    ConnectionId connection;
    PasswordVerifier verifier;
    std::string password;
    Answer answer;
  };
  void go_on();
  void start(const std::string& group, Waiting next);
  void send_away(const std::string& group);
  void on_checked(const std::string& group, bool right);

  const runtime::Clock& clock_;
  PasswordCheck check_;
  AttemptLimit limit_;
  std::map<std::string, std::deque<Waiting>> waiting_;  // by group; none is empty
  std::deque<std::string> turns_;                       // each group in waiting_, once
  bool under_way_ = false;
  ConnectionId checked_{0};  // whose check is under way …
  Answer answer_;            // … and who is told; nobody if it left
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cantus::gateway
