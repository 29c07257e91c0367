// Who listens on a TCP port of this host: for the text that a person reads when a port is taken.
#pragma once

#include <cstdint>
#include <string>

namespace cantus::runtime {

// "process 4711 (qfix-demo)", or "another process" where the kernel does not tell us.
[[nodiscard]] std::string describe_port_owner(std::uint16_t port);

}  // namespace cantus::runtime
