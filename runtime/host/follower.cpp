#include "runtime/host/follower.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/assert.h"
#include "runtime/logging.h"

namespace cantus::host {

using runtime::AttachAnswer;
using runtime::AttachRequest;
using runtime::AttachStatus;

namespace {

constexpr std::chrono::milliseconds retry_after{50};
constexpr std::chrono::seconds elsewhere_retry_after{1};  // each try may read a whole segment out of a backup
constexpr std::size_t ahead_per_poll = 8192;              // records

}  // namespace

Follower::Follower(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
                   runtime::AttachAs attach_as, OnFatal fatal)
    : loop_(loop),
      clock_(clock),
      options_(std::move(options)),
      files_(*surroundings.files),
      open_log_(std::move(surroundings.open_log)),
      link_(std::move(surroundings.link)),
      page_(std::move(surroundings.page)),
      attach_as_(attach_as),
      fatal_(std::move(fatal)),
      title_(options_.publisher + "-" + std::to_string(options_.place.get())) {
  const auto beat = [this] { page_->heartbeat_ns.store(clock_.monotonic_ns(), std::memory_order_relaxed); };
  beat();
  page_->build = FixedString<40>::cut(options_.build);
  page_->build_known.store(1, std::memory_order_release);
  if (options_.start_from) {
    facts_ = options_.start_from->facts;
    applied_ = options_.start_from->position;
    learn_own();
    page_->started_from.store(applied_.get(), std::memory_order_relaxed);
    page_->applied.store(applied_.get(), std::memory_order_relaxed);
  }
  heartbeat_ = loop_.network().every(std::chrono::nanoseconds(runtime::heartbeat_period_ns), [this, beat] {
    beat();
    publish_figures(*page_);
    on_heartbeat();
  });
}

Follower::~Follower() { loop_.remove(*this); }

// ---- one turn ----------------------------------------------------------------------------------------------------

bool Follower::poll() {
  if (stopped_ || waits_for_backup_ || !open_reader()) {
    return false;
  }
  if (heeds_exceptions() && !looked_ahead_ && !look_ahead()) {
    return !stopped_;
  }
  if (!stands_still_.empty()) {
    return tell_and_leave();
  }
  bool worked = read_batch();
  if (!stopped_ && heeds_exceptions() && suspension() && look_beyond_suspension()) {
    worked = true;
  }
  if (!stopped_ && advance_marks()) {
    worked = true;
  }
  attach_if_due();
  if (ready_if_caught_up()) {
    worked = true;
  }
  if (!stopped_ && state_ == State::ready && push_proposals()) {
    link_->wake_sequencer();
    own_applied_ = false;
    worked = true;
  }
  if (replicas_agree() && is_replica() && std::exchange(own_applied_, false)) {
    link_->wake_sequencer();  // it publishes how far the replicas agree
  }
  return worked;
}

bool Follower::open_reader() {
  if (reader_) {
    return true;
  }
  if (!retry_due_) {
    return false;
  }
  retry_due_ = false;
  Result<std::unique_ptr<eventlog::LogReader>> reader = open_log_();
  if (!reader) {
    const ErrorCode code = reader.error().code;
    if (code != ErrorCode::not_found && code != ErrorCode::no_space) {
      stop(reader.error().text);
      return false;
    }
    trouble(code == ErrorCode::not_found ? "there is no log yet" : reader.error().text);
    retry_later();
    return false;
  }
  if (!applied_.is_zero()) {
    if (const auto why = facts_.announcements().why_unreadable(options_.reading); why) {
      stop_as_too_old(*why + "; the snapshot lies behind it");
      return false;
    }
    if (Status sought = (*reader)->seek(applied_.next()); !sought) {
      stop("the log does not go on behind the snapshot: " + sought.error().text);
      return false;
    }
  }
  reader_ = std::move(reader).value();
  retry_due_ = true;
  return true;
}

// Before anything is applied: to the log's end. True once there.
bool Follower::look_ahead() {
  if (!ahead_.begun()) {
    Result<std::unique_ptr<eventlog::LogReader>> reader = reader_before(applied_.next());
    if (!reader) {
      cannot_read("reading the log ahead", reader.error());
      return false;
    }
    ahead_.begin(std::move(reader).value(), facts_.exceptions());
  }
  const Result<bool> looked = ahead_.look(ahead_limit(), ahead_per_poll);
  if (!looked) {
    cannot_read("reading the log ahead", looked.error());
    return false;
  }
  if (*looked && exceptions().unsound(applied_)) {
    rebuild("the snapshot that it began from holds what the log voids");
    return false;
  }
  looked_ahead_ = *looked;
  return looked_ahead_;
}

// Who reads nothing more while a publisher is suspended learns only so that this is over. What it has read it knows.
bool Follower::look_beyond_suspension() {
  const Seq known = exceptions().newest();
  Status passed = ahead_.pass_by(applied_);
  const Result<bool> looked =
      passed ? ahead_.look(ahead_limit(), ahead_per_poll) : Result<bool>(std::move(passed).error());
  if (!looked) {
    cannot_read("reading the log ahead", looked.error());
    return false;
  }
  if (exceptions().newest() > known && exceptions().unsound(applied_)) {
    rebuild("the log voids or quarantines what was applied");
  }
  return !*looked;
}

Seq Follower::hold_known_ahead() const {
  Seq hold = LogFacts::no_hold;
  for (const LogFacts::Suspension& one : facts_.suspensions()) {
    hold = ahead_.answers(one.position) ? hold : std::min(hold, one.hold);
  }
  return hold;
}

// What was not known when the records were applied that it is about changes them now.
void Follower::heed(const Event& event) {
  if (ahead_.learn(event) && exceptions().unsound(applied_)) {
    rebuild("record " + std::to_string(event.header->seq.get()) + " changes what was applied");
  }
}

void Follower::rebuild(const std::string& why) {
  if (stopped_) {
    return;
  }
  if (!options_.rebuild) {
    stop(why + ": to be started again");
    return;
  }
  stopped_ = true;
  state_ = State::detached;
  link_->disconnect();
  page_->term.store(0, std::memory_order_relaxed);
  runtime::log_warning(title_ + ": " + why + "; begins anew");
  options_.rebuild(why);
}

bool Follower::read_batch() {
  if (applied_ >= read_limit()) {
    if (const Status looked = reader_->look_again(); !looked) {
      cannot_read("reading the log behind position " + std::to_string(applied_.get()), looked.error());
      return false;
    }
  }
  std::size_t count = 0;
  std::int64_t began = notes_reading_ ? clock_.monotonic_ns() : 0;
  bool looks_again = notes_reading_;
  while (count < options_.events_per_poll && applied_ < read_limit()) {
    Result<std::optional<Event>> next =
        read_topics_ == TopicSet::all() ? reader_->next() : reader_->next_on(read_topics_);
    if (!next) {
      cannot_read("reading the log behind position " + std::to_string(applied_.get()), next.error());
      break;
    }
    if (!*next) {
      if (applied_ < reader_->position()) {  // what was passed over
        applied_ = reader_->position();
        ++count;
      }
      if (count != 0 && std::exchange(looks_again, false)) {  // what was just read took its time
        began = clock_.monotonic_ns();
        continue;
      }
      read_to_end_ = began;
      break;
    }
    Event& event = **next;  // in place: base/copy_words.h says why
    if (!is_known(event) || is_announcement(event)) [[unlikely]] {
      if (const std::optional<std::string> why = why_unreadable(event, options_.reading); why) {
        stop_as_too_old(*why);
        break;
      }
    }
    if (count == 0) {
      page_->since_ns.store(clock_.monotonic_ns(), std::memory_order_relaxed);
    }
    page_->applying.store(event.header->seq.get(), std::memory_order_relaxed);
    page_->cursor.at(event.header->seq, MachineName::host);
    event.cursor = &page_->cursor;
    note(event);
    (heeds_exceptions() ? exceptions() : facts_.exceptions()).annotate(event);
    if (!stopped_) {
      take(event);
    }
    page_->cursor.clear();
    if (stopped_ || !stands_still_.empty()) {
      break;
    }
    applied_ = event.header->seq;
    own_applied_ = own_applied_ || event.header->publisher == own_;
    ++count;
  }
  if (count != 0) {
    page_->applied.store(applied_.get(), std::memory_order_relaxed);
    page_->outstanding.store(outstanding(), std::memory_order_relaxed);
    link_->publish(applied_, outstanding());
  }
  return count != 0;
}

// What the host itself takes from the log.
void Follower::note(const Event& event) {
  facts_.apply(event);
  if (event.header->topic != topic::control) {
    return;
  }
  if (event.is<PublisherDefined>()) {
    learn_own();
  } else if (event.is<PublisherLost>()) {
    if (!attachment_.incarnation.is_zero() && event.as<PublisherLost>().incarnation == attachment_.incarnation) {
      incarnation_over("the log says that it is lost");
    }
  } else if (event.is<PublisherSuspended>()) {
    const auto& suspended = event.as<PublisherSuspended>();
    runtime::log_error(title_ + ": publisher " + std::to_string(suspended.publisher.get()) +
                       " is suspended from its number " + std::to_string(suspended.from.get()));
  } else if (event.is<Quarantine>()) {
    const auto& quarantine = event.as<Quarantine>();
    runtime::log_warning(title_ + ": record " + std::to_string(quarantine.position.get()) + " is quarantined for " +
                         std::string(name_of(quarantine.machine)));
  } else if (event.is<Resolved>()) {
    const auto& resolved = event.as<Resolved>();
    runtime::log_warning(title_ + ": the suspension of publisher " + std::to_string(resolved.publisher.get()) +
                         " is resolved: its records from number " + std::to_string(resolved.from.get()) + " on " +
                         (resolved.voided != 0 ? "are void" : "stand"));
  }
  if (heeds_exceptions()) {
    heed(event);
  }
}

void Follower::learn_own() {
  if (attach_as_ == runtime::AttachAs::publisher) {
    own_ = facts_.publisher_named(options_.publisher);
  }
}

bool Follower::advance_marks() {
  const Seq durable = ack_level() == AckLevel::sequenced ? applied_ : std::min(applied_, reader_->synced());
  const Seq stable = std::min({durable, hold(), replicas_agree() ? link_->agreed() : durable});
  if (durable <= durable_ && stable <= stable_) {
    return false;
  }
  durable_ = std::max(durable_, durable);
  stable_ = std::max(stable_, stable);
  page_->stable.store(stable_.get(), std::memory_order_relaxed);
  on_marks();
  return true;
}

// ---- the attachment ----------------------------------------------------------------------------------------------

void Follower::attach_if_due() {
  if (stopped_ || state_ != State::detached || !retry_due_ || venue().is_zero()) {
    return;
  }
  retry_due_ = false;
  AttachRequest request;
  request.venue = venue();
  request.incarnation = attachment_.incarnation;
  request.topics = options_.topics.bits();
  request.as = attach_as_;
  request.place = options_.place;
  request.publisher = FixedString<32>(options_.publisher);
  request.build = FixedString<40>::cut(options_.build);
  const Status connected = link_->connect(request, *this);
  if (!connected) {
    trouble(connected.error().text);
    retry_later();
    return;
  }
  state_ = State::asked;
}

void Follower::on_answer(const AttachAnswer& answer) {
  switch (answer.status) {
    case AttachStatus::attached:
      attached_as(answer);
      return;
    case AttachStatus::incarnation_over:
      incarnation_over(answer.text.str());
      return;
    case AttachStatus::place_taken:
    case AttachStatus::suspended:
    case AttachStatus::closing:
      detached(answer.text.str());
      return;
    case AttachStatus::wrong_venue:
    case AttachStatus::unknown_publisher:
    case AttachStatus::malformed:
      break;
  }
  stop("the sequencer does not take it: " + answer.text.str());
}

void Follower::attached_as(const AttachAnswer& answer) {
  if (answer.venue != venue()) {
    stop("the sequencer speaks for another venue than the log that was read");
    return;
  }
  attachment_ = Attachment{answer.incarnation, answer.term, answer.next_publisher_seq, answer.read_through};
  publisher_ = answer.publisher;
  state_ = State::catching_up;
  page_->incarnation.store(answer.incarnation.raw(), std::memory_order_relaxed);
  page_->term.store(answer.term.get(), std::memory_order_relaxed);
  link_->publish(applied_, outstanding());
  last_trouble_.clear();
  runtime::log_info(title_ + ": attached in term " + std::to_string(answer.term.get()) + ", to read through " +
                    std::to_string(answer.read_through.get()));
}

bool Follower::ready_if_caught_up() {
  if (stopped_ || state_ != State::catching_up || applied_ < attachment_.read_through) {
    return false;
  }
  if (own_ != publisher_) {
    stop("the log and the sequencer do not mean the same publisher by its name");
    return false;
  }
  state_ = State::ready;
  on_ready(attachment_);
  return true;
}

void Follower::on_stream_refused(PublisherSeq number, runtime::RefusedFor cause, const std::string& why) {
  runtime::log_error(title_ + ": proposal " + std::to_string(number.get()) + " refused: " + why);
  detached("its stream ended with a refusal");
  on_refused(number, cause, why);
}

void Follower::on_stream_lost(const std::string& why) { incarnation_over(why); }

void Follower::on_link_gone(const std::string& why) {
  detached(why);
  on_detached();
}

void Follower::incarnation_over(const std::string& why) {
  detached("the incarnation is over: " + why);
  // Also without one: the sequencer was asked for an incarnation that it does not know.
  if (!attachment_.incarnation.is_zero()) {
    attachment_.incarnation = Incarnation();
    page_->incarnation.store(0, std::memory_order_relaxed);
    on_over();
  }
}

void Follower::detached(const std::string& why) {
  link_->disconnect();
  state_ = State::detached;
  told_ = false;
  page_->term.store(0, std::memory_order_relaxed);
  trouble(why);
  retry_later();
}

void Follower::retry_later() {
  retry_ = loop_.network().after(retry_after, [this] { retry_due_ = true; });
}

// Want of descriptors or memory passes; the timer is there so that the loop turns and it is tried again. Records that
// only a backup holds may be read once that is attached: meanwhile the others that the process hosts go on.
void Follower::cannot_read(const std::string& doing, const Error& error) {
  if (error.code == ErrorCode::refused) {
    const std::string text = doing + ": " + error.text;
    if (text != last_trouble_) {
      last_trouble_ = text;
      runtime::log_error(title_ + ": waits: " + text);
    }
    waits_for_backup_ = true;
    read_again_ = loop_.network().after(elsewhere_retry_after, [this] { waits_for_backup_ = false; });
    return;
  }
  if (error.code != ErrorCode::no_space) {
    stop(doing + ": " + error.text);
    return;
  }
  trouble(doing + ": " + error.text);
  read_again_ = loop_.network().after(retry_after, [] {});
}

// What keeps it from being attached or from reading; said once, not at every try.
void Follower::trouble(const std::string& what) {
  if (what != last_trouble_) {
    last_trouble_ = what;
    runtime::log_info(title_ + ": " + what);
  }
}

void Follower::stop(const std::string& why) { end(why, fatal_); }

void Follower::stop_as_too_old(const std::string& why) {
  page_->too_old.store(1, std::memory_order_relaxed);
  end(why, options_.too_old ? options_.too_old : fatal_);
}

void Follower::end(const std::string& why, const OnFatal& tell) {
  if (stopped_) {
    return;
  }
  stopped_ = true;
  state_ = State::detached;
  link_->disconnect();
  page_->term.store(0, std::memory_order_relaxed);
  const std::string text = title_ + ": " + why;
  runtime::log_error(text);
  tell(text);
}

// ---- disagreement ------------------------------------------------------------------------------------------------

std::string Follower::leave(const Evidence& evidence) {
  const Result<std::filesystem::path> file = write_evidence(files_, options_.paths.data / "evidence", evidence);
  return "at position " + std::to_string(evidence.on_log.header->seq.get()) + " " + evidence.what + "; " +
         (file ? "evidence in " + file->string() : "no evidence could be written: " + file.error().text);
}

// The sequencer hears of it first: writing a file takes longer than anybody waits for this replica. What operators have
// decided is not disputed again: a replica that is wrong for a second time must not hold up the venue.
void Follower::stand_still(const Evidence& evidence) {
  stands_at_ = evidence.on_log.header->seq;
  const Dispute disputed = dispute();
  is_told_ = disputed.number.is_zero() || ahead_.answers(own_, disputed.number, disputed.admitted);
  if (!is_told_) {
    tell();
  }
  stands_still_ = leave(evidence);
  runtime::log_error(title_ + ": stands still: " + stands_still_);
  if (is_told_) {
    leave_sequencer();
  }
}

// The sequencer may not know yet that anybody disagrees: a replica that is behind reads what was admitted before it
// proposes. So it says what it disputes, even while it catches up; the sequencer suspends the publisher.
void Follower::tell() {
  if (!told_ && (state_ == State::catching_up || state_ == State::ready) && tell_difference()) {
    told_ = true;
    link_->wake_sequencer();
  }
}

// A sequencer that dies, or that ends this stream for something else, may not have heard it: it is told in every
// attachment until the log says so.
bool Follower::tell_and_leave() {
  const bool was_told = is_told_;
  read_beyond();
  if (stopped_ || was_told) {
    return false;
  }
  if (!is_told_) {
    attach_if_due();
    tell();
    return false;
  }
  leave_sequencer();
  return true;
}

void Follower::leave_sequencer() {
  state_ = State::detached;
  link_->disconnect();
  page_->term.store(0, std::memory_order_relaxed);
}

// Reads on, applying nothing, for the suspension of what it disputes and for what the log says of that record or of
// what stands before it. What was known when it came to stand still changes nothing: it would stand still there again.
void Follower::read_beyond() {
  while (!stopped_) {
    const Result<std::optional<Event>> next = reader_->next();
    if (!next) {
      cannot_read("reading the log behind where it stands still", next.error());
      return;
    }
    if (!*next) {
      return;
    }
    const Event& event = **next;
    const Dispute disputed = dispute();
    if (event.is<PublisherSuspended>()) {
      const auto& suspended = event.as<PublisherSuspended>();
      is_told_ = is_told_ || (suspended.publisher == own_ && suspended.from == disputed.number &&
                              suspended.admitted == disputed.admitted);
    } else if (ahead_.learn(event)) {
      const bool answered = !disputed.number.is_zero() && ahead_.answers(own_, disputed.number, disputed.admitted);
      if (answered || exceptions().unsound(stands_at_)) {
        rebuild("record " + std::to_string(event.header->seq.get()) + " says what is right where it stands still");
      }
    }
  }
}

Result<std::unique_ptr<eventlog::LogReader>> Follower::reader_before(Seq seq) const {
  Result<std::unique_ptr<eventlog::LogReader>> reader = open_log_();
  if (reader) {
    if (Status sought = (*reader)->seek(seq); !sought) {
      return std::move(sought).error();
    }
  }
  return reader;
}

}  // namespace cantus::host
