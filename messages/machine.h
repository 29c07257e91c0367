// What every state machine of the venue is to whoever hosts it.
#pragma once

#include "base/digest.h"
#include "messages/exceptions.h"
#include "messages/record.h"
#include "messages/snapshot.h"
#include "messages/wish_queue.h"

namespace cantus {

// A pure state machine (docs/architecture.md, section 4): no clock, I/O, thread, randomness, floating point, unordered
// iteration, or allocation after construction. Time is the event's.
class Machine {
 public:
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;

  // Every event of the log in order; those on topics or of types that do not concern it change nothing.
  virtual void apply(const Event& event) = 0;
  // In place of apply(), for a record that the log itself voids further on (messages/exceptions.h): it has no effect
  // but that time goes on. `may_have_left`: what it caused may have left the venue.
  virtual void apply_void(const Event& record, bool /*may_have_left*/) { apply(EmptiedRecord(record).event()); }
  // Equal on every replica after the same events, however the state is represented.
  [[nodiscard]] virtual Digest digest() const = 0;
};

// A machine that a publisher runs: it also wishes.
class Application : public Machine {
 public:
  [[nodiscard]] virtual WishQueue& wishes() = 0;
  // Writes its state behind the event last applied, outstanding wishes included, with the sections of the machines
  // that it includes (messages/snapshot.h).
  virtual void save(SnapshotWriter& /*out*/) const {}
  // The state behind the snapshot's position, of a machine that has applied nothing yet. After an error it is not to be
  // used any more.
  [[nodiscard]] virtual Status restore(const SnapshotSections& /*from*/) {
    return Error{ErrorCode::not_supported, "it starts from the log's begin only"};
  }
};

// Names the sections, with their versions, that the state of such an application consists of.
[[nodiscard]] std::uint64_t sections_of(const Application& application);

}  // namespace cantus
