// The opening of a first log, cut short at every record.
#include <gtest/gtest.h>

#include <memory>

#include "tests/sequencer/core_fixture.h"

namespace cantus::test {
namespace {

[[nodiscard]] Opening make(const OpeningContent& content) {
  auto opening = Opening::make(content, small_limits());
  CANTUS_ASSERT(opening.ok(), "the test's opening can stand");
  return std::move(opening).value();
}

TEST(SequencerOpening, GoesOnWhereADeathCutItShort) {
  Venue whole;
  const std::size_t size = whole.log().size();
  for (std::size_t cut = 1; cut <= size; ++cut) {
    TestLog log;
    SequencerCore core(small_limits());
    Opening opening = make(small_venue());
    for (std::size_t seq = 1; seq <= cut; ++seq) {
      ASSERT_TRUE(core.apply(whole.log().at(seq)));
      opening.observe(whole.log().at(seq));
    }
    EXPECT_EQ(opening.complete(), cut == size);
    ASSERT_TRUE(opening.resumable().ok());
    Batch batch(64 << 10);
    core.open_term(PassView{whole.now(), Seq(), TopicSet()}, Hash256{}, "test", batch);
    opening.append_to(core, batch);
    EXPECT_TRUE(core.opened());
    EXPECT_EQ(core.last(), Seq(size + 1)) << "nothing twice, nothing missing";
    EXPECT_EQ(core.publishers().size(), small_venue().publishers.size());
  }
}

TEST(SequencerOpening, RefusesToGoOnWithAnotherConfiguration) {
  Venue whole;
  OpeningContent other = small_venue();
  other.records[1] = other.records[0];
  for (std::size_t cut = 1; cut < whole.log().size(); ++cut) {
    Opening opening = make(other);
    for (std::size_t seq = 1; seq <= cut; ++seq) {
      opening.observe(whole.log().at(seq));
    }
    // Behind the announcements the 18th record of the log is the first that differs.
    EXPECT_EQ(opening.resumable().ok(), cut < 18 + announcements()) << cut;
  }
}

TEST(SequencerOpening, ACompleteLogNeedsNoConfiguration) {
  Venue whole;
  OpeningContent other = small_venue();
  other.venue_name = "another name";
  Opening opening = make(other);
  for (std::size_t seq = 1; seq <= whole.log().size(); ++seq) {
    opening.observe(whole.log().at(seq));
  }
  EXPECT_TRUE(opening.complete());
  EXPECT_TRUE(opening.resumable().ok());
}

TEST(SequencerOpening, IsTriedBeforeItIsWritten) {
  struct Row {
    const char* what;
    void (*change)(OpeningContent&);
  };
  const std::vector<Row> rows = {
      {"no venue", [](OpeningContent& c) { c.venue = VenueId(); }},
      {"no name", [](OpeningContent& c) { c.venue_name.clear(); }},
      {"a name that is too long", [](OpeningContent& c) { c.venue_name.assign(33, 'x'); }},
      {"a publisher without places", [](OpeningContent& c) { c.publishers[4].places = 0; }},
      {"a publisher with too many places", [](OpeningContent& c) { c.publishers[4].places = 17; }},
      {"a publisher without a name", [](OpeningContent& c) { c.publishers[4].name = {}; }},
      {"a publisher without an id", [](OpeningContent& c) { c.publishers[4].publisher = PublisherId(); }},
      {"two publishers of one name", [](OpeningContent& c) { c.publishers[5].name = c.publishers[4].name; }},
      {"too many publishers of outcomes",
       [](OpeningContent& c) {
         c.publishers.push_back(definition(PublisherId(30), "a", ServiceClass::outcome));
         c.publishers.push_back(definition(PublisherId(31), "b", ServiceClass::outcome));
       }},
      {"too many publishers",
       [](OpeningContent& c) {
         for (std::uint16_t i = 0; i < 3; ++i) {
           c.publishers.push_back(definition(PublisherId(30 + i), std::to_string(i), ServiceClass::input));
         }
       }},
      {"a grant to nobody", [](OpeningContent& c) { c.grants.push_back(grant(PublisherId(99), topic::orders)); }},
      {"a grant of the control topic", [](OpeningContent& c) { c.grants.push_back(grant(gateway_1, topic::control)); }},
      {"a grant of no topic", [](OpeningContent& c) { c.grants.push_back(grant(gateway_1, TopicId(64))); }},
      {"a record of an unknown publisher", [](OpeningContent& c) { c.records[0].publisher = PublisherId(99); }},
      {"a record as the sequencer", [](OpeningContent& c) { c.records[0].publisher = sequencer_publisher; }},
      {"a record on a topic that is not granted",
       [](OpeningContent& c) { c.records.push_back(InitialRecord::of(config, SessionHeld{})); }},
      {"a record that is too long", [](OpeningContent& c) { c.records[0].payload.resize(payload_bytes_max + 1); }},
      {"a record of the wrong size", [](OpeningContent& c) { c.records[0].payload.pop_back(); }},
  };
  for (const Row& row : rows) {
    OpeningContent content = small_venue();
    row.change(content);
    const auto opening = Opening::make(content, small_limits());
    ASSERT_FALSE(opening.ok()) << row.what;
    EXPECT_EQ(opening.error().code, ErrorCode::refused) << row.what;
  }
}

}  // namespace
}  // namespace cantus::test
