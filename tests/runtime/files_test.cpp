// The kernel's files and the simulated ones, asked the same; and what only the simulated ones can show: losses.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <map>
#include <new>

#include "runtime/background_thread.h"
#include "runtime/files.h"
#include "runtime/large_pages.h"
#include "runtime/mapped_files.h"
#include "runtime/out_of_memory.h"
#include "runtime/simulated_files.h"

namespace cantus::runtime {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

enum class Kind { host, simulated };

class FilesTest : public testing::TestWithParam<Kind> {
 protected:
  FilesTest() {
    if (GetParam() == Kind::host) {
      root_ = std::filesystem::temp_directory_path() / ("cantus-files-" + std::to_string(::getpid()));
      std::filesystem::remove_all(root_);
    } else {
      root_ = "/simulated";
    }
    folder_ = root_ / "a" / "b";
    EXPECT_TRUE(files().make_directories(folder_).ok());
    EXPECT_TRUE(files().make_directories(folder_).ok()) << "a second time changes nothing";
  }
  ~FilesTest() override {
    if (GetParam() == Kind::host) {
      std::filesystem::remove_all(root_);
    }
  }
  Files& files() { return GetParam() == Kind::host ? system_files() : simulated_; }

  SimulatedFiles simulated_{"/memory"};
  std::filesystem::path root_;
  std::filesystem::path folder_;
};

// Of a venue whose user is not root; nobody else can give files away.
TEST(HostFiles, WhatRootMakesInSomebodysFolderIsThatPersons) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "of root alone";
  }
  constexpr uid_t somebody = 65'534;
  const auto folder = std::filesystem::temp_directory_path() / ("cantus-owner-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(system_files().make_directories(folder).ok());
  ASSERT_EQ(::chown(folder.c_str(), somebody, somebody), 0);
  ASSERT_TRUE(system_files().make_directories(folder / "below").ok());
  ASSERT_TRUE(replace_file(system_files(), folder / "file", bytes_of("1")).ok());
  ASSERT_TRUE(replace_file(system_files(), folder / "file", bytes_of("2")).ok());
  const auto held = system_files().lock(folder / "below" / "lock");
  for (const char* const name : {"below", "file", "below/lock"}) {
    struct stat made {};
    ASSERT_EQ(::stat((folder / name).c_str(), &made), 0) << name;
    EXPECT_EQ(made.st_uid, somebody) << name;
    EXPECT_EQ(made.st_gid, somebody) << name;
  }
  std::filesystem::remove_all(folder);
}

// Whoever gets this tries again later; it says nothing of the file.
TEST(HostFiles, WithoutADescriptorThereIsNoSpace) {
  const auto folder = std::filesystem::temp_directory_path();
  // Once before: a sanitizer needs a pipe when it meets the texts of errors first.
  EXPECT_EQ(system_files().map(folder / "cantus-is-not-there", Access::read).error().code, ErrorCode::not_found);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto created = system_files().create(folder / ("cantus-none-" + std::to_string(::getpid())));
  const auto mapped = system_files().map("/etc/passwd", Access::read);
  const auto synced = system_files().sync_directory(folder);
  const auto boot = system_files().boot_id();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(created.error().code, ErrorCode::no_space);
  EXPECT_EQ(mapped.error().code, ErrorCode::no_space);
  EXPECT_EQ(synced.error().code, ErrorCode::no_space);
  EXPECT_EQ(boot.error().code, ErrorCode::no_space);
  EXPECT_TRUE(system_files().boot_id().ok());
}

