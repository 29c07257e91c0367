// The running sequencer: one pass of ordering, and the life of attachments. Made by make_sequencer (sequencer_task.h)
// over a journal that is open and a core that holds what is on it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventlog/journal.h"
#include "runtime/attach.h"
#include "runtime/logging.h"
#include "runtime/venue_clock.h"
#include "sequencer/agreement.h"
#include "sequencer/app/back_pressure.h"
#include "sequencer/app/doorbells.h"
#include "sequencer/app/log_roll.h"
#include "sequencer/app/sequencer_task.h"
#include "sequencer/app/signed_changes.h"
#include "sequencer/app/status_page.h"
#include "sequencer/app/streams.h"

namespace cantus::sequencer {

class SequencerProcess final : public SequencerTask, public runtime::AttachHandler {
 public:
  SequencerProcess(runtime::Loop& loop, const runtime::Clock& clock, SequencerOptions options, host::OnFatal fatal);
  ~SequencerProcess() override;

  // To be told by the journal that `start` will be given.
  [[nodiscard]] JournalBell& journal_bell() { return journal_bell_; }

  // Replays the log, opens a term, completes the opening, listens. `close_journal`: its orderly end.
  Status start(runtime::Files& files, std::unique_ptr<eventlog::Journal> journal,
               std::unique_ptr<eventlog::LogReader> reader, std::function<Status()> close_journal, std::string found);

  bool poll() override;
  void arm() override;
  void disarm() override;
  void pass_on() override;

  [[nodiscard]] const SequencerCore& core() const override { return core_; }
  [[nodiscard]] const eventlog::Journal& journal() const override { return *journal_; }
  [[nodiscard]] const std::string& start_text() const override { return start_text_; }
  [[nodiscard]] bool stopped() const override { return over_; }
  Status close() override;

  void on_request(runtime::AttachmentId id, const runtime::AttachRequest& request, runtime::UniqueFd doorbell) override;
  void on_detach(runtime::AttachmentId id) override;
  void on_gone(runtime::AttachmentId id) override;
  void on_turned_away(std::uint32_t process, const std::string& why) override;

 private:
  struct Pending {
    runtime::AttachmentId id = 0;
    runtime::AttachRequest request;
    runtime::UniqueFd doorbell;
  };
  struct Reader {
    runtime::AttachmentId id = 0;
    std::unique_ptr<runtime::RingConsumer> page;
  };
  // What may be said only once the batch is on the log.
  struct Answer {
    runtime::AttachmentId id = 0;
    runtime::AttachAnswer answer;
    int ring_fd = -1;
  };
  struct Refused {
    runtime::AttachmentId id = 0;
    PublisherSeq number;
    runtime::RefusedFor cause{};
    std::string text;
  };

  // start
  [[nodiscard]] Status replay(eventlog::LogReader& reader, Opening* opening);
  // Stands before the begin of the newest log that a whole state is known of. False: nothing is known, or of no use.
  [[nodiscard]] Result<bool> begin_at_log(eventlog::LogReader& reader);
  [[nodiscard]] Status open_log(std::optional<Opening>& opening);
  [[nodiscard]] Status append_waiting();

  // a pass
  [[nodiscard]] PassView view_now(std::int64_t monotonic_ns);
  void attach_pending();
  void serve_all();
  void serve(RingStream& stream, std::size_t proposals_max, std::size_t room_kept);
  // True if the proposal was taken and the next may be looked at.
  [[nodiscard]] bool settle(RingStream& stream, const Admission& admission);
  void keep_time();
  void follow(const StepAllowed& allowed, std::int64_t monotonic_ns);
  [[nodiscard]] bool append();
  void tell();
  void ring_the_rest();
  void tell_figure(std::int64_t monotonic_ns);
  void tell_agreed(std::int64_t monotonic_ns);
  void say_who_agrees() const;
  void publish(std::int64_t monotonic_ns);

