#include "keeping/heads_on_log.h"

#include <memory>

#include "base/ed25519.h"
#include "keeping/heads.h"

namespace cantus::keeping {

Result<HeadsOnLog> HeadsOnLog::read(eventlog::LogReader& log, const SnapshotSections* begin) {
  const auto refdata = std::make_unique<ReferenceData>();  // large
  Seq known_through;
  if (begin != nullptr) {
    Status restored = refdata->restore(*begin);
    if (restored) {
      restored = log.seek(log.first());
    }
    if (!restored) {
      return std::move(restored).error();
    }
    known_through = begin->taken_at().position.seq();
  }
  HeadsOnLog heads;
  for (;;) {
    const Result<std::optional<Event>> event = log.next_on(ReferenceData::topics);
    if (!event) {
      return Error(event.error());
    }
    if (!event->has_value()) {
      heads.keys_ = refdata->head_keys();
      return heads;
    }
    const bool later = (*event)->header->seq <= known_through;
    if (!later) {
      refdata->apply(**event);
    }
    if ((*event)->is<HeadSigned>()) {
      heads.take(**event, refdata->head_keys(), later);
    }
  }
}

// A head that came too late, for a key that had just been retired or a segment that was signed already, changes
// nothing; but it must be true.
void HeadsOnLog::take(const Event& event, const HeadKeys& known, bool later) {
  const auto& head = event.as<HeadSigned>();
  const std::uint32_t in_force = later ? known.in_force_at(event.position()) : known.current();
  const std::string where =
      "record " + std::to_string(event.header->seq.get()) + ", a head of segment " + std::to_string(head.segment);
  const auto note = [this, &where](const std::string& what) { fault_ = fault_ ? fault_ : where + ": " + what; };
  all_.push_back({where, head});
  if (head.key == 0 || head.key > in_force) {
    note("it is by key " + std::to_string(head.key) + ", which is not on record there");
  } else if (!is_signed(known.all()[head.key - 1].key, head.signature,
                        payload_of(cantus::statement_of(event.header->venue, head)))) {
    note("its signature is not that of key " + std::to_string(head.key));
  } else if (later ? head.key == in_force && head.segment <= known.signed_through()
                   : head.segment == known.signed_through()) {
    counting_.try_emplace(head.segment, head);
  }
}

const HeadSigned* HeadsOnLog::of(std::uint64_t segment) const {
  const auto at = counting_.find(segment);
  return at == counting_.end() ? nullptr : &at->second;
}

std::optional<std::string> HeadsOnLog::fault(const eventlog::Directory& directory) const {
  if (fault_) {
    return fault_;
  }
  for (const Said& said : all_) {
    const std::uint64_t number = said.head.segment;
    if (number > directory.segments.size() || cantus::statement_of(directory.identity.venue, said.head) !=
                                                  statement_of(directory, directory.segments[number - 1])) {
      return said.where + ": that is not what was sealed";
    }
  }
  return std::nullopt;
}

}  // namespace cantus::keeping
