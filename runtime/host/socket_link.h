// The link of a process to the venue's sequencer: attachment over its socket, proposals through the ring that it was
// handed.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/host/link.h"
#include "runtime/loop.h"

namespace cantus::host {

// The loop must outlive the link; its doorbell is what the sequencer rings.
[[nodiscard]] std::unique_ptr<SequencerLink> make_socket_link(runtime::Loop& loop, std::filesystem::path attach_socket);

}  // namespace cantus::host