// In large pages where the kernel has them; nothing may tell but the time that it takes.
TEST(HostFiles, MemoryOfMegabytesIsReservedWholeAsZerosOrNotAtAll) {
  const std::filesystem::path path = "/dev/shm/cantus-files-" + std::to_string(::getpid());
  auto file = system_files().create(path);
  ASSERT_TRUE(file.ok()) << file.error().text;
  constexpr std::uint64_t too_much = std::uint64_t{1} << 50;
  const Status refused = (*file)->reserve(too_much);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::no_space);
  EXPECT_EQ((*file)->size().value(), 0u);
  const std::size_t bytes = 2 * large_page_bytes + 3 * file_block_bytes + 5;
  ASSERT_TRUE((*file)->reserve(bytes).ok());
  EXPECT_EQ((*file)->size().value(), bytes);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, bytes) << "every page is there";
  auto written = system_files().map(path, Access::write);
  auto read = system_files().map(path, Access::read);
  ASSERT_TRUE(written.ok() && read.ok());
  EXPECT_EQ((*read)->bytes().size(), bytes);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>((*read)->bytes().data()) % large_page_bytes, 0u);
  EXPECT_TRUE(std::ranges::all_of((*read)->bytes(), [](std::byte byte) { return byte == std::byte{0}; }));
  for (const std::size_t at : {std::size_t{0}, large_page_bytes - 1, large_page_bytes, bytes - 1}) {
    (*written)->writable()[at] = std::byte{7};
    EXPECT_EQ((*read)->bytes()[at], std::byte{7});
  }
  EXPECT_TRUE(system_files().remove(path).ok());
}

TEST(HostFiles, ReadersOfWhatIsMappedForWritingShareAMappingThatCannotBeWritten) {
  const std::filesystem::path path = "/dev/shm/cantus-files-" + std::to_string(::getpid());
  const auto make = [&](std::uint64_t bytes) {
    auto file = system_files().create(path);
    return file.ok() && (*file)->reserve(bytes).ok();
  };
  ASSERT_TRUE(make(large_page_bytes));
  const auto before = *system_files().map(path, Access::read);
  auto written = *system_files().map(path, Access::write);
  const auto read = *system_files().map(path, Access::read);
  const std::byte* const address = read->bytes().data();
  EXPECT_NE(before->bytes().data(), address);
  EXPECT_NE(written->bytes().data(), address);
  EXPECT_EQ((*system_files().map(path, Access::read))->bytes().data(), address);
  written->writable()[7] = std::byte{7};
  EXPECT_EQ(read->bytes()[7], std::byte{7});
  written.reset();
  EXPECT_EQ(read->bytes()[7], std::byte{7}) << "whoever reads keeps it";
  EXPECT_EQ((*system_files().map(path, Access::read))->bytes().data(), address);
  EXPECT_DEATH(*const_cast<std::byte*>(address) = std::byte{8}, "") << "no reader's error changes it";

  // Another file of the same name, and the same file when it is longer, are mapped anew.
  ASSERT_TRUE(system_files().remove(path).ok());
  ASSERT_TRUE(make(large_page_bytes));
  EXPECT_NE((*system_files().map(path, Access::read))->bytes().data(), address);
  written = *system_files().map(path, Access::write);
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(2 * large_page_bytes)), 0);
  EXPECT_EQ((*system_files().map(path, Access::read))->bytes().size(), 2 * large_page_bytes);
  EXPECT_TRUE(system_files().remove(path).ok());
}

TEST_P(FilesTest, WhatIsWrittenIsRead) {
  const auto path = folder_ / "x";
  auto file = files().create(path);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->write_at(3, bytes_of("hello")).ok());
  EXPECT_EQ(*(*file)->size(), 8u);
  EXPECT_TRUE((*file)->sync().ok());
  std::vector<std::byte> into(10, std::byte{9});
  EXPECT_EQ(*(*file)->read_at(0, into), 8u);
  EXPECT_EQ(std::vector<std::byte>(into.begin(), into.begin() + 8), bytes_of(std::string_view("\0\0\0hello", 8)));
  EXPECT_EQ(*read_file(files(), path), bytes_of(std::string_view("\0\0\0hello", 8)));
  EXPECT_EQ(*files().read_device(path, {}), bytes_of(std::string_view("\0\0\0hello", 8)));
  EXPECT_EQ(files().create(path).error().code, ErrorCode::already_in_use);
  auto reading = files().open(path, Access::read);
  ASSERT_TRUE(reading.ok());
  EXPECT_FALSE((*reading)->write_at(0, bytes_of("x")).ok());
}

