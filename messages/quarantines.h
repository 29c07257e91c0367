// Which records are quarantined for which machines, as the log says behind them: whoever hosts machines reads that
// before it shows them the record (Event::quarantined), and begins anew where it did not know. Part of what the log
// says of its records (messages/exceptions.h).
#pragma once

#include <span>
#include <vector>

#include "base/digest.h"
#include "messages/record.h"
#include "messages/snapshot.h"

namespace cantus {

struct QuarantinedRecord {
  Seq position;
  Seq until;  // the record that says so
  MachineName machine{};
  friend bool operator==(const QuarantinedRecord&, const QuarantinedRecord&) = default;
};

class Quarantines {
 public:
  // In the order of the log. One that is known already changes nothing.
  void add(const QuarantinedRecord& record);

  [[nodiscard]] bool empty() const { return records_.empty(); }
  // In the order of the log.
  [[nodiscard]] std::span<const QuarantinedRecord> all() const { return records_; }
  // Machines that must not handle the record.
  [[nodiscard]] MachineSet at(Seq position) const {
    return records_.empty() || position > highest_ ? MachineSet() : look_up(position);
  }
  // The state of machines behind `position` was computed without a quarantine that the log says further on. (What
  // gateways render is no state.)
  [[nodiscard]] bool unsound(Seq position) const;

  void digest_into(DigestBuilder& digest) const;
  // Within a section.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  [[nodiscard]] MachineSet look_up(Seq position) const;

  std::vector<QuarantinedRecord> records_;
  Seq highest_;  // position of any
};

}  // namespace cantus
