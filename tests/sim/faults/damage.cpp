// Bytes that are not what was written: on the disk while the power is off, in memory while no process lives.
#include <algorithm>
#include <cstring>
#include <optional>

#include "eventlog/directory.h"
#include "eventlog/layout.h"
#include "eventlog/sealed_file.h"
#include "eventlog/snapshot_file.h"
#include "eventlog/survey.h"
#include "tests/sim/faults/happenings.h"

namespace cantus::sim {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t sector_bytes = 512;
constexpr int tries_most = 20;
constexpr int packed_looks_most = 18;  // within the time that a fault may last

// Makes these bytes wrong somewhere from `begin` to `end`: a bit, the rest of a sector, a sector of zeros or of another
// place. Where it began.
std::size_t spoil(Bytes& bytes, std::size_t begin, std::size_t end, Draws& draws) {
  const std::size_t at = begin + draws.below(end - begin);
  const std::size_t sector = at / sector_bytes * sector_bytes;
  const std::size_t sector_end = std::min(sector + sector_bytes, bytes.size());
  const auto place = [&bytes](std::size_t offset) { return bytes.begin() + static_cast<std::ptrdiff_t>(offset); };
  switch (draws.below(4)) {
    case 0:
      bytes[at] ^= std::byte{1} << draws.below(8);
      return at;
    case 1:
      std::fill(place(at), place(sector_end), std::byte{static_cast<unsigned char>(draws.next())});
      return at;
    case 2:
      std::fill(place(sector), place(sector_end), std::byte{0});
      return sector;
    default: {
      const std::size_t other = draws.below(bytes.size() / sector_bytes) * sector_bytes;
      std::copy_n(place(other), sector_end - sector, place(sector));
      return sector;
    }
  }
}

// What is not sealed of the log on the disk, judged as a start would.
class Unsealed {
 public:
  explicit Unsealed(World& world) : files_(world.host().files), journal_(world.paths().journal()) {
    Result<eventlog::Directory> directory = eventlog::read_directory(files_, journal_);
    if (!directory) {
      return;
    }
    directory_ = *std::move(directory);
    for (std::uint64_t number = directory_->next_number();; ++number) {
      const std::string name = eventlog::segment_name(number, directory_->opening);
      if (!files_.exists(journal_ / name)) {
        break;
      }
      sources_.push_back({number, name, {}, files_.content(journal_ / name), {}});
    }
    judge();
  }

  [[nodiscard]] bool holds_anything() const { return directory_ && !sources_.empty(); }
  [[nodiscard]] Seq last() const { return found_.last; }
  [[nodiscard]] Seq mark() const { return mark_; }

  // Where record `seq` stands, if it does: the source, first and last byte.
  struct Where {
    std::size_t source = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] std::optional<Where> find(Seq seq) const {
    for (std::size_t i = 0; i < found_.walks.size(); ++i) {
      const std::span<const std::byte> bytes = sources_[i].bytes();
      for (std::size_t at = eventlog::segment_data_begin; at < found_.walks[i].end; at = eventlog::behind(bytes, at)) {
        if (eventlog::event_at(bytes.data() + at).header->seq == seq) {
          return Where{i, at, at + eventlog::load_commit(bytes.data() + at)};
        }
      }
    }
    return std::nullopt;
  }

  // Spoils something there; false, and nothing is changed, unless `good` says so of what a start would find then.
  bool spoil_at(const Where& where, Draws& draws, const std::function<bool(const Unsealed&)>& good) {
    Bytes& bytes = sources_[where.source].owned;
    Bytes before = bytes;
    const eventlog::Survey found = found_;
    spoil(bytes, where.begin, where.end, draws);
    judge();
    if (bytes == before || !good(*this)) {
      bytes = std::move(before);
      judge();
      return false;
    }
    files_.damage(journal_ / sources_[where.source].name, 0, bytes);
    return true;
  }

 private:
  void judge() {
    found_ = eventlog::survey(*directory_, sources_, {});
    const std::filesystem::path mark = journal_ / eventlog::mark_file;
    const Seq stored = files_.exists(mark) ? eventlog::mark_from(files_.content(mark), directory_->identity) : Seq(0);
    mark_ = std::max(found_.mark, stored);
  }

