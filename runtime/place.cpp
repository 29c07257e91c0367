#include "runtime/place.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

namespace cantus::runtime {
namespace {

constexpr std::uint64_t place_magic = 0x6563616c70746e43;  // "Cntplace"
constexpr std::uint32_t place_version = 6;
constexpr std::size_t place_bytes = 4096;
static_assert(sizeof(PlacePage) <= place_bytes);

// The lease: a lock on the whole file that belongs to the open file, so the kernel ends it with the process.
bool take_lease(int fd) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}
bool lease_held(int fd) {
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

PlacePage* map_page(int fd, int protection) {
  void* const address = ::mmap(nullptr, place_bytes, protection, MAP_SHARED, fd, 0);
  return address == MAP_FAILED ? nullptr : static_cast<PlacePage*>(address);
}

std::optional<FarEndReading> far_end_of(const PlacePage& page) {
  const FarEndFlag flag = page.far_end.load(std::memory_order_acquire);
  if (flag == FarEndFlag::none) {
    return std::nullopt;
  }
  return FarEndReading{page.far_end_address.str(), flag == FarEndFlag::connected,
                       TimeNs(page.far_end_since_ns.load(std::memory_order_relaxed))};
}

std::optional<PlaceReading> read_place(const std::filesystem::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_size != static_cast<off_t>(place_bytes)) {
    return std::nullopt;
  }
  PlacePage* const page = map_page(fd.get(), PROT_READ);
  if (page == nullptr) {
    return std::nullopt;
  }
  std::optional<PlaceReading> reading;
  if (page->magic == place_magic && page->version == place_version) {
    constexpr auto relaxed = std::memory_order_relaxed;
    reading = PlaceReading{page->name.str(),
                           page->place,
                           page->process,
                           Seq(page->applying.load(relaxed)),
                           Seq(page->applied.load(relaxed)),
                           page->since_ns.load(relaxed),
                           Seq(page->stable.load(relaxed)),
                           page->outstanding.load(relaxed),
                           page->heartbeat_ns.load(relaxed),
                           Incarnation::from_raw(page->incarnation.load(relaxed)),
                           Term(page->term.load(relaxed)),
                           lease_held(fd.get()),
                           page->cursor.seq(),
                           page->cursor.machine(),
                           {page->orders_answered.load(relaxed), page->order_p50_ns.load(relaxed),
                            page->order_p99_ns.load(relaxed), page->order_max_ns.load(relaxed)},
                           Seq(page->started_from.load(relaxed)),
                           {}};
  }
  if (reading) {
    reading->far_end = far_end_of(*page);
    if (page->build_known.load(std::memory_order_acquire) != 0) {
      reading->build = page->build.str();
      reading->too_old = page->too_old.load(std::memory_order_relaxed) != 0;
    }
  }
  ::munmap(page, place_bytes);
  return reading;
}

}  // namespace

Progress judge_progress(const PlaceReading& place, Seq last, std::int64_t now_ns, const ProgressLimits& limits) {
  if (!place.lease_held) {
    return Progress::dead;
  }
  const bool in_event = place.applying > place.applied;
  if ((in_event && now_ns - place.since_ns > limits.stuck_ns) || now_ns - place.heartbeat_ns > limits.silent_ns) {
    return Progress::stuck;
  }
  const Seq reached = std::max(place.applied, in_event ? Seq(place.applying.get() - 1) : place.applied);
  return last > reached && last.get() - reached.get() > limits.slow_events ? Progress::slow : Progress::current;
}

const char* to_text(Progress progress) {
  switch (progress) {
    case Progress::current:
      return "current";
    case Progress::slow:
      return "slow";
    case Progress::stuck:
      return "stuck";
    case Progress::dead:
      return "dead";
  }
  return "unknown";
}

PlaceFile::PlaceFile(PlaceFile&& other) noexcept
    : fd_(std::move(other.fd_)), page_(std::exchange(other.page_, nullptr)) {}

PlaceFile& PlaceFile::operator=(PlaceFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(page_, other.page_);
  return *this;
}

PlaceFile::~PlaceFile() {
  if (page_ != nullptr) {
    ::munmap(page_, place_bytes);
  }
}

Result<PlaceFile> PlaceFile::open(const std::filesystem::path& memory, const std::string& name, std::uint32_t place) {
  const std::string title = name + "-" + std::to_string(place);
  const std::filesystem::path path = memory / "places" / title;
  if (name.empty() || name.find('/') != std::string::npos || !FixedString<32>::fits(name)) {
    return Error{ErrorCode::refused, "\"" + name + "\" is no name of a participant"};
  }
  std::error_code failure;
  std::filesystem::create_directories(path.parent_path(), failure);
  PlaceFile file;
  file.fd_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.fd_) {
    return Error{ErrorCode::failed, "open the place " + path.string() + ": " + std::strerror(errno)};
  }
  if (!take_lease(file.fd_.get())) {
    const std::optional<PlaceReading> holder = read_place(path);
    return Error{ErrorCode::already_in_use,
                 title + " is run by process " + (holder ? std::to_string(holder->process) : std::string("unknown"))};
  }
  if (const int error = ::posix_fallocate(file.fd_.get(), 0, static_cast<off_t>(place_bytes)); error != 0) {
    return Error{ErrorCode::no_space, "room for the place " + path.string() + ": " + std::strerror(error)};
  }
  file.page_ = map_page(file.fd_.get(), PROT_READ | PROT_WRITE);
  if (file.page_ == nullptr) {
    return Error{ErrorCode::failed, "map the place " + path.string() + ": " + std::strerror(errno)};
  }
  new (file.page_) PlacePage;
  file.page_->process = static_cast<std::uint32_t>(::getpid());
  file.page_->name = FixedString<32>(name);
  file.page_->place = place;
  file.page_->version = place_version;
  file.page_->magic = place_magic;
  return file;
}

std::vector<PlaceReading> read_places(const std::filesystem::path& memory) {
  std::vector<PlaceReading> places;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(memory / "places", failure)) {
    if (std::optional<PlaceReading> reading = read_place(entry.path())) {
      places.push_back(*std::move(reading));
    }
  }
  std::ranges::sort(places, {}, [](const PlaceReading& place) { return std::tie(place.name, place.place); });
  return places;
}

}  // namespace cantus::runtime
