// The keeper packs what is sealed, reads it again and again, names what is bad, and remembers where it was.
#include "keeping/keeper.h"

#include <gmock/gmock.h>

#include "tests/eventlog/support.h"

namespace cantus::keeping::test {
namespace {

using eventlog::test::Venue;
using testing::HasSubstr;

constexpr std::int64_t hour_ns = std::int64_t{3600} * 1'000'000'000;

struct HandClock final : runtime::Clock {
  [[nodiscard]] TimeNs utc() const override { return TimeNs(1'800'000'000'000'000'000 + now_ns); }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return now_ns; }
  std::int64_t now_ns = 1;
};

struct KeptVenue {
  static constexpr std::uint64_t sealed = 8;  // by 100 records of this size; the ninth segment is live
  KeptVenue() {
    CANTUS_ASSERT(venue.open().ok() && venue.append(100, 900).ok(), "it is written");
    venue.listener->wait_synced(venue.journal->last());
    venue.listener->wait_sealed(sealed);
    options.journal = venue.options.journal;
    options.data = "/data";
  }
  Keeper keeper() { return {venue.files, clock, options}; }
  static void work_all(Keeper& keeper) {
    while (keeper.work({})) {
    }
  }
  [[nodiscard]] eventlog::Directory directory() { return *eventlog::read_directory(venue.files, options.journal); }
  [[nodiscard]] std::filesystem::path packed(std::uint64_t number) const {
    return options.journal / eventlog::packed_name(number, 1);
  }
  void spoil(const std::filesystem::path& path, std::uint64_t at) {
    const std::byte is = venue.files.content(path)[at] ^ std::byte{4};
    venue.files.damage(path, at, {&is, 1});
  }

