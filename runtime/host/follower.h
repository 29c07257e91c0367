// What every hosted participant does: follow the log, apply each event in order, publish progress, know the stable
// mark, hold an attachment to the sequencer. What it proposes is left to the kinds (machine_host.h, edge_host.h,
// reader_host.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/host/ahead.h"
#include "runtime/host/evidence.h"
#include "runtime/host/link.h"
#include "runtime/host/log_facts.h"
#include "runtime/host/participant.h"

namespace cantus::host {

class Follower : public Participant, protected LinkHandler {
 public:
  Follower(Loop& loop, const Clock& clock, ParticipantOptions options, Surroundings surroundings,
           runtime::AttachAs attach_as, OnFatal fatal);
  ~Follower() override;

  bool poll() final;
  void arm() final {
    on_sleep();
    link_->arm(sleep_depth());
  }
  void disarm() final { on_woken(link_->disarm()); }
  [[nodiscard]] Seq applied() const final { return applied_; }
  [[nodiscard]] Seq stable() const final { return stable_; }
  [[nodiscard]] bool attached() const final { return state_ == State::ready; }
  [[nodiscard]] const std::string& stands_still() const final { return stands_still_; }

 protected:
  // ---- what the kinds do

  // Applies the event; not reached if the participant has stopped.
  virtual void take(const Event& event) = 0;
  // Position behind which nothing may be read yet.
  [[nodiscard]] virtual Seq read_limit() const { return Seq(~std::uint64_t{0}); }
  // What outcomes say changes what it holds: it must know which of them are void before it applies them.
  [[nodiscard]] virtual bool heeds_exceptions() const { return false; }
  // How far it may look ahead for them.
  [[nodiscard]] virtual Seq ahead_limit() const { return Seq(~std::uint64_t{0}); }
  // Wishes or proposals that are not yet seen on the log.
  [[nodiscard]] virtual std::uint64_t outstanding() const { return 0; }
  // It is about to sleep; it goes on, because it was rung for news or for something else, as a timer.
  virtual void on_sleep() {}
  virtual void on_woken(bool /*rung*/) {}
  // How urgent news must be to wake it now.
  [[nodiscard]] virtual runtime::SleepDepth sleep_depth() const = 0;
  // The marks moved: what is durable at the acknowledgement level, and what of it may be released.
  virtual void on_marks() {}
  // Attached, and everything was read that must be known before speaking.
  virtual void on_ready(const Attachment& /*attachment*/) {}
  // The incarnation is over; another one will be asked for.
  virtual void on_over() {}
  // The stream ended at this proposal.
  virtual void on_refused(PublisherSeq /*number*/, runtime::RefusedFor /*cause*/, const std::string& /*why*/) {}
  // The sequencer is gone.
  virtual void on_detached() {}
  // Puts into the ring what there is; true if anything was put.
  virtual bool push_proposals() { return false; }
  // What it publishes of itself, now and then.
  virtual void publish_figures(runtime::PlacePage& /*page*/) const {}
  virtual void on_heartbeat() {}

  // ---- what the kinds use

  // Stops for good and tells the owner; once.
  void stop(const std::string& why);
  // Likewise, because a newer build is needed.
  void stop_as_too_old(const std::string& why);
  // What this process has to say about a record of its own publisher that is in doubt.
  [[nodiscard]] Evidence evidence_of(const Event& on_log, std::string what) const {
    return Evidence{title_, options_.build, std::move(what), on_log, {}, {}, applied_};
  }
  // Writes it; the text says what is wrong and where the evidence is.
  [[nodiscard]] std::string leave(const Evidence& evidence);
  // Applies nothing more, tells the sequencer what differs (tell_difference), leaves evidence, and leaves the sequencer
  // once the suspension is on the log; at once if it disputes nothing, or what operators have decided already. Until
  // the log says something new of the record or of what stands before it.
  void stand_still(const Evidence& evidence);
  // One of several replicas, for whose agreement bytes may wait.
  [[nodiscard]] virtual bool is_replica() const { return false; }
  // What this replica disputes: the record under this number; zero: nothing.
  struct Dispute {
    PublisherSeq number;
    Seq admitted;
  };
  [[nodiscard]] virtual Dispute dispute() const { return {}; }
  // Puts it into the ring; false while there is no room.
  virtual bool tell_difference() { return true; }
  // What is known of records, also of those not read yet.
  [[nodiscard]] const Exceptions& exceptions() const { return ahead_.exceptions(); }
  [[nodiscard]] bool answered(Seq suspension) const { return ahead_.answers(suspension); }
  // Nothing beyond may be released, for all that is known.
  [[nodiscard]] Seq hold_known_ahead() const;
  // What it is at work on, for whoever looks when it has died.
  [[nodiscard]] runtime::PlacePage& page() const { return *page_; }
  // A reader of its own that stands before the record `seq`, which was read before.
  [[nodiscard]] Result<std::unique_ptr<eventlog::LogReader>> reader_before(Seq seq) const;

