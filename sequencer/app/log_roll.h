// Ends a log and begins the next one, a step a pass. What is on the log says how far it is (sequencer/roll.h), so a
// process that starts anew goes on with the next step; here is what a step waits for.
//
// Before anything is begun the open segment is ended and sealed, while orders go on: so the last one is short, and its
// hash, which the next log begins with, is soon there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eventlog/journal.h"
#include "sequencer/agreement.h"
#include "sequencer/app/streams.h"
#include "sequencer/core.h"

namespace cantus::sequencer {

class LogRoll {
 public:
  // Outcomes that have not drained after so much log time, of this process's life, keep the log open: clients wait
  // meanwhile.
  static constexpr std::int64_t patience_ns = 10'000'000'000;

  struct Pass {
    SequencerCore& core;
    Batch& batch;
    eventlog::Journal& journal;
    const Streams& streams;
    const Agreement* agreement = nullptr;  // null: nobody waits for a second replica
    TimeNs now;
    bool due = false;  // this log is to end
  };

  // Every record of a replay.
  void observe(const Event& event);
  // Before a term is opened: what follows a LogClosed begins a segment. False: none is reserved yet.
  [[nodiscard]] static bool may_open_term(const SequencerCore& core, eventlog::Journal& journal);
  // The batch holds nothing of this pass behind which a log may not end.
  void step(const Pass& pass);
  // It stands still in the middle of something: the loop is to look again soon.
  [[nodiscard]] bool waits_for_seal() const { return waits_for_seal_; }

 private:
  void prepare(const Pass& pass);
  void drain(const Pass& pass);
  void open_next(const Pass& pass);
  // Who still has something to say, or has not applied everything up to `through`; empty: nobody.
  [[nodiscard]] static std::string who_is_not_done(const Pass& pass, Seq through);
  void look_at_end(const Pass& pass);

  std::optional<Seq> prepared_at_;  // last record of the segment that was ended ahead
  Hash256 closed_hash_;
  bool waits_for_seal_ = false;
  std::optional<TimeNs> first_step_;
  // Of the newest record anybody may be a moment behind; who has not applied one of some seconds ago holds the roll up.
  struct End {
    Seq last;
    TimeNs at;
  };
  End older_end_;
  End newer_end_;
};

}  // namespace cantus::sequencer
