#include "tests/test_bed/test_bed.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "messages/describe.h"
#include "runtime/host/edge_host.h"
#include "runtime/host/machine_host.h"
#include "runtime/host/reader_host.h"
#include "tests/test_bed/memory_sequencer.h"

namespace cantus::test {
namespace {

using host::Participant;
using host::ParticipantOptions;

PublisherDefined publisher(std::uint16_t id, const char* name, std::uint16_t places, ServiceClass service) {
  PublisherDefined defined;
  defined.publisher = PublisherId(id);
  defined.places = places;
  defined.service_class = service;
  defined.name = FixedString<32>(name);
  return defined;
}

}  // namespace

OpeningContent standard_opening() {
  OpeningContent content;
  content.venue = VenueId(77);
  content.venue_name = "test bed";
  content.publishers = {
      publisher(1, "sequencer", 1, ServiceClass::operator_), publisher(2, "config", 1, ServiceClass::operator_),
      publisher(3, "matching", 2, ServiceClass::outcome),    publisher(4, "reporter", 1, ServiceClass::outcome),
      publisher(5, "scheduler", 1, ServiceClass::operator_), publisher(6, "trade-reporter", 1, ServiceClass::input),
      publisher(7, "bench", 1, ServiceClass::input),         publisher(8, "snapshots", 1, ServiceClass::input),
      publisher(10, "gateway-1", 1, ServiceClass::input),    publisher(11, "gateway-2", 1, ServiceClass::input),
      publisher(40, "md-1", 1, ServiceClass::input)};
  const auto grant = [&content](std::uint16_t id, auto... topics) {
    for (const TopicId topic : {topics...}) {
      content.grants.push_back(PublishGranted{PublisherId(id), topic, {}});
    }
  };
  grant(2, topic::refdata, topic::secrets);
  grant(3, topic::outcomes);
  grant(4, topic::reports);
  grant(5, topic::refdata, topic::sessions);
  grant(6, topic::sessions, topic::report_acks);
  grant(7, topic::bench);
  grant(8, topic::snapshots);
  grant(10, topic::sessions, topic::orders);
  grant(11, topic::sessions, topic::orders);
  grant(40, topic::market_data);
  return content;
}

// One participant: its process, as it were.
struct TestBed::Entry final : runtime::Task {
  bool poll() override { return !paused && participant->poll(); }

