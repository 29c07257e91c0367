// What a log announces and which rules hold on it: as state, as bytes, and as what stops a program.
#include "messages/formats.h"

#include <gtest/gtest.h>

#include <memory>

#include "messages/describe.h"

namespace cantus {
namespace {

constexpr VenueId venue{7};

class Log {
 public:
  template <class M>
  Event put(const M& message) {
    RecordHeader header;
    header.type = M::type;
    header.version = M::version;
    header.topic = M::topic;
    header.seq = seq_ = seq_.next();
    header.log = LogNumber(1);
    header.venue = venue;
    auto& bytes = *records_.emplace_back(std::make_unique<std::vector<std::byte>>());
    build_record(bytes, header, payload_of(message));
    return Event{reinterpret_cast<const RecordHeader*>(bytes.data()), bytes.data() + sizeof(RecordHeader)};
  }

 private:
  Seq seq_;
  std::vector<std::unique_ptr<std::vector<std::byte>>> records_;
};

FormatAnnounced unknown() {
  FormatAnnounced format;
  format.announced = MessageType(200);
  format.announced_version = 1;
  format.on_topic = topic::outcomes;
  format.payload_bytes = 8;
  format.name = FixedString<32>("NewThing");
  return format;
}

TEST(Formats, OfTheTableAreKnownWithTheirLayouts) {
  const std::vector<FormatAnnounced> known = known_formats();
  ASSERT_EQ(known.size(), all_messages().size());
  for (FormatAnnounced format : known) {
    EXPECT_TRUE(is_known(format)) << text_of(format);
    const MessageInfo* const message = describe(format.announced, format.announced_version);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(format.on_topic, message->topic);
    EXPECT_EQ(format.payload_bytes, message->layout.size);
    format.layout.bytes[3] ^= std::byte{1};
    EXPECT_FALSE(is_known(format)) << "another layout is another format";
  }
  EXPECT_FALSE(is_known(unknown()));
}

TEST(Formats, AreFoundByTypeAndVersionFromTheirAnnouncementOn) {
  Formats formats;
  EXPECT_FALSE(formats.announced<Trade>());
  EXPECT_EQ(formats.newest(Trade::type), 0);
  const LogSeq position(LogNumber(1), Seq(5));
  for (const FormatAnnounced& format : known_formats()) {
    formats.apply(format, position);
  }
  EXPECT_TRUE(formats.announced<Trade>());
  EXPECT_EQ(formats.newest(Trade::type), 1);
  EXPECT_EQ(formats.find(Trade::type, 2), nullptr);
  EXPECT_EQ(formats.find(MessageType(65'535), 255), nullptr);
  EXPECT_EQ(formats.all().size(), all_messages().size());
  formats.apply(announcement_of(*message_named("Trade")), LogSeq(LogNumber(1), Seq(6)));
  EXPECT_EQ(formats.find(Trade::type, 1)->position, position) << "the first announcement counts";
}

TEST(Formats, WithoutRoomChangeNothing) {
  Formats formats;
  FormatAnnounced format = unknown();
  for (std::uint16_t i = 0; i < 2 * Formats::formats_max; ++i) {
    format.announced = MessageType(i % 256);
    format.announced_version = static_cast<std::uint8_t>(1 + i / 256 % 15);
    formats.apply(format, LogSeq(LogNumber(1), Seq(1)));
  }
  EXPECT_TRUE(formats.full());
  EXPECT_EQ(formats.all().size(), Formats::formats_max);
  format.announced_version = 255;
  formats.apply(format, LogSeq(LogNumber(1), Seq(1)));
}

TEST(Rules, HoldSetOneUntilTheLogSaysOtherwise) {
  Rules rules;
  EXPECT_EQ(rules.set_of(std::uint16_t{9}), 1);
  RuleActivated activated;
  activated.rule = 9;
  activated.set = 4;
  activated.name = FixedString<32>("rule");
  rules.apply(activated, LogSeq(LogNumber(1), Seq(5)));
  EXPECT_EQ(rules.set_of(std::uint16_t{9}), 4);
  EXPECT_EQ(rules.set_of(std::uint16_t{60'000}), 1);
  activated.rule = 60'000;
  rules.apply(activated, LogSeq(LogNumber(1), Seq(6)));
  ASSERT_EQ(rules.activations().size(), 1U);
  EXPECT_EQ(rules.activations()[0].set, 4);
}

TEST(Announcements, AreRestoredFromASnapshotWhateverThisBuildKnows) {
  Log log;
  Announcements before;
  for (const FormatAnnounced& format : known_formats()) {
    before.apply(log.put(format));
  }
  before.apply(log.put(unknown()));
  RuleActivated rule;
  rule.rule = 63;
  rule.set = 7;
  rule.owner = RuleOwner::matching;
  rule.name = FixedString<32>("unheard_of");
  before.apply(log.put(rule));
  const auto digest_of = [](const Announcements& announcements) {
    DigestBuilder digest;
    announcements.digest_into(digest);
    return digest.digest();
  };
  SnapshotWriter out;
  out.section("one", 1, digest_of(before), [&] { before.save(out); });
  const auto bytes = std::move(out).finish();
  ASSERT_TRUE(bytes.ok());
  const auto sections = SnapshotSections::parse({venue, LogSeq(LogNumber(1), Seq(500)), TimeNs(1)}, *bytes);
  ASSERT_TRUE(sections.ok());
  Announcements after;
  const Status restored = sections->restore(
      "one", 1, [&](SectionReader& in) { after.restore(in); }, [&] { return digest_of(after); });
  ASSERT_TRUE(restored.ok()) << restored.error().text;
  // Whoever starts from there stops as if it had read the records.
  const std::string at = std::to_string(known_formats().size() + 1);
  EXPECT_EQ(after.why_unreadable(Reading())->find("record " + at + " announces NewThing"), 0U);
  EXPECT_EQ(after.why_unreadable({TopicSet::of(topic::orders), RuleOwners::of(RuleOwner::credit)}), std::nullopt);
  EXPECT_NE(after.why_unreadable({TopicSet::of(topic::orders), RuleOwners::of(RuleOwner::matching)})
                ->find("activates set 7 of the rule unheard_of"),
            std::string::npos);
  // A build that has another layout of the section replays.
  EXPECT_EQ(sections
                ->restore(
                    "one", 2, [](SectionReader&) {}, [] { return Digest(); })
                .error()
                .code,
            ErrorCode::not_supported);
}

TEST(Reading, StopsAtWhatItMustKnowAlone) {
  Log log;
  const Reading orders{TopicSet::of(topic::orders), RuleOwners::of(RuleOwner::credit)};
  const Reading outcomes{TopicSet::of(topic::outcomes), RuleOwners::of(RuleOwner::matching)};
  const Event announcement = log.put(unknown());
  EXPECT_EQ(why_unreadable(announcement, orders), std::nullopt);
  ASSERT_TRUE(why_unreadable(announcement, outcomes));
  EXPECT_EQ(*why_unreadable(announcement, outcomes),
            "record 1 announces NewThing (type 200 version 1, layout 00000000000000000000000000000000), which this "
            "build does not know; stopped before it");
  FormatAnnounced other = announcement_of(*message_named("Trade"));
  other.layout.bytes[0] ^= std::byte{1};
  EXPECT_NE(why_unreadable(log.put(other), outcomes)->find("which this build knows with another layout"),
            std::string::npos);
  Announcements announced;
  announced.apply(announcement);
  EXPECT_EQ(announced.who_can_read(Reading()), "start a newer build");
  announced.apply(log.put(other));
  EXPECT_EQ(announced.who_can_read(Reading()), "no newer build can either: start the one that wrote it");
  EXPECT_EQ(announced.who_can_read(orders), "start a newer build") << "that is no matter of what it reads";
  RuleActivated rule = activation_of(all_rules()[0], 99);
  EXPECT_EQ(why_unreadable(log.put(rule), orders), std::nullopt);
  EXPECT_TRUE(why_unreadable(log.put(rule), outcomes));
  rule.set = all_rules()[0].sets;
  EXPECT_EQ(why_unreadable(log.put(rule), outcomes), std::nullopt);
  // Another rule of the same number is unknown, and one whose owner nobody knows may be anybody's.
  rule.name = FixedString<32>("another");
  EXPECT_TRUE(why_unreadable(log.put(rule), outcomes));
  rule.owner = static_cast<RuleOwner>(77);
  EXPECT_TRUE(why_unreadable(log.put(rule), orders));
}

}  // namespace
}  // namespace cantus
