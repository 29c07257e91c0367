// Outcomes that the log voids: on random histories a machine that knows of them beside a naive one, which is given the
// same log with nothing in the void records. Both must wish for the same, hold the same orders and credit; what was
// told is taken back before, the last first.
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "matching/matching_application.h"
#include "tests/matching/script.h"
#include "tests/test_bed/one_wrong_bit.h"

namespace cantus::test {
namespace {

constexpr int seeds = 40;
constexpr int requests = 120;

struct History {
  // The wrong bit is in wish `number`, none if 0; the history ends `more` outcomes behind it.
  History(std::uint32_t seed, PublisherSeq number, int more) : wrong(machine, number), script(ScriptSettings::plain()) {
    script.add(wrong, matching_id);
    script.listen([this, number](const Event& event) {
      if (event.header->publisher == matching_id) {
        last = event.header->publisher_seq;
        first = last == number ? event.header->seq : first;
        if (event.is<Trade>()) {
          trades.push_back(last);
        }
      }
    });
    script.open();
    std::mt19937 random(seed);
    for (int i = 0; i < requests && (number.is_zero() || last.get() < number.get() + static_cast<unsigned>(more));
         ++i) {
      const auto session = static_cast<std::uint32_t>(1 + random() % 4);
      const std::string id = "O" + std::to_string(i);
      const Price price = cents(1000 + static_cast<std::int64_t>(random() % 7));
      const Side side = session > 2 ? Side::sell : Side::buy;
      const auto qty = static_cast<std::int64_t>(1 + random() % 50);
      const std::string other = "O" + std::to_string(i == 0 ? 0 : random() % static_cast<unsigned>(i));
      if (random() % 5 == 0) {
        script.ask(script.cancel(session, id, other));
      } else if (random() % 5 == 0) {
        script.ask(script.replace(session, id, other, side, qty + 5, price));
      } else {
        script.ask(script.order(session, id, side, qty, price));
      }
    }
  }

  MatchingApplication machine;
  OneWrongBit wrong;
  Script script;
  PublisherSeq last;
  Seq first;
  std::vector<PublisherSeq> trades;
};

// A machine behind the history, and what of its wishes is put on its log from there on.
struct Follower {
  void settle(const Event& event, bool is_void) {
    if (event.header->publisher == matching_id) {
      if (is_void) {
        EXPECT_TRUE(machine.wishes().pass(event));
      } else {
        EXPECT_EQ(machine.wishes().settle(event), WishQueue::Settled::equal);
      }
    }
  }
  // Every outstanding wish, one after the other; the bytes of each.
  std::vector<std::vector<std::byte>> admit(Seq behind, const RecordHeader& like) {
    std::vector<std::vector<std::byte>> admitted;
    while (!machine.wishes().empty()) {
      const WishView wish = machine.wishes().at(0);
      RecordHeader header = like;
      header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + wish.payload.size());
      header.type = wish.type;
      header.version = wish.version;
      header.topic = wish.topic;
      header.publisher = matching_id;
      header.publisher_seq = wish.number;
      behind = behind.next();
      header.seq = behind;
      std::vector<std::byte>& bytes = admitted.emplace_back(wish.payload.begin(), wish.payload.end());
      types.push_back(wish.type);
      const Event event{&header, bytes.data()};
      EXPECT_EQ(machine.wishes().settle(event), WishQueue::Settled::equal);
      machine.apply(event);
    }
    return admitted;
  }

  MatchingApplication machine;
  std::vector<MessageType> types;
};

TEST(Void, HasNoEffectAndIsTakenBackWhereItWasTold) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    const auto clean = std::make_unique<History>(seed, PublisherSeq(), 0);
    ASSERT_FALSE(clean->trades.empty());
    const PublisherSeq number = clean->trades[seed % clean->trades.size()];
    const auto history = std::make_unique<History>(seed, number, static_cast<int>(seed % 9));
    Script& script = history->script;
    const bool told = seed % 2 == 0;
    PublisherSuspended suspended;
    suspended.from = number;
    suspended.admitted = history->first;
    suspended.publisher = matching_id;
    suspended.released = told ? Seq(~std::uint64_t{0}) : Seq(1);
    const Seq suspension = script.put(suspended, sequencer_id);
    Resolved resolved;
    resolved.suspension = suspension;
    resolved.from = number;
    resolved.first = history->first;
    resolved.left_through = left_through_of(suspended, suspension);
    resolved.publisher = matching_id;
    resolved.voided = 1;
    script.put(resolved, sequencer_id);
    Exceptions known;
    for (Seq seq(1); seq <= script.last(); seq = seq.next()) {
      known.apply(script.at(seq));
    }
    ASSERT_EQ(known.voided().size(), 1U);

    const auto knowing = std::make_unique<Follower>();
    const auto naive = std::make_unique<Follower>();
    std::vector<Seq> void_trades;
    for (Seq seq(1); seq <= script.last(); seq = seq.next()) {
      const Event event = script.at(seq);
      const bool is_void = known.is_void(event);
      EXPECT_EQ(is_void, event.header->publisher == matching_id && seq >= history->first);
      EXPECT_EQ(known.may_have_left(event), is_void && told);
      knowing->settle(event, is_void);
      if (is_void) {
        knowing->machine.apply_void(event, known.may_have_left(event));
        naive->machine.apply(EmptiedRecord(event).event());
        if (event.is<Trade>()) {
          void_trades.push_back(seq);
        }
        continue;
      }
      knowing->machine.apply(event);
      if (event.is<Resolved>()) {
        naive->machine.apply(EmptiedRecord(event).event());
      } else {
        naive->settle(event, false);
        naive->machine.apply(event);
      }
    }
    const Seq last = script.last();
    const auto right = naive->admit(last, *script.at(last).header);
    const auto put = knowing->admit(last, *script.at(last).header);
    std::size_t taken_back = 0;
    if (told) {
      for (; taken_back < void_trades.size(); ++taken_back) {
        ASSERT_EQ(knowing->types[taken_back], TradeVoided::type);
        TradeVoided answer;
        std::memcpy(&answer, put[taken_back].data(), sizeof(answer));
        const Seq seq = void_trades[void_trades.size() - 1 - taken_back];
        EXPECT_EQ(answer.trade.seq(), seq);
        const auto& trade = script.at(seq).as<Trade>();
        EXPECT_EQ(answer.first.cum_qty.get(), trade.first.cum_qty.get() - trade.qty.get());
        EXPECT_EQ(answer.second.leaves_qty.get(), trade.second.leaves_qty.get() + trade.qty.get());
      }
    }
    ASSERT_GE(put.size(), taken_back + right.size());
    for (std::size_t i = 0; i < right.size(); ++i) {
      EXPECT_EQ(put[taken_back + i], right[i]) << "outcome " << i;
    }
    for (std::size_t i = taken_back + right.size(); i < put.size(); ++i) {
      EXPECT_TRUE(told);
      ASSERT_EQ(knowing->types[i], OrderRestated::type);
      OrderRestated restated;
      std::memcpy(&restated, put[i].data(), sizeof(restated));
      ASSERT_NE(naive->machine.open_order(restated.order.order_id), nullptr);
      EXPECT_EQ(*naive->machine.open_order(restated.order.order_id), restated.order);
    }
    EXPECT_EQ(knowing->machine.credit().digest(), naive->machine.credit().digest());
    EXPECT_EQ(knowing->machine.open_orders(), naive->machine.open_orders());
    EXPECT_EQ(knowing->machine.unanswered(), 0U);
  }
}

}  // namespace
}  // namespace cantus::test