  ParticipantOptions options;
  host::Surroundings surroundings;
  std::shared_ptr<runtime::PlacePage> page;
  MemoryLink* link = nullptr;
  std::unique_ptr<Voice> voice;
  std::unique_ptr<Participant> participant;
  bool paused = false;
};

TestBed::TestBed(OpeningContent opening)
    : opening_(std::move(opening)), journal_(eventlog::LogIdentity{opening_.venue, opening_.log}) {}

TestBed::~TestBed() {
  for (const auto& entry : entries_) {
    loop_.remove(*entry);
  }
}

void TestBed::start() {
  CANTUS_ASSERT(!sequencer_, "one sequencer runs at a time");
  sequencer_ = std::make_unique<MemorySequencer>(loop_, journal_, opening_);
}

void TestBed::kill_sequencer() { sequencer_.reset(); }

const SequencerCore& TestBed::core() const {
  CANTUS_ASSERT(sequencer_ != nullptr, "a sequencer runs");
  return sequencer_->core();
}

void TestBed::resolve(const Resolved& resolved) {
  CANTUS_ASSERT(sequencer_ != nullptr, "a sequencer runs");
  sequencer_->resolve(resolved);
}

void TestBed::quarantine(const Quarantine& quarantine) {
  CANTUS_ASSERT(sequencer_ != nullptr, "a sequencer runs");
  sequencer_->quarantine(quarantine);
}

void TestBed::set_client_backlog(std::uint64_t figure) {
  CANTUS_ASSERT(sequencer_ != nullptr, "a sequencer runs");
  sequencer_->set_client_backlog(figure);
}

// ---- participants ------------------------------------------------------------------------------------------------

TestBed::Entry& TestBed::add_entry(const std::string& publisher, PlaceId place, ParticipantOptions& options) {
  Entry& entry = *entries_.emplace_back(std::make_unique<Entry>());
  options.publisher = publisher;
  options.place = place;
  auto link = std::make_unique<MemoryLink>(sequencer_);
  entry.link = link.get();
  entry.options = std::move(options);
  entry.surroundings.files = &runtime::system_files();
  entry.surroundings.open_log = [this]() -> Result<std::unique_ptr<eventlog::LogReader>> { return journal_.reader(); };
  entry.surroundings.link = std::move(link);
  entry.page = std::make_shared<runtime::PlacePage>();
  entry.surroundings.page = entry.page;
  return entry;
}

Participant& TestBed::run(Entry& entry, std::unique_ptr<Participant> participant) {
  entry.participant = std::move(participant);
  loop_.add(entry);
  return *entry.participant;
}

Participant& TestBed::add_machine(const std::string& publisher, PlaceId place, Application& machine,
                                  ParticipantOptions options) {
  Entry& entry = add_entry(publisher, place, options);
  return run(entry, std::make_unique<host::MachineHost>(loop_, loop_.clock(), std::move(entry.options),
                                                        std::move(entry.surroundings), machine,
                                                        [this](const std::string& why) { fatal_.push_back(why); }));
}

Participant& TestBed::add_edge(const std::string& publisher, host::EdgeApplication& edge,
                               const std::function<void(host::EdgeProposer&)>& made, ParticipantOptions options) {
  Entry& entry = add_entry(publisher, PlaceId(0), options);
  return run(entry, std::make_unique<host::EdgeHost>(loop_, loop_.clock(), std::move(entry.options),
                                                     std::move(entry.surroundings), edge, made,
                                                     [this](const std::string& why) { fatal_.push_back(why); }));
}

Participant& TestBed::add_reader(const std::string& name, Machine& machine, bool stable_only,
                                 ParticipantOptions options) {
  Entry& entry = add_entry(name, PlaceId(0), options);
  return run(entry, std::make_unique<host::ReaderHost>(loop_, loop_.clock(), std::move(entry.options),
                                                       std::move(entry.surroundings), machine, stable_only,
                                                       [this](const std::string& why) { fatal_.push_back(why); }));
}

Voice& TestBed::add_voice(const std::string& publisher, ParticipantOptions options) {
  auto owned = std::make_unique<Voice>();
  Voice& voice = *owned;
  add_edge(
      publisher, voice, [&voice](host::EdgeProposer& proposer) { voice.proposer = &proposer; }, std::move(options));
  entries_.back()->voice = std::move(owned);
  return voice;
}

TestBed::Entry& TestBed::entry_of(const Participant& participant) {
  const auto found = std::ranges::find_if(
      entries_, [&participant](const auto& entry) { return entry->participant.get() == &participant; });
  CANTUS_ASSERT(found != entries_.end(), "the participant is one of this bed");
  return **found;
}

Participant& TestBed::participant_of(const Voice& voice) {
  const auto found =
      std::ranges::find_if(entries_, [&voice](const auto& entry) { return entry->voice.get() == &voice; });
  CANTUS_ASSERT(found != entries_.end(), "the voice is one of this bed");
  return *(*found)->participant;
}

void TestBed::kill(Participant& participant, bool orderly) {
  Entry& entry = entry_of(participant);
  loop_.remove(entry);
  entry.link->set_orderly(orderly);
  std::erase_if(entries_, [&entry](const auto& other) { return other.get() == &entry; });
}

void TestBed::kill(Voice& voice, bool orderly) { kill(participant_of(voice), orderly); }

const runtime::PlacePage& TestBed::page_of(const Participant& participant) { return *entry_of(participant).page; }

void TestBed::pause(Participant& participant, bool paused) { entry_of(participant).paused = paused; }

void TestBed::damage(Participant& participant, std::function<bool(const WishView&)> damages) {
  entry_of(participant).link->set_damages(std::move(damages));
}

// ---- the log -----------------------------------------------------------------------------------------------------

std::string TestBed::types_from(Seq from) const {
  std::string names;
  for (Seq seq = from; seq <= last(); seq = seq.next()) {
    if (at(seq).is<TimeTick>()) {
      continue;
    }
    const MessageInfo* const info = describe(at(seq).header->type, at(seq).header->version);
    names += names.empty() ? "" : " ";
    names += info != nullptr ? info->layout.name : "?";
  }
  return names;
}

}  // namespace cantus::test