// Whole blocks and bytes by turns, through the page cache and past it: every reader sees the last of them.
TEST_P(FilesTest, BlocksAndBytesAreOneFile) {
  constexpr std::size_t block = file_block_bytes;
  struct alignas(file_block_bytes) Blocks {
    std::array<std::byte, 3 * block> bytes{};
  };
  const auto path = folder_ / "x";
  const auto made = files().create(path);
  ASSERT_TRUE(made.ok());
  File& file = **made;
  ASSERT_TRUE(file.reserve(16 * block).ok());
  const auto mapping = files().map(path, Access::read);
  ASSERT_TRUE(mapping.ok());
  std::vector<std::byte> expected(16 * block);
  const auto put = [&](std::size_t at, std::span<const std::byte> bytes) {
    std::ranges::copy(bytes, expected.begin() + static_cast<std::ptrdiff_t>(at));
  };
  const auto expect_all_see_it = [&] {
    EXPECT_EQ(*read_file(files(), path), expected);
    EXPECT_TRUE(std::ranges::equal((*mapping)->bytes(), expected));
  };
  auto blocks = std::make_unique<Blocks>();
  for (int round = 1; round <= 4; ++round) {
    blocks->bytes.fill(static_cast<std::byte>(round));
    ASSERT_TRUE(file.write_blocks_at(2 * block, blocks->bytes).ok());
    put(2 * block, blocks->bytes);
    expect_all_see_it();
    ASSERT_TRUE(file.write_at(block + 7, std::span(blocks->bytes).first(2 * block)).ok());
    put(block + 7, std::span(blocks->bytes).first(2 * block));
    expect_all_see_it();
    ASSERT_TRUE(file.write_blocks_at(3 * block, std::span(blocks->bytes).first(block)).ok());
    put(3 * block, std::span(blocks->bytes).first(block));
    expect_all_see_it();
    ASSERT_TRUE(file.sync().ok());
    EXPECT_EQ(*files().read_device(path, {}), expected);
  }
  // What the kernel does not take past the page cache, here for its place in memory, goes through it; so does the rest.
  const std::vector<std::byte> misplaced(2 * block + 8, std::byte{9});
  const std::size_t beside = reinterpret_cast<std::uintptr_t>(misplaced.data()) % block == 0 ? 8 : 0;
  for (const std::size_t at : {5 * block, 6 * block}) {
    const auto bytes = std::span(misplaced).subspan(beside, 2 * block);
    ASSERT_TRUE(file.write_blocks_at(at, bytes).ok());
    put(at, bytes);
    expect_all_see_it();
  }
}

// Who reads at leisure is asked whether to go on before every part, and what was read is none when it was given up.
TEST_P(FilesTest, ReadingTheDeviceMayBeGivenUp) {
  const auto path = folder_ / "x";
  auto file = files().create(path);
  ASSERT_TRUE(file.ok());
  const std::vector<std::byte> content((std::size_t{2} << 20) + 1, std::byte{7});
  ASSERT_TRUE((*file)->write_at(0, content).ok());
  ASSERT_TRUE((*file)->sync().ok());
  int asked = 0;
  EXPECT_EQ(*files().read_device(path, [&](std::size_t) { return ++asked > 0; }), content);
  EXPECT_EQ(asked, 3);
  for (int through = 0; through < 3; ++through) {
    asked = 0;
    const auto given_up = files().read_device(path, [&](std::size_t) { return asked++ < through; });
    ASSERT_FALSE(given_up.ok());
    EXPECT_EQ(given_up.error().code, ErrorCode::refused);
    EXPECT_EQ(asked, through + 1);
  }
}

