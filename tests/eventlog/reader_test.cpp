// Reading: positions, times, segments that are sealed meanwhile, copied directories, damage, other histories.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventlog/directory.h"
#include "eventlog/hash.h"
#include "eventlog/paced_reader.h"
#include "tests/eventlog/support.h"

namespace cantus::eventlog::test {
namespace {

using testing::HasSubstr;

// Sealed segments and live ones: 400 records in segments of 73.
void fill(Venue& venue) {
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(400, 100).ok());
  venue.listener->wait_sealed(5);
}

// The journal's folder alone, as somebody would copy it.
void copy_journal(Venue& from, runtime::SimulatedFiles& to) {
  ASSERT_TRUE(to.make_directories(from.options.journal).ok());
  for (const std::string& name : *from.files.list(from.options.journal)) {
    const auto file = to.create(from.options.journal / name);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->write_at(0, from.files.content(from.options.journal / name)).ok());
  }
}

TEST(Reader, NoLogIsNotFound) {
  Venue venue;
  const auto reader = venue.reader();
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().code, ErrorCode::not_found);
}

TEST(Reader, EveryPositionIsFound) {
  Venue venue;
  fill(venue);
  auto reader = *venue.reader();
  for (std::uint64_t seq = 1; seq <= 401; ++seq) {
    ASSERT_TRUE(reader->seek(Seq(seq)).ok()) << seq;
    EXPECT_EQ(reader->position(), Seq(seq - 1));
    const auto event = reader->next();
    ASSERT_TRUE(event.ok());
    ASSERT_EQ(event->has_value(), seq <= 400);
    if (event->has_value()) {
      EXPECT_EQ((*event)->header->seq, Seq(seq));
    }
  }
  for (const std::uint64_t seq : {0u, 402u, 1000u}) {
    const Status status = reader->seek(Seq(seq));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::not_found);
  }
  ASSERT_TRUE(reader->seek(Seq(74)).ok());
  EXPECT_EQ(read_all(*reader).seqs, numbers(74, 400)) << "across the boundary of a segment";
}

// The directory record is as long as the log, and resends seek all the time: whatever a reader has found is not there
// any more for the second time.
TEST(Reader, SeekingReadsNothingAnew) {
  Venue venue;
  fill(venue);
  auto reader = *venue.reader();
  ASSERT_TRUE(venue.files.remove(venue.options.journal / directory_file).ok());
  for (std::uint64_t seq = 1; seq <= 401; ++seq) {
    ASSERT_TRUE(reader->seek(Seq(seq)).ok()) << seq;
  }
  for (const std::string& name : *venue.files.list(venue.options.journal)) {
    if (parse_segment_name(name)) {
      ASSERT_TRUE(venue.files.remove(venue.options.journal / name).ok());
    }
  }
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    for (const std::uint64_t at : {seq, 401 - seq}) {
      ASSERT_TRUE(reader->seek(Seq(at)).ok()) << at;
      const auto event = reader->next();
      ASSERT_TRUE(event.ok() && event->has_value()) << at;
      EXPECT_EQ((*event)->header->seq, Seq(at));
    }
  }
}

TEST(Reader, EveryTimeIsFound) {
  Venue venue;
  fill(venue);
  auto reader = *venue.reader();
  const auto time_of = [](std::uint64_t seq) { return static_cast<std::int64_t>(1'000'000 + seq * 1000); };
  for (std::uint64_t seq = 1; seq <= 400; ++seq) {
    EXPECT_EQ(*reader->find(TimeNs(time_of(seq))), Seq(seq));
    EXPECT_EQ(*reader->find(TimeNs(time_of(seq) - 1)), Seq(seq));
    EXPECT_EQ(*reader->find(TimeNs(time_of(seq) + 1)), Seq(seq + 1));
  }
  EXPECT_EQ(*reader->find(TimeNs(0)), Seq(1));
  EXPECT_EQ(*reader->find(TimeNs(INT64_MAX)), Seq(401));
  EXPECT_EQ(reader->position(), Seq(0)) << "finding does not move";
}

