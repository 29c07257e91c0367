#include "fix/framing.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/fix/fix_text.h"

namespace cantus::fix {
namespace {

using test::fix_message;
using test::soh_text;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// Everything that comes out when the stream arrives in the given pieces.
std::vector<std::string> read(Framer& framer, const std::vector<std::string>& pieces) {
  std::vector<std::string> messages;
  for (const std::string& piece : pieces) {
    framer.add(bytes_of(piece));
    while (const auto message = framer.next()) {
      messages.emplace_back(*message);
    }
  }
  return messages;
}

const std::string first = fix_message("35=A|34=1|49=ALPHA1|52=20261121-21:00:00.000|56=CANTUS|98=0|108=30|");
const std::string second = fix_message("35=0|34=2|49=ALPHA1|52=20261121-21:00:01.000|56=CANTUS|");

TEST(Framing, HandsOutWholeMessagesHoweverTheyAreSplit) {
  const std::string stream = first + second;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Framer framer{FramingLimits{}};
    EXPECT_EQ(read(framer, {stream.substr(0, cut), stream.substr(cut)}), (std::vector<std::string>{first, second}));
    EXPECT_EQ(framer.garbled(), 0U);
  }
  Framer framer{FramingLimits{}};
  std::vector<std::string> single;
  for (const char c : stream) {
    single.emplace_back(1, c);
  }
  EXPECT_EQ(read(framer, single), (std::vector<std::string>{first, second}));
}

std::string with_wrong_checksum(std::string message) {
  message[message.size() - 2] = message[message.size() - 2] == '0' ? '1' : '0';
  return message;
}

TEST(Framing, IgnoresGarbledMessagesAndFindsTheNext) {
  struct Row {
    const char* what;
    std::string garbled;
    std::size_t pieces;
  };
  const std::vector<Row> rows = {
      {"wrong checksum", with_wrong_checksum(first), 1},
      {"first field is not 8", soh_text("9=5|8=FIX.4.4|"), 2},
      {"second field is not 9", soh_text("8=FIX.4.4|35=0|9=5|10=000|"), 1},
      {"third field is not 35", fix_message("34=1|35=0|49=A|"), 1},
      {"length is no number", soh_text("8=FIX.4.4|9=x|35=0|10=000|"), 1},
      {"length is too short", soh_text("8=FIX.4.4|9=5|35=0|34=1|10=000|"), 1},
      {"length is nothing", soh_text("8=FIX.4.4|9=|35=0|10=000|"), 1},
      {"an endless begin string", "8=FIX" + std::string(40, '4'), 1},
      {"an endless length",
       "8=FIX.4.4\x01"
       "9=" +
           std::string(40, '1'),
       1},
      {"checksum of two digits", soh_text("8=FIX.4.4|9=5|35=0|10=00|"), 1},
      {"noise", "GET / HTTP/1.1\r\n\r\n", 1},
      {"no separator before the checksum", soh_text("8=FIX.4.4|9=4|35=010=000|"), 1},
      {"an empty type", soh_text("8=FIX.4.4|9=3|35=10=000|"), 1},
  };
  for (const Row& row : rows) {
    Framer framer{FramingLimits{}};
    EXPECT_EQ(read(framer, {row.garbled + second}), (std::vector<std::string>{second})) << row.what;
    EXPECT_EQ(framer.garbled(), row.pieces) << row.what;
    EXPECT_FALSE(framer.broken()) << row.what;
  }
}

TEST(Framing, LengthBeyondTheMessageSwallowsNothingForGood) {
  std::string longer = first;
  const std::size_t at = longer.find("9=") + 2;
  longer.replace(at, 2, "99");
  Framer framer{FramingLimits{}};
  EXPECT_EQ(read(framer, {longer, second, first}), (std::vector<std::string>{second, first}));
}

TEST(Framing, BreaksWhenNothingButGarbageComes) {
  FramingLimits limits;
  limits.garbled_max = 4;
  Framer framer{limits};
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(framer.broken());
    read(framer, {with_wrong_checksum(first)});
  }
  EXPECT_TRUE(framer.broken());
  EXPECT_EQ(framer.why(), "nothing but garbled messages");
  EXPECT_EQ(read(framer, {second}), std::vector<std::string>{});
  EXPECT_EQ(framer.room(), 0U);
}

TEST(Framing, AGoodMessageForgivesGarbage) {
  FramingLimits limits;
  limits.garbled_max = 1;
  Framer framer{limits};
  for (int i = 0; i < 10; ++i) {
    read(framer, {with_wrong_checksum(first), second});
  }
  EXPECT_FALSE(framer.broken());
  EXPECT_EQ(framer.garbled(), 10U);
}

TEST(Framing, BreaksOnAMessageBeyondTheLimitBeforeItHasArrived) {
  FramingLimits limits;
  limits.message_bytes_max = 100;
  Framer framer{limits};
  read(framer, {soh_text("8=FIX.4.4|9=9000|35=D|")});
  EXPECT_TRUE(framer.broken());
  EXPECT_EQ(framer.why(), "a message longer than the limit");
}

TEST(Framing, BreaksWhenItIsGivenMoreThanItHasRoomFor) {
  FramingLimits limits;
  limits.buffer_bytes_max = 64;
  Framer framer{limits};
  EXPECT_EQ(framer.room(), 64U);
  framer.add(bytes_of("8=FIX.4.4"));
  EXPECT_EQ(framer.room(), 55U);
  framer.add(bytes_of(std::string(56, 'x')));
  EXPECT_TRUE(framer.broken());
}

TEST(Framing, HoldsNoMoreThanItsBufferAndForgetsWhatItHandedOut) {
  Framer framer{FramingLimits{}};
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(read(framer, {second}).size(), 1U);
    EXPECT_EQ(framer.buffered(), 0U);
  }
}

TEST(Framing, RandomBytesBetweenMessagesNeverLoseAMessageThatStandsAlone) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    FramingLimits limits;
    limits.garbled_max = 1'000;
    Framer framer{limits};
    std::string noise(random() % 200, ' ');
    for (char& c : noise) {
      c = static_cast<char>(random());
    }
    // What could be taken for a start is cut out; it could rightly swallow what follows.
    for (std::size_t at = noise.find("8="); at != std::string::npos; at = noise.find("8=")) {
      noise.erase(at, 2);
    }
    if (!noise.empty() && noise.back() == '8') {
      noise.pop_back();
    }
    const auto messages = read(framer, {noise, first, second});
    EXPECT_EQ(messages, (std::vector<std::string>{first, second})) << round;
  }
}

}  // namespace
}  // namespace cantus::fix
