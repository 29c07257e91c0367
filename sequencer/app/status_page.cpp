#include "sequencer/app/status_page.h"

#include <atomic>
#include <cstring>
#include <thread>
#include <utility>

namespace cantus::sequencer {
namespace {

constexpr std::uint64_t status_magic = 0x7574617473746e43;  // "Cntstatu"
constexpr std::uint64_t status_version = 4;
constexpr std::size_t figure_words = sizeof(StatusFigures) / sizeof(std::uint64_t);
// Who reads a word of a writing that has begun also sees that it has: each word is stored with release order behind the
// odd lock, and loaded with acquire order before the lock is looked at again.

struct Page {
  std::atomic<std::uint64_t> magic{0};
  std::atomic<std::uint64_t> version{0};
  std::atomic<std::uint64_t> lock{0};  // odd while it is written
  // By how much the venue's clock is ahead of the monotonic clock; 0: not said yet. Outside the lock, with what it has
  // to lose: the next sequencer needs them however this one ended. (If it is between the two, they are of two moments a
  // tenth of a second apart, and differ by half of that.)
  std::atomic<std::int64_t> clock_ahead_ns{0};
  std::atomic<std::int64_t> clock_to_lose_ns{0};
  std::array<std::atomic<std::uint64_t>, figure_words> words;
};
static_assert(sizeof(Page) == 40 + sizeof(StatusFigures));
constexpr std::size_t page_bytes = (sizeof(Page) + 4095) / 4096 * 4096;

[[nodiscard]] Status make_file(runtime::Files& files, const std::filesystem::path& path) {
  if (files.exists(path)) {
    return {};
  }
  auto file = files.create(path);
  if (!file) {
    return std::move(file).error();
  }
  return (*file)->reserve(page_bytes);
}

}  // namespace

std::filesystem::path status_path(const std::filesystem::path& memory) { return memory / "status"; }

Result<StatusWriter> StatusWriter::open(runtime::Files& files, const std::filesystem::path& memory) {
  const auto path = status_path(memory);
  if (Status made = make_file(files, path); !made) {
    return std::move(made).error().context("make the status file");
  }
  auto mapping = files.map(path, runtime::Access::write);
  // Of another build, whose readers keep their own mapping; or empty, because who made it died before it had its size.
  const bool other = mapping ? (*mapping)->bytes().size() != page_bytes : mapping.error().code == ErrorCode::refused;
  if (other) {
    if (Status removed = files.remove(path); !removed) {
      return std::move(removed).error().context("replace the status file");
    }
    if (Status made = make_file(files, path); !made) {
      return std::move(made).error().context("make the status file");
    }
    mapping = files.map(path, runtime::Access::write);
  }
  if (!mapping) {
    return std::move(mapping).error().context("map the status file");
  }
  StatusWriter writer(std::move(mapping).value());
  auto& page = *reinterpret_cast<Page*>(writer.mapping_->writable().data());
  const bool ours = page.magic.load(std::memory_order_relaxed) == status_magic &&
                    page.version.load(std::memory_order_relaxed) == status_version;
  const runtime::VenueClock::Kept clock{page.clock_ahead_ns.load(std::memory_order_relaxed),
                                        page.clock_to_lose_ns.load(std::memory_order_relaxed)};
  writer.clock_found_ = ours && clock.ahead_of_monotonic_ns != 0 ? std::optional(clock) : std::nullopt;
  page.version.store(status_version, std::memory_order_relaxed);
  page.magic.store(status_magic, std::memory_order_release);
  return writer;
}

void StatusWriter::write(const StatusFigures& figures, const runtime::VenueClock::Kept& clock) {
  auto& page = *reinterpret_cast<Page*>(mapping_->writable().data());
  page.clock_ahead_ns.store(clock.ahead_of_monotonic_ns, std::memory_order_relaxed);
  page.clock_to_lose_ns.store(clock.to_lose_ns, std::memory_order_relaxed);
  // A writer that died left the lock odd: the next one goes on from there.
  const std::uint64_t odd = page.lock.load(std::memory_order_relaxed) | 1;
  page.lock.store(odd, std::memory_order_relaxed);
  const std::size_t unused = status_places_max - figures.places_count;
  const std::size_t words = figure_words - unused * sizeof(PlaceFigures) / sizeof(std::uint64_t);
  const auto* const source = reinterpret_cast<const std::byte*>(&figures);
  for (std::size_t i = 0; i < words; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, source + i * sizeof(word), sizeof(word));
    page.words[i].store(word, std::memory_order_release);
  }
  page.lock.store(odd + 1, std::memory_order_release);
}

Result<StatusReader> StatusReader::open(runtime::Files& files, const std::filesystem::path& memory) {
  const auto path = status_path(memory);
  auto mapping = files.map(path, runtime::Access::read);
  if (!mapping) {
    return std::move(mapping).error().context("read the sequencer's status");
  }
  const auto bytes = (*mapping)->bytes();
  const auto& page = *reinterpret_cast<const Page*>(bytes.data());
  if (bytes.size() != page_bytes || page.magic.load(std::memory_order_acquire) != status_magic ||
      page.version.load(std::memory_order_relaxed) != status_version) {
    return Error{ErrorCode::not_supported, path.string() + " is not of a sequencer of this build"};
  }
  return StatusReader(std::move(mapping).value());
}

Result<StatusFigures> StatusReader::read(std::chrono::milliseconds patience) const {
  const auto& page = *reinterpret_cast<const Page*>(mapping_->bytes().data());
  StatusFigures figures;
  auto* const target = reinterpret_cast<std::byte*>(&figures);
  for (auto waited = std::chrono::milliseconds(0); waited <= patience; ++waited) {
    const std::uint64_t before = page.lock.load(std::memory_order_acquire);
    const bool whole = (before & 1) == 0;
    for (std::size_t i = 0; whole && i < figure_words; ++i) {
      const std::uint64_t word = page.words[i].load(std::memory_order_acquire);
      std::memcpy(target + i * sizeof(word), &word, sizeof(word));
    }
    if (whole && page.lock.load(std::memory_order_relaxed) == before) {
      return figures;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return Error{ErrorCode::failed, "the sequencer's status was left half written"};
}

}  // namespace cantus::sequencer
