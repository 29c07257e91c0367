// The table as data: it says what the structs are, and the digest sees whatever readers depend on.
#include "messages/describe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "messages/record.h"

namespace cantus {
namespace {

TEST(Describe, KnowsEveryMessage) {
  std::size_t count = 0;
  for_each_message([&]<class M>() {
    ++count;
    const MessageInfo* const message = describe(M::type, M::version);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->topic, M::topic);
    EXPECT_EQ(message->layout.size, sizeof(M));
    EXPECT_EQ(message_named(message->layout.name), message);
  });
  EXPECT_EQ(all_messages().size(), count);
  EXPECT_EQ(describe(MessageType(65'000), 1), nullptr);
  EXPECT_EQ(describe(NewOrder::type, 200), nullptr);
  EXPECT_EQ(message_named("Nonsense"), nullptr);
}

TEST(Describe, FieldsAreWhatTheStructHolds) {
  const StructInfo& layout = message_named("NewOrder")->layout;
  std::vector<std::string> fields;
  for (const FieldInfo& field : layout.fields) {
    fields.push_back(std::to_string(field.offset) + ' ' + std::string(field.name) + ' ' + field.type_name() + ' ' +
                     std::string(name_of(field.unit)));
  }
  EXPECT_EQ(fields.at(0), "0 client ClientRef part");
  EXPECT_EQ(fields.at(1), "24 price i64 price");
  EXPECT_EQ(fields.at(4), std::to_string(offsetof(NewOrder, instrument)) + " instrument u32 id");
  EXPECT_EQ(fields.at(9), std::to_string(offsetof(NewOrder, cl_ord_id)) + " cl_ord_id text[32] text");
  const StructInfo& view = *message_named("OrderAccepted")->layout.fields[1].part;
  EXPECT_EQ(view.name, "OrderView");
  EXPECT_EQ(view.size, sizeof(OrderView));
}

TEST(Describe, NumbersAreReadWithTheirSign) {
  NewOrder order;
  order.price = Price(-5);
  order.order_qty = Qty(7);
  const StructInfo& layout = message_named("NewOrder")->layout;
  const auto bytes = payload_of(order);
  EXPECT_EQ(number_at(layout.fields[1], bytes.subspan(24, 8)), -5);
  EXPECT_EQ(number_at(layout.fields[2], bytes.subspan(32, 8)), 7);
  PartyDefined party;
  party.gross_notional_max = Notional((Int128{1} << 100) * -1);
  for (const FieldInfo& field : message_named("PartyDefined")->layout.fields) {
    if (field.name == "gross_notional_max") {
      EXPECT_EQ(number_at(field, payload_of(party).subspan(field.offset, field.size)), (Int128{1} << 100) * -1);
    }
  }
}

TEST(LayoutDigest, TellsEveryMessageApart) {
  std::set<Digest> digests;
  for (const MessageInfo& message : all_messages()) {
    EXPECT_TRUE(digests.insert(layout_digest(message)).second) << message.layout.name;
  }
  EXPECT_FALSE(digests.contains(table_digest()));
}

TEST(LayoutDigest, SeesEveryChangeOfALayout) {
  const MessageInfo& original = *message_named("OrderAccepted");
  const Digest digest = layout_digest(original);
  const auto changed = [&](auto&& change) {
    std::vector<FieldInfo> part(original.layout.fields[1].part->fields.begin(),
                                original.layout.fields[1].part->fields.end());
    StructInfo view = *original.layout.fields[1].part;
    std::vector<FieldInfo> fields(original.layout.fields.begin(), original.layout.fields.end());
    MessageInfo message = original;
    change(message, part);
    view.fields = part;
    fields[1].part = &view;
    message.layout.fields = fields;
    return layout_digest(message) != digest;
  };
  EXPECT_FALSE(changed([](MessageInfo&, std::vector<FieldInfo>&) {}));
  EXPECT_TRUE(changed([](MessageInfo& message, auto&) { message.version = 2; }));
  EXPECT_TRUE(changed([](MessageInfo& message, auto&) { message.type = MessageType(999); }));
  EXPECT_TRUE(changed([](MessageInfo& message, auto&) { message.topic = topic::bench; }));
  EXPECT_TRUE(changed([](MessageInfo& message, auto&) { message.layout.size += 8; }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { std::swap(part[3], part[4]); }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { part[2].name = "other"; }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { part[2].unit = Unit::ns; }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { part[2].kind = FieldKind::unsigned_number; }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { part.pop_back(); }));
  EXPECT_FALSE(changed([](MessageInfo&, auto& part) { part[2].doc = "a better sentence"; }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { part[2].max = 5; }));
  EXPECT_TRUE(changed([](MessageInfo&, auto& part) { part[2].min = 5; }));
  EnumInfo more;
  const std::array values{EnumValueInfo{}};
  more.values = values;
  EXPECT_TRUE(changed([&more](MessageInfo&, auto& part) {
    const auto one =
        std::find_if(part.begin(), part.end(), [](const FieldInfo& f) { return f.enumeration != nullptr; });
    ASSERT_NE(one, part.end());
    more.name = one->enumeration->name;
    one->enumeration = &more;
  }));
}

}  // namespace
}  // namespace cantus
