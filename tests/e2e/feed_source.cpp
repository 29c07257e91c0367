#include "tests/e2e/feed_source.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/text.h"
#include "tests/e2e/raw_fix.h"

namespace cantus::e2e {

FeedSource::FeedSource(std::uint16_t port) : listener_(listen_on_loopback(port)) {
  thread_ = std::thread([this] { serve(); });
}

FeedSource::~FeedSource() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (socket_ >= 0) {
      ::shutdown(socket_, SHUT_RDWR);
    }
  }
  thread_.join();
  ::close(listener_);
}

std::uint64_t FeedSource::send(const std::string& line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::to_string(lines_.size() + 1) + "," + line + "\n");
  if (socket_ >= 0) {
    write_from(sent_);
  }
  return lines_.size();
}

void FeedSource::write_from(std::size_t first) {
  for (sent_ = first; sent_ < lines_.size(); ++sent_) {
    const std::string& line = lines_[sent_];
    if (::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
      return;  // it connects again and says where to go on
    }
  }
}

// One injector after the other: its first line says from which number on it wants to be told.
void FeedSource::serve() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    std::string said;
    std::array<char, 256> bytes{};
    for (ssize_t n = 1; n > 0;) {
      n = ::recv(socket, bytes.data(), bytes.size(), 0);
      said.append(bytes.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
      const std::lock_guard lock(mutex_);
      const std::size_t end = said.find('\n');
      if (socket_ < 0 && end != std::string::npos && said.rfind("next,", 0) == 0) {
        socket_ = socket;
        write_from(parse_unsigned(said.substr(5, end - 5), UINT64_MAX).value_or(1) - 1);
      }
    }
    const std::lock_guard lock(mutex_);
    socket_ = -1;
    ::close(socket);
    if (ending_) {
      return;
    }
  }
}

}  // namespace cantus::e2e
