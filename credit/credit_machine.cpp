#include "credit/credit_machine.h"

namespace cantus {

CreditMachine::CreditMachine() : sessions_(refdata_), market_data_(refdata_), credit_(refdata_, market_data_) {}

void CreditMachine::apply(const Event& event) {
  refdata_.apply(event);
  effect_ = sessions_.apply(event);
  market_data_.apply(event);
  credit_.apply(event, effect_);
}

Digest CreditMachine::digest() const {
  DigestBuilder digest;
  digest.add(refdata_.digest()).add(market_data_.digest());
  sessions_.digest_into(digest);
  credit_.digest_into(digest);
  return digest.digest();
}

void CreditMachine::save(SnapshotWriter& out) const {
  refdata_.save(out);
  sessions_.save(out);
  market_data_.save(out);
  credit_.save(out);
}

Status CreditMachine::restore(const SnapshotSections& from) {
  return restore_in_order(from, refdata_, sessions_, market_data_, credit_);
}

}  // namespace cantus
