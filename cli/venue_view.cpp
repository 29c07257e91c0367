#include "cli/venue_view.h"

#include <algorithm>
#include <fstream>

#include "cli/later_begin.h"
#include "regreport/report_application.h"
#include "runtime/clock.h"
#include "runtime/files.h"

namespace cantus::cli {

void LatencyWindow::order_at(Seq seq, TimeNs time) { orders_[seq.get() % orders_kept] = {seq, time}; }

void LatencyWindow::outcome_of(Seq cause, TimeNs time) {
  Order& order = orders_[cause.get() % orders_kept];
  if (order.seq != cause || cause.is_zero()) {
    return;
  }
  order.seq = Seq(0);
  const std::int64_t sample = time.get() - order.time.get();
  if (samples_.size() < samples_kept) {
    samples_.push_back(sample);
  } else {
    samples_[next_sample_++ % samples_kept] = sample;
  }
}

LatencyWindow::Figures LatencyWindow::figures() const {
  if (samples_.empty()) {
    return {};
  }
  std::vector<std::int64_t> sorted = samples_;
  std::sort(sorted.begin(), sorted.end());
  return {sorted[sorted.size() / 2], sorted[sorted.size() * 99 / 100], sorted.back(), sorted.size()};
}

void RateWindow::at(TimeNs time, const Totals& totals) {
  now_ = {time, totals};
  if (samples_.empty() || time.get() - samples_.back().time.get() >= step_ns) {
    samples_.push_back(now_);
  }
  while (samples_.size() > 1 && time.get() - samples_[1].time.get() >= span_ns) {
    samples_.pop_front();
  }
}

RateWindow::Rates RateWindow::rates(TimeNs now) const {
  const TimeNs end = std::max(now, now_.time);
  if (samples_.empty() || end.get() - now_.time.get() >= span_ns) {
    return {};
  }
  // The last one that lies the span behind `end`, or the first there is.
  auto base = samples_.begin();
  for (auto next = base; next != samples_.end() && end.get() - next->time.get() >= span_ns; ++next) {
    base = next;
  }
  if (end <= base->time) {
    return {};
  }
  const Totals& before = base->totals;
  const double seconds = static_cast<double>(end.get() - base->time.get()) / 1e9;
  const auto rate = [seconds](std::uint64_t after, std::uint64_t then) {
    return static_cast<double>(after - then) / seconds;
  };
  return {rate(now_.totals.records, before.records), rate(now_.totals.orders, before.orders),
          rate(now_.totals.changes, before.changes), rate(now_.totals.trades, before.trades)};
}

VenueView::VenueView(std::unique_ptr<eventlog::LogReader> reader) : reader_(std::move(reader)) {}

Result<std::unique_ptr<VenueView>> VenueView::over_log(const host::VenuePaths& paths) {
  Result<std::unique_ptr<eventlog::LogReader>> reader = eventlog::open_log(paths.journal(), paths.memory);
  if (!reader) {
    return std::move(reader).error();
  }
  return std::unique_ptr<VenueView>(new VenueView(std::move(*reader)));
}

Result<std::unique_ptr<VenueView>> VenueView::open(const host::VenuePaths& paths) {
  Result<std::unique_ptr<VenueView>> view = over_log(paths);
  if (!view) {
    return view;
  }
  const auto later = snapshots::LaterBegin::find_if_removed(runtime::system_files(), paths);
  const Status begun = later && *later != nullptr ? (*view)->begin(**later) : later ? Status() : Status(later.error());
  return begun ? std::move(view) : Error(begun.error()).context("the log begins elsewhere");
}

Result<std::unique_ptr<VenueView>> VenueView::open_behind(const host::VenuePaths& paths, const Error& damage) {
  Result<std::unique_ptr<VenueView>> view = over_log(paths);
  const auto begin = snapshots::LaterBegin::find(runtime::system_files(), paths);
  if (!view || !begin) {
    return !view ? std::move(view) : Error(begin.error());
  }
  if (*begin == nullptr) {
    return damage;
  }
  host::LogFacts facts;
  if (!(*view)->restore(**begin, facts)) {
    return damage;  // it is of another build
  }
  for (const host::LogFacts::Suspension& one : facts.suspensions()) {
    (*view)->suspend(one.publisher, " (said at " + std::to_string(one.position.get()) + ")", false);
  }
  (*view)->time_ = (*begin)->sections().taken_at().time;
  (*view)->damage_ = damage.text;
  return view;
}

// What machines and host had of the log behind the state; the reader then stands there.
Status VenueView::restore(const snapshots::LaterBegin& begin, host::LogFacts& facts) {
  const auto reports = std::make_unique<ReportApplication>();
  if (Status restored = begin_behind(&begin, *reader_, facts, refdata_, sessions_, *reports); !restored) {
    return restored;
  }
  for (const host::LogFacts::Publisher& publisher : facts.publishers()) {
    learn_name(publisher.id, publisher.name.str());
  }
  if (refdata_.regulator_session() != nullptr) {
    reports->for_each_open([this](const OpenReport& report) { unreported_.insert(report.submit.trade.raw()); });
  }
  counted_from_ = begin.position().next();
  return {};
}

// The state's log says at its begin who goes on in it, and who is suspended; whatever was said since is read again.
Status VenueView::begin(const snapshots::LaterBegin& begin) {
  host::LogFacts facts;
  Status sought = restore(begin, facts);
  if (sought) {
    sought = reader_->seek(facts.log_begin());
  }
  if (!sought) {
    return sought;
  }
  while (reader_->position() < begin.position()) {
    const Result<std::optional<Event>> event = reader_->next();
    if (!event || !event->has_value()) {
      return event ? Error{ErrorCode::failed, "the log ends before the snapshot"} : Error(event.error());
    }
    apply_control(**event);
  }
  return {};
}

Result<bool> VenueView::read_on(std::size_t events_max) {
  for (std::size_t i = 0; i < events_max; ++i) {
    Result<std::optional<Event>> event = reader_->next();
    if (!event) {
      return std::move(event).error();
    }
    if (!event->has_value()) {
      return true;
    }
    apply(**event);
  }
  return false;
}

void VenueView::take(const Resolved& resolved, const RecordHeader& header) {
  for (std::size_t i = suspended_.size(); i-- > 0;) {
    if (suspended_ids_[i] == resolved.publisher) {
      suspended_.erase(suspended_.begin() + static_cast<std::ptrdiff_t>(i));
      suspended_ids_.erase(suspended_ids_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  disputed_ = disputed_ && !suspended_.empty();
  if (resolved.voided != 0) {  // a trade in there was none
    std::erase_if(unreported_, [&](std::uint64_t trade) {
      const Seq seq = TradeId::from_raw(trade).seq();
      return seq >= resolved.first && seq < header.seq;
    });
  }
}

void HeadWatch::at(TimeNs time, std::uint64_t sealed_through, std::uint64_t signed_through) {
  if (signed_ == sealed_ || signed_through != signed_) {
    since_ = time;
  }
  sealed_ = sealed_through;
  signed_ = signed_through;
  now_ = time;
}

std::uint64_t HeadWatch::overdue() const { return now_.get() - since_.get() > patience_ns ? sealed_ - signed_ : 0; }

void VenueView::apply(const Event& event) {
  refdata_.apply(event);
  sessions_.apply(event);
  apply_control(event);
  const RecordHeader& header = *event.header;
  heads_.at(header.time, refdata_.head_keys().sealed_through(), refdata_.head_keys().signed_through());
  const bool accepted = sessions_.effect() == Effect::took;
  if (event.is<NewOrder>()) {
    counts_.orders += accepted ? 1 : 0;
    if (accepted) {
      latency_.order_at(header.seq, header.time);
    }
  } else if (event.is<CancelRequest>() || event.is<ReplaceRequest>()) {
    counts_.changes += accepted ? 1 : 0;
  } else if (event.is<OrderAccepted>()) {
    latency_.outcome_of(event.as<OrderAccepted>().cause, header.time);
  } else if (event.is<OrderRejected>()) {
    ++counts_.rejects;
    latency_.outcome_of(event.as<OrderRejected>().order_id.seq(), header.time);
  } else if (event.is<Trade>()) {
    ++counts_.trades;
    if (refdata_.regulator_session() != nullptr) {
      unreported_.insert(event.position().raw());
    }
  } else if (event.is<ReportAnswered>()) {
    const ReportAnswered& answer = event.as<ReportAnswered>();
    if (accepted && answer.status != ReportStatus::rejected) {
      unreported_.erase(answer.trade.raw());
    }
  } else if (event.is<BestQuote>()) {
    ++counts_.quotes;
  }
  rates_.at(header.time, {header.seq.get(), counts_.orders, counts_.changes, counts_.trades});
}

void VenueView::learn_name(PublisherId publisher, const std::string& name) {
  publisher_names_.resize(std::max<std::size_t>(publisher_names_.size(), publisher.get() + 1u));
  publisher_names_[publisher.get()] = name;
}

std::string VenueView::name_of_publisher(PublisherId publisher) const {
  return publisher.get() < publisher_names_.size() ? publisher_names_[publisher.get()] : std::string();
}

// Once for each.
void VenueView::own(Incarnation incarnation, PublisherId publisher) {
  std::erase_if(owners_, [&](const auto& owner) { return owner.first == incarnation; });
  owners_.emplace_back(incarnation, name_of_publisher(publisher));
}

void VenueView::suspend(PublisherId publisher, const std::string& what, bool disputed) {
  disputed_ = disputed_ || disputed;
  if (std::ranges::find(suspended_ids_, publisher) == suspended_ids_.end()) {
    suspended_ids_.push_back(publisher);
    const std::string name = name_of_publisher(publisher);
    suspended_.push_back((name.empty() ? "?" : name) + what);
  }
}

// What needs no state of the machines.
void VenueView::apply_control(const Event& event) {
  const RecordHeader& header = *event.header;
  term_ = header.term;
  if (event.is<TermStarted>()) {
    sequencer_build_ = event.as<TermStarted>().build.str();
  }
  time_ = header.time;
  volume_.add(header.publisher, header.time, aligned_record(header.length));
  if (event.is<SnapshotTaken>()) {
    const auto& named = event.as<SnapshotTaken>();
    newest_snapshot_ = NamedSnapshot{named.position, named.bytes, header.time};
  }
  if (event.is<PublisherDefined>()) {
    learn_name(event.as<PublisherDefined>().publisher, event.as<PublisherDefined>().name.str());
  } else if (event.is<PublisherSuspended>()) {
    const PublisherSuspended& record = event.as<PublisherSuspended>();
    const bool disputed = !record.admitted.is_zero();
    suspend(record.publisher,
            ", place " + std::to_string(record.place.get()) + ": " + std::string(name_of(record.reason)) +
                " at its number " + std::to_string(record.from.get()) +
                (disputed ? ", in doubt from " + std::to_string(record.admitted.get()) : "") + " (said at " +
                std::to_string(header.seq.get()) + ")",
            disputed);
  } else if (event.is<PublisherCarried>()) {
    const PublisherCarried& carried = event.as<PublisherCarried>();
    learn_name(carried.publisher, carried.name.str());
    if (carried.suspended != 0) {
      suspend(carried.publisher, ": in the log before (said at " + std::to_string(carried.suspension.get()) + ")",
              !carried.in_doubt.is_zero());
    }
  } else if (event.is<Resolved>()) {
    take(event.as<Resolved>(), header);
  } else if (event.is<PublisherAttached>()) {
    own(event.position(), event.as<PublisherAttached>().publisher);
  } else if (event.is<PlaceCarried>()) {
    own(event.as<PlaceCarried>().incarnation, event.as<PlaceCarried>().publisher);
  } else if (event.is<PublisherLost>()) {
    const Incarnation gone = event.as<PublisherLost>().incarnation;
    std::erase_if(owners_, [&](const auto& owner) { return owner.first == gone; });
  }
}

std::vector<VenueView::VolumeLine> VenueView::volumes() const {
  std::vector<VolumeLine> lines;
  for (const VolumeWindow::Line& volume : volume_.lines()) {
    const std::size_t publisher = volume.publisher.get();
    const bool known = publisher < publisher_names_.size() && !publisher_names_[publisher].empty();
    lines.push_back({known ? publisher_names_[publisher] : std::to_string(publisher), volume});
  }
  return lines;
}

std::vector<VenueView::SessionLine> VenueView::sessions() const {
  std::vector<SessionLine> lines;
  for (const SessionDefined& session : refdata_.sessions()) {
    const InboundState& inbound = sessions_.inbound(session.session);
    SessionLine line;
    line.role = name_of(session.role);
    line.our_comp_id = session.our_comp_id.str();
    line.their_comp_id = session.their_comp_id.str();
    line.up = !inbound.owner.is_zero();
    for (const auto& [incarnation, name] : owners_) {
      if (incarnation == inbound.owner) {
        line.at = name;
      }
    }
    line.generation = inbound.generation.get();
    line.next_inbound = inbound.next_inbound.get();
    line.next_outbound = sessions_.outbound(session.session).next_outbound.get();
    lines.push_back(std::move(line));
  }
  return lines;
}

ProcessState process_state(std::uint32_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  if (!std::getline(file, line)) {
    return ProcessState::gone;
  }
  const std::size_t name_end = line.rfind(')');  // a name may hold anything
  const char state = name_end == std::string::npos || name_end + 2 >= line.size() ? '?' : line[name_end + 2];
  return state == 'Z' || state == 'X'   ? ProcessState::gone
         : state == 'T' || state == 't' ? ProcessState::stopped
                                        : ProcessState::there;
}

HostView HostView::of(const std::filesystem::path& memory) {
  HostView host = of_sequencer(memory);
  host.places = runtime::read_places(runtime::system_files(), memory);
  return host;
}

HostView HostView::of_sequencer(const std::filesystem::path& memory) {
  HostView host;
  if (const Result<sequencer::StatusReader> page = sequencer::StatusReader::open(runtime::system_files(), memory)) {
    if (const Result<sequencer::StatusFigures> figures = page->read()) {
      host.sequencer = *figures;
      host.sequencer_process = process_state(figures->process);
    }
  }
  host.monotonic_ns = runtime::system_clock().monotonic_ns();
  host.utc = runtime::system_clock().utc();
  return host;
}

TimeNs HostView::venue_now() const { return TimeNs(utc.get() - (sequencer ? sequencer->clock_error_ns : 0)); }

bool HostView::sequencer_alive() const {
  const std::int64_t silent_max_ns = runtime::ProgressLimits{}.silent_ns;
  return sequencer && sequencer_process != ProcessState::gone &&
         venue_now().get() - sequencer->published.get() < silent_max_ns;
}

}  // namespace cantus::cli
