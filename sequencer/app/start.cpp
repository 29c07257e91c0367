// How a sequencer process begins: the core is rebuilt from the log, a term is opened, and the opening of a first log is
// completed.
#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/logging.h"
#include "sequencer/app/sequencer_process.h"

namespace cantus::sequencer {
namespace {

constexpr std::size_t pass_bytes_min = 8'192;
static_assert(pass_bytes_min >= 4 * stage_bytes_max);
constexpr std::chrono::milliseconds tick_period{5};
// Until the journal has reserved room for the first records.
constexpr std::int64_t room_wait_ns = 30'000'000'000;

}  // namespace

SequencerProcess::SequencerProcess(runtime::Loop& loop, const runtime::Clock& clock, SequencerOptions options,
                                   host::OnFatal fatal)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      fatal_(std::move(fatal)),
      journal_bell_(doorbells_, loop.doorbell_fd()),
      core_(options_.limits),
      batch_(options_.pass_bytes = std::max(options_.pass_bytes, pass_bytes_min)),
      back_pressure_(options_.backlog_publisher, options_.backlog_max, options_.ring_bytes),
      counts_(options_.limits.publishers_max * places_max),
      figures_(std::make_unique<StatusFigures>()) {}

SequencerProcess::~SequencerProcess() { loop_.remove(*this); }

Status SequencerProcess::start(runtime::Files& files, std::unique_ptr<eventlog::Journal> journal,
                               std::unique_ptr<eventlog::LogReader> reader, std::function<Status()> close_journal,
                               std::string found) {
  journal_ = std::move(journal);
  close_journal_ = std::move(close_journal);
  std::optional<Opening> opening;
  if (!options_.venue_name.empty()) {
    const eventlog::LogIdentity identity = journal_->identity();
    auto made = Opening::make({identity.venue, options_.venue_name, identity.log, options_.publishers, options_.grants,
                               options_.records, options_.formats, options_.rules},
                              options_.limits);
    if (!made) {
      return std::move(made).error();
    }
    opening = std::move(made).value();
  }
  const Result<bool> later = begin_at_log(*reader);
  if (!later) {
    return Error(later.error());
  }
  if (*later) {
    opening.reset();  // it was complete before that log began
  }
  if (Status replayed = replay(*reader, opening ? &*opening : nullptr); !replayed) {
    return replayed;
  }
  reader.reset();
  if (Status made = files.make_directories(options_.paths.memory); !made) {
    return made;
  }
  auto status = StatusWriter::open(files, options_.paths.memory);
  if (!status) {
    return std::move(status).error();
  }
  status_.emplace(std::move(status).value());
  if (Status opened = open_log(opening); !opened) {
    return opened;
  }
  auto server = runtime::make_attach_server(loop_, options_.paths.attach_socket(), *this);
  if (!server) {
    return std::move(server).error();
  }
  server_ = std::move(server).value();
  look_for_suspended();
  timer_ = loop_.network().every(tick_period, [this] { ring_the_rest(); });  // the loop polls after any timer
  loop_.add(*this);
  start_text_ = "log " + std::to_string(core_.log().get()) + ", term " + std::to_string(core_.term().get()) +
                " opened at " + std::to_string(core_.last().get()) + "; " + found;
  runtime::log_info("sequencer: " + start_text_);
  return {};
}

Result<bool> SequencerProcess::begin_at_log(eventlog::LogReader& reader) {
  std::optional<SequencerStart> start;
  for (std::size_t i = 0; options_.find_start && (start = options_.find_start(i)); ++i) {
    const Result<SnapshotSections> sections = SnapshotSections::parse(start->taken_at, start->sections);
    const Status restored = sections ? signed_changes_->restore(*sections) : Status(sections.error());
    if (restored) {
      break;
    }
    runtime::log_warning("sequencer: a snapshot is passed over: " + restored.error().text);
    signed_changes_ = std::make_unique<SignedChanges>();
  }
  if (!start) {
    return false;
  }
  Status sought = reader.seek(start->log_begin);
  const Result<std::optional<Event>> first = sought ? reader.next() : Result<std::optional<Event>>(sought.error());
  if (!first || !first->has_value()) {
    return Error{ErrorCode::corrupt, "the log's begin at " + std::to_string(start->log_begin.get()) +
                                         " cannot be read: " + (first ? "nothing is there" : first.error().text)};
  }
  core_.begin_at(**first, signed_changes_->announcements());
  changes_known_to_ = start->taken_at.position.seq();
  runtime::log_info("sequencer: begins with log " + std::to_string(core_.log().get()));
  sought = reader.seek(start->log_begin);
  return sought ? Result<bool>(true) : Result<bool>(sought.error());
}

Status SequencerProcess::replay(eventlog::LogReader& reader, Opening* opening) {
  while (true) {
    auto event = reader.next();
    if (!event) {
      return std::move(event).error().context("replay the log");
    }
    if (!event->has_value()) {
      break;
    }
    if (const auto why = why_unreadable(**event, SignedChanges::reading); why) {
      return Error{ErrorCode::not_supported, *why};
    }
    if (Status applied = core_.apply(**event); !applied) {
      return std::move(applied).error().context("rebuild the sequencer from the log");
    }
    if (core_.last() > changes_known_to_) {
      signed_changes_->apply(**event);
    }
    roll_.observe(**event);
    if (opening != nullptr) {
      opening->observe(**event);
    }
  }
  if (core_.last() != journal_->last()) {
    return Error{ErrorCode::corrupt, "the log ends at " + std::to_string(journal_->last().get()) +
                                         ", but can be read up to " + std::to_string(core_.last().get()) + " only"};
  }
  return {};
}

Status SequencerProcess::open_log(std::optional<Opening>& opening) {
  if (!core_.opened() && !opening) {
    return Error{ErrorCode::refused, "the log's opening is not complete, and no configuration to complete it is given"};
  }
  if (opening) {
    if (Status resumable = opening->resumable(); !resumable) {
      return resumable;
    }
  }
  const eventlog::LogIdentity identity = journal_->identity();
  core_.set_venue(identity.venue, identity.log);
  const std::int64_t now = clock_.monotonic_ns();
  venue_clock_.emplace(clock_.utc(), now, core_.last_time(), status_->clock_found());
  steered_at_ns_ = now;
  const std::int64_t give_up_ns = now + room_wait_ns;
  while (!LogRoll::may_open_term(core_, *journal_)) {
    if (journal_->stopped() || clock_.monotonic_ns() > give_up_ns) {
      return Error{ErrorCode::no_space, "the journal has no segment for the next log"};
    }
    options_.workers->let_work();
  }
  core_.open_term(view_now(now), journal_->opened_at().hash, options_.build, batch_);
  if (Status appended = append_waiting(); !appended) {
    return appended;
  }
  for (const OperationNoted& noted : options_.operations) {
    if (noted.time > core_.last_noted()) {
      core_.begin_pass(view_now(clock_.monotonic_ns()));
      core_.note(noted, batch_);
      if (Status appended = append_waiting(); !appended) {
        return appended;
      }
    }
  }
  while (opening && !opening->complete()) {
    core_.begin_pass(view_now(clock_.monotonic_ns()));
    opening->append_to(core_, batch_);
    if (Status appended = append_waiting(); !appended) {
      return appended;
    }
  }
  return {};
}

// Nothing is served yet, so it may wait for room.
Status SequencerProcess::append_waiting() {
  const std::int64_t give_up_ns = clock_.monotonic_ns() + room_wait_ns;
  while (!journal_->has_room(batch_.size(), eventlog::RoomFor::outcomes_and_sessions)) {
    if (journal_->stopped()) {
      return Error{ErrorCode::failed, "a write or sync of the log failed: nothing more is admitted"};
    }
    if (clock_.monotonic_ns() > give_up_ns) {
      return Error{ErrorCode::no_space, "the journal has no room for the first records of a term"};
    }
    options_.workers->let_work();
  }
  Status appended = journal_->append(core_.term(), Seq(core_.last().get() - batch_.count()), batch_.records());
  journal_->wake_writer();
  signed_changes_->apply(batch_);
  batch_.clear();
  if (!appended) {
    return std::move(appended).error().context("append the first records of a term");
  }
  return {};
}

}  // namespace cantus::sequencer
