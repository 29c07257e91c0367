// Which descriptors of the simulated processes have something to read. Attachment, rings and doorbells are the real
// ones: UNIX sockets, memory and eventfds of this process, without a thread beside it; so what is ready after an event
// is ready in every run of the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "runtime/unique_fd.h"

namespace cantus::sim {

class Descriptors {
 public:
  using Id = std::uint64_t;

  Descriptors();
  // `ready` is called by look() for as long as the descriptor is readable, of a doorbell each time that it was rung; it
  // must do no more than to remember that.
  [[nodiscard]] Id watch(int fd, std::function<void()> ready);
  void forget(Id id);
  // Tells everybody whose descriptor is readable now, in the order in which they were watched.
  void look();
  // Sends nothing more and brings nothing more, as if its process had died; of sockets alone.
  void hang_up(Id id);

 private:
  struct Watched {
    int fd;
    std::function<void()> ready;
  };

  runtime::UniqueFd epoll_;
  Id last_ = 0;
  std::map<Id, Watched> watched_;
};

// How many this process has closed: who remembers one by its number looks whether it still stands.
[[nodiscard]] std::uint64_t closed_descriptors();

}  // namespace cantus::sim