TEST(Reader, ASlowOneReadsOnAfterItsSegmentWasSealedAndRemoved) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  auto reader = *venue.reader();
  ASSERT_TRUE(venue.append(10, 100).ok());
  const auto first = reader->next();
  ASSERT_TRUE(first.ok() && first->has_value());
  ASSERT_TRUE(venue.append(600, 100).ok());
  venue.listener->wait_sealed(8);
  EXPECT_FALSE(venue.files.exists(venue.options.memory / segment_name(1, 1)));
  EXPECT_EQ((*first)->header->seq, Seq(1)) << "what was handed out stands until the next call";
  EXPECT_EQ(read_all(*reader).seqs, numbers(2, 610));
}

TEST(Reader, ACopiedDirectoryIsReadWithoutMemory) {
  Venue venue;
  fill(venue);
  ASSERT_TRUE(venue.journal->close().ok());
  runtime::SimulatedFiles elsewhere("/memory");
  copy_journal(venue, elsewhere);
  auto reader = *open_log(elsewhere, venue.options.journal, "");
  EXPECT_EQ(reader->last(), Seq(400));
  EXPECT_EQ(reader->synced(), Seq(400));
  EXPECT_EQ(reader->identity(), identity);
  EXPECT_EQ(read_all(*reader).seqs, numbers(1, 400));
  EXPECT_EQ(*reader->find(TimeNs(1'000'000 + 399'000)), Seq(399));
  ASSERT_TRUE(reader->seek(Seq(380)).ok());
  EXPECT_EQ(read_all(*reader).seqs, numbers(380, 400));
  EXPECT_EQ(*elsewhere.list(venue.options.journal), *venue.files.list(venue.options.journal)) << "it writes nothing";
}

// Who reads what is synced alone never comes to the end, where next() would go over to the new journal.
TEST(Reader, OneThatWasThereBeforeTheJournalLearnsWhatIsSynced) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(100, 100).ok());
  venue.listener->wait([&] { return venue.journal->synced() == Seq(100); });
  venue.cut_power(7);
  auto reader = *venue.reader();
  EXPECT_EQ(read_all(*reader).seqs, numbers(1, 100));
  EXPECT_TRUE(reader->look_again().ok()) << "nobody has opened it yet";
  EXPECT_EQ(reader->synced(), Seq(100));
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(50, 100).ok());
  venue.listener->wait([&] { return venue.journal->synced() == Seq(150); });
  ASSERT_TRUE(reader->look_again().ok());
  EXPECT_EQ(reader->synced(), Seq(150));
  EXPECT_EQ(reader->position(), Seq(100));
  EXPECT_EQ(read_all(*reader).seqs, numbers(101, 150));
}

TEST(Reader, DamageInASealedFileIsNamed) {
  Venue venue;
  fill(venue);
  const auto name = segment_name(2, 1);
  const std::size_t size = aligned_record(64 + 100);
  for (const std::size_t offset :
       {std::size_t{0}, std::size_t{5}, std::size_t{20}, std::size_t{64}, std::size_t{163}}) {
    const std::filesystem::path path = venue.options.journal / name;
    const std::size_t at = segment_data_begin + 3 * size + offset;  // record 73 + 4
    const std::vector<std::byte> good = venue.files.content(path);
    const std::byte flipped = good[at] ^ std::byte{4};
    venue.files.damage(path, at, {&flipped, 1});
    const Read read = read_all(**venue.reader());
    EXPECT_EQ(read.seqs, numbers(1, 76)) << offset;
    ASSERT_TRUE(read.error.has_value());
    EXPECT_EQ(read.error->code, ErrorCode::corrupt);
    EXPECT_THAT(read.error->text, HasSubstr(name + " at offset " + std::to_string(segment_data_begin + 3 * size)));
    EXPECT_THAT(read.error->text, HasSubstr("`cantus log mend BACKUP --data "));
    venue.files.damage(path, at, {&good[at], 1});
  }
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, 400));
}

