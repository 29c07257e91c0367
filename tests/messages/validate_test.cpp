// Validation: every sample of the table passes, and each kind of fault is named with its field.
#include "messages/validate.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "messages/tools/sample.h"

namespace cantus {
namespace {

template <class M>
M typical() {
  const auto payload = sample_payload(*describe(M::type, M::version), SampleKind::typical);
  M message;
  std::memcpy(&message, payload.data(), sizeof(message));
  return message;
}

template <class M, class Change>
std::string fault_after(Change change) {
  M message = typical<M>();
  change(message);
  return validate(message).value_or("none");
}

template <std::size_t N>
void set_byte(FixedString<N>& text, std::size_t at, char value) {
  reinterpret_cast<char*>(&text)[at] = value;
}

TEST(Validate, EverySampleIsValid) {
  for (const MessageInfo& message : all_messages()) {
    for (const SampleKind kind : {SampleKind::least, SampleKind::greatest, SampleKind::typical}) {
      EXPECT_EQ(validate(message.type, message.version, sample_payload(message, kind)), std::nullopt);
    }
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      ASSERT_EQ(validate(message.type, message.version, sample_payload(message, SampleKind::random, seed)),
                std::nullopt)
          << seed;
    }
  }
}

TEST(Validate, NamesTheFieldAndTheFault) {
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.client.number = MsgSeqNum(0); }),
            "NewOrder.client.number: 0 is below 1");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.client.flags = 4; }), "NewOrder.client.flags: 4 is above 3");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.order_qty = Qty(-1); }), "NewOrder.order_qty: -1 is below 0");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.cl_ord_id = {}; }),
            "NewOrder.cl_ord_id: a text of 0 bytes is shorter than 1");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { set_byte(m.cl_ord_id, 31, 'x'); }),
            "NewOrder.cl_ord_id: bytes behind the end of the text are not zero");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { set_byte(m.account, 2, '\x01'); }),
            "NewOrder.account: a text holds the FIX delimiter");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.reserved.zero[0] = 1; }),
            "NewOrder.reserved: reserved bytes are not zero");
  EXPECT_EQ(fault_after<OrderAccepted>([](OrderAccepted& m) { m.order.side = static_cast<Side>(9); }),
            "OrderAccepted.order.side: 9 is no value of Side");
  EXPECT_EQ(fault_after<TradingDayStarted>([](TradingDayStarted& m) { m.date = 0; }),
            "TradingDayStarted.date: 0 is below 19700101");
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.price = Price(-1); }), "none");
}

TEST(Validate, ATextOfFullLengthIsAllowed) {
  EXPECT_EQ(fault_after<NewOrder>([](NewOrder& m) { m.cl_ord_id = FixedString<32>(std::string(32, 'x')); }), "none");
}

TEST(Validate, JudgesSizeTypeAndVersion) {
  const std::vector<std::byte> payload(sizeof(NewOrder) - 1);
  EXPECT_EQ(validate(NewOrder::type, NewOrder::version, payload),
            "NewOrder: the payload has " + std::to_string(sizeof(NewOrder) - 1) + " bytes, not " +
                std::to_string(sizeof(NewOrder)));
  EXPECT_EQ(validate(MessageType(65'000), 1, payload), "no message has type 65000 and version 1");
  EXPECT_EQ(validate(NewOrder::type, 99, payload), "no message has type 40 and version 99");
  EXPECT_NE(validate(NewOrder::type, NewOrder::version, {}), std::nullopt);
}

}  // namespace
}  // namespace cantus