  // attachments
  void attach_reader(Pending& pending);
  // False: the old stream in its place is still being served; the request waits.
  [[nodiscard]] bool attach(Pending& pending);
  void refuse(const Pending& pending, AttachVerdict verdict);
  void refuse(const Pending& pending, runtime::AttachStatus status, std::string text);
  void turn_away(std::uint32_t process, const std::string& why);
  void end_stream(RingStream& stream, runtime::RefusedFor cause, const std::string& why);
  void cut(RingStream& stream, runtime::RefusedFor cause, const std::string& text);
  void drain(RingStream& stream, LostReason reason);
  void finish(RingStream& stream);
  void remove(RingStream& stream);
  void remove_ended();
  void choose_first_places();
  void fail(const std::string& why);

  [[nodiscard]] PlaceCounts& counts(PlaceRef place) { return counts_[place.publisher * places_max + place.place]; }
  [[nodiscard]] std::string name_of_place(PlaceRef place) const;
  [[nodiscard]] PlaceFigures figures_of(PlaceRef place);
  void look_for_suspended();
  void end_resolved();
  void end_voided();

  runtime::Loop& loop_;
  const runtime::Clock& clock_;
  SequencerOptions options_;
  host::OnFatal fatal_;
  Doorbells doorbells_;
  JournalBell journal_bell_;
  SequencerCore core_;
  Batch batch_;
  BackPressure back_pressure_;
  Agreement agreement_;
  LogRoll roll_;
  std::unique_ptr<SignedChanges> signed_changes_ = std::make_unique<SignedChanges>();
  Seq changes_known_to_;  // up to here they know everything from a snapshot; 0: from the log
  Streams streams_;
  std::vector<Reader> readers_;
  std::vector<PlaceCounts> counts_;
  std::vector<RingStream*> ended_;  // to be removed at the end of the pass
  std::deque<Pending> pending_;
  std::vector<Answer> answers_;
  std::vector<Refused> refused_;
  std::optional<runtime::VenueClock> venue_clock_;
  std::optional<StatusWriter> status_;
  std::unique_ptr<StatusFigures> figures_;
  std::unique_ptr<eventlog::Journal> journal_;
  std::function<Status()> close_journal_;
  std::unique_ptr<runtime::AttachServer> server_;
  std::unique_ptr<runtime::Timer> timer_;
  std::string start_text_;
  std::size_t next_input_ = 0;         // input ring that is served first in the next pass
  std::size_t busy_inputs_ = 0;        // input rings that brought much in the last pass
  std::uint64_t taken_ = 0;            // proposals taken from rings, also repeats and what was refused
  TopicSet untold_;                    // topics of records that nobody was woken for yet
  TopicSet unrung_ = TopicSet::all();  // … or not everybody, however deeply he sleeps
  TopicSet unmarked_;                  // of records that everybody was rung for before they were durable …
  Seq unmarked_through_;               // … the last of them
  Seq rest_told_;                      // last record when those who can wait were rung
  Seq last_at_ring_;                   // last record when the timer was last due
  std::uint32_t rings_put_off_ = 0;
  std::int64_t steered_at_ns_ = 0;
  std::int64_t published_at_ns_ = 0;
  std::int64_t figured_at_ns_ = 0;
  std::uint64_t figure_told_ = 0;           // of back-pressure, as it stands in the pages
  Seq agreed_told_;                         // the agreed mark, likewise
  std::uint64_t agreement_changes_ = 0;     // that were said
  runtime::LimitedLog notes_{"sequencer"};  // of what participants can make it say again and again
  TurnedAway turned_away_;
  TimeNs now_;  // the venue's clock in this pass
  Room room_ = Room::all;
  bool outcomes_suspended_ = false;  // some publisher of outcomes is
  std::vector<bool> suspended_;      // by publisher, as it was last looked for
  bool step_told_ = false;
  bool over_ = false;
};

}  // namespace cantus::sequencer