  [[nodiscard]] const ParticipantOptions& options() const { return options_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] SequencerLink& link() { return *link_; }
  [[nodiscard]] const SequencerLink& link() const { return *link_; }
  [[nodiscard]] PublisherId own_publisher() const { return own_; }
  [[nodiscard]] VenueId venue() const { return facts_.venue(); }
  [[nodiscard]] Seq durable() const { return durable_; }
  [[nodiscard]] Seq synced() const { return reader_ ? reader_->synced() : Seq(); }
  [[nodiscard]] Seq last() const { return reader_ ? reader_->last() : Seq(); }  // on the log now
  [[nodiscard]] AckLevel ack_level() const { return facts_.ack_level(); }
  // From now on records that concern neither its topics nor the host itself are passed over.
  void pass_over_others() {
    read_topics_ = TopicSet(options_.topics.bits() | TopicSet::of(topic::control, topic::refdata).bits());
  }
  // From now on it is known when the log was last read to its end. (It costs a look at the clock in every turn.)
  void note_reading() { notes_reading_ = true; }
  void read_on() { read_batch(); }
  // Nothing that was on the log `caught_up_max_ns` ago is unread.
  [[nodiscard]] bool caught_up() const {
    return read_to_end_ && !stopped_ && clock_.monotonic_ns() - *read_to_end_ <= caught_up_max_ns;
  }
  // Nothing beyond may be released: a publisher of outcomes is suspended from there on.
  [[nodiscard]] Seq hold() const { return facts_.hold(); }
  [[nodiscard]] std::uint64_t backlog_max() const { return facts_.backlog_max(); }
  // What leaves waits for the agreed mark.
  [[nodiscard]] bool replicas_agree() const { return facts_.replicas_agree(); }
  // A publisher of outcomes is suspended: clients' new messages are not read (docs/architecture.md, section 8).
  [[nodiscard]] bool suspension() const { return facts_.suspension(); }

 private:
  enum class State { detached, asked, catching_up, ready };

  void on_answer(const runtime::AttachAnswer& answer) final;
  void on_stream_refused(PublisherSeq number, runtime::RefusedFor cause, const std::string& why) final;
  void on_stream_lost(const std::string& why) final;
  void on_link_gone(const std::string& why) final;

  bool open_reader();
  bool read_batch();
  bool look_ahead();
  bool look_beyond_suspension();
  void heed(const Event& event);
  void rebuild(const std::string& why);
  void note(const Event& event);
  void learn_own();
  bool advance_marks();
  void attach_if_due();
  void attached_as(const runtime::AttachAnswer& answer);
  bool ready_if_caught_up();
  void incarnation_over(const std::string& why);
  void detached(const std::string& why);
  void retry_later();
  void end(const std::string& why, const OnFatal& tell);
  void cannot_read(const std::string& doing, const Error& error);
  void trouble(const std::string& what);
  void tell();
  bool tell_and_leave();
  void leave_sequencer();
  void read_beyond();

  Loop& loop_;
  const Clock& clock_;
  ParticipantOptions options_;
  runtime::Files& files_;
  std::function<Result<std::unique_ptr<eventlog::LogReader>>()> open_log_;
  std::unique_ptr<SequencerLink> link_;
  std::shared_ptr<runtime::PlacePage> page_;
  runtime::AttachAs attach_as_;
  OnFatal fatal_;
  std::string title_;

  std::unique_ptr<eventlog::LogReader> reader_;
  std::unique_ptr<runtime::Timer> heartbeat_;
  std::unique_ptr<runtime::Timer> retry_;
  std::unique_ptr<runtime::Timer> read_again_;
  bool retry_due_ = true;
  bool waits_for_backup_ = false;  // what it must read was removed from here
  bool stopped_ = false;
  std::string stands_still_;
  Seq stands_at_;         // the record that it does not apply
  bool told_ = false;     // in this attachment: why it stands still
  bool is_told_ = false;  // nobody has to be told any more: the suspension is on the log, or none is asked for
  std::string last_trouble_;

  TopicSet read_topics_ = TopicSet::all();

  // From the log.
  Ahead ahead_;
  bool looked_ahead_ = false;  // to the end that the log had
  Seq applied_;
  LogFacts facts_;
  PublisherId own_;
  bool notes_reading_ = false;
  std::optional<std::int64_t> read_to_end_;  // when the last look at the log began that found nothing more; monotonic
  bool own_applied_ = false;  // a record of this publisher was, since the sequencer was last woken for it
  Seq durable_;
  Seq stable_;

  // From the sequencer.
  State state_ = State::detached;
  Attachment attachment_{};
  PublisherId publisher_;  // as the sequencer knows it
};

}  // namespace cantus::host
