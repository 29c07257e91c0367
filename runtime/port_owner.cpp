#include "runtime/port_owner.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

namespace cantus::runtime {
namespace {

namespace fs = std::filesystem;

// Inodes of the sockets that listen on `port`, from the kernel's table: columns are number, local address:port
// (hexadecimal), remote, state (0A listens), and further on the inode.
std::vector<std::string> listening_inodes(const char* table, std::uint16_t port) {
  std::vector<std::string> inodes;
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    std::array<std::string, 10> column;
    for (std::string& text : column) {
      columns >> text;
    }
    const std::size_t colon = column[1].rfind(':');
    if (column[3] == "0A" && colon != std::string::npos &&
        std::stoul("0" + column[1].substr(colon + 1), nullptr, 16) == port) {
      inodes.push_back(column[9]);
    }
  }
  return inodes;
}

bool holds_socket(const fs::path& process, const std::vector<std::string>& inodes) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(process / "fd", failure)) {
    const std::string target = fs::read_symlink(entry.path(), failure).string();
    if (std::ranges::any_of(inodes, [&](const std::string& inode) { return target == "socket:[" + inode + "]"; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string describe_port_owner(std::uint16_t port) {
  std::vector<std::string> inodes = listening_inodes("/proc/net/tcp", port);
  std::ranges::copy(listening_inodes("/proc/net/tcp6", port), std::back_inserter(inodes));
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string pid = entry.path().filename().string();
    if (std::ranges::all_of(pid, [](unsigned char c) { return std::isdigit(c) != 0; }) &&
        holds_socket(entry.path(), inodes)) {
      std::string name;
      std::ifstream comm(entry.path() / "comm");
      std::getline(comm, name);
      return "process " + pid + " (" + name + ")";
    }
  }
  return "another process";
}

}  // namespace cantus::runtime
