// The attached processes: their rings in the order of service, and what is counted of each place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/fixed_string.h"
#include "messages/enums.h"
#include "runtime/attach.h"
#include "runtime/ring.h"
#include "sequencer/core.h"
#include "sequencer/token_bucket.h"

namespace cantus::sequencer {

// One attachment with its ring. It lives until its stream ends and what was complete in it is served.
struct RingStream {
  RingStream(runtime::AttachmentId id_in, PlaceRef place_in, std::uint32_t process_in, runtime::RingConsumer ring_in)
      : id(id_in), place(place_in), process(process_in), ring(std::move(ring_in)) {}

  runtime::AttachmentId id;
  PlaceRef place;
  std::uint32_t process;
  runtime::RingConsumer ring;
  bool draining = false;  // its connection is over: no more will come than what is complete now
  LostReason lost_reason = LostReason::process_gone;
  TimeNs drain_until;  // what still waits then is dropped
  WaitFor waits_for = WaitFor::nothing;
  TimeNs retry_at;
  // Progress as its process publishes it, for back-pressure.
  std::uint64_t applied_seen = 0;
  std::int64_t moved_at_ns = 0;
};

// Counts of a place over all its attachments to this process.
struct PlaceCounts {
  std::uint64_t admitted = 0;
  std::uint64_t repeats = 0;
  std::uint64_t refusals = 0;
  std::uint64_t waits = 0;
  std::uint32_t attachments = 0;
  // The last refusal.
  TimeNs refused_at;
  PublisherSeq refused_number;
  std::uint32_t refused_process = 0;
  FixedString<96> refusal;
  // Each new incarnation is two records: a process that comes and goes without end does not fill the log with them.
  TokenBucket attaching{attachments_per_second, attachments_burst, TimeNs()};

  static constexpr std::uint32_t attachments_per_second = 20;
  static constexpr std::uint32_t attachments_burst = 64;
};

class Streams {
 public:
  RingStream& add(std::unique_ptr<RingStream> stream, ServiceClass service) {
    auto& list = service == ServiceClass::input ? inputs_ : firsts_;
    return *list.emplace_back(std::move(stream));
  }
  void remove(const RingStream& stream) {
    const auto same = [&stream](const auto& other) { return other.get() == &stream; };
    std::erase_if(firsts_, same);
    std::erase_if(inputs_, same);
  }

  // Served first: outcomes and operators.
  [[nodiscard]] const std::vector<std::unique_ptr<RingStream>>& firsts() const { return firsts_; }
  [[nodiscard]] const std::vector<std::unique_ptr<RingStream>>& inputs() const { return inputs_; }
  [[nodiscard]] RingStream* find(PlaceRef place) const {
    return find_if([place](const RingStream& stream) { return stream.place == place; });
  }
  [[nodiscard]] RingStream* find(runtime::AttachmentId id) const {
    return find_if([id](const RingStream& stream) { return stream.id == id; });
  }
  template <class F>
  void for_each(F&& f) const {
    for (const auto* list : {&firsts_, &inputs_}) {
      for (const auto& stream : *list) {
        f(*stream);
      }
    }
  }

 private:
  template <class F>
  [[nodiscard]] RingStream* find_if(F&& f) const {
    for (const auto* list : {&firsts_, &inputs_}) {
      for (const auto& stream : *list) {
        if (f(*stream)) {
          return stream.get();
        }
      }
    }
    return nullptr;
  }

  std::vector<std::unique_ptr<RingStream>> firsts_;
  std::vector<std::unique_ptr<RingStream>> inputs_;
};

}  // namespace cantus::sequencer
