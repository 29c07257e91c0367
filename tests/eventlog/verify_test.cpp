// The bytes of a log's files against what was written: any bad one is named, exactly where one byte alone was changed.
#include "eventlog/verify.h"

#include <gmock/gmock.h>

#include "tests/eventlog/crash.h"

namespace cantus::eventlog::test {
namespace {

using testing::HasSubstr;

// Sealed segments and an unsealed one, as a process that died left them.
struct Log {
  Log() {
    CANTUS_ASSERT(workload.run(20), "the workload runs");
    workload.die();
    workload.files().cut_power(2);
    workload.files().boot();
    CANTUS_ASSERT(act(workload.files(), workload.options(), Act::open).ok, "it starts again");
    image = workload.files().image();
    good = *verify_log(workload.files(), workload.options().journal);
  }
  VerifiedLog verify() { return *verify_log(workload.files(), workload.options().journal); }
  [[nodiscard]] std::filesystem::path segment(std::uint64_t number) const {
    for (const auto& [path, bytes] : image) {
      const auto name = parse_segment_name(path.filename().string());
      if (path.parent_path() == workload.options().journal && name && name->number == number) {
        return path;
      }
    }
    return {};
  }
  // Where the records of a segment begin, and where the last one ends.
  [[nodiscard]] std::vector<std::size_t> begins(const std::filesystem::path& path) const {
    std::vector<std::size_t> at{segment_data_begin};
    const std::vector<std::byte>& bytes = image.at(path);
    for (std::uint32_t word = load_commit(bytes.data() + at.back()); word != 0 && word != end_of_segment;
         word = load_commit(bytes.data() + at.back())) {
      at.push_back(at.back() + aligned_record(word));
    }
    return at;
  }

