#include "bench/fix/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace cantus::bench {
namespace {

constexpr char soh = '\x01';
constexpr std::size_t read_bytes = 65536;
constexpr int receive_timeout_s = 10;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Error system_error(const std::string& what) { return {ErrorCode::failed, what + ": " + std::strerror(errno)}; }

// "20261121-21:33:00.123"
std::string utc_timestamp() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%d-%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(now.tv_nsec / 1'000'000));
  return std::string(text.data(), length) + fraction.data();
}

// The value of the first field `tag` ("11=") behind the first field; empty if it has none.
std::string_view field(std::string_view message, std::string_view tag) {
  std::size_t at = 0;
  while ((at = message.find(tag, at)) != std::string_view::npos) {
    if (at > 0 && message[at - 1] == soh) {
      const std::size_t begin = at + tag.size();
      return message.substr(begin, message.find(soh, begin) - begin);
    }
    ++at;
  }
  return {};
}

}  // namespace

FixLoad::~FixLoad() {
  if (socket_ >= 0) {
    ::close(socket_);
  }
}

void FixLoad::append_message(std::string& out, std::string_view type, std::string_view body) {
  std::string inner = "35=";
  inner.append(type).append(1, soh);
  inner.append("49=").append(peer_.sender_comp_id).append(1, soh);
  inner.append("56=").append(peer_.target_comp_id).append(1, soh);
  inner.append("34=").append(std::to_string(++number_)).append(1, soh);
  inner.append("52=").append(utc_timestamp()).append(1, soh);
  inner.append(body);
  const std::size_t begin = out.size();
  out.append("8=FIX.4.4").append(1, soh).append("9=").append(std::to_string(inner.size())).append(1, soh).append(inner);
  unsigned sum = 0;
  for (std::size_t i = begin; i < out.size(); ++i) {
    sum += static_cast<unsigned char>(out[i]);
  }
  std::array<char, 8> check{};
  std::snprintf(check.data(), check.size(), "%03u", sum % 256);
  out.append("10=").append(check.data()).append(1, soh);
}

void FixLoad::append_order(std::string& out) {
  std::string body = "11=" + run_ + std::to_string(++order_) + soh;
  body += "55=AAPL";
  body += soh;
  body += "54=1";
  body += soh;
  body += "38=1";
  body += soh;
  body += "40=2";
  body += soh;
  body += "44=100.00";
  body += soh;
  body += "59=0";
  body += soh;
  body += "60=" + utc_timestamp() + soh;
  append_message(out, "D", body);
}

Status FixLoad::log_on(const FixPeer& peer) {
  peer_ = peer;
  run_ = std::to_string(now_ns() % 1'000'000'000'000) + "-";
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) {
    return system_error("socket");
  }
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval limit{receive_timeout_s, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(peer.port);
  inet_pton(AF_INET, peer.host.c_str(), &address.sin_addr);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return system_error("connect to " + peer.host + ":" + std::to_string(peer.port));
  }
  std::string body = std::string("98=0") + soh + "108=30" + soh + "141=Y" + soh;
  if (!peer.password.empty()) {
    body += "553=" + peer.sender_comp_id + soh + "554=" + peer.password + soh;
  }
  std::string logon;
  append_message(logon, "A", body);
  if (Status sent = send_all(logon); !sent) {
    return sent;
  }
  while (!logged_on_) {
    if (Status received = receive(); !received) {
      return std::move(received).error().context("log on as " + peer.sender_comp_id);
    }
  }
  return {};
}

Result<std::vector<std::int64_t>> FixLoad::one_at_a_time(std::size_t count) {
  std::vector<std::int64_t> latencies;
  latencies.reserve(count);
  std::string order;
  for (std::size_t i = 0; i < count; ++i) {
    order.clear();
    append_order(order);
    const std::int64_t begin = now_ns();
    if (Status sent = send_all(order); !sent) {
      return std::move(sent).error();
    }
    while (answered_ < order_) {
      if (Status received = receive(); !received) {
        return std::move(received).error();
      }
    }
    latencies.push_back(now_ns() - begin);
  }
  return latencies;
}

Result<std::int64_t> FixLoad::pipelined(std::size_t count, std::size_t window) {
  const std::uint64_t last = order_ + count;
  std::string orders;
  const std::int64_t begin = now_ns();
  while (answered_ < last) {
    orders.clear();
    while (order_ < last && order_ - answered_ < window) {
      append_order(orders);
    }
    if (Status sent = send_all(orders); !sent) {
      return std::move(sent).error();
    }
    if (Status received = receive(); !received) {
      return std::move(received).error();
    }
  }
  return now_ns() - begin;
}

void FixLoad::log_out() {
  std::string logout;
  append_message(logout, "5", "");
  if (!send_all(logout)) {
    return;
  }
  while (!logged_out_ && receive()) {
  }
}

Status FixLoad::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return system_error("send");
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Status FixLoad::receive() {
  if (handled_ > 0) {
    received_.erase(0, handled_);
    handled_ = 0;
  }
  const std::size_t before = received_.size();
  received_.resize(before + read_bytes);
  const ssize_t count = ::recv(socket_, received_.data() + before, read_bytes, 0);
  received_.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
  if (count < 0) {
    return system_error("receive");
  }
  if (count == 0) {
    return Error{ErrorCode::failed, "the peer closed the connection"};
  }
  // A message ends behind its checksum field, which is always seven bytes long.
  while (true) {
    const std::string_view rest = std::string_view(received_).substr(handled_);
    const std::size_t check = rest.find(
        "\x01"
        "10=");
    if (check == std::string_view::npos || rest.size() < check + 8) {
      return {};
    }
    handled_ += check + 8;
    if (Status handled = handle(rest.substr(0, check + 8)); !handled) {
      return handled;
    }
  }
}

Status FixLoad::handle(std::string_view message) {
  const std::string_view type = field(message, "35=");
  if (type == "8") {
    const std::string_view id = field(message, "11=");
    std::uint64_t order = 0;
    if (id.starts_with(run_)) {
      std::from_chars(id.data() + run_.size(), id.data() + id.size(), order);
    }
    if (field(message, "150=") == "8") {
      return Error{ErrorCode::refused, "an order was refused: " + std::string(field(message, "58="))};
    }
    answered_ = order > answered_ ? order : answered_;
  } else if (type == "A") {
    logged_on_ = true;
  } else if (type == "1") {
    std::string heartbeat;
    append_message(heartbeat, "0", "112=" + std::string(field(message, "112=")) + soh);
    return send_all(heartbeat);
  } else if (type == "5") {
    logged_out_ = true;
  } else if (type != "0") {
    return Error{ErrorCode::failed,
                 "unexpected message of type " + std::string(type) + ": " + std::string(field(message, "58="))};
  }
  return {};
}

}  // namespace cantus::bench
