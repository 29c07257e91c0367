// UNIX sockets that carry one message a packet, with descriptors beside it: what the attachment travels over. Private
// to runtime/.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "runtime/unique_fd.h"

namespace cantus::runtime {

inline constexpr std::size_t packet_bytes_max = 512;
inline constexpr std::size_t packet_fds_max = 2;

struct Packet {
  std::array<std::byte, packet_bytes_max> bytes;
  std::size_t size = 0;
  std::array<UniqueFd, packet_fds_max> fds;
  std::size_t fd_count = 0;

  // The packet as a fixed struct; false if it is not exactly as long.
  template <class T>
  [[nodiscard]] bool read_as(T& message) const {
    if (size != sizeof(T)) {
      return false;
    }
    std::memcpy(&message, bytes.data(), sizeof(T));
    return true;
  }
};

enum class Received { packet, nothing_yet, ended, broken };

// All descriptors are non-blocking and closed on exec.
[[nodiscard]] Result<UniqueFd> listen_for_packets(const std::filesystem::path& path);
[[nodiscard]] Result<UniqueFd> connect_for_packets(const std::filesystem::path& path);
[[nodiscard]] Received receive_packet(int socket, Packet& packet);
// False if the peer is gone or takes nothing.
[[nodiscard]] bool send_packet(int socket, std::span<const std::byte> bytes, std::span<const int> fds);

struct Peer {
  pid_t process = 0;
  bool same_user = false;
};
[[nodiscard]] Peer peer_of(int socket);

}  // namespace cantus::runtime
