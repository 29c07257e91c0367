// Sealed segments compressed: whoever reads the log sees the same records at the same places, one changed byte is
// named, what a hostile file claims is not believed, and the swap may be cut short anywhere.
#include "eventlog/packed.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/crc32c.h"
#include "eventlog/sealed_file.h"
#include "eventlog/verify.h"
#include "tests/eventlog/crash.h"

namespace cantus::eventlog::test {
namespace {

using runtime::CallFault;
using testing::HasSubstr;

// Sealed segments of more than one frame each, and an unsealed one.
struct Packed {
  Packed() {
    venue.options.segment_bytes = std::size_t{1} << 20;
    CANTUS_ASSERT(venue.open().ok() && venue.append(900, 1000).ok() && venue.append(3000, 200).ok(), "it is written");
    venue.listener->wait_synced(venue.journal->last());
    venue.listener->wait_sealed(1);
    venue.die();
    directory = *read_directory(files(), journal());
    whole = read_log(files(), venue.options, "plain");
  }
  runtime::SimulatedFiles& files() { return venue.files; }
  [[nodiscard]] const std::filesystem::path& journal() const { return venue.options.journal; }
  Status pack(const SealedSegment& listed) { return pack_sealed(files(), journal(), identity, listed); }
  void pack_all() {
    for (const SealedSegment& listed : directory.segments) {
      const Status status = pack(listed);
      ASSERT_TRUE(status.ok()) << status.error().text;
    }
  }
  [[nodiscard]] std::filesystem::path packed_path(std::size_t index) const {
    return journal() / packed_name(directory.segments[index].number, directory.segments[index].opening);
  }
  void expect_whole(const std::string& where) {
    EXPECT_TRUE(read_log(files(), venue.options, where) == whole) << where;
  }

  Venue venue;
  Directory directory;
  std::vector<Record> whole;
};

TEST(Packed, EveryRecordIsReadInItsPlace) {
  Packed log;
  auto before = *log.venue.reader();  // maps plain files, and goes on when they are gone
  ASSERT_TRUE(before->seek(Seq(5)).ok());
  log.pack_all();
  ASSERT_FALSE(log.files().exists(log.journal() / segment_name(1, 1)));
  EXPECT_LT(log.files().content(log.packed_path(0)).size(), log.directory.segments[0].end / 2);
  log.expect_whole("packed");
  EXPECT_TRUE(read_all(*before).error == std::nullopt);
  EXPECT_EQ(before->position(), Seq(log.whole.size()));

  auto reader = *log.venue.reader();
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Seq seq(1 + i * 2654435761 % log.whole.size());
    ASSERT_TRUE(reader->seek(seq).ok());
    for (std::uint64_t k = 0; k < 2 && seq.get() + k <= log.whole.size(); ++k) {
      const auto event = reader->next();
      ASSERT_TRUE(event.ok() && event->has_value()) << seq.get();
      const auto bytes = record_bytes(**event);
      ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), log.whole[seq.get() + k - 1].begin())) << seq.get();
    }
    const TimeNs time(static_cast<std::int64_t>(1'000'000 + seq.get() * 1000));
    EXPECT_EQ(*reader->find(time), seq);
    EXPECT_EQ(*reader->find(TimeNs(time.get() - 1)), seq);
  }
}

TEST(Packed, AJournalGoesOnBehindPackedSegments) {
  Packed log;
  ASSERT_TRUE(give_up_memory(log.files(), log.journal(), log.venue.options.memory).ok());
  log.directory = *read_directory(log.files(), log.journal());
  log.pack_all();
  ASSERT_TRUE(log.venue.open().ok());
  EXPECT_EQ(log.venue.journal->opened_at().seq, Seq(log.whole.size()));
  const auto& last = log.whole.back();
  EXPECT_EQ(log.venue.journal->opened_at().hash, Sha256().add(last).finish());
  ASSERT_TRUE(log.venue.append(10, 100).ok());
  log.venue.listener->wait_synced(log.venue.journal->last());
  EXPECT_EQ(read_log(log.files(), log.venue.options, "gone on").size(), log.whole.size() + 10);
  const auto found = *verify_log(log.files(), log.journal());
  EXPECT_FALSE(found.first_bad || found.first_stray);
}

