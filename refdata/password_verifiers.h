// The password verifiers of FIX sessions, as the log has them last: what gateways check a Logon's password against.
#pragma once

#include <vector>

#include "messages/machine.h"
#include "messages/messages.h"
#include "refdata/reference_data.h"

namespace cantus {

class PasswordVerifiers final : public Machine {
 public:
  PasswordVerifiers();

  // Takes PasswordVerifier; of more sessions than there can be the first count.
  void apply(const Event& event) override;
  [[nodiscard]] Digest digest() const override;
  void save(SnapshotWriter& out) const;
  [[nodiscard]] Status restore(const SnapshotSections& from);

  [[nodiscard]] const PasswordVerifier* find(SessionId session) const;  // null: it has none

 private:
  [[nodiscard]] std::size_t place_of(SessionId session) const;  // the first that is not below it
  void keep(const PasswordVerifier& verifier);

  std::vector<PasswordVerifier> verifiers_;  // by session, ascending; room for every session
};

}  // namespace cantus
