// The application messages that sessions were sent, re-created from the log: every byte but the clock of what left late
// or again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fix/log_access.h"
#include "fix/render.h"
#include "replay/replica.h"

namespace cantus::replay {

// One message, before it is known whether it was sent at once or again.
struct Recreated {
  std::string msg_type;
  std::string body;
  bool poss_resend = false;
  fix::OutboundInputs inputs;
  Seq cause;
};

class SentBytes {
 public:
  // `log` reads single events of the same log.
  SentBytes(const ReferenceData& refdata, const Exceptions& exceptions, fix::LogAccess& log)
      : refdata_(refdata), exceptions_(exceptions), log_(log) {}

  // The application message with this number. Errors: failed (its events cannot be read), corrupt (its cause yields no
  // such message), not_found (its cause is void and has not left: the number is a gap fill).
  [[nodiscard]] Result<Recreated> recreate(const GenerationNumbers& of, MsgSeqNum number);
  // Its bytes as they leave when the log is at its position, and as they leave at `now` with 43=Y.
  [[nodiscard]] std::string at_once(const Recreated& message, SessionId session) const;
  [[nodiscard]] std::string again(const Recreated& message, SessionId session, TimeNs now) const;

 private:
  const ReferenceData& refdata_;
  const Exceptions& exceptions_;
  fix::LogAccess& log_;
};

// What a session was sent in one generation.
struct SessionBytes {
  SessionId session;
  std::string name;  // "CANTUS-ALPHA1"
  Generation generation;
  std::uint64_t messages = 0;  // application messages
  std::uint64_t invented = 0;  // numbers that the session layer took
  std::uint64_t voided = 0;    // numbers of what is void and has not left
  std::uint64_t bytes = 0;     // of the application messages, sent at once
  Hash256 sha256;              // over those bytes in order of their numbers
};

[[nodiscard]] std::string session_name(const SessionDefined& session);

// Re-creates a whole generation. The difference names the first message that cannot be re-created.
struct GenerationBytes {
  SessionBytes sent;
  std::optional<Difference> difference;
};
[[nodiscard]] GenerationBytes recreate_all(SentBytes& bytes, const ReferenceData& refdata,
                                           const GenerationNumbers& numbers);

}  // namespace cantus::replay
