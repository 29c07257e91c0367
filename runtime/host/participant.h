// How an application takes part in the log: it reads every event in order, and proposes through a ring.
//
// Two kinds are hosted (docs/architecture.md, sections 3 and 4):
//  - a machine (`Application`): its wishes are pulled and kept in flight, re-proposed after each attachment;
//  - an edge (`EdgeApplication`): a gateway, an injector, a projection; proposals that it makes are kept until they are
//    stable and re-proposed after each attachment under the same numbers.
// Both publish their progress ("about to apply p, since when"), so that slow, stuck and dead are told apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "messages/formats.h"
#include "messages/machine.h"
#include "messages/record.h"
#include "messages/wish_queue.h"
#include "runtime/clock.h"
#include "runtime/far_end.h"
#include "runtime/host/log_facts.h"
#include "runtime/loop.h"
#include "runtime/place.h"
#include "runtime/system.h"

namespace cantus::host {

using runtime::Clock;
using runtime::Loop;
using runtime::System;
using runtime::Task;

// A process may be stopped (SIGSTOP, a debugger, a hypervisor) for any time between any two instructions, and what it
// knew before may be void when it goes on. So an edge hands nothing to a socket or to the sequencer unless its last
// look at the log that found nothing more began at most so long before; else it reads first. What is left is this span,
// and the call under way.
inline constexpr std::int64_t caught_up_max_ns = 20'000;  // less than a takeover takes, which waits for the disk

// Where a venue lives on this host.
struct VenuePaths {
  std::filesystem::path data;    // journal files, audit database, FIX logs, evidence
  std::filesystem::path memory;  // live segments and rings: a folder on tmpfs; short enough for a socket's path

  [[nodiscard]] std::filesystem::path journal() const { return data / "journal"; }
  [[nodiscard]] std::filesystem::path attach_socket() const { return memory / "sequencer.sock"; }
};

// Where a participant begins instead of the log's first record: behind a position to whose state its application was
// restored.
struct StartFrom {
  Seq position;
  LogFacts facts;  // as of there
};

struct ParticipantOptions {
  VenuePaths paths;
  std::string publisher;  // name as defined on the log; of a reader a name of its own
  PlaceId place;
  // Wakes only for these; every event is applied none the less. But a reader that does not ask for stable records only
  // is given nothing but them, the venue's own (refdata) and the sequencer's: it may be far behind when it wakes.
  TopicSet topics = TopicSet::all();
  std::size_t events_per_poll = 256;
  std::size_t in_flight_max = 1024;               // wishes or proposals in the ring at a time
  std::shared_ptr<const StartFrom> start_from{};  // null: the log's begin
  std::string build;                              // named on the log at the attachment and in evidence, for people
  // Called once when the log says something new of what was applied (messages/exceptions.h): the application is to be
  // made anew and to begin again, which reads ahead first. The participant does nothing more; it is not to be destroyed
  // within the call. Null: its process is to end instead (OnFatal), and starts again.
  std::function<void(const std::string& why)> rebuild{};
  // What of the log its application must know: where that is announced and this build does not know it, it stops before
  // the announcement, and for good; the text names it. Then `too_old` is called once, or `fatal` if that is empty.
  Reading reading{};
  std::function<void(const std::string& why)> too_old{};
};

// What the sequencer said at an attachment.
struct Attachment {
  Incarnation incarnation;  // changes only if the process was taken for lost
  Term term;
  PublisherSeq next_publisher_seq;
  Seq read_through;  // must have been applied before the first proposal
};

// A proposal without its number.
struct Proposal {
  MessageType type;
  std::uint8_t version = 0;
  TopicId topic;
  std::vector<std::byte> payload;