TEST_P(FilesTest, NamesComeAndGo) {
  EXPECT_EQ(files().open(folder_ / "x", Access::read).error().code, ErrorCode::not_found);
  EXPECT_EQ(files().map(folder_ / "x", Access::read).error().code, ErrorCode::not_found);
  EXPECT_EQ(files().remove(folder_ / "x").error().code, ErrorCode::not_found);
  EXPECT_EQ(files().list(folder_ / "none").error().code, ErrorCode::not_found);
  ASSERT_TRUE(replace_file(files(), folder_ / "b", bytes_of("1")).ok());
  ASSERT_TRUE(replace_file(files(), folder_ / "a", bytes_of("2")).ok());
  ASSERT_TRUE(replace_file(files(), folder_ / "b", bytes_of("3")).ok());
  EXPECT_EQ(*files().list(folder_), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*read_file(files(), folder_ / "b"), bytes_of("3"));
  ASSERT_TRUE(files().rename(folder_ / "a", folder_ / "b").ok());
  EXPECT_EQ(*files().list(folder_), (std::vector<std::string>{"b"}));
  EXPECT_EQ(*read_file(files(), folder_ / "b"), bytes_of("2"));
  EXPECT_TRUE(files().exists(folder_ / "b"));
  ASSERT_TRUE(files().remove(folder_ / "b").ok());
  EXPECT_FALSE(files().exists(folder_ / "b"));
}

TEST_P(FilesTest, MappingsShareOneMemoryAlsoAfterTheNameIsGone) {
  auto file = files().create(folder_ / "m");
  ASSERT_TRUE((*file)->reserve(8192).ok());
  EXPECT_EQ(*(*file)->size(), 8192u);
  auto writing = files().map(folder_ / "m", Access::write);
  auto reading = files().map(folder_ / "m", Access::read);
  ASSERT_TRUE(writing.ok() && reading.ok());
  EXPECT_EQ((*reading)->bytes().size(), 8192u);
  EXPECT_EQ((*reading)->bytes()[5000], std::byte{0});
  ASSERT_TRUE(files().remove(folder_ / "m").ok());
  (*writing)->writable()[5000] = std::byte{7};
  EXPECT_EQ((*reading)->bytes()[5000], std::byte{7});
  auto empty = files().create(folder_ / "e");
  EXPECT_EQ(files().map(folder_ / "e", Access::read).error().code, ErrorCode::refused);
}

// Beyond the end of a file that was cut short behind a reader's back the kernel does the same as for a sector that the
// device cannot read.
TEST(MappedFiles, APageThatCannotBeHadEndsTheProcessWithFileAndOffset) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const std::filesystem::path path = std::filesystem::temp_directory_path() / ("cantus-" + std::to_string(::getpid()));
  const auto read_beyond = [&path](std::size_t offset) {
    end_on_unreadable_pages(7);
    auto file = system_files().create(path);
    if (!file.ok() || !(*file)->reserve(8 * 4096).ok()) {
      ::_exit(1);
    }
    auto before = system_files().map(path, Access::read);
    before = Error{ErrorCode::failed, "given up"};  // its place is taken by others
    const auto first = system_files().map(path, Access::read);
    const auto second = system_files().map(path, Access::read);
    std::filesystem::resize_file(path, 4096);
    std::filesystem::remove(path);
    if ((*first)->bytes()[4095] != std::byte{0}) {
      ::_exit(1);
    }
    // Old records are read on threads of their own, as a rule.
    const BackgroundThread thread("reader", [&] { ::_exit(static_cast<int>((*second)->bytes()[offset]) + 2); });
  };
  EXPECT_EXIT(read_beyond(5 * 4096 + 3), testing::ExitedWithCode(7),
              "cannot read .*/cantus-[0-9]+ at offset 20483: .*from a backup");
  EXPECT_EXIT(read_beyond(4095), testing::ExitedWithCode(2), "");
  EXPECT_EXIT((end_on_unreadable_pages(7), std::raise(SIGBUS)), testing::KilledBySignal(SIGBUS), "");
}

TEST(OutOfMemory, AnAllocationThatFailsEndsTheProcessWithItsCode) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT((end_out_of_memory(9), std::get_new_handler()()), testing::ExitedWithCode(9), "out of memory");
#if !defined(CANTUS_SANITIZED)  // whose allocators end the process themselves
  const auto allocate = [](std::size_t bytes) {
    end_out_of_memory(9);
    // Nothing fits any more, so that what is asked for decides.
    const rlimit little{std::size_t{1} << 20, std::size_t{1} << 20};
    ::setrlimit(RLIMIT_AS, &little);
    std::vector<std::byte> more(bytes);
    ::_exit(more.empty() ? 1 : 2);
  };
  EXPECT_EXIT(allocate(std::size_t{1} << 28), testing::ExitedWithCode(9), "out of memory");
  EXPECT_EXIT(allocate(std::size_t{1} << 62), testing::KilledBySignal(SIGABRT), "more than the machine's memory");
