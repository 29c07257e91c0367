#include "tests/e2e/raw_fix.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>
#include <utility>

#include "cli/client_settings.h"

namespace cantus::e2e {
namespace {

RawFields split(const std::string& bytes) {
  RawFields fields;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\x01', i), bytes.size());
    const std::size_t equals = bytes.find('=', i);
    fields.emplace_back(std::stoi(bytes.substr(i, equals - i)), bytes.substr(equals + 1, end - equals - 1));
    i = end + 1;
  }
  return fields;
}

}  // namespace

std::string RawMessage::get(int tag) const {
  for (const auto& [t, value] : fields) {
    if (t == tag) {
      return value;
    }
  }
  return {};
}

std::string RawMessage::visible() const { return cli::visible(bytes); }

std::string utc_now() {
  timeval now{};
  ::gettimeofday(&now, nullptr);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%d-%H:%M:%S", &parts);
  std::string result(text.data(), size);
  std::string milliseconds = std::to_string(now.tv_usec / 1000);
  return result + "." + std::string(3 - milliseconds.size(), '0') + milliseconds;
}

int listen_on_loopback(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << "port " << port;
  EXPECT_EQ(::listen(listener, 4), 0);
  return listener;
}

RawFix::RawFix(std::uint16_t port, std::string our_comp_id, std::string their_comp_id, bool narrow)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      port_(port),
      our_comp_id_(std::move(our_comp_id)),
      their_comp_id_(std::move(their_comp_id)) {
  if (narrow) {
    const int bytes = 4096;
    const int segment = 536;  // the buffer of the other end is made for few such
    EXPECT_EQ(::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
    EXPECT_EQ(::setsockopt(socket_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment)), 0);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << "port " << port;
}

RawFix::RawFix(Accepted connection, std::string our_comp_id, std::string their_comp_id)
    : socket_(connection.socket), our_comp_id_(std::move(our_comp_id)), their_comp_id_(std::move(their_comp_id)) {}

RawFix::~RawFix() { close(); }

// The kernel's table: its own end of our connection, and what waits there.
bool RawFix::venue_has_unsent() const {
  sockaddr_in ours{};
  socklen_t size = sizeof(ours);
  EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&ours), &size), 0);
  std::ifstream table("/proc/net/tcp");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    unsigned local = 0;
    unsigned remote = 0;
    unsigned unsent = 0;
    if (std::sscanf(line.c_str(), " %*[^:]: %*[^:]:%x %*[^:]:%x %*x %x:", &local, &remote, &unsent) == 3 &&
        local == port_ && remote == ntohs(ours.sin_port)) {
      return unsent != 0;
    }
  }
  return true;  // the table is no snapshot: the line may have been missed
}

std::string RawFix::drain() {
  std::string bytes = std::exchange(buffer_, {});
  std::array<char, 4096> part{};
  for (bool last = false;;) {
    const ssize_t n = ::recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
    if (n > 0) {
      bytes.append(part.data(), static_cast<std::size_t>(n));
      last = false;
    } else if (n == 0 || last) {
      return bytes;
    } else {
      last = !venue_has_unsent();  // then what it had is here, if it was not before
      std::this_thread::yield();
    }
  }
}

std::string RawFix::rest() {
  std::string bytes;
  std::array<char, 4096> part{};
  for (ssize_t n = 0; (n = ::recv(socket_, part.data(), part.size(), 0)) > 0;) {
    bytes.append(part.data(), static_cast<std::size_t>(n));
  }
  return bytes;
}

void RawFix::close() {
  if (socket_ >= 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

void RawFix::shut_down() { ::shutdown(socket_, SHUT_RDWR); }

void RawFix::send_bytes(const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) {
      return;  // closed by the peer: the test sees it when it receives
    }
    sent += static_cast<std::size_t>(n);
  }
}

void RawFix::send(const std::string& msg_type, const RawFields& fields) {
  RawFields all = {{35, msg_type}, {49, our_comp_id_}, {56, their_comp_id_}};
  const bool numbered = std::any_of(fields.begin(), fields.end(), [](const auto& field) { return field.first == 34; });
  if (!numbered) {
    all.emplace_back(34, std::to_string(next_number_++));
  }
  all.emplace_back(52, utc_now());
  all.insert(all.end(), fields.begin(), fields.end());
  send_bytes(cli::fix_message("FIX.4.4", all));
}

void RawFix::logon(const std::string& password, bool reset, int heartbeat_s) {
  RawFields fields = {{98, "0"}, {108, std::to_string(heartbeat_s)}};
  if (reset) {
    fields.emplace_back(141, "Y");
  }
  if (!password.empty()) {
    fields.emplace_back(553, our_comp_id_);
    fields.emplace_back(554, password);
  }
  send("A", fields);
}

std::optional<RawMessage> RawFix::receive() {
  while (true) {
    // A message ends with "<SOH>10=ddd<SOH>".
    const std::size_t sum = buffer_.find(
        "\x01"
        "10=");
    if (sum != std::string::npos && buffer_.size() >= sum + 8) {
      RawMessage message;
      message.bytes = buffer_.substr(0, sum + 8);
      buffer_.erase(0, sum + 8);
      message.fields = split(message.bytes);
      return message;
    }
    std::array<char, 4096> bytes{};
    const ssize_t n = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (n <= 0) {
      EXPECT_TRUE(buffer_.empty()) << "half a message: " << cli::visible(buffer_);
      return std::nullopt;
    }
    buffer_.append(bytes.data(), static_cast<std::size_t>(n));
  }
}

std::optional<RawMessage> RawFix::receive_application() {
  std::optional<RawMessage> message = receive();
  while (message && (message->get(35) == "0" || message->get(35) == "1")) {
    message = receive();
  }
  return message;
}

RawMessage RawFix::receive_report(const std::string& exec_type) {
  while (std::optional<RawMessage> message = receive_application()) {
    if (message->get(35) == "8" && message->get(150) == exec_type) {
      return *std::move(message);
    }
  }
  ADD_FAILURE() << "closed before a report of ExecType " << exec_type;
  return {};
}

std::vector<RawMessage> RawFix::receive_all() {
  std::vector<RawMessage> messages;
  while (std::optional<RawMessage> message = receive()) {
    messages.push_back(std::move(*message));
  }
  return messages;
}

}  // namespace cantus::e2e
