// A core together with the log that it writes, and publishers to propose to it.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sequencer/core.h"
#include "sequencer/opening.h"

namespace cantus::test {

inline constexpr VenueId venue{0x5eed};
inline constexpr PublisherId config{2};
inline constexpr PublisherId matching{3};
inline constexpr PublisherId scheduler{5};
inline constexpr PublisherId gateway_1{10};
inline constexpr PublisherId gateway_2{11};

[[nodiscard]] inline PublisherDefined definition(PublisherId id, const std::string& name, ServiceClass service,
                                                 std::uint16_t places = 1) {
  PublisherDefined defined;
  defined.publisher = id;
  defined.places = places;
  defined.service_class = service;
  defined.name = FixedString<32>(name);
  return defined;
}

[[nodiscard]] inline PublishGranted grant(PublisherId id, TopicId topic) {
  PublishGranted granted;
  granted.publisher = id;
  granted.granted = topic;
  return granted;
}

// Small windows, so that tests see their end.
[[nodiscard]] inline SequencerLimits small_limits() {
  SequencerLimits limits;
  limits.publishers_max = 8;
  limits.outcome_publishers_max = 2;
  limits.outcome_window = 64;
  limits.other_window = 16;
  return limits;
}

[[nodiscard]] inline OpeningContent small_venue() {
  OpeningContent content;
  content.venue = venue;
  content.venue_name = "test";
  content.publishers = {definition(sequencer_publisher, "sequencer", ServiceClass::operator_),
                        definition(config, "config", ServiceClass::operator_),
                        definition(matching, "matching", ServiceClass::outcome, 2),
                        definition(scheduler, "scheduler", ServiceClass::operator_),
                        definition(gateway_1, "gateway-1", ServiceClass::input),
                        definition(gateway_2, "gateway-2", ServiceClass::input)};
  content.grants = {grant(sequencer_publisher, topic::control),
                    grant(config, topic::refdata),
                    grant(matching, topic::outcomes),
                    grant(scheduler, topic::refdata),
                    grant(gateway_1, topic::orders),
                    grant(gateway_1, topic::sessions),
                    grant(gateway_2, topic::orders),
                    grant(gateway_2, topic::sessions)};
  content.records = {InitialRecord::of(config, VenueDefined{}), InitialRecord::of(config, ReferenceDataComplete{})};
  return content;
}

[[nodiscard]] inline FormatAnnounced format(std::uint16_t type, std::uint8_t version, TopicId topic,
                                            std::size_t bytes) {
  FormatAnnounced announced;
  announced.announced = MessageType(type);
  announced.announced_version = version;
  announced.on_topic = topic;
  announced.payload_bytes = static_cast<std::uint16_t>(bytes);
  announced.name = FixedString<32>("NewThing");
  return announced;
}

// Records of formats and rules behind LogOpened.
[[nodiscard]] inline std::size_t announcements() {
  const OpeningContent content;
  return content.formats.size() + content.rules.size();
}

// A proposal as it lies in a ring.
struct Proposal {
  ProposalHeader header;
  std::vector<std::byte> payload;

  template <class M>
  [[nodiscard]] static Proposal of(std::uint64_t number, const M& message) {
    Proposal proposal;
    const auto bytes = payload_of(message);
    proposal.payload.assign(bytes.begin(), bytes.end());
    proposal.header.type = M::type;
    proposal.header.version = M::version;
    proposal.header.topic = M::topic;
    proposal.header.venue = venue;
    proposal.header.publisher_seq = PublisherSeq(number);
    proposal.seal();
    return proposal;
  }
  // Makes length and checksum right for what it holds now.
  void seal() {
    header.length = static_cast<std::uint32_t>(sizeof(ProposalHeader) + payload.size());
    header.crc = checksum_of(header, payload);
  }
};

[[nodiscard]] inline Proposal order(std::uint64_t number, std::int64_t qty = 100) {
  NewOrder message;
  message.order_qty = Qty(qty);
  return Proposal::of(number, message);
}
[[nodiscard]] inline Proposal outcome(std::uint64_t number, std::uint64_t cause = 1) {
  OrderAccepted message;
  message.cause = Seq(cause);
  return Proposal::of(number, message);
}
[[nodiscard]] inline Proposal held(std::uint64_t number) { return Proposal::of(number, SessionHeld{}); }

// The log as bytes that stay where they are.
class TestLog {
 public:
  void append(const Batch& batch) {
    for (std::span<const std::byte> rest = batch.records(); !rest.empty();) {
      RecordHeader header;
      std::memcpy(&header, rest.data(), sizeof(header));
      const std::size_t bytes = aligned_record(header.length);
      auto& words = records_.emplace_back(bytes / sizeof(std::uint64_t));
      std::memcpy(words.data(), rest.data(), bytes);
      rest = rest.subspan(bytes);
    }
  }
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  [[nodiscard]] Event at(std::size_t seq) const {
    const auto* const bytes = reinterpret_cast<const std::byte*>(records_[seq - 1].data());
    return Event{reinterpret_cast<const RecordHeader*>(bytes), bytes + sizeof(RecordHeader)};
  }
  [[nodiscard]] Event last() const { return at(size()); }
  void cut(std::size_t size) { records_.resize(size); }

