// Bytes that are not what was written: files cut short, bits flipped, records zeroed, repeated and swapped, in the
// files after a reboot and in memory on the same boot. Each is cut or refused exactly as the oracle says. Ordinary runs
// take a share of the places; with CANTUS_TESTS_WHOLE set it is every one.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "eventlog/verify.h"
#include "tests/eventlog/crash.h"

namespace cantus::eventlog::test {
namespace {

bool whole() { return std::getenv("CANTUS_TESTS_WHOLE") != nullptr; }

// A log in one unsealed segment, closed in good order; `image` as the next process finds it.
struct Base {
  Venue venue;
  Image image;
  std::filesystem::path file = venue.options.journal / segment_name(1, 1);
  std::filesystem::path memory = venue.options.memory / segment_name(1, 1);
  std::vector<std::size_t> begins;  // of the records, in the segment; the last is where they end

  // Records with payloads of size_of(seq) bytes; each says that all up to `lag` before it are synced.
  template <class SizeOf>
  Base(std::size_t segment_bytes, std::uint64_t count, std::uint64_t lag, SizeOf size_of) {
    venue.options.segment_bytes = segment_bytes;
    CANTUS_ASSERT(venue.open().ok(), "the base is made");
    begins.push_back(segment_data_begin);
    for (std::uint64_t seq = 1; seq <= count; ++seq) {
      const auto record = record_for(Seq(seq), Term(1), size_of(seq), Seq(seq > lag ? seq - lag : 0));
      CANTUS_ASSERT(venue.journal->append(Term(1), Seq(seq - 1), record).ok(), "the base fits");
      begins.push_back(begins.back() + record.size());
    }
    CANTUS_ASSERT(venue.journal->close().ok(), "the base is closed");
    venue.journal.reset();
    venue.options.listener = nullptr;
    image = venue.files.image();
  }
  void reboot() {
    venue.files.cut_power(1);
    venue.files.boot();
    image = venue.files.image();
  }

