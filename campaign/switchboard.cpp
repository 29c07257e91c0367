#include "campaign/switchboard.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "campaign/venue.h"

namespace cantus::campaign {
namespace {

// How soon a venue that does not listen is tried again.
constexpr int retry_ms = 5;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void set_no_delay(int socket) {
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

// Length of the whole message at the beginning; 0 if it is not whole yet.
std::size_t message_length(const std::string& bytes) {
  constexpr std::string_view trailer =
      "\x01"
      "10=";
  constexpr std::size_t rest = 4;  // three digits and the last separator
  const std::size_t at = bytes.find(trailer);
  return at == std::string::npos || bytes.size() < at + trailer.size() + rest ? 0 : at + trailer.size() + rest;
}

std::string_view field_of(std::string_view message, std::string_view key) {
  const std::size_t at = message.find(key);
  return at == std::string_view::npos ? std::string_view()
                                      : message.substr(at + key.size(), message.find('\x01', at + 1) - at - key.size());
}

}  // namespace

Switchboard::Switchboard(std::size_t lines) : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  for (const std::uint16_t port : free_ports(lines)) {
    Line line;
    line.port = port;
    line.listener.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int yes = 1;
    ::setsockopt(line.listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    const sockaddr_in address = loopback(port);
    if (::bind(line.listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(line.listener.get(), 8) != 0) {
      throw std::runtime_error("the switchboard cannot listen on port " + std::to_string(port));
    }
    lines_.push_back(std::move(line));
  }
  thread_ = std::thread([this] { run(); });
}

Switchboard::~Switchboard() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake();
  thread_.join();
}

void Switchboard::wake() const {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof(one));
}

void Switchboard::route(std::size_t line, std::uint16_t venue_port) {
  const std::lock_guard lock(mutex_);
  lines_[line].venue_port = venue_port;
}

std::uint16_t Switchboard::route_of(std::size_t line) const {
  const std::lock_guard lock(mutex_);
  return lines_[line].venue_port;
}

void Switchboard::hold(std::size_t line, bool held) {
  {
    const std::lock_guard lock(mutex_);
    lines_[line].held = held;
  }
  wake();
}

void Switchboard::cut(std::size_t line) {
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) {
      connection.over = connection.over || (connection.line == line && !connection.orphaned);
    }
  }
  wake();
}

void Switchboard::orphan(std::size_t line) {
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) {
      if (connection.line == line && !connection.orphaned) {
        connection.orphaned = true;
        connection.peer = Half();
        connection.over = !connection.venue.socket.valid();
      }
    }
  }
  wake();
}

void Switchboard::release_orphans() {
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) {
      connection.over = connection.over || connection.orphaned;
    }
  }
  wake();
}

void Switchboard::watch(Watch watch) {
  const std::lock_guard lock(mutex_);
  watch_ = std::move(watch);
}

// What is polled is collected again each time round: there are few connections.
void Switchboard::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
    bool unconnected = false;
    for (const Line& line : lines_) {
      polled.push_back({line.listener.get(), POLLIN, 0});
    }
    for (const Connection& connection : connections_) {
      unconnected = unconnected || !connection.venue.socket.valid();
      for (const Half* half : {&connection.peer, &connection.venue}) {
        const int events = (half->ended ? 0 : POLLIN) | (half->out.empty() ? 0 : POLLOUT);
        polled.push_back({events == 0 ? -1 : half->socket.get(), static_cast<short>(events), 0});
      }
    }
    lock.unlock();
    ::poll(polled.data(), polled.size(), unconnected ? retry_ms : -1);
    std::uint64_t ignored = 0;
    (void)!::read(wake_.get(), &ignored, sizeof(ignored));
    lock.lock();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      accept(i);
    }
    for (Connection& connection : connections_) {
      settle(connection);
    }
    connections_.remove_if([](const Connection& connection) { return connection.over; });
  }
}

void Switchboard::accept(std::size_t line) {
  const int socket = ::accept4(lines_[line].listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (socket >= 0) {
    set_no_delay(socket);
    connections_.emplace_back();
    connections_.back().line = line;
    connections_.back().peer.socket.reset(socket);
  }
}

void Switchboard::connect(Connection& connection) {
  const Line& line = lines_[connection.line];
  if (line.held || line.venue_port == 0) {
    return;
  }
  runtime::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(line.venue_port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return;
  }
  set_no_delay(socket.get());
  const int flags = ::fcntl(socket.get(), F_GETFL);
  ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK);
  connection.venue.socket = std::move(socket);
}

// One turn of a connection: whatever can be read, passed on and written now.
void Switchboard::settle(Connection& connection) {
  if (!connection.over && !connection.venue.socket.valid()) {
    connect(connection);
  }
  if (!connection.over && connection.peer.socket.valid()) {
    read(connection, connection.peer, connection.venue);
  }
  if (!connection.over && connection.venue.socket.valid()) {
    read(connection, connection.venue, connection.peer);
  }
  write(connection.peer);
  write(connection.venue);
  // An end is passed on once everything before it is.
  const bool peer_gone = connection.peer.ended && connection.venue.out.empty();
  const bool venue_gone = connection.venue.ended && connection.peer.out.empty();
  const bool never_there = connection.peer.ended && !connection.venue.socket.valid();
  connection.over = connection.over || peer_gone || venue_gone || never_there;
}

void Switchboard::read(Connection& connection, Half& from, Half& to) {
  std::array<char, 16384> bytes{};
  while (!from.ended) {
    const ssize_t count = ::recv(from.socket.get(), bytes.data(), bytes.size(), 0);
    if (count > 0) {
      from.in.append(bytes.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      from.ended = true;
    } else {
      break;
    }
  }
  pass_on(connection, from, to);
}

void Switchboard::pass_on(Connection& connection, Half& from, Half& to) {
  if (connection.orphaned) {
    from.in.clear();  // nobody is there to have it
    return;
  }
  if (!to.socket.valid()) {
    return;  // the Logon waits until the venue is there
  }
  for (std::size_t length = message_length(from.in); length != 0; length = message_length(from.in)) {
    const std::string_view message = std::string_view(from.in).substr(0, length);
    Passing passing;
    passing.line = connection.line;
    passing.to_venue = &from == &connection.peer;
    passing.msg_type = field_of(message,
                                "\x01"
                                "35=");
    passing.poss_dup = field_of(message,
                                "\x01"
                                "43=") == "Y";
    if (watch_ && watch_(passing) == Verdict::cut) {
      write(to);  // what went before
      connection.over = true;
      return;
    }
    to.out += message;
    from.in.erase(0, length);
  }
  if (from.ended) {
    to.out += from.in;  // half a message, as it came
    from.in.clear();
  }
}

void Switchboard::write(Half& half) {
  while (half.socket.valid() && !half.out.empty()) {
    const ssize_t count = ::send(half.socket.get(), half.out.data(), half.out.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      if (count < 0 && errno != EAGAIN && errno != EINTR) {
        half.out.clear();  // the other end is closed
      }
      return;
    }
    half.out.erase(0, static_cast<std::size_t>(count));
  }
}

}  // namespace cantus::campaign
