// Plain messages: whatever passes the engine by is what the engine would have let through, with the same fields.
#include "fix/plain.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "fix/engine.h"

namespace cantus::fix {
namespace {

using Fields = std::vector<std::pair<std::uint32_t, std::string>>;

const SessionNames names{"FIX.4.4", "CANTUS", "CLIENT"};

std::string message_of(const Fields& fields) {
  std::string counted;
  FieldWriter writer(counted);
  for (const auto& [tag, value] : fields) {
    writer.text(tag, value);
  }
  std::string message;
  FieldWriter whole(message);
  whole.text(8, names.begin_string);
  whole.number(9, counted.size());
  message += counted;
  whole.text(10, checksum_text(message));
  return message;
}

Fields header(const std::string& type, const std::string& number) {
  return {{35, type}, {34, number}, {49, "CLIENT"}, {52, "20261121-21:33:00.123"}, {56, "CANTUS"}};
}

Fields order() {
  Fields fields = header("D", "2");
  for (const auto& [tag, value] : Fields{{11, "order-1"},
                                         {55, "AAPL"},
                                         {54, "1"},
                                         {38, "100"},
                                         {40, "2"},
                                         {44, "190.25"},
                                         {59, "0"},
                                         {60, "20261121-21:33:00"}}) {
    fields.emplace_back(tag, value);
  }
  return fields;
}

// An engine that is logged on and expects number 2; remembers what it let through.
class LoggedOn final : public EngineHandler {
 public:
  LoggedOn() : engine_(EngineSetup{.names = names, .qualifier = "plain", .next_expected = {}}, *this) {
    Fields logon = header("A", "1");
    logon.emplace_back(98, "0");
    logon.emplace_back(108, "30");
    engine_.feed(message_of(logon));
    EXPECT_TRUE(engine_.logged_on());
  }
  // The fields `tags` of the message if it was let through as an application message.
  std::optional<Fields> let_through(const std::string& message, const std::vector<std::uint32_t>& tags) {
    tags_ = tags;
    seen_.reset();
    engine_.feed(message);
    return engine_.next_inbound() == MsgSeqNum(3) ? seen_ : std::nullopt;
  }
  Engine& engine() { return engine_; }

 private:
  void on_invented(const Invented&) override {}
  void on_bytes_out(const std::string&) override {}
  void on_application(const InboundMessage& message, bool unsupported) override {
    EXPECT_FALSE(unsupported);
    seen_.emplace();
    for (const std::uint32_t tag : tags_) {
      if (const auto value = message.find(tag)) {
        seen_->emplace_back(tag, std::string(*value));
      }
    }
  }
  void on_heartbeat(std::string_view) override {}
  void on_logout() override {}
  void on_end() override {}
  void on_note(const std::string&) override {}
  [[nodiscard]] TimeNs sending_time() const override { return TimeNs(1'795'300'000'000'000'000); }