// Every byte of a packed file that anybody reads: named itself, or with what holds it.
TEST(Packed, AChangedByteIsNamed) {
  Packed log;
  log.pack_all();
  const std::filesystem::path path = log.packed_path(0);
  const std::vector<std::byte> bytes = log.files().content(path);
  const auto packed = *PackedSegment::open(bytes, identity, 1, 1);
  const std::uint64_t frames_begin = packed->frames().front().packed_at;
  for (std::size_t at = 8; at < bytes.size(); at += at < frames_begin ? 7 : bytes.size() / 23) {
    const std::byte is = bytes[at] ^ std::byte(1 + at % 255);
    log.files().damage(path, at, {&is, 1});
    const VerifiedLog found = *verify_log(log.files(), log.journal());
    ASSERT_TRUE(found.first_bad.has_value()) << at;
    EXPECT_EQ(found.first_bad->file, path);
    if (at >= frames_begin && at < packed->header().index_at) {
      EXPECT_EQ(found.first_bad->offset, at);
      EXPECT_EQ(found.first_bad->count, 1U);
      EXPECT_LT(found.last, log.directory.segments[0].last);
    } else {
      EXPECT_EQ(found.first_bad->offset, 0U);
    }
    EXPECT_FALSE(check_sealed_file(log.files(), path, identity, log.directory.segments[0]).ok()) << at;
    log.files().damage(path, at, {&bytes[at], 1});
  }
  EXPECT_FALSE(verify_log(log.files(), log.journal())->first_bad.has_value());
}

TEST(Packed, OtherRecordsThanWereSealedAreNoSegment) {
  Packed log;
  log.pack_all();
  // The same segment with one record changed and every checksum made right.
  auto file = *log.files().create(log.journal() / "forged");
  Packer packer(*file, identity, 1, 1, log.venue.options.segment_bytes);
  for (std::uint64_t i = 0; i < log.directory.segments[0].last.get(); ++i) {
    std::vector<std::byte> record = log.whole[i];
    if (i == 17) {
      RecordHeader header = *event_at(record.data()).header;
      std::vector<std::byte> payload(record.begin() + sizeof(header), record.end());
      payload[0] ^= std::byte{1};
      build_record(record, header, payload);
    }
    record.resize(aligned_record(record.size()));
    ASSERT_TRUE(packer.add(event_at(record.data())).ok());
  }
  ASSERT_TRUE(packer.finish().ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(log.files().rename(log.journal() / "forged", log.packed_path(0)).ok());
  const Status status = check_sealed_file(log.files(), log.packed_path(0), identity, log.directory.segments[0]);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text, HasSubstr("not the records that were sealed"));
  EXPECT_TRUE(verify_log(log.files(), log.journal())->first_bad.has_value());
}

// Claims with checksums that fit: none leads to a read beyond the file or to memory that the file does not account for.
TEST(Packed, WhatAHostileFileClaimsIsJudged) {
  Packed log;
  log.pack_all();
  const std::vector<std::byte> good = log.files().content(log.packed_path(0));
  const auto forged = [&](auto change) {
    std::vector<std::byte> bytes = good;
    PackedHeader header;
    std::memcpy(&header, bytes.data() + 8, sizeof(header));
    std::vector<PackedFrame> frames(header.frames);
    std::memcpy(frames.data(), bytes.data() + header.index_at + 8, frames.size() * sizeof(PackedFrame));
    change(header, frames);
    const std::size_t fit = std::min(frames.size() * sizeof(PackedFrame), bytes.size() - 8 - 8 - sizeof(header));
    std::memcpy(bytes.data() + bytes.size() - fit, frames.data(), fit);
    header.index_crc = crc32c(std::as_bytes(std::span(frames)));
    header.crc = 0;
    header.crc = crc32c(payload_of(header));
    std::memcpy(bytes.data() + 8, &header, sizeof(header));
    const auto opened = PackedSegment::open(bytes, identity, 1, 1);
    if (!opened) {
      return opened.error().text;
    }
    for (std::size_t i = 0; i < (*opened)->frames().size(); ++i) {
      std::vector<std::byte> into((*opened)->frames()[i].bytes);
      if (Status status = (*opened)->unpack(i, into); !status) {
        return status.error().text;
      }
    }
    return std::string("good");
  };
  using Header = PackedHeader;
  using Frames = std::vector<PackedFrame>;
  EXPECT_EQ(forged([](Header&, Frames&) {}), "good");
  EXPECT_THAT(forged([](Header& h, Frames&) { h.frames = 0xffffffff; }), HasSubstr("length"));
  EXPECT_THAT(forged([](Header& h, Frames&) { h.index_at = ~std::uint64_t{0}; }), HasSubstr("length"));
  EXPECT_THAT(forged([](Header& h, Frames&) { h.index_at = 0; }), HasSubstr("length"));
  EXPECT_THAT(forged([](Header& h, Frames&) { h.format = 2; }), HasSubstr("format 2"));
  EXPECT_THAT(forged([](Header& h, Frames&) { h.venue = VenueId(1); }), HasSubstr("another log"));
  EXPECT_THAT(forged([](Header& h, Frames&) { h.number = 2; }), HasSubstr("its name"));
  EXPECT_THAT(forged([](Header& h, Frames&) { h.end += 8; }), HasSubstr("cannot be"));
  EXPECT_THAT(forged([](Header&, Frames& f) { f[1].bytes = 0xfffffff8; }), HasSubstr("cannot be"));
  EXPECT_THAT(forged([](Header&, Frames& f) { f[1].packed_bytes = 0xffffffff; }), HasSubstr("cannot be"));
  EXPECT_THAT(forged([](Header&, Frames& f) { f[1].at += 8; }), HasSubstr("cannot be"));
  EXPECT_THAT(forged([](Header&, Frames& f) { f[1].packed_at = 0; }), HasSubstr("cannot be"));
  EXPECT_THAT(forged([](Header&, Frames& f) { f[1].first = f[0].first; }), HasSubstr("cannot be"));
  // A frame that unpacks to another size than the index says.
  EXPECT_THAT(forged([](Header& h, Frames& f) {
                f.back().bytes -= 8;
                h.end -= 8;
              }),
              HasSubstr("unpacked"));
  EXPECT_THAT(forged([](Header&, Frames& f) { ++f[0].crc; }), HasSubstr("checksum"));
  for (std::size_t size : {std::size_t{0}, std::size_t{8}, std::size_t{79}, std::size_t{88}, good.size() - 1}) {
    EXPECT_FALSE(PackedSegment::open(std::span(good).first(size), identity, 1, 1).ok()) << size;
  }
}