  template <class M>
  [[nodiscard]] static Proposal of(const M& message) {
    const auto bytes = payload_of(message);
    return {M::type, M::version, M::topic, {bytes.begin(), bytes.end()}};
  }
};

// Side of an edge that the log calls. All on the loop's thread.
class EdgeApplication {
 public:
  virtual ~EdgeApplication() = default;
  virtual void apply(const Event& event) = 0;
  // True of one that acts on what outcomes say, beyond numbering and rendering them (messages/exceptions.h): then void
  // records come to apply_void, and it is made anew when something becomes void that it has applied.
  [[nodiscard]] virtual bool heeds_exceptions() const { return false; }
  virtual void apply_void(const Event& record, bool /*may_have_left*/) { apply(EmptiedRecord(record).event()); }
  // Begins behind the snapshot's position instead of the log's begin; before anything is applied. After an error it is
  // not to be used any more.
  [[nodiscard]] virtual Status restore(const SnapshotSections& /*from*/) {
    return Error{ErrorCode::not_supported, "it starts from the log's begin only"};
  }
  // `stable`: everything up to it holds at the venue's acknowledgement level, and nothing of it was caused by a
  // suspended publisher's records in doubt. Never decreases; first called after the first on_attached.
  virtual void on_stable(Seq stable) = 0;
  // Everything up to it outlives a power cut, whatever a suspension holds back: for what operators say. Called before
  // on_stable.
  virtual void on_durable(Seq /*durable*/) {}
  // Caught up with `read_through` of a new incarnation, or of a later attachment of the same one (a new term):
  // proposals are taken from now on.
  virtual void on_attached(const Attachment& attachment) = 0;
  // The incarnation is over (taken for lost, or replaced): close everything in silence; on_attached with a new one
  // follows.
  virtual void on_lost() = 0;
  // The sequencer did not admit this proposal because it was damaged on its way or is not what its envelope says. What
  // is returned is proposed under its number instead, and all that lies behind it again as it was: nobody is told, and
  // on_attached follows. Nothing: the same as without permission, on_refused is called. A number that is refused more
  // than three times in a row stops the participant.
  virtual std::optional<Proposal> instead_of(const WishView& /*refused*/, const std::string& /*why*/) {
    return std::nullopt;
  }
  // The sequencer refused this proposal; it and everything behind it is forgotten; the application may propose
  // something else from here, under the numbers from `number` on. on_attached follows.
  virtual void on_refused(PublisherSeq number, const std::string& why) = 0;
  // False while nobody outside waits for what the log says: news may then come a few milliseconds late.
  [[nodiscard]] virtual bool waited_for() const { return true; }
  // Of an edge that takes orders; published now and then with its progress.
  [[nodiscard]] virtual std::optional<runtime::OrderLatency> order_latency() const { return std::nullopt; }
  // Of an edge that connects to somebody outside; likewise.
  [[nodiscard]] virtual const runtime::FarEndState* far_end() const { return nullptr; }
};

// Side of the log that an edge calls.
class EdgeProposer {
 public:
  virtual ~EdgeProposer() = default;
  // False while not attached or when `in_flight_max` proposals are not yet stable: then nothing may be proposed.
  // (Between a refusal and the next attachment it may; what is proposed waits.)
  [[nodiscard]] virtual bool can_propose(std::size_t count = 1) const = 0;
  // The number under which it will be on the log, unless one before it is taken back. Requires can_propose(). Whether
  // it is admitted is seen only by applying it. It is handed to the sequencer when the log was read to its end.
  virtual PublisherSeq propose(MessageType type, std::uint8_t version, TopicId topic,
                               std::span<const std::byte> payload) = 0;
  template <class M>
  PublisherSeq propose(const M& message) {
    return propose(M::type, M::version, M::topic, payload_of(message));
  }
  // Forgets those proposals not handed to the sequencer yet of which `stale` is true, because of what was just read;
  // those behind them move up.
  virtual void take_back(const std::function<bool(const WishView&)>& stale) = 0;
  // For streams on which nothing may leave that the log forbids: open while everything was read that was on the log a
  // moment ago (`caught_up_max_ns`); if not, it reads first. Gone with the participant.
  [[nodiscard]] virtual std::weak_ptr<runtime::SendGate> send_gate() = 0;
  // Back-pressure: false from bound 1 (VenueDefined.backlog_max) on, while a publisher of outcomes is suspended, and
  // while not attached: then gateways read no client messages.
  [[nodiscard]] virtual bool client_input_open() const = 0;
  [[nodiscard]] virtual PublisherId publisher() const = 0;
  // Of whoever works on records besides apply(); null: nobody watches.
  [[nodiscard]] virtual Cursor* cursor() const { return nullptr; }
};

// A hosted participant: a task that host_… has added to its loop, and that its destruction removes from it. Destroyed
// in good order it says so to the sequencer; a process that merely ends does not. `fatal` is called once if it must
// stop (unknown type, lost log, an edge's record that it did not propose): the text says what and where the evidence
// was written; the process is to end. A machine whose wish differs from what the log holds stands still instead, for a
// replay of the same log would end there again, and the others that its process hosts are not concerned. It is rebuilt
// once operators have resolved the difference.
using OnFatal = std::function<void(const std::string& why)>;

class Participant : public Task {
 public:
  [[nodiscard]] virtual Seq applied() const = 0;
  [[nodiscard]] virtual Seq stable() const = 0;
  [[nodiscard]] virtual bool attached() const = 0;
  // Why it stands still for good: what differs, and where the evidence is. Empty while it does not.
  [[nodiscard]] virtual const std::string& stands_still() const = 0;
};

// Loop and system outlive the participant. The head of the machine's wishes is settled before its own message is
// applied.
[[nodiscard]] Result<std::unique_ptr<Participant>> host_machine(Loop& loop, System& system, ParticipantOptions options,
                                                                Application& machine, OnFatal fatal);
// `made` is called with the proposer before anything else; it lives as long as the participant.
[[nodiscard]] Result<std::unique_ptr<Participant>> host_edge(Loop& loop, System& system, ParticipantOptions options,
                                                             EdgeApplication& edge,
                                                             const std::function<void(EdgeProposer&)>& made,
                                                             OnFatal fatal);
// A projection that only reads, needs no place and is never waited for (audit database, console). With `stable_only` it
// is given nothing that a power cut could take back, and once a publisher is suspended nothing more at all: all that
// follows may have been caused by what is in doubt.
[[nodiscard]] Result<std::unique_ptr<Participant>> host_reader(Loop& loop, System& system, ParticipantOptions options,
                                                               Machine& machine, bool stable_only, OnFatal fatal);

}  // namespace cantus::host
