#include "snapshots/needed.h"

#include <algorithm>

#include "base/assert.h"
#include "eventlog/paced_reader.h"
#include "messages/exceptions.h"
#include "snapshots/machines.h"

namespace cantus::snapshots {
namespace {

// Where the log begins in which the state was taken.
Result<Seq> log_begin_of(const SnapshotSections& sections) {
  host::LogFacts facts;
  if (Status restored = facts.restore(sections); !restored) {
    return std::move(restored).error();
  }
  return facts.log_begin();
}

// From where on whoever judges a suspension that stands must read.
std::optional<Seq> dispute_in(const SnapshotSections& sections) {
  host::LogFacts facts;
  std::optional<Seq> first;
  if (facts.restore(sections)) {
    for (const host::LogFacts::Suspension& one : facts.suspensions()) {
      const Seq from = std::min(one.position, one.hold);
      first = std::min(first.value_or(from), from);
    }
  }
  return first;
}

}  // namespace

Result<std::vector<Need>> needs_of(Starts& starts) {
  std::vector<Need> needs;
  const eventlog::Snapshot* snapshot = starts.at(0);
  if (snapshot == nullptr) {
    needs.push_back({"starts, because no snapshot can be used", Seq(1)});
    return needs;
  }
  {
    const Result<SnapshotSections> sections = SnapshotSections::parse(snapshot->info.taken_at, snapshot->sections);
    Machines machines;
    if (const Status restored = sections ? machines.restore(*sections) : Status(sections.error()); !restored) {
      return Error(restored.error());
    }
    if (const auto oldest = machines.index().oldest_cause()) {
      const SessionDefined* const session = machines.refdata().session(oldest->session);
      CANTUS_ASSERT(session != nullptr, "who was sent a message is defined");
      needs.push_back({"resends that " + session->our_comp_id.str() + "/" + session->their_comp_id.str() +
                           " may ask for (no other session's go back further)",
                       oldest->position});
    }
  }
  // Should the newest be damaged, a start takes an older one.
  for (std::size_t i = 0; snapshot != nullptr; snapshot = starts.at(++i)) {
    const Result<SnapshotSections> sections = SnapshotSections::parse(snapshot->info.taken_at, snapshot->sections);
    const Result<Seq> begin = sections ? log_begin_of(*sections) : Result<Seq>(sections.error());
    if (!begin) {
      return Error(begin.error());
    }
    if (const auto dispute = dispute_in(*sections)) {
      needs.push_back({"a suspension that stands", *dispute});
    }
    needs.push_back({"starts from snapshot " + eventlog::snapshot_name(snapshot->info.taken_at.position), *begin});
  }
  return needs;
}

Seq first_needed(const std::vector<Need>& needs) {
  Seq first(~std::uint64_t{0});
  for (const Need& need : needs) {
    first = std::min(first, need.from);
  }
  return first;
}

bool ExceptionWatch::news(const runtime::Pace& pace) {
  Result<std::unique_ptr<eventlog::LogReader>> log = open_log_();
  if (!log) {
    return true;
  }
  // A new term may hold something else behind what is synced: that is read again.
  const Seq stays = (*log)->synced();
  if (!read_through_ || (*log)->last() < *read_through_) {
    read_through_ = stays;
    return true;
  }
  if (const Status sought = (*log)->seek(read_through_->next()); !sought) {
    return true;
  }
  const auto reader = pace ? eventlog::paced(*std::move(log), pace) : *std::move(log);
  bool news = false;
  while (true) {
    const Result<std::optional<Event>> next = reader->next_on(Exceptions::topics);
    if (!next) {
      return true;
    }
    if (!*next) {
      read_through_ = std::max(*read_through_, std::min(reader->position(), stays));
      return news;
    }
    news = news || is_exception(**next);
  }
}

}  // namespace cantus::snapshots