  Venue venue;
  HandClock clock;
  KeeperOptions options;
};

TEST(Keeper, WhatIsSealedIsPackedAndVerified) {
  KeptVenue kept;
  Keeper keeper = kept.keeper();
  KeptVenue::work_all(keeper);
  EXPECT_EQ(keeper.state().packed, KeptVenue::sealed);
  EXPECT_LT(keeper.state().packed_bytes, keeper.state().plain_bytes);
  EXPECT_EQ(keeper.state().pass_segments, KeptVenue::sealed);
  EXPECT_TRUE(keeper.state().bad.empty());
  EXPECT_EQ(read_state(kept.venue.files, state_file(kept.options.data)), keeper.state());
  auto reader = *kept.venue.reader();
  EXPECT_EQ(eventlog::test::read_all(*reader).seqs.size(), 100U);
  EXPECT_FALSE(keeper.work({}));  // until something is sealed, or the next pass is due
  kept.clock.now_ns += 25 * hour_ns;
  EXPECT_TRUE(keeper.work({}));
}

TEST(Keeper, WithoutCompressionItVerifies) {
  KeptVenue kept;
  kept.options.compress = false;
  Keeper keeper = kept.keeper();
  KeptVenue::work_all(keeper);
  EXPECT_EQ(keeper.state().packed, 0U);
  EXPECT_GE(keeper.state().pass_segments, 5U);
}

TEST(Keeper, ABadSegmentIsNamedUntilItIsGoodAgain) {
  KeptVenue kept;
  Keeper keeper = kept.keeper();
  KeptVenue::work_all(keeper);
  kept.spoil(kept.packed(2), 200);
  kept.clock.now_ns += 25 * hour_ns;
  KeptVenue::work_all(keeper);
  ASSERT_EQ(keeper.state().bad.size(), 1U);
  EXPECT_THAT(keeper.state().bad.at(2).why, HasSubstr("segment-0000000002-0001.zst"));
  EXPECT_EQ(keeper.state().bad.at(2).found_at, kept.clock.utc());
  EXPECT_EQ(read_state(kept.venue.files, state_file(kept.options.data)).bad, keeper.state().bad);
  kept.spoil(kept.packed(2), 200);
  kept.clock.now_ns += 25 * hour_ns;
  KeptVenue::work_all(keeper);
  EXPECT_TRUE(keeper.state().bad.empty());
}

TEST(Keeper, ABadPlainFileIsNotPacked) {
  KeptVenue kept;
  const std::filesystem::path plain = kept.options.journal / eventlog::segment_name(3, 1);
  kept.spoil(plain, eventlog::segment_data_begin + 700);
  Keeper keeper = kept.keeper();
  KeptVenue::work_all(keeper);
  EXPECT_TRUE(kept.venue.files.exists(plain));
  EXPECT_FALSE(kept.venue.files.exists(kept.packed(3)));
  EXPECT_EQ(keeper.state().packed, kept.directory().segments.size() - 1);
  ASSERT_EQ(keeper.state().bad.size(), 1U);
  EXPECT_THAT(keeper.state().trouble, HasSubstr("record"));
}

// One that cannot be mapped at all stops nobody, either.
TEST(Keeper, AnEmptyPlainFileIsBad) {
  KeptVenue kept;
  kept.venue.die();
  const std::filesystem::path plain = kept.options.journal / eventlog::segment_name(2, 1);
  ASSERT_TRUE(kept.venue.files.remove(plain).ok());
  ASSERT_TRUE(kept.venue.files.create(plain).ok());
  Keeper keeper = kept.keeper();
  KeptVenue::work_all(keeper);
  EXPECT_EQ(keeper.state().packed, kept.directory().segments.size() - 1);
  ASSERT_EQ(keeper.state().bad.size(), 1U);
  EXPECT_THAT(keeper.state().bad.at(2).why, HasSubstr("shorter than a segment"));
}

TEST(Keeper, AFullDiskIsWaitedOut) {
  KeptVenue kept;
  Keeper keeper = kept.keeper();
  kept.venue.files.limit_space(0);
  KeptVenue::work_all(keeper);
  EXPECT_EQ(keeper.state().packed, 0U);
  EXPECT_THAT(keeper.state().trouble, testing::Not(testing::IsEmpty()));
  EXPECT_TRUE(keeper.state().bad.empty());
  kept.venue.files.limit_space(std::uint64_t{1} << 40);
  kept.clock.now_ns += hour_ns;
  KeptVenue::work_all(keeper);
  EXPECT_EQ(keeper.state().packed, kept.directory().segments.size());
  EXPECT_EQ(keeper.state().trouble, "");
}

// Told to end at any moment: it does nothing more than to tidy up, and the next one goes on.
TEST(Keeper, ItEndsWhenItIsTold) {
  for (std::uint64_t n = 1; n < 1000; ++n) {
    KeptVenue kept;
    kept.venue.die();
    const auto files = kept.venue.files.copy();
    std::uint64_t asked = 0;
    Keeper keeper(*files, kept.clock, kept.options);
    const auto goes_on = [&](std::size_t) { return ++asked < n; };
    while (keeper.work(goes_on)) {
    }
    EXPECT_LE(asked, n + 3) << "asked again and again whether it may go on";
    if (asked < n) {
      ASSERT_GT(n, 20U);
      return;
    }
    for (const std::string& name : *files->list(kept.options.journal)) {
      EXPECT_THAT(name, testing::Not(testing::EndsWith(".new"))) << n;
    }
    EXPECT_TRUE(keeper.state().bad.empty()) << n;
    EXPECT_EQ(keeper.state().trouble, "") << n;
    KeptVenue::work_all(keeper);
    EXPECT_EQ(keeper.state().packed, kept.directory().segments.size()) << n;
  }
  FAIL() << "it never came to an end";
}

// Killed at any moment: the next one goes on, nothing is left over, and every record is there.
TEST(Keeper, ItMayBeKilledAnywhere) {
  KeptVenue kept;
  kept.venue.die();
  for (std::uint64_t n = 1; n < 200; ++n) {
    const auto files = kept.venue.files.copy();
    files->plan(n, runtime::CallFault::stop_after);
    {
      Keeper keeper(*files, kept.clock, kept.options);
      KeptVenue::work_all(keeper);
    }
    if (files->plan_is_open()) {
      ASSERT_GT(n, 20U);
      return;
    }
    files->end_process();
    Keeper next(*files, kept.clock, kept.options);
    KeptVenue::work_all(next);
    EXPECT_EQ(next.state().packed, kept.directory().segments.size()) << n;
    const auto names = *files->list(kept.options.journal);
    for (const std::string& name : names) {
      EXPECT_THAT(name, testing::Not(testing::EndsWith(".new"))) << n;
    }
    auto reader = *eventlog::open_log(*files, kept.venue.options.journal, kept.venue.options.memory);
    EXPECT_EQ(eventlog::test::read_all(*reader).seqs.size(), 100U) << n;
  }
}

TEST(KeepingState, TextGivesTheSameAgain) {
  KeepingState state;
  state.packed = 7;
  state.plain_bytes = 1000;
  state.packed_bytes = 300;
  state.next_to_verify = 3;
  state.pass_begun = TimeNs(5);
  state.pass_ended = TimeNs(4);
  state.pass_segments = 9;
  state.bad[4] = {TimeNs(77), "segment 4: its checksum is wrong"};
  state.trouble = "no room";
  EXPECT_EQ(*state_from(to_text(state)), state);
  std::string text = to_text(state);
  text[20] ^= 1;
  EXPECT_FALSE(state_from(text).ok());
  EXPECT_FALSE(state_from("").ok());
}

}  // namespace
}  // namespace cantus::keeping::test
