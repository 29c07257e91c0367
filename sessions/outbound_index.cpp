#include "sessions/outbound_index.h"

#include <algorithm>
#include <iterator>

#include "base/mutant.h"

namespace cantus {

OutboundIndex::OutboundIndex(const ReferenceData& refdata, const SessionMachine& sessions)
    : refdata_(refdata), sessions_(sessions) {}

void OutboundIndex::apply(const Event& event) {
  given_.clear();
  const Seq position = event.header->seq;
  for (const OpenedGeneration& opened : sessions_.opened()) {
    open_generation(opened, position);
  }
  if (event.is<SessionAdminSent>() && sessions_.effect() == Effect::took) {
    insert(event.as<SessionAdminSent>(), position);
  }
  for_each_report(event, sessions_.effect(), refdata_, [&](const ReportRef& report) {
    Numbers& numbers = numbers_of(report.session);
    const OutboundEntry entry{position, position, report.kind, report.side, report.index, true, false};
    numbers.entries.push_back(entry);
    given_.push_back({report.session, numbers.number_of(numbers.entries.size() - 1), entry});
  });
  if (!std::is_sorted(given_.begin(), given_.end(),
                      [](const Given& a, const Given& b) { return a.session < b.session; })) {
    std::stable_sort(given_.begin(), given_.end(),
                     [](const Given& a, const Given& b) { return a.session < b.session; });
  }
}

// How many are issued again is the machine's word, which follows what the owner stated as delivered; so index and
// machine give the same numbers whatever it stated.
void OutboundIndex::open_generation(const OpenedGeneration& opened, Seq position) {
  Numbers& numbers = numbers_of(opened.session);
  std::vector<OutboundEntry> again;
  again.reserve(opened.reissued);
  for (auto entry = numbers.entries.rbegin(); entry != numbers.entries.rend() && again.size() < opened.reissued;
       ++entry) {
    if (entry->application) {
      again.push_back(*entry);
      again.back().position = position;
      again.back().reissued = true;
    }
  }
  CANTUS_ASSERT(again.size() == opened.reissued, "the machine counts no more application messages than were numbered");
  std::reverse(again.begin(), again.end());
  numbers.first = opened.first;
  numbers.entries = std::move(again);
  numbers.invented.clear();
  for (std::size_t i = 0; i < numbers.entries.size(); ++i) {
    given_.push_back({opened.session, numbers.number_of(i), numbers.entries[i]});
  }
}

std::optional<OutboundIndex::Cause> OutboundIndex::oldest_cause() const {
  std::optional<Cause> oldest;
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    for (const OutboundEntry& entry : numbers_[i].entries) {
      if (!oldest || entry.cause < oldest->position) {
        oldest = Cause{SessionId(static_cast<std::uint32_t>(i + 1)), entry.cause};
      }
    }
  }
  return oldest;
}

void OutboundIndex::insert(const SessionAdminSent& sent, Seq position) {
  Numbers& numbers = numbers_of(sent.session);
  const std::size_t at =
      CANTUS_MUTANT(invented_goes_last) ? numbers.entries.size() : sent.number.get() - numbers.first.get();
  CANTUS_ASSERT(sent.number >= numbers.first && at <= numbers.entries.size(),
                "the machine lets nothing be inserted below the first number or beyond the end");
  OutboundEntry entry;
  entry.cause = position;
  entry.position = position;
  numbers.entries.insert(numbers.entries.begin() + static_cast<std::ptrdiff_t>(at), entry);
  numbers.invented.push_back(sent.number.get());  // the machine lets them only ascend
  given_.push_back({sent.session, sent.number, entry});
}

MsgSeqNum OutboundIndex::next(SessionId session) const {
  const Numbers* numbers = find(session);
  return numbers == nullptr ? MsgSeqNum(1) : numbers->number_of(numbers->entries.size());
}

std::optional<OutboundEntry> OutboundIndex::at(SessionId session, MsgSeqNum number) const {
  const Numbers* numbers = find(session);
  if (numbers == nullptr || number < numbers->first || number.get() - numbers->first.get() >= numbers->entries.size()) {
    return std::nullopt;
  }
  return numbers->entries[number.get() - numbers->first.get()];
}

std::uint64_t OutboundIndex::applications_through(SessionId session, MsgSeqNum through) const {
  const Numbers* numbers = find(session);
  if (numbers == nullptr || through < numbers->first) {
    return 0;
  }
  const MsgSeqNum last = std::min(through, MsgSeqNum(numbers->number_of(numbers->entries.size()).get() - 1));
  const auto above = std::upper_bound(numbers->invented.begin(), numbers->invented.end(), last.get());
  return last.get() - (numbers->first.get() - 1) -
         static_cast<std::uint64_t>(std::distance(numbers->invented.begin(), above));
}

const OutboundIndex::Numbers* OutboundIndex::find(SessionId session) const {
  return session.is_zero() || session.get() > numbers_.size() ? nullptr : &numbers_[session.get() - 1];
}

OutboundIndex::Numbers& OutboundIndex::numbers_of(SessionId session) {
  if (session.get() > numbers_.size()) {
    numbers_.resize(session.get());
  }
  return numbers_[session.get() - 1];
}

}  // namespace cantus
