// While the venue is left alone only time messages and what the session layer says are added, at their rate.
#pragma once

#include <cstdint>

#include "tests/sim/checkers/checker.h"
#include "tests/sim/checkers/findings.h"

namespace cantus::sim {

class Quiet final : public Checker {
 public:
  // A snapshot is due each time so many records have come, time messages among them.
  Quiet(Findings& findings, std::uint64_t snapshot_records)
      : findings_(findings), snapshot_records_(snapshot_records) {}

  void on_stable(const Event& event) override;
  void quiet_begins() override { quiet_ = true; }
  // From now on nothing but the regulator's answers may still be on its way.
  void rest_begins() { resting_ = true; }
  // For how long, by the log's time, nothing was said that a quiet venue does not say.
  [[nodiscard]] std::int64_t silent_ns() const { return now_.get() - last_news_.get(); }

 private:
  void report(const Event& event);

  Findings& findings_;
  const std::uint64_t snapshot_records_;
  bool quiet_ = false;
  bool resting_ = false;
  int snapshotter_moved_ = 0;  // since it is quiet
  Seq last_snapshot_;
  Seq before_;  // the last record before it
  TimeNs last_tick_;
  TimeNs last_news_;
  TimeNs now_;  // of the last record
};

}  // namespace cantus::sim
