// What a log holds of the venue's configuration, as it began and as operators changed it, and how another one differs
// from that. A venue starts only with the configuration of its log; a person is shown each difference.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/reader.h"
#include "messages/machine.h"
#include "messages/snapshot.h"
#include "refdata/app/configuration.h"
#include "refdata/reference_data.h"

namespace cantus::refdata {

// "OURS/THEIRS".
[[nodiscard]] inline std::string session_name(const SessionDefined& session) {
  return session.our_comp_id.str() + "/" + session.their_comp_id.str();
}

// Collects from the log what a configuration decides.
class RecordedConfiguration {
 public:
  void apply(const Event& event);
  // Instead of every record up to the state's position; of one that has applied nothing.
  [[nodiscard]] Status restore(const SnapshotSections& from);
  [[nodiscard]] const ReferenceData& reference_data() const { return refdata_; }
  [[nodiscard]] const std::vector<PasswordVerifier>& verifiers() const { return verifiers_; }
  [[nodiscard]] Seq position() const { return position_; }  // last record applied

 private:
  ReferenceData refdata_;
  std::vector<PasswordVerifier> verifiers_;
  Seq position_;
};

// Reads a log from behind what was recorded already through a position, or to its end.
[[nodiscard]] Status read_recorded(eventlog::LogReader& log, RecordedConfiguration& recorded,
                                   Seq through = Seq(std::numeric_limits<std::uint64_t>::max()));

// "risk, compliance"; "none" without any.
[[nodiscard]] std::string roles_text(std::uint8_t roles);
// "rita (risk)"; a role that the person does not have is only claimed: "rita, as risk".
[[nodiscard]] std::string in_role(const std::string& person, const std::string& role, bool held);

// One line each, "instruments[AAPL].tick: log 0.01, file 0.05"; empty if the configuration is the log's. Elements are
// compared by name. Secrets are not shown. What the processes alone decide does not count, but a gateway or injector
// that the log does not know does: it could not speak.
[[nodiscard]] std::vector<std::string> differences(const Configuration& configuration,
                                                   const RecordedConfiguration& recorded);

}  // namespace cantus::refdata
