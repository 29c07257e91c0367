// The password verifiers of FIX sessions, as the log has them last: what gateways check a Logon's password against.
#pragma once

#include <vector>

#include "messages/messages.h"
#include "refdata/reference_data.h"

namespace cantus {

class PasswordVerifiers {
 public:
  PasswordVerifiers();

  // Every event, after `refdata` applied it. Takes PasswordVerifier, from the log until the opening is complete and
  // from signed commands ever after; of more sessions than there can be the first count.
  void apply(const Event& event, const ReferenceData& refdata);
  [[nodiscard]] Digest digest() const;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

  [[nodiscard]] const PasswordVerifier* find(SessionId session) const;  // null: it has none

 private:
  [[nodiscard]] std::size_t place_of(SessionId session) const;  // the first that is not below it
  void keep(const PasswordVerifier& verifier);

  std::vector<PasswordVerifier> verifiers_;  // by session, ascending; room for every session
};

}  // namespace cantus