// Who begins with a segment has no use for what stands before it.
TEST(Reader, DamageBeforeASegmentKeepsNobodyFromIt) {
  Venue venue;
  fill(venue);
  const std::size_t size = aligned_record(64 + 100);
  for (const std::size_t record : {std::size_t{0}, std::size_t{72}}) {  // of segment 2: its first and its last
    const std::filesystem::path path = venue.options.journal / segment_name(2, 1);
    const std::size_t at = segment_data_begin + record * size;
    const std::vector<std::byte> good = venue.files.content(path);
    const std::byte flipped = good[at + 2] ^ std::byte{4};  // its length
    venue.files.damage(path, at + 2, {&flipped, 1});
    auto of_the_bad_one = *venue.reader();
    EXPECT_FALSE(of_the_bad_one->seek(Seq(146)).ok() && of_the_bad_one->next().ok());
    auto reader = *venue.reader();
    ASSERT_TRUE(reader->seek(Seq(147)).ok());
    EXPECT_EQ(reader->position(), Seq(146));
    EXPECT_EQ(read_all(*reader).seqs, numbers(147, 400));
    venue.files.damage(path, at + 2, {&good[at + 2], 1});
  }
}

// Records of two topics in turn, over sealed segments, live ones and a new term.
TEST(Reader, WhoIsConcernedByATopicIsGivenItsRecordsOnly) {
  const TopicSet wanted = TopicSet::of(topic::reports);
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  std::vector<std::uint64_t> on_topic;
  std::vector<std::byte> record;
  for (std::uint64_t i = 1; i <= 400; ++i) {
    const Seq seq(i);
    record = record_for(seq, Term(1), 100);
    auto& header = *reinterpret_cast<RecordHeader*>(record.data());
    header.topic = i % 7 == 0 ? topic::reports : topic::orders;
    header.crc = checksum_of(header, event_at(record.data()).bytes());
    venue.listener->wait([&] { return venue.journal->has_room(record.size(), RoomFor::outcomes_and_sessions); });
    ASSERT_TRUE(venue.journal->append(Term(1), Seq(i - 1), record).ok());
    if (i % 7 == 0) {
      on_topic.push_back(i);
    }
  }
  venue.listener->wait_sealed(5);
  auto reader = *venue.reader();
  std::vector<std::uint64_t> given;
  for (auto event = reader->next_on(wanted); event.ok() && event->has_value(); event = reader->next_on(wanted)) {
    given.push_back((*event)->header->seq.get());
    EXPECT_EQ(reader->position(), (*event)->header->seq);
  }
  EXPECT_EQ(given, on_topic);
  EXPECT_EQ(reader->position(), Seq(400)) << "what is passed over counts";
  // A term that continues what was passed over, and one that continues something else.
  const Event last = event_at(record.data());
  LastRecord before;
  before.seq = Seq(400);
  before.term = Term(1);
  before.hash = record_hash(last);
  ASSERT_TRUE(venue.journal->append(Term(2), Seq(400), term_record(before, Term(2))).ok());
  auto event = reader->next_on(wanted);
  ASSERT_TRUE(event.ok()) << event.error().text;
  EXPECT_FALSE(event->has_value());
  EXPECT_EQ(reader->position(), Seq(401));
  before.hash.bytes[0] ^= std::byte{1};
  before.seq = Seq(401);
  ASSERT_TRUE(venue.journal->append(Term(3), Seq(401), term_record(before, Term(3))).ok());
  event = reader->next_on(wanted);
  ASSERT_FALSE(event.ok());
  EXPECT_EQ(event.error().code, ErrorCode::stale_term);
}

