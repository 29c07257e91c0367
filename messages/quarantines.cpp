#include "messages/quarantines.h"

#include <algorithm>

namespace cantus {
namespace {

constexpr std::size_t records_max = 65'536;

}  // namespace

void Quarantines::add(const QuarantinedRecord& record) {
  if (!at(record.position).contains(record.machine)) {
    records_.push_back(record);
    highest_ = std::max(highest_, record.position);
  }
}

MachineSet Quarantines::look_up(Seq position) const {
  MachineSet machines;
  for (const QuarantinedRecord& record : records_) {
    if (record.position == position) {
      machines.add(record.machine);
    }
  }
  return machines;
}

bool Quarantines::unsound(Seq position) const {
  return std::any_of(records_.begin(), records_.end(), [position](const QuarantinedRecord& record) {
    return record.machine != MachineName::gateway && position >= record.position && position < record.until;
  });
}

void Quarantines::digest_into(DigestBuilder& digest) const {
  digest.add(static_cast<std::uint64_t>(records_.size()));
  for (const QuarantinedRecord& record : records_) {
    digest.add(record.position).add(record.until).add(static_cast<std::uint64_t>(record.machine));
  }
}

void Quarantines::save(SnapshotWriter& out) const {
  out.put_count(records_.size());
  for (const QuarantinedRecord& record : records_) {
    out.put(record.position);
    out.put(record.until);
    out.put(record.machine);
  }
}

void Quarantines::restore(SectionReader& in) {
  const std::size_t count =
      in.get_count(records_max, 2 * sizeof(Seq) + sizeof(MachineName), "more quarantines than operators can make");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    QuarantinedRecord record;
    record.position = in.get<Seq>();
    record.until = in.get<Seq>();
    record.machine = in.get<MachineName>();
    in.require(can_be_quarantined(record.machine), "a quarantine is of no machine");
    in.require(!record.position.is_zero() && record.position < record.until &&
                   in.known(LogSeq(in.taken_at().position.log(), record.until)),
               "a quarantined record lies before what says so, and that before the position");
    in.require(records_.empty() || records_.back().until <= record.until, "quarantines stand in the order of the log");
    in.require(!at(record.position).contains(record.machine), "a record is quarantined for a machine twice");
    add(record);
  }
}

}  // namespace cantus
