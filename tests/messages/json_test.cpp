// Records as JSON: exact values, valid for any bytes, secrets masked.
#include "messages/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "messages/tools/sample.h"

namespace cantus {
namespace {

std::string json_of(const RecordHeader& header, std::span<const std::byte> payload) {
  std::vector<std::byte> record;
  build_record(record, header, payload);
  Event event;
  EXPECT_EQ(read_record(record, event), RecordFault::none);
  return to_json(event);
}

template <class M>
RecordHeader header_of() {
  RecordHeader header;
  header.type = M::type;
  header.version = M::version;
  header.topic = M::topic;
  header.publisher = PublisherId(10);
  header.term = Term(2);
  header.seq = Seq(1042);
  header.time = TimeNs(1'795'262'400'000'000'001);
  header.publisher_seq = PublisherSeq(17);
  header.synced = Seq(1040);
  header.venue = VenueId(0xabc);
  header.log = LogNumber(3);
  return header;
}

TEST(Json, ARecordOnOneLine) {
  NewOrder order;
  order.client = {LogSeq(LogNumber(3), Seq(1000)), SessionId(5), Generation(1), MsgSeqNum(2), 0};
  order.price = Price(19'025'000'000);
  order.order_qty = Qty(100);
  order.transact_time = TimeNs(1'795'262'400'000'000'000);
  order.instrument = InstrumentId(1);
  order.side = '1';
  order.ord_type = '2';
  order.time_in_force = '\0';
  order.cl_ord_id = FixedString<32>("A\"1");
  order.symbol = FixedString<16>("AAPL");
  const std::string text = json_of(header_of<NewOrder>(), payload_of(order));
  const std::size_t crc = text.find("\"crc\":");
  ASSERT_NE(crc, std::string::npos);
  EXPECT_EQ(
      text.substr(0, crc),
      R"({"seq":1042,"time":"2026-11-21T12:00:00.000000001Z","type":"NewOrder","version":1,"topic":"venue/orders",)"
      R"("publisher":10,"publisher_seq":17,"log":3,"term":2,"synced":1040,"venue":"0000000000000abc","length":184,)");
  EXPECT_EQ(
      text.substr(text.find("\"body\":")),
      R"("body":{"client":{"epoch":"3-1000","session":5,"generation":1,"number":2,"flags":0},"price":"190.25",)"
      R"("order_qty":100,"transact_time":"2026-11-21T12:00:00.000000000Z","instrument":1,"side":"1","ord_type":"2",)"
      R"("time_in_force":"","cl_ord_id":"A\"1","account":"","symbol":"AAPL"}})");
}

TEST(Json, EnumerationsByNameFlagsAsTruthNotionalsExact) {
  OrderView view;
  view.side = Side::sell;
  view.ord_status = OrdStatus::new_;
  view.time_in_force = static_cast<TimeInForce>(200);
  view.cum_notional = Notional(static_cast<Int128>(price_max.get()) * 1'000'000'007);
  Trade trade;
  trade.aggressor_is_first = 1;
  trade.first = view;
  const auto body = nlohmann::json::parse(json_of(header_of<Trade>(), payload_of(trade)))["body"];
  EXPECT_EQ(body["aggressor_is_first"], true);
  EXPECT_EQ(body["first"]["side"], "sell");
  EXPECT_EQ(body["first"]["ord_status"], "new");
  EXPECT_EQ(body["first"]["time_in_force"], 200);
  EXPECT_EQ(body["first"]["order_id"], nullptr);
  EXPECT_EQ(body["first"]["cum_notional"], to_text(view.cum_notional));
  EXPECT_FALSE(body.contains("reserved"));
}

TEST(Json, PaddingIsSeenWhereItIsNotZero) {
  TimeTick tick;
  tick.reserved.zero[7] = 0xab;
  EXPECT_TRUE(json_of(header_of<TimeTick>(), payload_of(tick)).ends_with(R"("body":{"reserved":"00000000000000ab"}})"));
}

TEST(Json, SecretsAreMasked) {
  const MessageInfo& message = *message_named("PasswordVerifier");
  auto payload = sample_payload(message, SampleKind::typical);
  const auto body = nlohmann::json::parse(json_of(header_of<PasswordVerifier>(), payload))["body"];
  EXPECT_EQ(body["salt"], "***");
  EXPECT_EQ(body["verifier"], "***");
  EXPECT_TRUE(body["session"].is_number());

  RecordHeader unknown = header_of<PasswordVerifier>();
  unknown.version = 99;
  EXPECT_TRUE(json_of(unknown, payload).ends_with(R"("payload":"***"})"));
  payload.push_back(std::byte{1});
  EXPECT_TRUE(json_of(header_of<PasswordVerifier>(), payload).ends_with(R"("payload":"***"})"));
}

TEST(Json, WhatTheTableDoesNotKnowIsPrintedAsBytes) {
  RecordHeader header = header_of<NewOrder>();
  header.type = MessageType(60'000);
  header.topic = TopicId(63);
  const auto parsed = nlohmann::json::parse(json_of(header, std::as_bytes(std::span("\x01\xff", 2))));
  EXPECT_EQ(parsed["type"], 60'000);
  EXPECT_EQ(parsed["topic"], 63);
  EXPECT_EQ(parsed["payload"], "01ff");
  EXPECT_FALSE(parsed.contains("body"));
}

TEST(Json, AnyBytesGiveValidJson) {
  std::mt19937_64 random(17);
  for (const MessageInfo& message : all_messages()) {
    for (int round = 0; round < 50; ++round) {
      RecordHeader header = header_of<TimeTick>();
      header.type = message.type;
      header.version = message.version;
      header.topic = TopicId(static_cast<std::uint16_t>(random()));
      header.time = TimeNs(static_cast<std::int64_t>(random()));
      std::vector<std::byte> payload(message.layout.size);
      for (std::byte& byte : payload) {
        byte = static_cast<std::byte>(random());
      }
      const std::string text = json_of(header, payload);
      ASSERT_TRUE(nlohmann::json::accept(text)) << text;
      ASSERT_EQ(text.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace cantus