TEST(Reader, DamageOfTheEnvelopeOfWhatIsPassedOverIsNamed) {
  Venue venue;
  fill(venue);
  const auto name = segment_name(2, 1);
  const std::size_t size = aligned_record(64 + 100);
  const std::filesystem::path path = venue.options.journal / name;
  // Length, seq, venue, log.
  for (const std::size_t offset : {std::size_t{0}, std::size_t{16}, std::size_t{48}, std::size_t{56}}) {
    const std::size_t at = segment_data_begin + 3 * size + offset;  // record 73 + 4
    const std::vector<std::byte> good = venue.files.content(path);
    const std::byte flipped = good[at] ^ std::byte{4};
    venue.files.damage(path, at, {&flipped, 1});
    auto reader = *venue.reader();
    const auto event = reader->next_on(TopicSet::of(topic::reports));
    ASSERT_FALSE(event.ok()) << offset;
    EXPECT_EQ(event.error().code, ErrorCode::corrupt);
    EXPECT_EQ(reader->position(), Seq(76));
    venue.files.damage(path, at, {&good[at], 1});
  }
}

TEST(Reader, WhoGivesWayIsAskedWhileItReads) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(4000, 1000).ok());
  std::size_t asked = 0;
  std::size_t bytes = 0;
  auto whole = paced(*venue.reader(), [&](std::size_t more) {
    ++asked;
    bytes += more;
    return true;
  });
  EXPECT_EQ(read_all(*whole).seqs, numbers(1, 4000));
  EXPECT_EQ(asked, 4000U * (64 + 1000) >> 20);
  EXPECT_GE(bytes, asked << 20);
  auto given_up = paced(*venue.reader(), [](std::size_t) { return false; });
  const Read read = read_all(*given_up);
  EXPECT_LT(read.seqs.size(), 1000U);
  ASSERT_TRUE(read.error.has_value());
  EXPECT_EQ(read.error->code, ErrorCode::refused);
  EXPECT_FALSE(given_up->next().ok());
}

TEST(Reader, AMissingOrShortSealedFileIsNamed) {
  Venue venue;
  fill(venue);
  ASSERT_TRUE(venue.files.remove(venue.options.journal / segment_name(3, 1)).ok());
  const Read read = read_all(**venue.reader());
  EXPECT_EQ(read.seqs, numbers(1, 146));
  ASSERT_TRUE(read.error.has_value());
  EXPECT_EQ(read.error->code, ErrorCode::corrupt);
  EXPECT_THAT(read.error->text, HasSubstr(segment_name(3, 1)));
  EXPECT_THAT(read.error->text, HasSubstr("`cantus log mend BACKUP --data "));

  const auto file = venue.files.create(venue.options.journal / segment_name(3, 1));
  ASSERT_TRUE((*file)->write_at(0, std::vector<std::byte>(5000)).ok());
  EXPECT_EQ(read_all(**venue.reader()).error->code, ErrorCode::corrupt);
}

TEST(Reader, ARecordOfAnotherVenueOrLogIsRefused) {
  for (int kind = 0; kind < 2; ++kind) {
    Venue venue;
    ASSERT_TRUE(venue.open().ok());
    ASSERT_TRUE(venue.append(2, 10).ok());
    RecordHeader header = *event_at(record_for(Seq(3), Term(1), 10).data()).header;
    header.venue = kind == 0 ? VenueId(99) : header.venue;
    header.log = kind == 1 ? LogNumber(99) : header.log;
    std::vector<std::byte> record;
    build_record(record, header, payload_for(Seq(3), 10));
    ASSERT_TRUE(venue.journal->append(Term(1), Seq(2), record).ok());
    const Read read = read_all(**venue.reader());
    EXPECT_EQ(read.seqs, numbers(1, 2));
    ASSERT_TRUE(read.error.has_value());
    EXPECT_EQ(read.error->code, ErrorCode::corrupt);
    EXPECT_THAT(read.error->text, HasSubstr("another venue or log"));
  }
}

