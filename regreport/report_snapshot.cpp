// Snapshots of the reporter's machine: unsettled reports, in the order of their lists, and what is still to be rendered
// into wishes.

#include <algorithm>

#include "messages/validate.h"
#include "regreport/report_application.h"

namespace cantus {
namespace {

constexpr std::string_view section_name = "reports";
constexpr std::uint16_t section_version = 1;

}  // namespace

void ReportApplication::save(SnapshotWriter& out) const {
  refdata_.save(out);
  sessions_.save(out);
  out.section(section_name, section_version, digest(), [&] {
    out.put(counts_.trades);
    out.put(counts_.attempts);
    out.put(counts_.accepted);
    out.put(counts_.untracked);
    out.put(counts_.withdrawn);
    wishes_.save_into(out);
    out.put_flag(store_.has_value());
    if (store_) {
      save_store(out);
    }
  });
}

void ReportApplication::save_store(SnapshotWriter& out) const {
  out.put(store_->made_of);
  const auto save_report = [&out](const OpenReport& open) {
    out.put(open.submit);
    out.put_flag(open.submitted);
  };
  out.put_count(counts_.outstanding);
  store_->outstanding.for_each(store_->reports, save_report);
  out.put_count(counts_.rejected);
  store_->rejected.for_each(store_->reports, save_report);
  out.put_count(store_->told.size());
  for (const ReportSubmit& one : store_->told) {
    out.put(one);
  }
  const auto& queue = store_->queue;
  std::size_t queued = 0;
  for (PoolIndex at = queue.first(); at != no_index; at = queue.next(store_->reports, at)) {
    ++queued;
  }
  out.put_count(queued);
  for (PoolIndex at = queue.first(); at != no_index; at = queue.next(store_->reports, at)) {
    const Report& report = store_->reports[at];
    out.put_flag(report.settled);
    if (report.settled) {
      out.put(report.open.submit);
    } else {
      out.put(report.open.submit.trade);
    }
  }
}

Status ReportApplication::restore(const SnapshotSections& from) {
  if (Status included = restore_in_order(from, refdata_, sessions_); !included) {
    return included;
  }
  return from.restore(
      section_name, section_version, [this](SectionReader& in) { restore_from(in); }, [this] { return digest(); });
}

void ReportApplication::restore_from(SectionReader& in) {
  counts_.trades = in.get<std::uint64_t>();
  counts_.attempts = in.get<std::uint64_t>();
  counts_.accepted = in.get<std::uint64_t>();
  counts_.untracked = in.get<std::uint64_t>();
  counts_.withdrawn = in.get<std::uint64_t>();
  wishes_.restore_from(in);
  if (!in.get_flag()) {
    return;
  }
  const auto made_of = in.get<VenueDefined>();
  in.require(!validate(made_of), "the venue's capacities are not well-formed");
  if (!in.ok()) {
    return;
  }
  store_.emplace(made_of);
  restore_reports(in, store_->outstanding, false);
  restore_reports(in, store_->rejected, true);
  restore_told(in);
  restore_queue(in);
}

void ReportApplication::restore_reports(SectionReader& in, Reports& list, bool rejected) {
  const std::size_t room = store_->reports.capacity() - store_->reports.size();
  const std::size_t count = in.get_count(room, sizeof(ReportSubmit) + 1, "more reports than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const PoolIndex index = restore_report(in);
    const bool submitted = in.get_flag();
    if (index != no_index && in.ok()) {
      store_->reports[index].open.submitted = submitted;
      store_->reports[index].open.rejected = rejected;
      list.push_back(store_->reports, index);
      ++(rejected ? counts_.rejected : counts_.outstanding);
    }
  }
}

void ReportApplication::restore_told(SectionReader& in) {
  const std::size_t count = in.get_count(told_max, sizeof(ReportSubmit), "more void reports than are remembered");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto submit = in.get<ReportSubmit>();
    const auto& told = store_->told;
    in.require(!validate(submit) && !submit.trade.is_zero() && in.known(submit.trade),
               "a void report is not well-formed");
    in.require(
        std::none_of(told.begin(), told.end(), [&](const ReportSubmit& one) { return one.trade == submit.trade; }),
        "a void report stands there twice");
    store_->told.push_back(submit);
  }
}

// What is settled but still queued stands in no list: it is here with its content.
void ReportApplication::restore_queue(SectionReader& in) {
  const std::size_t count =
      in.get_count(store_->reports.capacity(), 1 + sizeof(TradeId), "more is queued than has room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const bool settled = in.get_flag();
    PoolIndex index = no_index;
    if (settled) {
      in.require(!store_->reports.full(), "more is queued than has room");
      index = restore_report(in);
    } else {
      const PoolIndex* found = store_->by_trade.find(in.get<TradeId>());
      index = found == nullptr ? no_index : *found;
    }
    in.require(index != no_index && !store_->reports[index].queued, "what is queued is not there, or twice");
    if (in.ok()) {
      Report& report = store_->reports[index];
      report.settled = settled;
      report.queued = true;
      store_->queue.push_back(store_->reports, index);
    }
  }
}

PoolIndex ReportApplication::restore_report(SectionReader& in) {
  const auto submit = in.get<ReportSubmit>();
  in.require(!validate(submit) && !submit.trade.is_zero() && in.known(submit.trade), "a report is not well-formed");
  in.require(!store_->by_trade.contains(submit.trade), "a trade is reported twice");
  if (!in.ok()) {
    return no_index;
  }
  const PoolIndex index = store_->reports.take();
  store_->reports[index] = Report{};
  store_->reports[index].open.submit = submit;
  store_->by_trade.insert(submit.trade, index);
  return index;
}

}  // namespace cantus