 private:
  std::deque<std::vector<std::uint64_t>> records_;
};

// One sequencer process after the other over one log.
class Venue {
 public:
  explicit Venue(const OpeningContent& content = small_venue(), SequencerLimits limits = small_limits())
      : limits_(limits) {
    core_ = std::make_unique<SequencerCore>(limits_);
    core_->set_venue(venue, LogNumber(1));
    core_->open_term(view(), Hash256{}, "test", batch_);
    commit();
    auto opening = Opening::make(content, limits_);
    CANTUS_ASSERT(opening.ok(), "the test's opening can stand");
    while (!opening->complete()) {
      opening->append_to(*core_, batch_);
      commit();
    }
  }

  SequencerCore& core() { return *core_; }
  TestLog& log() { return log_; }
  Batch& batch() { return batch_; }
  [[nodiscard]] TimeNs now() const { return now_; }
  void advance(std::int64_t ns) { now_ = TimeNs(now_.get() + ns); }
  void set_now(TimeNs now) { now_ = now; }
  void hold(TopicSet waits) { waits_ = waits; }

  // What the batch holds goes to the log; returns how many records.
  std::size_t commit() {
    const std::size_t count = batch_.count();
    log_.append(batch_);
    batch_.clear();
    return count;
  }
  void begin_pass() { core_->begin_pass(view()); }

  Attached attach(const std::string& publisher, std::uint16_t place = 0, Incarnation incarnation = {},
                  std::uint32_t process = 77) {
    begin_pass();
    const Attached attached = core_->attach({publisher, PlaceId(place), process, incarnation, "build"}, batch_);
    commit();
    return attached;
  }
  Admission propose(PlaceRef place, const Proposal& proposal) {
    begin_pass();
    const Admission admission = core_->admit(place, proposal.header, proposal.payload, batch_);
    commit();
    return admission;
  }
  // As an operator's signed command has it done.
  template <class M>
  Status carry_out(const M& change) {
    begin_pass();
    Status done = core_->carry_out(change, batch_);
    commit();
    return done;
  }
  void lose(PlaceRef place, LostReason reason = LostReason::process_gone) {
    begin_pass();
    core_->lose(place, reason, batch_);
    commit();
  }
  std::size_t tick() {
    begin_pass();
    while (core_->tick(batch_)) {
    }
    return commit();
  }

  // A core that has only read the log.
  [[nodiscard]] std::unique_ptr<SequencerCore> rebuilt() const {
    auto core = std::make_unique<SequencerCore>(limits_);
    for (std::size_t seq = 1; seq <= log_.size(); ++seq) {
      const Status applied = core->apply(log_.at(seq));
      CANTUS_ASSERT(applied.ok(), "what the core wrote can be read");
    }
    return core;
  }
  // The process dies; another one opens the next term.
  void restart() {
    core_ = rebuilt();
    core_->open_term(view(), Hash256{}, "test", batch_);
    commit();
  }

 private:
  [[nodiscard]] PassView view() const { return PassView{now_, Seq(log_.size()), waits_}; }

  SequencerLimits limits_;
  TimeNs now_{1'000'000'000'000};
  TopicSet waits_;
  Batch batch_{64 << 10};
  TestLog log_;
  std::unique_ptr<SequencerCore> core_;
};

}  // namespace cantus::test
