// What a device cannot read is zeros to who judges a file, and no more than that; as the kernel tells it, which this
// program does in its place.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "runtime/files.h"

namespace {

struct BadBlock {
  off_t at = -1;  // none
  int error = 0;
};
BadBlock bad_block;
int calls = 0;

}  // namespace

extern "C" ssize_t pread(int fd, void* into, size_t bytes, off_t offset) {
  ++calls;
  if (bad_block.at >= offset && bad_block.at < offset + static_cast<off_t>(bytes)) {
    errno = bad_block.error;
    return -1;
  }
  return ::syscall(SYS_pread64, fd, into, bytes, offset);
}

namespace cantus::runtime {
namespace {

constexpr std::size_t bad_at = read_at_once_bytes + 2 * file_block_bytes;
constexpr std::size_t file_bytes = 4 * read_at_once_bytes;

class Unreadable : public ::testing::TestWithParam<int> {
 protected:
  Unreadable() { std::ofstream(path_) << std::string(file_bytes, 'x'); }
  ~Unreadable() override {
    bad_block = {};
    std::filesystem::remove(path_);
  }
  Result<std::vector<std::byte>> read_with(int error, const Pace& pace = {}) {
    bad_block = {bad_at, error};
    calls = 0;
    return system_files().read_device(path_, pace);
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("cantus-unreadable-" + std::to_string(::getpid()));
};

TEST_P(Unreadable, BlocksAreZerosAndAllOthersAreRead) {
  const auto bytes = read_with(GetParam());
  ASSERT_TRUE(bytes.ok()) << bytes.error().text;
  std::vector<std::byte> expected(file_bytes, std::byte{'x'});
  std::fill_n(expected.begin() + bad_at, file_block_bytes, std::byte{0});
  EXPECT_TRUE(*bytes == expected);
  EXPECT_LT(calls, 300) << "one mebibyte of it by blocks";
}
INSTANTIATE_TEST_SUITE_P(AsTheKernelSaysIt, Unreadable, testing::Values(EIO, ENODATA, EILSEQ, EREMOTEIO));

// Each attempt on a bad block may take the device seconds, and whoever is told to end must not be waited for that long.
TEST_F(Unreadable, IsGivenUpBetweenBlocks) {
  const auto bytes = read_with(EIO, [](std::size_t) { return calls < 4; });
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().code, ErrorCode::refused);
  EXPECT_EQ(calls, 4);
}

TEST_F(Unreadable, AnyOtherFailureIsOne) {
  const auto bytes = read_with(EINVAL);
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().code, ErrorCode::failed);
}

}  // namespace
}  // namespace cantus::runtime