TEST(Reader, ATermThatContinuesAnotherRecordIsStale) {
  for (int kind = 0; kind < 4; ++kind) {
    Venue venue;
    venue.marks_in_records = false;  // the fifth record is built here once more
    ASSERT_TRUE(venue.open().ok());
    ASSERT_TRUE(venue.append(5, 10).ok());
    const auto fifth = record_for(Seq(5), Term(1), 10);
    LastRecord last{Seq(5), Term(1), TimeNs(0), record_hash(event_at(fifth.data()))};
    std::vector<std::byte> record = term_record(last, Term(2));
    if (kind == 1) {
      last.hash.bytes[3] ^= std::byte{1};
    } else if (kind == 2) {
      last.term = Term(7);
    }
    record = term_record(last, Term(2));
    if (kind == 3) {
      last.seq = Seq(4);
      TermStarted started;
      started.previous_seq = last.seq;
      started.previous_hash = last.hash;
      started.previous_term = last.term;
      RecordHeader header = *event_at(record.data()).header;
      build_record(record, header, payload_of(started));
    }
    ASSERT_TRUE(venue.journal->append(Term(2), Seq(5), record).ok());
    const Read read = read_all(**venue.reader());
    if (kind == 0) {
      EXPECT_EQ(read.seqs, numbers(1, 6));
      EXPECT_FALSE(read.error.has_value());
    } else {
      EXPECT_EQ(read.seqs, numbers(1, 5));
      ASSERT_TRUE(read.error.has_value()) << kind;
      EXPECT_EQ(read.error->code, ErrorCode::stale_term);
    }
    auto sought = *venue.reader();  // the predecessor counts also where reading begins behind it
    ASSERT_TRUE(sought->seek(Seq(6)).ok());
    EXPECT_EQ(sought->next().ok(), kind == 0);
  }
}

TEST(Reader, AnotherLogInTheMemoryFolderIsNotTakenForThisOne) {
  Venue venue;
  ASSERT_TRUE(venue.open().ok());
  ASSERT_TRUE(venue.append(5, 10).ok());
  ASSERT_TRUE(venue.journal->close().ok());
  const std::uint64_t other = 12345;
  venue.files.damage(venue.options.memory / "control", offsetof(ControlPage, venue),
                     std::as_bytes(std::span(&other, 1)));
  EXPECT_EQ(read_all(**venue.reader()).seqs, numbers(1, 5)) << "from the files";
}

TEST(Directory, ItsTextIsReadBack) {
  Directory directory;
  directory.identity = identity;
  directory.opening = 7;
  directory.predecessor_chain.bytes.fill(std::byte{0xab});
  EXPECT_EQ(*directory_from(to_text(directory)), directory);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    SealedSegment segment;
    segment.number = n;
    segment.opening = 2;
    segment.first = Seq(n * 10 - 9);
    segment.last = Seq(n * 10);
    segment.last_term = Term(4);
    segment.first_time = TimeNs(-5);
    segment.last_time = TimeNs(INT64_MAX);
    segment.end = 5000;
    segment.root.bytes[0] = std::byte{0xff};
    segment.chain.bytes[31] = std::byte{0x01};
    directory.segments.push_back(segment);
  }
  EXPECT_EQ(*directory_from(to_text(directory)), directory);
  EXPECT_EQ(directory.holding(Seq(0)), nullptr);
  EXPECT_EQ(directory.holding(Seq(11)), &directory.segments[1]);
  EXPECT_EQ(directory.holding(Seq(30)), &directory.segments[2]);
  EXPECT_EQ(directory.holding(Seq(31)), nullptr);
  Directory gap = directory;
  gap.segments[1].first = Seq(12);
  EXPECT_FALSE(directory_from(to_text(gap)).ok());
  EXPECT_FALSE(directory_from("").ok());
}

TEST(Layout, NamesAreReadBack) {
  EXPECT_EQ(segment_name(42, 3), "segment-0000000042-0003");
  const auto parsed = parse_segment_name(segment_name(12345678901, 54321));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->number, 12345678901u);
  EXPECT_EQ(parsed->opening, 54321u);
  for (const char* other : {"segment-", "segment-1-1", "segment-0000000001", "segment-0000000001-0001.new", "mark",
                            "segment-000000000x-0001", "segment--1"}) {
    EXPECT_FALSE(parse_segment_name(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace cantus::eventlog::test
