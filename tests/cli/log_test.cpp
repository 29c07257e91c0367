// What `cantus log` selects and how it looks.
#include "cli/log_query.h"

#include <gtest/gtest.h>

#include "eventlog/simulated.h"

namespace cantus::cli {
namespace {

constexpr Option options[] = {
    {"from", OptionKind::text, "PLACE", ""},     {"to", OptionKind::text, "PLACE", ""},
    {"type", OptionKind::text, "NAMES", ""},     {"topic", OptionKind::text, "PATHS", ""},
    {"publisher", OptionKind::text, "NAME", ""}, {"tail", OptionKind::number, "N", ""},
};
const Command command = {.name = "log",
                         .words = "",
                         .summary = "",
                         .details = "",
                         .options = options,
                         .words_min = 0,
                         .words_max = 0,
                         .run = nullptr};

Result<LogQuery> query_of(const std::vector<std::string>& line) {
  return LogQuery::from_arguments(*parse_arguments(command, line));
}

// A small log: two publishers, a tick, payloads of a benchmark.
struct Log {
  Log() {
    builder.start_term();                            // 1
    define(PublisherId(1), "sequencer");             // 2
    define(PublisherId(7), "bench");                 // 3
    builder.add(PublisherId(1), OpeningComplete{});  // 4
    builder.set_time(*parse_log_place("2026-11-21T09:30")->time);
    builder.add(PublisherId(7), BenchPayload{});  // 5
    builder.add(PublisherId(1), TimeTick{});      // 6
    builder.add(PublisherId(7), BenchPayload{});  // 7
  }
  void define(PublisherId publisher, std::string_view name) {
    PublisherDefined defined;
    defined.publisher = publisher;
    defined.places = 1;
    defined.name = FixedString<32>(name);
    builder.add(PublisherId(1), defined);
  }
  std::vector<std::uint64_t> selected(const std::vector<std::string>& line) {
    auto reader = journal.reader();
    const PublisherNames names = *read_names(*reader);
    LogQuery query = *query_of(line);
    EXPECT_TRUE(query.resolve_publisher(names).ok());
    const Seq from = *first_of(*reader, query.from);
    const Seq to = *last_of(*reader, query.to);
    std::vector<std::uint64_t> seqs;
    for (Seq seq = from; seq <= std::min(to, journal.last()); seq = seq.next()) {
      if (query.wants(*journal.at(seq).header)) {
        seqs.push_back(seq.get());
      }
    }
    return seqs;
  }
  eventlog::SimulatedJournal journal;
  eventlog::LogBuilder builder{journal};
};

using Seqs = std::vector<std::uint64_t>;

TEST(LogQuery, SelectsByPositionTimeTypeTopicAndPublisher) {
  Log log;
  EXPECT_EQ(log.selected({}), (Seqs{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(log.selected({"--from", "3", "--to", "5"}), (Seqs{3, 4, 5}));
  EXPECT_EQ(log.selected({"--from", "end"}), (Seqs{}));
  EXPECT_EQ(log.selected({"--from", "6", "--to", "end"}), (Seqs{6, 7}));
  EXPECT_EQ(log.selected({"--from", "2026-11-21T09:30:00.000001Z"}), (Seqs{6, 7}));
  EXPECT_EQ(log.selected({"--from", "2026-11-21", "--to", "2026-11-21T09:30:00.000001"}), (Seqs{5, 6}));
  EXPECT_EQ(log.selected({"--type", "TimeTick,BenchPayload"}), (Seqs{5, 6, 7}));
  EXPECT_EQ(log.selected({"--type", "90"}), (Seqs{5, 7}));
  EXPECT_EQ(log.selected({"--topic", "bench"}), (Seqs{5, 7}));
  EXPECT_EQ(log.selected({"--topic", "venue"}), (Seqs{}));
  EXPECT_EQ(log.selected({"--topic", "control,bench", "--from", "6"}), (Seqs{6, 7}));
  EXPECT_EQ(log.selected({"--publisher", "bench"}), (Seqs{5, 7}));
  EXPECT_EQ(log.selected({"--publisher", "7"}), (Seqs{5, 7}));
}

TEST(LogQuery, NamesWhatItDoesNotUnderstand) {
  EXPECT_EQ(query_of({"--type", "TimeTik"}).error().text, "--type: 'TimeTik' is none; did you mean 'TimeTick'?");
  EXPECT_EQ(query_of({"--topic", "venue/order"}).error().text,
            "--topic: 'venue/order' is none; did you mean 'venue/orders'?");
  EXPECT_EQ(query_of({"--topic", ""}).ok(), false);
  EXPECT_EQ(query_of({"--from", "7", "--to", "6"}).error().text, "--from 7 is behind --to 6");
  EXPECT_EQ(query_of({"--from", "noon"}).error().text,
            "--from: 'noon' is neither a position, nor 'end', nor a time as 2026-11-21T09:30:15.25Z (UTC)");
  Log log;
  auto reader = log.journal.reader();
  LogQuery query = *query_of({"--publisher", "bunch"});
  EXPECT_EQ(query.resolve_publisher(*read_names(*reader)).error().text,
            "--publisher: 'bunch' is none; did you mean 'bench'?");
}

TEST(LogQuery, TimesAreReadAsTheyAreWritten) {
  for (const char* good : {"2026-11-21", "2026-11-21Z", "2026-11-21T09:30", "2026-11-21T09:30:15",
                           "2026-11-21T09:30:15.5Z", "2026-11-21T09:30:15.123456789"}) {
    EXPECT_TRUE(parse_log_place(good).has_value()) << good;
  }
  for (const char* bad : {"", "2026", "2026-13-01", "2026-02-30", "2026-11-21T9:30", "2026-11-21T09:30:15.",
                          "2026-11-21x", "2026-11-21T09:30:15.1234567890", "-3", "1e3"}) {
    const auto place = parse_log_place(bad);
    EXPECT_TRUE(!place.has_value() || place->seq == Seq(2026)) << bad;
  }
  EXPECT_EQ(parse_log_place("2026-11-21T09:30:15.5Z")->time, parse_log_place("2026-11-21T09:30:15.500000000")->time);
}

TEST(LogQuery, ALineSaysWhoSaidWhatWhen) {
  Log log;
  auto reader = log.journal.reader();
  const PublisherNames names = *read_names(*reader);
  EXPECT_EQ(log_line(log.journal.at(Seq(6)), names),
            "       6  2026-11-21T09:30:00.000001000Z  sequencer#5  TimeTick  {}");
}

}  // namespace
}  // namespace cantus::cli