  runtime::SimulatedFiles& files_;
  std::filesystem::path journal_;
  std::optional<eventlog::Directory> directory_;
  std::vector<eventlog::Source> sources_;
  eventlog::Survey found_;
  Seq mark_;
};

// Between what is sealed and the mark, so that what is left still tells the mark: else nobody could know of it.
bool damage_below_mark(Happening& now) {
  Unsealed log(now.world);
  if (!log.holds_anything()) {
    return false;
  }
  for (int i = 0; i < tries_most && !log.mark().is_zero(); ++i) {
    const Seq seq(log.mark().get() - now.draws.below(log.mark().get()) % 50);
    const auto where = log.find(seq);
    if (where && log.spoil_at(*where, now.draws, [](const Unsealed& then) { return then.last() < then.mark(); })) {
      return true;
    }
  }
  return false;
}

// How far everybody was promised; what is left on the disk may say less. 0: nobody knows.
Seq promised(World& world) {
  const std::filesystem::path page = world.paths().memory / eventlog::control_file;
  if (!world.host().files.exists(page)) {
    return Seq(0);
  }
  const Bytes bytes = world.host().files.content(page);
  std::uint64_t synced = 0;
  std::memcpy(&synced, bytes.data() + offsetof(eventlog::ControlPage, synced), sizeof(synced));
  return Seq(synced);
}

// A record that nobody was promised, or what lies behind the last one.
bool damage_above_mark(Happening& now, Seq promised) {
  Unsealed log(now.world);
  if (!log.holds_anything() || promised.is_zero()) {
    return false;
  }
  for (int i = 0; i < tries_most; ++i) {
    auto where = log.find(promised.next());
    if (!where) {
      where = log.find(log.last());
      if (!where) {
        return false;
      }
      const std::size_t behind = aligned_record(where->end - where->begin) + where->begin;
      *where = {where->source, behind, behind + sector_bytes};
      if (where->end + sector_bytes > now.world.configuration().process.journal.segment_bytes) {
        return false;
      }
    }
    if (log.spoil_at(*where, now.draws,
                     [=](const Unsealed& then) { return then.last() >= std::max(promised, then.mark()); })) {
      return true;
    }
  }
  return false;
}

// A bit of a record whose commit word stands, in a segment of shared memory.
bool damage_memory(Happening& now) {
  runtime::SimulatedFiles& files = now.world.host().files;
  const std::filesystem::path& memory = now.world.paths().memory;
  const Result<std::vector<std::string>> names = files.list(memory);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (!eventlog::parse_segment_name(name)) {
      continue;
    }
    Bytes bytes = files.content(memory / name);
    const std::uint32_t length = eventlog::load_commit(bytes.data() + eventlog::segment_data_begin);
    if (length == 0 || length == eventlog::end_of_segment) {
      continue;
    }
    constexpr std::size_t commit_bytes = sizeof(std::uint32_t);
    const std::size_t at = eventlog::segment_data_begin + commit_bytes + now.draws.below(length - commit_bytes);
    const std::byte wrong = bytes[at] ^ (std::byte{1} << now.draws.below(8));
    files.damage(memory / name, at, std::span(&wrong, 1));
    return true;
  }
  return false;
}

// One of the files in a folder of which this holds, if it has a sector at least.
std::optional<std::filesystem::path> some_file(Happening& now, const std::filesystem::path& folder,
                                               const std::function<bool(const std::filesystem::path&)>& good) {
  runtime::SimulatedFiles& files = now.world.host().files;
  const Result<std::vector<std::string>> names = files.list(folder);
  std::vector<std::filesystem::path> found;
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (good(folder / name) && files.content(folder / name).size() >= sector_bytes) {
      found.push_back(folder / name);
    }
  }
  return found.empty() ? std::nullopt : std::optional(found[now.draws.below(found.size())]);
}

bool damage_snapshot(Happening& now) {
  runtime::SimulatedFiles& files = now.world.host().files;
  const auto file = some_file(now, eventlog::snapshot_folder(now.world.paths().data), [](const auto&) { return true; });
  if (!file) {
    return false;
  }
  Bytes bytes = files.content(*file);
  spoil(bytes, 0, bytes.size(), now.draws);
  files.damage(*file, 0, bytes);
  return true;
}

// The begin of a page, where it says what the rest is. A wrong byte within a value nobody can know of.
bool damage_audit(Happening& now) {
  constexpr std::size_t page_bytes = 4096;
  constexpr std::size_t head_bytes = 64;
  const std::filesystem::path folder = now.world.paths().data / "audit";
  const auto file = some_file(now, folder, [](const auto& path) { return path.extension() == ".db"; });
  if (!file) {
    return false;
  }
  runtime::SimulatedFiles& files = now.world.host().files;
  const std::size_t page = now.draws.below(std::max<std::size_t>(1, files.content(*file).size() / page_bytes));
  files.damage(*file, page * page_bytes, Bytes(head_bytes, static_cast<std::byte>(now.draws.next())));
  return true;
}

// One bit; the keeper has compared it with what was sealed before.
bool damage_packed(Happening& now) {
  const auto file = some_file(now, now.world.paths().journal(), eventlog::is_packed);
  if (!file) {
    return false;
  }
  runtime::SimulatedFiles& files = now.world.host().files;
  const Bytes bytes = files.content(*file);
  const std::size_t at = now.draws.below(bytes.size());
  const std::byte wrong = bytes[at] ^ (std::byte{1} << now.draws.below(8));
  files.damage(*file, at, std::span(&wrong, 1));
  return true;
}

// The keeper looks every second for what it may pack.
void wait_to_damage_packed(const Happening& now, int looks) {
  constexpr std::int64_t look_again_ns = 100'000'000;
  Happening later = now;
  if (damage_packed(later)) {
    later.took();
  } else if (looks > 0) {
    now.after(look_again_ns, [later, looks] { wait_to_damage_packed(later, looks - 1); });
  }
}

}  // namespace

void damage(Happening now) {
  const auto tell = [&now](bool happened) {
    if (happened) {
      now.took();
    }
  };
  switch (now.kind) {
    case FaultKind::damage_above_mark:
      now.world.cut_power([&, mark = promised(now.world)] { tell(damage_above_mark(now, mark)); });
      return;
    case FaultKind::damage_below_mark:
      now.world.cut_power([&] { tell(damage_below_mark(now)); });
      return;
    case FaultKind::damage_memory:
      now.world.kill_all();
      tell(damage_memory(now));
      return;
    case FaultKind::damage_audit:
      now.world.kill_all();
      tell(damage_audit(now));
      return;
    case FaultKind::damage_packed:
      wait_to_damage_packed(now, packed_looks_most);
      return;
    default:
      now.world.kill_all();
      tell(damage_snapshot(now));
      return;
  }
}

}  // namespace cantus::sim
