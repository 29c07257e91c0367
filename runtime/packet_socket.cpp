#include "runtime/packet_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace cantus::runtime {
namespace {

constexpr int backlog = 64;

Error errno_error(const std::string& doing, ErrorCode code = ErrorCode::failed) {
  return Error{code, doing + ": " + std::strerror(errno)};
}

Result<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof(address.sun_path)) {
    return Error{ErrorCode::refused, "the path of a socket has at most " +
                                         std::to_string(sizeof(address.sun_path) - 1) + " bytes: " + text};
  }
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

UniqueFd make_socket() { return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

}  // namespace

Result<UniqueFd> listen_for_packets(const std::filesystem::path& path) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) {
    return address.error();
  }
  UniqueFd socket = make_socket();
  const std::string doing = "listen at " + path.string();
  // The mode is set before the name appears, so nobody else can ever connect.
  if (!socket || ::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0) {
    return errno_error(doing);
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return errno_error(doing);
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(sockaddr_un)) != 0 ||
      ::listen(socket.get(), backlog) != 0) {
    return errno_error(doing);
  }
  return socket;
}

Result<UniqueFd> connect_for_packets(const std::filesystem::path& path) {
  const Result<sockaddr_un> address = address_of(path);
  if (!address) {
    return address.error();
  }
  UniqueFd socket = make_socket();
  const std::string doing = "connect to " + path.string();
  if (!socket) {
    return errno_error(doing);
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(sockaddr_un)) != 0) {
    const bool nobody = errno == ENOENT || errno == ECONNREFUSED || errno == EAGAIN;
    return errno_error(doing, nobody ? ErrorCode::not_found : ErrorCode::failed);
  }
  return socket;
}

Received receive_packet(int socket, Packet& packet) {
  // Room for more descriptors than are allowed, so that surplus ones are seen and closed rather than cut off.
  constexpr std::size_t fds_room = packet_fds_max + 2;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * fds_room)> control{};
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) {
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return later ? Received::nothing_yet : Received::ended;
  }
  packet.size = static_cast<std::size_t>(got);
  packet.fd_count = 0;
  bool surplus = false;
  for (cmsghdr* part_header = CMSG_FIRSTHDR(&message); part_header != nullptr;
       part_header = CMSG_NXTHDR(&message, part_header)) {
    if (part_header->cmsg_level != SOL_SOCKET || part_header->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (part_header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part_header) + i * sizeof(int), sizeof(int));
      UniqueFd owned(fd);
      if (packet.fd_count < packet_fds_max) {
        packet.fds[packet.fd_count++] = std::move(owned);
      } else {
        surplus = true;
      }
    }
  }
  if (got == 0) {
    return Received::ended;
  }
  return surplus || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ? Received::broken : Received::packet;
}

bool send_packet(int socket, std::span<const std::byte> bytes, std::span<const int> fds) {
  std::array<std::byte, packet_bytes_max> copy;
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  iovec part{copy.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * packet_fds_max)> control{};
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size());
}

Peer peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return {};
  }
  return {credentials.pid, credentials.uid == ::geteuid()};
}

}  // namespace cantus::runtime
