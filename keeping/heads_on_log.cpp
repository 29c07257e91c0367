#include "keeping/heads_on_log.h"

#include <memory>

#include "base/ed25519.h"
#include "keeping/heads.h"

namespace cantus::keeping {

Result<HeadsOnLog> HeadsOnLog::read(eventlog::LogReader& log) {
  const auto refdata = std::make_unique<ReferenceData>();  // large
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
    refdata->apply(**event);
    if ((*event)->is<HeadSigned>()) {
      heads.take(**event, refdata->head_keys());
    }
  }
}

// A head that came too late, for a key that had just been retired or a segment that was signed already, changes
// nothing; but it must be true.
void HeadsOnLog::take(const Event& event, const HeadKeys& behind) {
  const auto& head = event.as<HeadSigned>();
  if (behind.signed_through() == head.segment) {
    counting_.try_emplace(head.segment, head);
  }
  const std::string where =
      "record " + std::to_string(event.header->seq.get()) + ", a head of segment " + std::to_string(head.segment);
  if (head.key == 0 || head.key > behind.current()) {
    fault_ = fault_ ? fault_ : where + ": it is by key " + std::to_string(head.key) + ", which is not on record there";
  } else if (!is_signed(behind.all()[head.key - 1].key, head.signature,
                        payload_of(cantus::statement_of(event.header->venue, head)))) {
    fault_ = fault_ ? fault_ : where + ": its signature is not that of key " + std::to_string(head.key);
  }
  all_.push_back({where, head});
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
