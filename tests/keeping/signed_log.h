// A log on simulated files with what a venue says of its sealed segments: the sequencer's seals, the keeper's heads.
#pragma once

#include <memory>
#include <vector>

#include "keeping/head_signer.h"
#include "keeping/heads_on_log.h"
#include "messages/formats.h"
#include "tests/eventlog/support.h"
#include "tests/refdata/two_signers.h"

namespace cantus::keeping::test {

inline constexpr PublisherId keeper_publisher{60};

// Holds proposals until the test puts them on the log.
class HeldProposals final : public host::EdgeProposer {
 public:
  [[nodiscard]] bool can_propose(std::size_t /*count*/) const override { return open; }
  PublisherSeq propose(MessageType type, std::uint8_t version, TopicId topic,
                       std::span<const std::byte> payload) override {
    held.push_back({type, version, topic, {payload.begin(), payload.end()}});
    return PublisherSeq(++number);
  }
  void take_back(const std::function<bool(const WishView&)>& /*stale*/) override {}
  [[nodiscard]] std::weak_ptr<runtime::SendGate> send_gate() override { return {}; }
  [[nodiscard]] bool client_input_open() const override { return true; }
  [[nodiscard]] PublisherId publisher() const override { return keeper_publisher; }

  std::vector<host::Proposal> held;
  std::uint64_t number = 0;
  bool open = true;
};

class SignedLog {
 public:
  SignedLog() {
    CANTUS_ASSERT(venue.open().ok(), "it is opened");
    put(LogOpened{identity().venue, {}, {}, identity().log, {}});
    for (const FormatAnnounced& format : known_formats()) {  // of which commands may speak
      put(format, PublisherId(1));
    }
    for (const OperatorDefined& person : signers.defined()) {
      put(person);
    }
    put(ReferenceDataComplete{});
    start_signer();
  }
  static eventlog::LogIdentity identity() { return eventlog::test::identity; }

  // At the end of the log.
  template <class M>
  void put(const M& message, PublisherId publisher = PublisherId(2)) {
    put({M::type, M::version, M::topic, {payload_of(message).begin(), payload_of(message).end()}}, publisher, {});
  }
  // Segments more, sealed and said to be; nobody has signed anything of them.
  void seal_more() {
    const std::size_t before = directory().segments.size();
    CANTUS_ASSERT(venue.append(60, 400).ok(), "it is written");
    venue.listener->wait_sealed(before + 1);
    say_seals();
  }
  void say_seals() {
    const eventlog::Directory listed = directory();
    for (; said_ < listed.segments.size(); ++said_) {
      put(as_message(listed.segments[said_]), PublisherId(1));
    }
  }
  [[nodiscard]] eventlog::Directory directory() {
    return *eventlog::read_directory(venue.files, venue.options.journal);
  }

  // A signer that reads the log from its begin.
  void start_signer() {
    signer = std::make_unique<HeadSigner>(venue.files, data, venue.options.journal);
    signer->use(proposer);
    proposer.held.clear();
    reader_ = *venue.reader();
  }
  // It reads to the end; what it proposes meanwhile is held.
  void read_on() {
    for (;;) {
      const auto event = reader_->next();
      CANTUS_ASSERT(event.ok(), "the log can be read");
      if (!event->has_value()) {
        return;
      }
      signer->apply(**event);
    }
  }
  // What is held stands on the log.
  void admit_held() {
    const std::vector<host::Proposal> held = std::exchange(proposer.held, {});
    for (const host::Proposal& proposal : held) {
      put(proposal, keeper_publisher, PublisherSeq(proposer.number));
    }
  }
  // Everything that is sealed is signed.
  void sign_all() {
    for (read_on(); !proposer.held.empty(); read_on()) {
      admit_held();
    }
  }
  [[nodiscard]] HeadsOnLog heads() { return *HeadsOnLog::read(**venue.reader()); }

  // The last record whose segment has a signed head.
  [[nodiscard]] Seq last_signed() { return directory().segments[heads().keys().signed_through() - 1].last; }

  // Operators sign for another key; what became of it.
  CommandResult rotate(const HeadKeyDefined& key) {
    const auto refdata = state();
    return signers.run(*refdata, OperatorRole::operations, {part_of(key, 0)}, [&](const auto& message) {
      put(message, cantus::test::operators_publisher);
      apply_rest(*refdata);
    });
  }
  // Key `number`, for which the one before vouches if it is given; its secret half lies in its file.
  HeadKeyDefined make_key(std::uint32_t number, const HeadKey* before) {
    return name_key(identity().venue, number, *make_head_key(venue.files, data), before);
  }
  [[nodiscard]] HeadKey secret(std::uint32_t number) {
    return *read_head_key(venue.files, data, state()->head_keys().all()[number - 1].key);
  }
  [[nodiscard]] std::unique_ptr<ReferenceData> state() {
    auto refdata = std::make_unique<ReferenceData>();
    applied_ = *venue.reader();
    apply_rest(*refdata);
    return refdata;
  }

  const std::filesystem::path data = "/data";
  eventlog::test::Venue venue;
  cantus::test::TwoSigners signers{identity().venue, identity().log};
  HeldProposals proposer;
  std::unique_ptr<HeadSigner> signer;
  std::int64_t later_ns = 0;  // what is put from here on stands so much later

 private:
  void put(const host::Proposal& message, PublisherId publisher, PublisherSeq number) {
    RecordHeader header;
    header.type = message.type;
    header.version = message.version;
    header.topic = message.topic;
    header.publisher = publisher;
    header.publisher_seq = number;
    header.term = Term(1);
    header.seq = venue.journal->last().next();
    header.time = TimeNs(static_cast<std::int64_t>(1'000'000 + header.seq.get() * 1000) + later_ns);
    header.venue = identity().venue;
    header.log = identity().log;
    std::vector<std::byte> record;
    build_record(record, header, message.payload);
    venue.listener->wait(
        [&] { return venue.journal->has_room(record.size(), eventlog::RoomFor::outcomes_and_sessions); });
    CANTUS_ASSERT(venue.journal->append(Term(1), venue.journal->last(), record).ok(), "it is written");
  }
  void apply_rest(ReferenceData& refdata) {
    for (auto event = applied_->next(); event.ok() && event->has_value(); event = applied_->next()) {
      refdata.apply(**event);
    }
  }

  std::unique_ptr<eventlog::LogReader> reader_;
  std::unique_ptr<eventlog::LogReader> applied_;
  std::size_t said_ = 0;
};

}  // namespace cantus::keeping::test