#endif
}

TEST_P(FilesTest, ALockIsHeldByOne) {
  auto lock = files().lock(folder_ / "lock");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(files().lock(folder_ / "lock").error().code, ErrorCode::already_in_use);
  lock = Error{ErrorCode::failed, "given up"};
  EXPECT_TRUE(files().lock(folder_ / "lock").ok());
}

TEST_P(FilesTest, TheBootIdStands) {
  const auto first = files().boot_id();
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first->empty());
  EXPECT_EQ(*files().boot_id(), *first);
}

INSTANTIATE_TEST_SUITE_P(Both, FilesTest, testing::Values(Kind::host, Kind::simulated),
                         [](const auto& kind) { return kind.param == Kind::host ? "Host" : "Simulated"; });

TEST(SimulatedFiles, APowerCutKeepsWhatWasSyncedAndNothingIsCertainOfTheRest) {
  bool lost = false;
  bool kept = false;
  bool torn = false;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SimulatedFiles files("/memory");
    ASSERT_TRUE(files.make_directories("/d").ok());
    auto file = files.create("/d/x");
    ASSERT_TRUE((*file)->reserve(1024).ok());
    ASSERT_TRUE((*file)->write_at(0, std::vector<std::byte>(512, std::byte{1})).ok());
    ASSERT_TRUE((*file)->sync().ok());
    ASSERT_TRUE(sync_way_to(files, "/d/x").ok());
    ASSERT_TRUE((*file)->write_at(512, std::vector<std::byte>(512, std::byte{2})).ok());
    const std::string before = *files.boot_id();
    files.cut_power(seed);
    EXPECT_FALSE((*file)->write_at(0, bytes_of("x")).ok()) << "the power is off";
    files.boot();
    EXPECT_FALSE((*file)->write_at(0, bytes_of("x")).ok()) << "and the process is dead";
    EXPECT_NE(*files.boot_id(), before);
    const auto content = files.content("/d/x");
    ASSERT_EQ(content.size(), 1024u);
    for (std::size_t i = 0; i < 512; ++i) {
      ASSERT_EQ(content[i], std::byte{1});
    }
    const auto written = std::count(content.begin() + 512, content.end(), std::byte{2});
    lost = lost || written == 0;
    kept = kept || written == 512;
    torn = torn || (written > 0 && written < 512);
  }
  EXPECT_TRUE(lost && kept && torn) << "each fate comes up";
}

TEST(SimulatedFiles, NamesThatWereNotSyncedMayBeLostAndMemoryAlwaysIs) {
  bool lost = false;
  bool kept = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SimulatedFiles files("/memory");
    ASSERT_TRUE(files.make_directories("/d").ok());
    ASSERT_TRUE(files.make_directories("/memory/log").ok());
    ASSERT_TRUE(files.sync_directory("/").ok());
    auto file = files.create("/d/x");
    ASSERT_TRUE((*file)->sync().ok());
    auto memory = files.create("/memory/log/y");
    ASSERT_TRUE(files.sync_directory("/memory/log").ok());
    files.cut_power(seed);
    files.boot();
    lost = lost || !files.exists("/d/x");
    kept = kept || files.exists("/d/x");
    EXPECT_FALSE(files.exists("/memory/log/y"));
  }
  EXPECT_TRUE(lost && kept);
}

TEST(SimulatedFiles, ADirectoryThatWasNotSyncedMayBeLostWithAllThatIsInIt) {
  bool lost = false;
  bool kept = false;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SimulatedFiles files("/memory");
    ASSERT_TRUE(files.make_directories("/a/b").ok());
    auto file = files.create("/a/b/x");
    ASSERT_TRUE((*file)->sync().ok());
    ASSERT_TRUE(files.sync_directory("/a/b").ok() && files.sync_directory("/a").ok());
    files.cut_power(seed);
    files.boot();
    EXPECT_EQ(files.exists("/a/b/x"), files.exists("/a"));
    lost = lost || !files.exists("/a");
    kept = kept || files.exists("/a");
  }
  EXPECT_TRUE(lost && kept);
}