// At every call that changes anything the process stops, before or behind it, or the call fails; or the power goes: the
// log is whole at any moment, and it is packed when it is tried again.
TEST(Packed, TheSwapMayBeCutShortAnywhere) {
  Packed log;
  const SealedSegment listed = log.directory.segments[0];
  const auto dry = log.files().copy();
  const std::uint64_t before = dry->changes();
  ASSERT_TRUE(pack_sealed(*dry, log.journal(), identity, listed).ok());
  const std::uint64_t calls = dry->changes() - before;
  ASSERT_GT(calls, 6U);
  ASSERT_LT(calls, 40U);
  for (std::uint64_t n = 1; n <= calls; ++n) {
    for (const CallFault fault : {CallFault::stop_before, CallFault::stop_after, CallFault::fail_once}) {
      // Behind the renaming what came through of names is another thing each time.
      const std::uint64_t powers = n + 4 > calls && fault == CallFault::stop_after ? 24 : 2;
      for (std::uint64_t power = 0; power < powers; ++power) {
        const std::string where = "call " + std::to_string(n) + ", fault " + std::to_string(static_cast<int>(fault)) +
                                  ", power " + std::to_string(power);
        const auto files = log.files().copy();
        files->plan(n, fault);
        const Status status = pack_sealed(*files, log.journal(), identity, listed);
        EXPECT_FALSE(status.ok()) << where;
        if (fault != CallFault::fail_once) {
          files->end_process();
        }
        if (power != 0) {
          files->cut_power(power);
          files->boot();
        }
        EXPECT_TRUE(read_log(*files, log.venue.options, where) == log.whole) << where;
        const Status again = pack_sealed(*files, log.journal(), identity, listed);
        EXPECT_TRUE(again.ok()) << where << ": " << (again.ok() ? "" : again.error().text);
        EXPECT_FALSE(files->exists(log.journal() / segment_name(listed.number, listed.opening))) << where;
        EXPECT_TRUE(read_log(*files, log.venue.options, where) == log.whole) << where;
        files->cut_power(7);
        files->boot();
        EXPECT_TRUE(read_log(*files, log.venue.options, where) == log.whole) << where;
      }
    }
  }
}

TEST(Packed, NothingIsRemovedForACopyThatTheDeviceDoesNotHold) {
  Packed log;
  log.files().fail_sync(1, ".zst");
  EXPECT_FALSE(log.pack(log.directory.segments[0]).ok());
  EXPECT_TRUE(log.files().exists(log.journal() / segment_name(1, 1)));
  log.files().limit_space(0);
  const Status full = log.pack(log.directory.segments[0]);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, ErrorCode::no_space);
  EXPECT_TRUE(log.files().exists(log.journal() / segment_name(1, 1)));
  log.expect_whole("not packed");
}

TEST(Packed, WhoHasBetterThingsToDoGivesUp) {
  Packed log;
  int asked = 0;
  const Status status = pack_sealed(log.files(), log.journal(), identity, log.directory.segments[0],
                                    [&](std::size_t) { return ++asked < 3; });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::refused);
  EXPECT_FALSE(log.files().exists(log.packed_path(0)));
  log.expect_whole("given up");
}

}  // namespace
}  // namespace cantus::eventlog::test
