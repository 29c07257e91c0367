#include "tests/sim/descriptors.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace cantus::sim {
namespace {
// Something may have become readable that was not. Set by the calls at the end of this file.
bool touched = true;
std::uint64_t closed = 0;

bool is_socket(int fd) {
  int type = 0;
  socklen_t bytes = sizeof(type);
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &bytes) == 0;
}
}  // namespace

Descriptors::Descriptors() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  CANTUS_ASSERT(epoll_, "there is a descriptor for what is watched");
}

Descriptors::Id Descriptors::watch(int fd, std::function<void()> ready) {
  const Id id = ++last_;
  epoll_event event{};
  // A doorbell is emptied by whoever hears of it, and he remembers it until then: once told is enough.
  event.events = is_socket(fd) ? EPOLLIN : EPOLLIN | EPOLLET;
  event.data.u64 = id;
  const int added = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  CANTUS_ASSERT(added == 0, "what is watched can be");
  touched = true;
  watched_[id] = {fd, std::move(ready)};
  return id;
}

void Descriptors::forget(Id id) {
  const auto found = watched_.find(id);
  // It may have been closed by its owner, which takes it away by itself.
  static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.fd, nullptr));
  watched_.erase(found);
}

void Descriptors::look() {
  if (!touched) {
    return;
  }
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  touched = count != 0;  // what is readable is told until somebody has read it
  std::vector<Id> ready;
  for (int i = 0; i < count; ++i) {
    const Id id = events[static_cast<std::size_t>(i)].data.u64;  // which is not aligned there
    ready.push_back(id);
  }
  std::ranges::sort(ready);
  for (const Id id : ready) {
    if (const auto found = watched_.find(id); found != watched_.end()) {
      found->second.ready();
    }
  }
}

void Descriptors::hang_up(Id id) { static_cast<void>(::shutdown(watched_.at(id).fd, SHUT_RDWR)); }

std::uint64_t closed_descriptors() { return closed; }

}  // namespace cantus::sim

// Only these calls of this process make a descriptor of it readable, and nine events in ten have none of them: behind
// those the kernel need not be asked.
extern "C" {

ssize_t write(int fd, const void* bytes, size_t count) {
  cantus::sim::touched = true;
  return ::syscall(SYS_write, fd, bytes, count);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  cantus::sim::touched = true;
  return ::syscall(SYS_sendmsg, fd, message, flags);
}

int connect(int fd, const sockaddr* address, socklen_t bytes) {
  cantus::sim::touched = true;
  return static_cast<int>(::syscall(SYS_connect, fd, address, bytes));
}

int shutdown(int fd, int how) noexcept {
  cantus::sim::touched = true;
  return static_cast<int>(::syscall(SYS_shutdown, fd, how));
}

int close(int fd) {
  cantus::sim::touched = true;
  ++cantus::sim::closed;
  return static_cast<int>(::syscall(SYS_close, fd));
}
}