// The kernel writes back when it likes: any of the contents since the last sync may be what the device has; and a
// rename may come through before the bytes and the length of what was renamed.
TEST(SimulatedFiles, OfWhatWasWrittenAgainAndAgainAnyMayBeThere) {
  std::map<std::string, int> found;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SimulatedFiles files("/memory");
    ASSERT_TRUE(files.make_directories("/d").ok());
    auto file = files.create("/d/x");
    ASSERT_TRUE((*file)->write_at(0, bytes_of("0")).ok());
    ASSERT_TRUE((*file)->sync().ok());
    ASSERT_TRUE(sync_way_to(files, "/d/x").ok());
    ASSERT_TRUE((*file)->write_at(0, bytes_of("1")).ok());
    ASSERT_TRUE((*file)->write_at(0, bytes_of("2")).ok());
    auto other = files.create("/d/y");
    ASSERT_TRUE((*other)->write_at(0, bytes_of("new")).ok());
    ASSERT_TRUE(files.rename("/d/y", "/d/z").ok());
    files.cut_power(seed);
    files.boot();
    const auto x = files.content("/d/x");
    found[std::string(reinterpret_cast<const char*>(x.data()), x.size())] += 1;
    if (files.exists("/d/z")) {
      found[files.content("/d/z").empty() ? "empty" : "something"] += 1;
    }
  }
  for (const char* each : {"0", "1", "2", "empty", "something"}) {
    EXPECT_GT(found[each], 0) << each;
  }
}

TEST(SimulatedFiles, AProcessThatIsStoppedLeavesWhatItHadDone) {
  for (const CallFault fault : {CallFault::stop_before, CallFault::stop_after}) {
    SimulatedFiles files("/memory");
    ASSERT_TRUE(files.make_directories("/memory/log").ok());
    ASSERT_TRUE(files.make_directories("/d").ok());
    auto file = files.create("/d/x");
    auto memory = files.create("/memory/log/y");
    ASSERT_TRUE((*memory)->reserve(64).ok());
    auto mapping = files.map("/memory/log/y", Access::write);
    (*mapping)->writable()[0] = std::byte{1};
    files.plan(2, fault);
    EXPECT_TRUE((*file)->write_at(0, bytes_of("a")).ok());
    EXPECT_TRUE(files.plan_is_open());
    EXPECT_FALSE((*file)->write_at(1, bytes_of("b")).ok());
    EXPECT_FALSE(files.plan_is_open());
    EXPECT_FALSE((*file)->write_at(2, bytes_of("c")).ok());
    (*mapping)->writable()[0] = std::byte{2};  // by a thread that does not know yet that it is dead
    files.end_process();
    EXPECT_EQ(files.content("/d/x").size(), fault == CallFault::stop_before ? 1u : 2u);
    EXPECT_EQ(files.content("/memory/log/y")[0], std::byte{1});
    EXPECT_FALSE((*file)->write_at(0, bytes_of("x")).ok()) << "of a dead process";
    EXPECT_TRUE((*files.open("/d/x", Access::write))->write_at(0, bytes_of("x")).ok());
  }
}

TEST(SimulatedFiles, AFailedSyncPretendsAfterwardsAsTheKernelDoes) {
  SimulatedFiles files("/memory");
  ASSERT_TRUE(files.make_directories("/d").ok());
  auto file = files.create("/d/x");
  ASSERT_TRUE((*file)->reserve(512).ok());
  ASSERT_TRUE((*file)->sync().ok());
  ASSERT_TRUE(files.sync_directory("/d").ok());
  ASSERT_TRUE((*file)->write_at(0, bytes_of("data")).ok());
  files.fail_sync(1, "x");
  EXPECT_FALSE((*file)->sync().ok());
  EXPECT_TRUE((*file)->sync().ok()) << "the second one lies";
  EXPECT_EQ((*read_file(files, "/d/x"))[0], std::byte{'d'});
  EXPECT_EQ((*files.read_device("/d/x", {}))[0], std::byte{0});
}

}  // namespace
}  // namespace cantus::runtime
