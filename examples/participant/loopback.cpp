#include "examples/participant/loopback.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace {
thread_local bool loopback_only = false;
}  // namespace

namespace cantus::participant {

LoopbackOnly::LoopbackOnly() { loopback_only = true; }
LoopbackOnly::~LoopbackOnly() { loopback_only = false; }

}  // namespace cantus::participant

// In the place of the C library's for the whole program; does what that does but for the one case.
extern "C" int bind(int socket, const sockaddr* address, socklen_t size) {
  static const auto real = reinterpret_cast<int (*)(int, const sockaddr*, socklen_t)>(::dlsym(RTLD_NEXT, "bind"));
  if (loopback_only && address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in changed = *reinterpret_cast<const sockaddr_in*>(address);
    if (changed.sin_addr.s_addr == htonl(INADDR_ANY)) {
      changed.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      return real(socket, reinterpret_cast<const sockaddr*>(&changed), sizeof(changed));
    }
  }
  return real(socket, address, size);
}