  Workload workload{3};
  Image image;
  VerifiedLog good;
};

TEST(Verify, AGoodLogIsGoodToItsEnd) {
  Log log;
  ASSERT_FALSE(log.good.first_bad.has_value()) << text_of(*log.good.first_bad);
  EXPECT_FALSE(log.good.first_stray.has_value());
  EXPECT_GT(log.good.sealed, 1U);
  EXPECT_GE(log.good.unsealed, 1U);
  EXPECT_EQ(log.good.last, Seq(read_log(log.workload.files(), log.workload.options(), "whole").size()));
  EXPECT_EQ(log.good.torn_records, 0U);
  EXPECT_TRUE(check_log(log.workload.files(), log.workload.options().journal).ok());
}

// Every byte of the records of a sealed segment, one after the other; what is no record's is stray.
TEST(Verify, OneChangedByteIsNamed) {
  Log log;
  const std::filesystem::path path = log.segment(1);
  const std::vector<std::size_t> begins = log.begins(path);
  std::uint64_t exact = 0;
  std::uint64_t changes = 0;
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    const std::uint32_t length = load_commit(log.image.at(path).data() + begins[i]);
    for (std::size_t at = begins[i] + i % 23; at < begins[i + 1]; at += 23) {
      const std::byte was = log.image.at(path)[at];
      const std::byte is = was ^ std::byte(1 + at % 255);
      log.workload.files().damage(path, at, {&is, 1});
      const VerifiedLog found = log.verify();
      log.workload.files().damage(path, at, {&was, 1});
      if (at >= begins[i] + length) {
        EXPECT_FALSE(found.first_bad.has_value());
        ASSERT_TRUE(found.first_stray.has_value()) << at;
        EXPECT_EQ(found.first_stray->offset, at);
        continue;
      }
      ASSERT_TRUE(found.first_bad.has_value()) << at;
      EXPECT_EQ(found.first_bad->file, path);
      EXPECT_EQ(found.first_bad->record, Seq(i + 1));
      EXPECT_LE(found.first_bad->offset, at);
      EXPECT_LT(at, found.first_bad->offset + found.first_bad->count) << text_of(*found.first_bad);
      exact += found.first_bad->count == 1 ? 1 : 0;
      ++changes;
    }
  }
  EXPECT_GT(changes, 50U);
  EXPECT_EQ(exact, changes);
}

// Records with good checksums that are not those that were sealed: only the root tells.
TEST(Verify, WhatWasWrittenAnewIsFoundByTheRoot) {
  Log log;
  const std::filesystem::path path = log.segment(1);
  const std::size_t at = log.begins(path)[3];
  std::vector<std::byte> record(log.image.at(path).begin() + static_cast<std::ptrdiff_t>(at),
                                log.image.at(path).begin() + static_cast<std::ptrdiff_t>(log.begins(path)[4]));
  auto* header = reinterpret_cast<RecordHeader*>(record.data());
  header->time = TimeNs(header->time.get() + 1);
  header->crc = checksum_of(*header, event_at(record.data()).bytes());
  log.workload.files().damage(path, at, record);
  const VerifiedLog found = log.verify();
  ASSERT_TRUE(found.first_bad.has_value());
  EXPECT_EQ(found.first_bad->file, path);
  EXPECT_THAT(found.first_bad->why, HasSubstr("wrote them anew"));
}

TEST(Verify, HeadersMissingFilesAndWhatCannotBeRead) {
  Log log;
  const std::filesystem::path path = log.segment(2);
  const std::byte other{0x55};
  log.workload.files().damage(path, 20, {&other, 1});
  EXPECT_EQ(log.verify().first_bad->file, path);
  EXPECT_EQ(log.verify().first_bad->offset, 0U);
  log.workload.files().restore(log.image);

  log.workload.files().damage(path, 1000, {&other, 1});
  EXPECT_FALSE(log.verify().first_bad.has_value());
  EXPECT_EQ(text_of(*log.verify().first_stray), path.string() + " at offset 1000: must be zero, is 0x55");
  log.workload.files().restore(log.image);

  ASSERT_TRUE(log.workload.files().remove(path).ok());
  const VerifiedLog missing = log.verify();
  ASSERT_TRUE(missing.first_bad.has_value());
  EXPECT_EQ(missing.first_bad->file, path);
  EXPECT_THAT(missing.first_bad->why, HasSubstr("lost"));
  log.workload.files().restore(log.image);

  log.workload.files().damage(log.workload.options().journal / directory_file, 30, {&other, 1});
  const Result<VerifiedLog> lost = verify_log(log.workload.files(), log.workload.options().journal);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, ErrorCode::corrupt);
}

// The last segment has no seal: what was promised counts, what a crash tore behind it does not.
TEST(Verify, BehindTheLastSealThePromiseCounts) {
  Log log;
  const std::filesystem::path path = log.segment(log.good.sealed + 1);
  const std::vector<std::size_t> begins = log.begins(path);
  ASSERT_GT(begins.size(), 2U);
  const std::size_t last = begins[begins.size() - 2];
  const std::byte was = log.image.at(path)[last + 40];
  const std::byte is = was ^ std::byte{0x10};
  log.workload.files().damage(path, last + 40, {&is, 1});
  ASSERT_GE(log.good.promised, log.good.last) << "the workload syncs what it wrote";
  const VerifiedLog promised = log.verify();
  ASSERT_TRUE(promised.first_bad.has_value());
  EXPECT_EQ(promised.first_bad->offset, last + 40);
  EXPECT_EQ(promised.first_bad->record, log.good.last);

  ASSERT_TRUE(log.workload.files().remove(log.workload.options().journal / mark_file).ok());
  const VerifiedLog torn = log.verify();
  EXPECT_FALSE(torn.first_bad.has_value()) << text_of(*torn.first_bad);
  EXPECT_EQ(torn.last, Seq(log.good.last.get() - 1));
  EXPECT_GT(torn.torn_bytes, 0U);
}

}  // namespace
}  // namespace cantus::eventlog::test
