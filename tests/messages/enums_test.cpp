// Enumerations and topics as their tables say.
#include "messages/enums.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "messages/describe.h"
#include "messages/topics.h"

namespace cantus {
namespace {

TEST(Enums, NamesAreWhatIsPrinted) {
  EXPECT_EQ(name_of(Side::buy), "buy");
  EXPECT_EQ(name_of(OrdStatus::new_), "new");
  EXPECT_EQ(name_of(ServiceClass::operator_), "operator");
  EXPECT_EQ(name_of(static_cast<Side>(0)), "");
}

TEST(Enums, OnlyNumbersOfTheTableAreValues) {
  for (unsigned number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    EXPECT_EQ(enum_from<Side>(byte).has_value(), number == '1' || number == '2') << number;
    EXPECT_EQ(is_valid(static_cast<TimeInForce>(byte)), number == '0' || number == '3' || number == '4') << number;
  }
  EXPECT_EQ(enum_from<Side>('2'), Side::sell);
}

TEST(Enums, NumbersAndNamesAreUniqueWithinEach) {
  for (const EnumInfo* info : all_enums()) {
    std::set<std::uint8_t> numbers;
    std::set<std::string_view> names;
    for (const EnumValueInfo& value : info->values) {
      EXPECT_TRUE(numbers.insert(value.number).second) << info->name << ' ' << value.name;
      EXPECT_TRUE(names.insert(value.name).second) << info->name << ' ' << value.name;
      EXPECT_EQ(info->name_of(value.number), value.name);
    }
    EXPECT_FALSE(info->doc.empty()) << info->name;
  }
}

TEST(Topics, PathsReadBack) {
  std::set<std::string_view> paths;
  for (std::uint16_t id = 0; id < 64; ++id) {
    const std::string_view path = topic::path_of(TopicId(id));
    if (!path.empty()) {
      EXPECT_TRUE(paths.insert(path).second) << path;
      EXPECT_EQ(topic::by_path(path), TopicId(id));
    }
  }
  EXPECT_EQ(topic::path_of(topic::orders), "venue/orders");
  EXPECT_EQ(topic::path_of(TopicId(64)), "");
  EXPECT_EQ(topic::by_path("venue"), std::nullopt);
  EXPECT_EQ(topic::by_path(""), std::nullopt);
}

TEST(Topics, SecretsNeverLeave) {
  EXPECT_FALSE(topic::is_published(topic::secrets));
  EXPECT_FALSE(topic::is_published(topic::sessions));
  EXPECT_TRUE(topic::is_published(topic::outcomes));
  EXPECT_FALSE(topic::is_published(TopicId(63)));
}

TEST(TopicSet, HoldsWhatWasAdded) {
  TopicSet set = TopicSet::of(topic::control, topic::bench);
  EXPECT_TRUE(set.contains(topic::control));
  EXPECT_TRUE(set.contains(topic::bench));
  EXPECT_FALSE(set.contains(topic::orders));
  EXPECT_FALSE(set.intersects(TopicSet::of(topic::orders)));
  set.add(topic::orders);
  EXPECT_TRUE(set.intersects(TopicSet::of(topic::orders)));
  EXPECT_TRUE(TopicSet::all().contains(TopicId(63)));
  EXPECT_FALSE(TopicSet::all().contains(TopicId(64)));
  EXPECT_FALSE(TopicSet().intersects(TopicSet::all()));
}

}  // namespace
}  // namespace cantus
