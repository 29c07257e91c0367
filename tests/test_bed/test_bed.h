// A whole venue on one thread, without processes, files or sockets: the sequencer's ordering core over a simulated
// journal, and any machines, edges and readers hosted exactly as in the venue (runtime/host), on a simulated loop. For
// tests of applications end to end.
//
//   TestBed bed;                                     // opens the log with the standard publishers
//   bed.add_record(config_publisher, VenueDefined{…});  // before start(): the configuration
//   bed.start();
//   auto& a = bed.add_machine("matching", PlaceId(0), machine_a);
//   Voice& gateway = bed.add_voice("gateway-1");
//   bed.settle();
//   gateway.propose(NewOrder{…});
//   bed.settle();                                    // every consequence has happened
//   bed.log<OrderAccepted>()                         // what stands on the log
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventlog/simulated.h"
#include "runtime/host/participant.h"
#include "runtime/place.h"
#include "runtime/simulated_loop.h"
#include "sequencer/opening.h"

namespace cantus::test {

class MemorySequencer;

inline constexpr PublisherId config_publisher{2};

// The publishers of refdata/README.md with two gateways and one injector, and what each may propose on.
[[nodiscard]] OpeningContent standard_opening();

// An edge that only speaks when a test makes it, and remembers what it was told.
class Voice final : public host::EdgeApplication {
 public:
  template <class M>
  PublisherSeq propose(const M& message) {
    return proposer->propose(message);
  }

  void apply(const Event& event) override { applied = event.header->seq; }
  void on_stable(Seq stable_in) override { stable = stable_in; }
  void on_attached(const host::Attachment& attachment_in) override {
    attachment = attachment_in;
    told += "attached@" + std::to_string(attachment_in.term.get()) + " ";
  }
  void on_lost() override { told += "lost "; }
  [[nodiscard]] std::optional<runtime::OrderLatency> order_latency() const override { return latency; }
  void on_refused(PublisherSeq number, const std::string& why) override {
    told += "refused#" + std::to_string(number.get()) + " ";
    refusal = why;
  }

  host::EdgeProposer* proposer = nullptr;
  host::Attachment attachment{};
  Seq applied;
  Seq stable;
  std::string told;  // "attached@1 refused#3 attached@1 "
  std::string refusal;
  std::optional<runtime::OrderLatency> latency;  // to be published
};

class TestBed {
 public:
  explicit TestBed(OpeningContent opening = standard_opening());
  ~TestBed();
  TestBed(const TestBed&) = delete;
  TestBed& operator=(const TestBed&) = delete;

  // A record of the configuration, behind the publishers' definitions. Before start().
  template <class M>
  void add_record(PublisherId publisher, const M& message) {
    opening_.records.push_back(InitialRecord::of(publisher, message));
  }
  // The log begins with this besides what this build knows. Before start().
  void announce(const FormatAnnounced& format) { opening_.formats.push_back(format); }
  void activate(const RuleActivated& rule) { opening_.rules.push_back(rule); }
  // Starts a sequencer: the first opens the log, each later one a new term. Asserts that it can.
  void start();
  // kill -9: what is on the log stays, what lies in rings is gone.
  void kill_sequencer();
  [[nodiscard]] bool sequencer_lives() const { return sequencer_ != nullptr; }

  // Participants as in the venue. `options.publisher` and `options.place` are set from the arguments.
  host::Participant& add_machine(const std::string& publisher, PlaceId place, Application& machine,
                                 host::ParticipantOptions options = {});
  host::Participant& add_edge(const std::string& publisher, host::EdgeApplication& edge,
                              const std::function<void(host::EdgeProposer&)>& made,
                              host::ParticipantOptions options = {});
  host::Participant& add_reader(const std::string& name, Machine& machine, bool stable_only,
                                host::ParticipantOptions options = {});
  Voice& add_voice(const std::string& publisher, host::ParticipantOptions options = {});
  // The end of a participant's process: by itself, or with a word (`orderly`). It must not be used afterwards.
  void kill(host::Participant& participant, bool orderly = false);
  void kill(Voice& voice, bool orderly = false);
  [[nodiscard]] host::Participant& participant_of(const Voice& voice);
  // What it publishes about itself.
  [[nodiscard]] const runtime::PlacePage& page_of(const host::Participant& participant);
  // A participant that is paused does nothing, as one whose process is stopped.
  void pause(host::Participant& participant, bool paused = true);

  // What the participant puts into its ring is damaged there where `damages` says so.
  void damage(host::Participant& participant, std::function<bool(const WishView&)> damages);

  // Until nothing is left to do; time stands still.
  void settle() { loop_.settle(); }
  // Time goes on, with every timer and tick in between.
  void advance(std::chrono::nanoseconds by) { loop_.advance(by); }

  [[nodiscard]] runtime::SimulatedLoop& loop() { return loop_; }
  [[nodiscard]] eventlog::SimulatedJournal& journal() { return journal_; }
  [[nodiscard]] const SequencerCore& core() const;
  // Puts it on the log, as when operators have signed it.
  void resolve(const Resolved& resolved);
  void quarantine(const Quarantine& quarantine);
  // Bound of back-pressure's figure as gateways see it, set by hand; 0 by default.
  void set_client_backlog(std::uint64_t figure);
  // The texts with which participants stopped ("matching-0: at position …").
  [[nodiscard]] const std::vector<std::string>& fatal() const { return fatal_; }

  // What stands on the log.
  [[nodiscard]] Seq last() const { return journal_.last(); }
  [[nodiscard]] Event at(Seq seq) const { return journal_.at(seq); }
  template <class M>
  [[nodiscard]] std::vector<M> log() const {
    std::vector<M> found;
    for (Seq seq(1); seq <= last(); seq = seq.next()) {
      if (at(seq).is<M>()) {
        found.push_back(at(seq).template as<M>());
      }
    }
    return found;
  }
  // The names of the types from `from` on, "NewOrder OrderAccepted"; without time ticks.
  [[nodiscard]] std::string types_from(Seq from) const;

 private:
  struct Entry;

  Entry& add_entry(const std::string& publisher, PlaceId place, host::ParticipantOptions& options);
  host::Participant& run(Entry& entry, std::unique_ptr<host::Participant> participant);
  [[nodiscard]] Entry& entry_of(const host::Participant& participant);

  OpeningContent opening_;
  runtime::SimulatedLoop loop_;
  eventlog::SimulatedJournal journal_;
  std::unique_ptr<MemorySequencer> sequencer_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::string> fatal_;
};

}  // namespace cantus::test
