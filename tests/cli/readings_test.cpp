// What each application says that it reads is all that it looks at: where the rest of a log is what its build does not
// know, it computes the same.
#include "cli/readings.h"

#include <gtest/gtest.h>

#include <functional>

#include "refdata/app/session_days.h"
#include "sessions/outbound_index.h"
#include "sessions/session_machine.h"
#include "tests/replay/small_venue.h"

namespace cantus::cli {
namespace {

using test::SmallVenue;

// The machines of an application; digest of all of them.
class Host {
 public:
  virtual ~Host() = default;
  virtual void apply(const Event& event) = 0;
  [[nodiscard]] virtual Digest digest() const = 0;
};

template <class Application>
class One final : public Host {
 public:
  void apply(const Event& event) override { machine_.apply(event); }
  [[nodiscard]] Digest digest() const override { return machine_.digest(); }

 private:
  Application machine_;
};

class SessionHost : public Host {
 public:
  void apply(const Event& event) override {
    refdata_.apply(event);
    sessions_.apply(event);
    index_.apply(event);
    days_.apply(event, sessions_.effect());
  }
  [[nodiscard]] Digest digest() const override {
    SnapshotWriter out;
    sessions_.save(out);
    index_.save(out);
    days_.save(out);
    const auto bytes = std::move(out).finish();
    DigestBuilder digest;
    digest.add(refdata_.digest()).add_bytes(*bytes);
    return digest.digest();
  }

 protected:
  ReferenceData refdata_;
  SessionMachine sessions_{refdata_};
  OutboundIndex index_{refdata_, sessions_};
  refdata::SessionDays days_{refdata_};
};

// Only what a scheduler goes by: whose day it is, and which generation is current.
class SchedulerHost final : public SessionHost {
 public:
  [[nodiscard]] Digest digest() const override {
    DigestBuilder digest;
    digest.add(refdata_.digest()).add(days_.digest());
    return digest.digest();
  }
};

template <class Hosted>
Digest played(const SmallVenue& venue, TopicSet known) {
  Hosted host;
  for (Seq seq(1); seq <= venue.script.last(); seq = seq.next()) {
    const Event event = venue.script.at(seq);
    RecordHeader header = *event.header;
    header.version = known.contains(header.topic) ? header.version : std::uint8_t{15};
    host.apply(Event{&header, event.payload});
  }
  return host.digest();
}

template <class Hosted>
void expect_suffices(const Reading& reading, std::initializer_list<TopicId> needed) {
  const SmallVenue venue;
  const Digest whole = played<Hosted>(venue, TopicSet::all());
  EXPECT_EQ(played<Hosted>(venue, reading.topics), whole);
  for (const TopicId topic : needed) {
    const TopicSet without(reading.topics.bits() & ~TopicSet::of(topic).bits());
    EXPECT_NE(played<Hosted>(venue, without), whole) << topic::path_of(topic) << " is needed";
  }
}

TEST(Readings, OfMatching) {
  expect_suffices<One<MatchingApplication>>(
      matching_reading,
      {topic::refdata, topic::sessions, topic::orders, topic::outcomes, topic::market_data, topic::report_acks});
}

TEST(Readings, OfTheReporter) {
  expect_suffices<One<ReportApplication>>(reporter_reading, {topic::refdata, topic::sessions, topic::orders,
                                                             topic::outcomes, topic::reports, topic::report_acks});
}

TEST(Readings, OfGatewaysAndTheTradeReporter) {
  const auto needed = {topic::refdata,  topic::sessions, topic::orders,
                       topic::outcomes, topic::reports,  topic::report_acks};
  expect_suffices<SessionHost>(trade_reporter_reading, needed);
  expect_suffices<SessionHost>(gateway_reading, needed);
}

TEST(Readings, OfTheScheduler) { expect_suffices<SchedulerHost>(scheduler_reading, {topic::refdata}); }

TEST(Readings, OfWhoHeedsWhatTheScheduleSaysOfTheLogsEnd) {
  FormatAnnounced later;
  later.announced = RollDue::type;
  later.announced_version = RollDue::version + 1;
  later.on_topic = RollDue::topic;
  EXPECT_TRUE(scheduler_reading.concerns(later));
  EXPECT_TRUE(sequencer_reading.concerns(later));
  EXPECT_FALSE(gateway_reading.concerns(later));
}

TEST(Readings, ApplicationsAreKnownByWhatTheyMayWrite) {
  Publishing publishing;
  const auto define = [&](std::uint16_t id, const char* name, TopicId topic) {
    PublisherDefined defined;
    defined.publisher = PublisherId(id);
    defined.name = FixedString<32>(name);
    publishing.apply(defined);
    PublishGranted granted;
    granted.publisher = PublisherId(id);
    granted.granted = topic;
    publishing.apply(granted);
  };
  define(3, "matching", topic::outcomes);
  define(10, "west", topic::orders);
  define(40, "quotes", topic::market_data);
  const auto kind_of = [&](const char* name) {
    const ApplicationReading* const found = reading_of(name, publishing);
    return found == nullptr ? "nobody" : found->kind;
  };
  EXPECT_EQ(kind_of("matching"), "matching");
  EXPECT_EQ(kind_of("west"), "gateways");
  EXPECT_EQ(kind_of("quotes"), "market data");
  EXPECT_EQ(kind_of("audit"), "audit") << "it may write nothing";
  EXPECT_EQ(kind_of("stranger"), "nobody");
}

}  // namespace
}  // namespace cantus::cli