  std::vector<std::uint32_t> tags_;
  std::optional<Fields> seen_;
  Engine engine_;
};

bool plain(const std::string& message) {
  FieldList list;
  list.split(message);
  return PlainRules::shared().plain(list, names);
}

TEST(Plain, AnOrdinaryOrderIsPlain) { EXPECT_TRUE(plain(message_of(order()))); }

TEST(Plain, WhatIsNotPlainInEveryRespectIsLeftToTheEngine) {
  const auto with = [](std::uint32_t tag, const std::string& value) {
    Fields fields = order();
    for (auto& field : fields) {
      field.second = field.first == tag ? value : field.second;
    }
    return message_of(fields);
  };
  const auto and_also = [](std::uint32_t tag, const std::string& value) {
    Fields fields = order();
    fields.emplace_back(tag, value);
    return message_of(fields);
  };
  EXPECT_FALSE(plain(with(49, "OTHER")));
  EXPECT_FALSE(plain(with(56, "OTHER")));
  EXPECT_FALSE(plain(with(54, "x")));
  EXPECT_FALSE(plain(with(54, "")));
  EXPECT_FALSE(plain(with(38, "1e3")));
  EXPECT_FALSE(plain(with(44, "-1.00")));
  EXPECT_FALSE(plain(with(60, "20261321-21:33:00")));
  EXPECT_FALSE(plain(with(35, "AE")));
  EXPECT_FALSE(plain(and_also(43, "Y"))) << "a header field in the body";
  EXPECT_FALSE(plain(and_also(11, "order-2"))) << "a field twice";
  EXPECT_FALSE(plain(and_also(37, "1-5"))) << "of another type";
  EXPECT_FALSE(plain(and_also(453, "1"))) << "a group";
  EXPECT_FALSE(plain(and_also(5001, "mine"))) << "a user-defined field";
  Fields incomplete = order();
  incomplete.erase(incomplete.begin() + 5);
  EXPECT_FALSE(plain(message_of(incomplete))) << "a required field is missing";
  Fields possibly_twice = order();
  possibly_twice.insert(possibly_twice.begin() + 2, {43, "Y"});
  EXPECT_FALSE(plain(message_of(possibly_twice)));
}

// Orders, cancels and replaces with fields dropped, repeated, swapped, changed and put in between.
TEST(Plain, NothingIsPlainThatTheEngineWouldJudgeOtherwise) {
  const std::vector<std::uint32_t> tags{1,  11, 15, 18, 21, 34, 37, 38, 40,  41,  43,  44,  49,  52,
                                        54, 55, 56, 58, 59, 60, 97, 99, 126, 150, 453, 790, 957, 5001};
  const std::vector<std::string> values{"1",
                                        "2",
                                        "0",
                                        "Y",
                                        "A",
                                        "",
                                        "100",
                                        "100.5",
                                        "1.",
                                        ".5",
                                        "-3",
                                        "x",
                                        "USD",
                                        "CLIENT",
                                        "CANTUS",
                                        "99999999999999999999",
                                        " 1",
                                        "1 2",
                                        "a=b",
                                        "1-5",
                                        "2",
                                        "12345678",
                                        "20261121-21:33:00",
                                        "20261121-21:33:00.5",
                                        "20261131-24:00:00",
                                        "20261121-21:33:00.123456"};
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
  const Fields base = order();
  std::size_t compared = 0;
  for (int round = 0; round < 20000; ++round) {
    Fields fields = base;
    fields[0].second = std::string(1, "DFGHj"[below(5)]);
    if (fields[0].second != "D") {
      fields.emplace_back(41, "order-0");
    }
    for (std::size_t changes = below(3) + (round % 2); changes > 0; --changes) {
      const std::size_t at = 1 + below(fields.size() - 1);
      switch (below(5)) {
        case 0:
          fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        case 1:
          fields[at].second = values[below(values.size())];
          break;
        case 2:
          fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(at),
                        {tags[below(tags.size())], values[below(values.size())]});
          break;
        case 3:
          std::swap(fields[at], fields[1 + below(fields.size() - 1)]);
          break;
        default:
          fields.emplace_back(tags[below(tags.size())], values[below(values.size())]);
      }
    }
    const std::string message = message_of(fields);
    FieldList list;
    list.split(message);
    if (list.find(34) != "2" || !PlainRules::shared().plain(list, names)) {
      continue;
    }
    ++compared;
    Fields expected;
    const PlainMessage ours(list, *list.find(35), MsgSeqNum(2));
    for (const std::uint32_t tag : tags) {
      if (const auto value = ours.find(tag); value && tag != 34 && tag != 49 && tag != 52 && tag != 56) {
        expected.emplace_back(tag, std::string(*value));
      }
    }
    LoggedOn engine;
    EXPECT_EQ(engine.let_through(message, tags), expected) << message;
  }
  EXPECT_GT(compared, 500u);
}

TEST(Plain, TheEngineCountsOnlyWhatIsNextAndNothingHeld) {
  LoggedOn session;
  EXPECT_FALSE(session.engine().count(MsgSeqNum(3)));
  EXPECT_TRUE(session.engine().count(MsgSeqNum(2)));
  EXPECT_EQ(session.engine().next_inbound(), MsgSeqNum(3));
  Fields ahead = order();
  ahead[1].second = "5";
  session.engine().feed(message_of(ahead));
  EXPECT_FALSE(session.engine().count(MsgSeqNum(3))) << "a gap was asked for";
}

}  // namespace
}  // namespace cantus::fix
