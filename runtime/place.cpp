#include "runtime/place.h"

#include <unistd.h>

#include <algorithm>
#include <new>
#include <optional>
#include <tuple>
#include <utility>

namespace cantus::runtime {
namespace {

constexpr std::uint64_t place_magic = 0x6563616c70746e43;  // "Cntplace"
constexpr std::uint32_t place_version = 6;
constexpr std::size_t place_bytes = 4096;
static_assert(sizeof(PlacePage) <= place_bytes);

std::optional<FarEndReading> far_end_of(const PlacePage& page) {
  const FarEndFlag flag = page.far_end.load(std::memory_order_acquire);
  if (flag == FarEndFlag::none) {
    return std::nullopt;
  }
  return FarEndReading{page.far_end_address.str(), flag == FarEndFlag::connected,
                       TimeNs(page.far_end_since_ns.load(std::memory_order_relaxed))};
}

std::optional<PlaceReading> read_place(Files& files, const std::filesystem::path& path) {
  const Result<std::unique_ptr<Mapping>> mapping = files.map(path, Access::read);
  if (!mapping || (*mapping)->bytes().size() != place_bytes) {
    return std::nullopt;
  }
  const auto* const page = reinterpret_cast<const PlacePage*>((*mapping)->bytes().data());
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
                           files.is_leased(path),
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

Result<PlaceFile> PlaceFile::open(Files& files, const std::filesystem::path& memory, const std::string& name,
                                  std::uint32_t place) {
  const std::string title = name + "-" + std::to_string(place);
  const std::filesystem::path path = memory / "places" / title;
  if (name.empty() || name.find('/') != std::string::npos || !FixedString<32>::fits(name)) {
    return Error{ErrorCode::refused, "\"" + name + "\" is no name of a participant"};
  }
  if (Status made = files.make_directories(path.parent_path()); !made) {
    return std::move(made).error();
  }
  const Result<std::unique_ptr<File>> file = files.exists(path) ? files.open(path, Access::write) : files.create(path);
  if (!file) {
    return Error(file.error()).context("the place");
  }
  Result<std::unique_ptr<FileLock>> lease = files.lease(path);
  if (!lease && lease.error().code == ErrorCode::already_in_use) {
    const std::optional<PlaceReading> holder = read_place(files, path);
    return Error{ErrorCode::already_in_use,
                 title + " is run by process " + (holder ? std::to_string(holder->process) : std::string("unknown"))};
  }
  if (!lease) {
    return std::move(lease).error();
  }
  if (Status reserved = (*file)->reserve(place_bytes); !reserved) {
    return std::move(reserved).error().context("the place");
  }
  Result<std::unique_ptr<Mapping>> mapping = files.map(path, Access::write);
  if (!mapping) {
    return std::move(mapping).error();
  }
  if ((*mapping)->bytes().size() != place_bytes) {
    return Error{ErrorCode::corrupt, path.string() + " is not a place's page: remove it"};
  }
  PlaceFile opened;
  opened.lease_ = *std::move(lease);
  opened.mapping_ = *std::move(mapping);
  opened.page_ = new (opened.mapping_->writable().data()) PlacePage;
  opened.page_->process = static_cast<std::uint32_t>(::getpid());
  opened.page_->name = FixedString<32>(name);
  opened.page_->place = place;
  opened.page_->version = place_version;
  opened.page_->magic = place_magic;
  return opened;
}

std::vector<PlaceReading> read_places(Files& files, const std::filesystem::path& memory) {
  std::vector<PlaceReading> places;
  const std::filesystem::path folder = memory / "places";
  if (const Result<std::vector<std::string>> names = files.list(folder)) {
    for (const std::string& name : *names) {
      if (std::optional<PlaceReading> reading = read_place(files, folder / name)) {
        places.push_back(*std::move(reading));
      }
    }
  }
  std::ranges::sort(places, {}, [](const PlaceReading& place) { return std::tie(place.name, place.place); });
  return places;
}

}  // namespace cantus::runtime
