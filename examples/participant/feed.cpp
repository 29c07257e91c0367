#include "examples/participant/feed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cantus::participant {
namespace {

bool send_all(int socket, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t n = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

// The number in "next,<number>\n"; 0 if the peer says anything else.
std::uint64_t read_request(int socket) {
  std::string text;
  char c = 0;
  while (text.size() < 64 && ::recv(socket, &c, 1, 0) == 1 && c != '\n') {
    text += c;
  }
  if (c != '\n' || !text.starts_with("next,")) {
    return 0;
  }
  return std::strtoull(text.c_str() + 5, nullptr, 10);
}

}  // namespace

Feed::Feed(FeedOptions options, Market& market) : options_(std::move(options)), market_(market) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.listen.port);
  ::inet_pton(AF_INET, options_.listen.host.c_str(), &address.sin_addr);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, plain, &size) != 0) {
    const std::string why = std::strerror(errno);
    ::close(listener_);
    throw std::runtime_error("the feed cannot listen on " + options_.listen.host + ":" +
                             std::to_string(options_.listen.port) + ": " + why);
  }
  port_ = ntohs(address.sin_port);
}

Feed::~Feed() {
  stop();
  ::close(listener_);
}

void Feed::start() {
  acceptor_ = std::thread([this] { accept(); });
  pacer_.start(options_.updates_per_second, [this] { publish(); });
}

void Feed::stop() {
  pacer_.stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  if (acceptor_.joinable()) {
    acceptor_.join();
  }
  for (std::thread& server : servers_) {
    if (server.joinable()) {
      server.join();
    }
  }
}

void Feed::publish() {
  const std::size_t instrument = market_.step();
  {
    const std::lock_guard lock(mutex_);
    if (!begun_) {
      return;
    }
    add_line(instrument);
  }
  changed_.notify_all();
}

// With the lock held.
void Feed::add_line(std::size_t instrument) {
  const Best best = market_.best(instrument);
  const std::uint64_t number = first_ + lines_.size();
  lines_.push_back(std::to_string(number) + "," + market_.instruments()[instrument].symbol + "," +
                   decimal_text(best.bid) + "," + std::to_string(best.bid_qty) + "," + decimal_text(best.ask) + "," +
                   std::to_string(best.ask_qty) + "\n");
  if (lines_.size() > kept_max) {
    lines_.pop_front();
    ++first_;
  }
}

void Feed::accept() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      if (socket >= 0) {
        ::close(socket);
      }
      return;
    }
    if (socket >= 0) {
      sockets_.push_back(socket);
      servers_.emplace_back([this, socket] { serve(socket); });
    }
  }
}

void Feed::serve(int socket) {
  std::uint64_t next = read_request(socket);
  std::unique_lock lock(mutex_);
  if (next != 0 && !begun_) {
    begun_ = true;
    first_ = next;
    for (std::size_t i = 0; i < market_.instruments().size(); ++i) {
      add_line(i);  // every price once, so that the listener knows them all
    }
  }
  while (next != 0 && !stopping_) {
    const std::uint64_t end = first_ + lines_.size();
    if (next >= end) {
      changed_.wait(lock);
      continue;
    }
    next = std::max(next, first_);
    std::string text;
    for (; next < end && text.size() < 60'000; ++next) {
      text += lines_[next - first_];
    }
    lock.unlock();
    const bool alive = send_all(socket, text);
    lock.lock();
    if (!alive) {
      break;
    }
  }
  std::erase(sockets_, socket);
  ::close(socket);
}

}  // namespace cantus::participant
