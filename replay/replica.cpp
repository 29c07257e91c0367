#include "replay/replica.h"

#include <algorithm>
#include <utility>

namespace cantus::replay {

Replica::Replica(Exceptions known)
    : known_(std::move(known)),
      days_(refdata_),
      sessions_(refdata_),
      index_(refdata_, sessions_),
      hosted_{Hosted{"matching", &matching_, {"matching", {}, 0, 0, 0}, {}, {}, {}, 0},
              Hosted{"reporter", &reports_, {"reporter", {}, 0, 0, 0}, {}, {}, {}, 0}} {}

void Replica::apply(const Event& read) {
  Event event = read;
  known_.annotate(event);
  event.cursor = cursor_;
  if (cursor_ != nullptr) {
    cursor_->at(event.header->seq, MachineName::host);
  }
  if (event.is<PublisherDefined>()) {
    for (Hosted& hosted : hosted_) {
      if (event.as<PublisherDefined>().name.view() == hosted.name && hosted.check.publisher.is_zero()) {
        hosted.check.publisher = event.as<PublisherDefined>().publisher;
      }
    }
  }
  if (event.is<PublisherSuspended>()) {
    judge(event.as<PublisherSuspended>(), event.header->seq);
  }
  if (event.is<Resolved>()) {
    const auto& resolved = event.as<Resolved>();
    for (Suspension& suspension : suspensions_) {
      if (suspension.position == resolved.suspension) {
        suspension.resolved = event.header->seq;
        suspension.voided = resolved.voided;
      }
    }
  }
  for (Hosted& hosted : hosted_) {
    if (event.header->seq < outcomes_end_) {
      apply_to(hosted, event);
    }
  }
  facts_.apply(event);
  refdata_.apply(event);
  passwords_.apply(event, refdata_);
  if (!due_permissions_.apply(event, refdata_) && !unsigned_permission_) {
    unsigned_permission_ = Difference{event.header->seq, "who may write changes, and no operator signed for it"};
  }
  sessions_.apply(event);
  days_.apply(event, sessions_.effect());
  for (const OpenedGeneration& opened : sessions_.opened()) {
    const Generation before(sessions_.inbound(opened.session).generation.get() - 1);
    ended_.push_back(numbers_of(opened.session, before));
  }
  index_.apply(event);
  compare_numbers(event.header->seq);
}

void Replica::apply_to(Hosted& hosted, const Event& event) {
  const bool is_void = known_.is_void(event);
  if (!hosted.check.difference) {
    is_void ? pass(hosted, event) : settle(hosted, event);
  }
  if (hosted.check.difference) {
    return;
  }
  if (is_void) {
    hosted.application->apply_void(event, known_.may_have_left(event));
  } else {
    hosted.application->apply(event);
  }
}

void Replica::settle(Hosted& hosted, const Event& event) {
  if (event.header->publisher != hosted.check.publisher) {
    return;
  }
  WishQueue& wishes = hosted.application->wishes();
  const std::optional<WishView> wish = wishes.empty() ? std::nullopt : std::optional(wishes.at(0));
  if (!wish || !says(event, *wish)) {
    note_wish(hosted, event);
  }
  if (wishes.settle(event) == WishQueue::Settled::equal) {
    ++hosted.check.equal;
  } else {
    hosted.check.differs_from = event.header->publisher_seq;
    hosted.check.difference =
        Difference{event.header->seq, "publisher " + std::string(hosted.name) + ", " + text_of_difference(event, wish)};
  }
}

void Replica::note_wish(Hosted& hosted, const Event& event) {
  const WishQueue& wishes = hosted.application->wishes();
  hosted.differs_at = event.header->seq;
  hosted.wished_type = MessageType{};
  hosted.wished.clear();
  hosted.wished_crc = 0;
  if (!wishes.empty() && wishes.first_number() == event.header->publisher_seq) {
    const WishView wish = wishes.at(0);
    hosted.wished_type = wish.type;
    hosted.wished.assign(wish.payload.begin(), wish.payload.end());
    hosted.wished_crc = checksum_in_place_of(event, wish);
  }
}

// A void outcome uses up its number; of the first operators have said what is right.
void Replica::pass(Hosted& hosted, const Event& event) {
  if (event.header->publisher != hosted.check.publisher) {
    return;
  }
  const VoidRecords* const said = known_.trusted_at(event);
  if (said != nullptr) {
    note_wish(hosted, event);
  }
  const bool trusted = said == nullptr || said->trusted_crc == hosted.wished_crc;
  if (trusted && hosted.application->wishes().pass(event)) {
    ++hosted.check.voided;
  } else {
    hosted.check.difference =
        Difference{event.header->seq, "publisher " + std::string(hosted.name) +
                                          ", what operators trust here is not what this build computes"};
  }
}

// The record in doubt stands before its suspension, so it is settled by now.
void Replica::judge(const PublisherSuspended& suspended, Seq position) {
  Suspension judged{position, suspended, "?", Suspension::Right::unknown, {}, 0, 0};
  for (const Hosted& hosted : hosted_) {
    if (hosted.check.publisher != suspended.publisher || suspended.admitted.is_zero() ||
        suspended.admitted >= outcomes_end_) {
      continue;
    }
    judged.publisher = hosted.name;
    const std::optional<Difference>& difference = hosted.check.difference;
    if (hosted.differs_at == suspended.admitted) {
      judged.wished = hosted.wished_crc;
    }
    if (hosted.differs_at == suspended.admitted && hosted.wished_crc == suspended.admitted_crc) {
      judged.right = Suspension::Right::log;  // void all the same
    } else if (hosted.differs_at != suspended.admitted && (!difference || difference->position > suspended.admitted)) {
      judged.right = Suspension::Right::log;
      judged.wished = suspended.admitted_crc;
    } else if (hosted.differs_at == suspended.admitted) {
      const bool same = hosted.wished_type.get() == suspended.other_type &&
                        hosted.wished.size() == suspended.other_bytes &&
                        hosted.wished.size() <= suspended.other.bytes.size() &&
                        std::equal(hosted.wished.begin(), hosted.wished.end(), suspended.other.bytes.begin());
      judged.right = same ? Suspension::Right::disputer : Suspension::Right::neither;
    }
  }
  suspensions_.push_back(judged);
}

void Replica::compare_numbers(Seq position) {
  if (numbers_difference_) {
    return;
  }
  for (const OutboundIndex::Given& given : index_.given()) {
    const MsgSeqNum by_machine = sessions_.outbound(given.session).next_outbound;
    const MsgSeqNum by_index = index_.next(given.session);
    if (by_machine != by_index) {
      numbers_difference_ =
          Difference{position, "session " + std::to_string(given.session.get()) + ": next outbound number " +
                                   std::to_string(by_machine.get()) + " by the machine, " +
                                   std::to_string(by_index.get()) + " by the index"};
      return;
    }
  }
}

GenerationNumbers Replica::numbers_of(SessionId session, Generation generation) const {
  GenerationNumbers numbers{session, generation, index_.first(session), {}};
  const MsgSeqNum next = index_.next(session);
  numbers.entries.reserve(next.get() - numbers.first.get());
  for (MsgSeqNum number = numbers.first; number < next; number = number.next()) {
    numbers.entries.push_back(*index_.at(session, number));
  }
  return numbers;
}

Result<Digest> Replica::state() const {
  const Result<std::vector<std::byte>> bytes =
      snapshots::save_all({facts_, matching_, reports_, sessions_, index_, passwords_, days_, due_permissions_});
  if (!bytes) {
    return bytes.error();
  }
  const Result<SnapshotSections> sections = SnapshotSections::parse({}, *bytes);
  return sections ? Result<Digest>(digest_of(sections->sections())) : sections.error();
}

std::vector<PublisherCheck> Replica::checks() const {
  std::vector<PublisherCheck> checks;
  for (const Hosted& hosted : hosted_) {
    PublisherCheck check = hosted.check;
    check.wished_crc = hosted.wished_crc;
    check.outstanding = check.difference ? 0 : hosted.application->wishes().size();
    checks.push_back(check);
  }
  return checks;
}

std::vector<GenerationNumbers> Replica::numbers() const {
  std::vector<GenerationNumbers> all = ended_;
  for (const SessionDefined& session : refdata_.sessions()) {
    GenerationNumbers current = numbers_of(session.session, sessions_.inbound(session.session).generation);
    if (!current.entries.empty()) {
      all.push_back(std::move(current));
    }
  }
  return all;
}

}  // namespace cantus::replay
