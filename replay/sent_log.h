// The gateways' own record of what left (fix/message_log.h), compared with what replay re-creates. That record is for
// people and may lack lines (it is written late and not synced); but what it holds must be what the log gives.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"
#include "replay/sent_bytes.h"

namespace cantus::replay {

struct SentLogCheck {
  std::uint64_t equal = 0;   // application messages that are the log's, byte for byte
  std::uint64_t beyond = 0;  // that the log does not reach, as far as it was replayed
  std::optional<Difference> difference;
};

// Where the message log of a session lies in `folder`.
[[nodiscard]] std::filesystem::path message_log_of(const std::filesystem::path& folder, const SessionDefined& session);

// Reads the message log of a session in `folder`; a check of nothing if there is none. `generations` are the session's,
// in order. Messages sent late or again (43=Y) are re-created with the clock that they carry. `cut_at`: time of the
// last record that was replayed, if the log goes on behind it. A message that is of no generation so far, and was first
// sent then or later, is beyond: its session may have begun anew.
[[nodiscard]] Result<SentLogCheck> check_sent_log(const std::filesystem::path& folder, SentBytes& bytes,
                                                  const SessionDefined& session,
                                                  const std::vector<const GenerationNumbers*>& generations,
                                                  std::optional<TimeNs> cut_at);

}  // namespace cantus::replay