  // What the next start makes of the image with this change.
  template <class Change>
  void expect_for(const std::string& where, Change change) {
    Image changed = image;
    change(changed);
    venue.files.restore(changed);
    act_as_expected(venue.files, venue.options, Act::open, where);
  }
};

void flip(std::vector<std::byte>& bytes, std::size_t bit) { bytes[bit / 8] ^= std::byte{1} << (bit % 8); }

// With the stored mark every record is promised; without it those that the records themselves tell of.
template <class F>
void with_both_marks(Base& base, F f) {
  const Image image = base.image;
  f("with its mark");
  base.image.erase(base.venue.options.journal / mark_file);
  f("without the stored mark");
  base.image = image;
}

TEST(Damage, AFileCutAtAnyByteOfItsLast64KiB) {
  constexpr std::size_t kib64 = 65536;
  Base base(32 * 4096, 230, 60, [](std::uint64_t seq) { return 200 + seq * 37 % 500; });
  base.reboot();
  const std::size_t end = base.begins.back();
  ASSERT_GT(end, kib64 + segment_data_begin);
  with_both_marks(base, [&](const char* marks) {
    for (std::size_t cut = end - kib64; cut < end + 64 && !HasFailure(); ++cut) {
      const auto next = std::lower_bound(base.begins.begin(), base.begins.end(), cut);
      const bool at_border = next != base.begins.end() && *next - cut < 9;
      if (whole() || cut % 499 == 0 || (at_border && (next - base.begins.begin()) % 8 == 0)) {
        base.expect_for("cut at " + std::to_string(cut) + " " + marks,
                        [&](Image& image) { image[base.file].resize(cut); });
      }
    }
  });
}

TEST(Damage, AFileCutWithinItsHeader) {
  Base base(16384, 30, 10, [](std::uint64_t) { return 70; });
  base.reboot();
  with_both_marks(base, [&](const char* marks) {
    for (std::size_t cut = 0; cut <= segment_data_begin + 16 && !HasFailure(); cut += cut < 64 || cut > 4080 ? 1 : 61) {
      base.expect_for("cut at " + std::to_string(cut) + " " + marks,
                      [&](Image& image) { image[base.file].resize(cut); });
    }
  });
}

// Every bit of the records, the header and some of what is empty.
template <class F>
void for_each_bit(const Base& base, std::size_t size, F f) {
  const std::size_t end = base.begins.back();
  const std::size_t last = base.begins[base.begins.size() - 2];
  for (std::size_t at = 0; at < size && !testing::Test::HasFailure(); ++at) {
    const bool dense = at < sizeof(SegmentHeader) || (at >= last && at < end + 16);
    for (std::size_t bit = 0; bit < 8; ++bit) {
      if (whole() || dense || (at >= segment_data_begin && at < end ? at % 8 == bit : at % 512 == bit)) {
        f(at * 8 + bit);
      }
    }
  }
}

TEST(Damage, AnyBitOfAFileFlipped) {
  Base base(16384, 60, 20, [](std::uint64_t seq) { return seq * 29 % 200; });
  base.reboot();
  with_both_marks(base, [&](const char* marks) {
    for_each_bit(base, 16384, [&](std::size_t bit) {
      base.expect_for("bit " + std::to_string(bit) + " " + marks, [&](Image& image) { flip(image[base.file], bit); });
    });
  });
}

TEST(Damage, AnyBitOfMemoryFlipped) {
  Base base(16384, 60, 20, [](std::uint64_t seq) { return seq * 29 % 200; });
  for_each_bit(base, 16384, [&](std::size_t bit) {
    base.expect_for("bit " + std::to_string(bit), [&](Image& image) { flip(image[base.memory], bit); });
  });
}

TEST(Damage, AnyBitOfMarkOrControlPageFlipped) {
  Base base(16384, 30, 10, [](std::uint64_t) { return 70; });
  const auto page = base.venue.options.memory / control_file;
  for (std::size_t bit = 0; bit < sizeof(ControlPage) * 8 && !HasFailure(); ++bit) {
    base.expect_for("page, bit " + std::to_string(bit), [&](Image& image) { flip(image[page], bit); });
  }
  base.reboot();
  const auto mark = base.venue.options.journal / mark_file;
  for (std::size_t bit = 0; bit < sizeof(StoredMark) * 8 && !HasFailure(); ++bit) {
    base.expect_for("mark, bit " + std::to_string(bit), [&](Image& image) { flip(image[mark], bit); });
  }
}

// All records are of one size here, so that each may stand in another's place.
void for_each_exchange(Base& base, const std::filesystem::path& path, const std::string& marks) {
  const std::size_t size = base.begins[1] - base.begins[0];
  const std::size_t count = base.begins.size() - 1;
  const auto copy = [&](Image& image, std::size_t from, std::size_t to) {
    const std::vector<std::byte>& source = base.image[path];
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(base.begins[from]), size,
                image[path].begin() + static_cast<std::ptrdiff_t>(base.begins[to]));
  };
  for (std::size_t i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const std::string where = " record " + std::to_string(i + 1) + " " + marks;
    base.expect_for("zeroed" + where, [&](Image& image) {
      std::fill_n(image[path].begin() + static_cast<std::ptrdiff_t>(base.begins[i]), size, std::byte{0});
    });
    base.expect_for("commit word zeroed" + where, [&](Image& image) {
      std::fill_n(image[path].begin() + static_cast<std::ptrdiff_t>(base.begins[i]), 4, std::byte{0});
    });
    base.expect_for("repeated" + where, [&](Image& image) { copy(image, i, i + 1); });
    for (const std::size_t other : {i + 1, count - 1 - i}) {
      if (other < count && other != i) {
        base.expect_for("swapped" + where, [&](Image& image) {
          copy(image, i, other);
          copy(image, other, i);
        });
        base.expect_for("in place of another" + where, [&](Image& image) { copy(image, i, other); });
      }
    }
    base.expect_for("left out" + where, [&](Image& image) {
      for (std::size_t j = i; j < count; ++j) {
        copy(image, std::min(j + 1, count), j);
      }
    });
  }
}

TEST(Damage, RecordsZeroedRepeatedSwapped) {
  Base base(16384, 70, 25, [](std::uint64_t) { return 70; });
  for_each_exchange(base, base.memory, "in memory");
  base.reboot();
  with_both_marks(base, [&](const char* marks) { for_each_exchange(base, base.file, marks); });
}

// A sector that cannot be read is one whose records are gone: above the mark it is cut, below it refused by name.
TEST(Damage, ASectorThatCannotBeRead) {
  Base base(16384, 60, 20, [](std::uint64_t seq) { return seq * 29 % 200; });
  base.reboot();
  with_both_marks(base, [&](const char* marks) {
    for (std::size_t at = 0; at < 16384 && !HasFailure(); at += 512) {
      const std::string where = "sector at " + std::to_string(at) + " " + marks;
      Image zeros = base.image;
      std::fill_n(zeros[base.file].begin() + static_cast<std::ptrdiff_t>(at), 512, std::byte{0});
      base.venue.files.restore(base.image);
      const Expected expected = expect(zeros, zeros, *base.venue.files.boot_id(), base.venue.options, Act::open);
      base.venue.files.break_sector(base.file, at);
      const Done done = act(base.venue.files, base.venue.options, Act::open);
      ASSERT_EQ(done.ok, !expected.refused.has_value()) << where << (done.ok ? "" : done.error->text);
      if (done.ok) {
        EXPECT_EQ(done.report.text(), expected.report.text()) << where;
      } else {
        EXPECT_EQ(done.error->code, ErrorCode::corrupt);
        EXPECT_THAT(done.error->text, testing::HasSubstr(base.file.filename().string()));
      }
    }
  });
}

// What is sealed is not read again at a start; whoever reads it finds the damage, and so do the seals.
TEST(Damage, OfASealedFileIsFoundByItsReader) {
  Workload workload(3);
  ASSERT_TRUE(workload.run(20));
  workload.die();
  workload.files().cut_power(2);
  workload.files().boot();
  ASSERT_TRUE(act(workload.files(), workload.options(), Act::open).ok);
  const std::filesystem::path path = workload.options().journal / segment_name(1, 1);
  const std::vector<std::byte> good = workload.files().content(path);
  std::size_t begin = segment_data_begin;
  for (std::uint64_t seq = 1; begin < good.size(); ++seq) {
    std::uint32_t length = 0;
    std::memcpy(&length, good.data() + begin, sizeof(length));
    if (length == end_of_segment) {
      break;
    }
    const std::size_t at = begin + seq * 7 % length;
    const std::byte bad = good[at] ^ std::byte{4};
    workload.files().damage(path, at, {&bad, 1});
    auto reader = open_log(workload.files(), workload.options().journal, workload.options().memory);
    ASSERT_TRUE(reader.ok());
    std::uint64_t read = 0;
    Result<std::optional<Event>> event = (*reader)->next();
    for (; event.ok() && event->has_value(); event = (*reader)->next()) {
      ++read;
    }
    ASSERT_FALSE(event.ok()) << seq;
    EXPECT_EQ(event.error().code, ErrorCode::corrupt);
    EXPECT_EQ(read, seq - 1) << event.error().text;
    EXPECT_FALSE(check_log(workload.files(), workload.options().journal).ok());
    workload.files().damage(path, at, {&good[at], 1});
    begin += aligned_record(length);
  }
}

}  // namespace
}  // namespace cantus::eventlog::test
