#include "runtime/simulated_disk.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace cantus::runtime {
namespace {

constexpr std::size_t versions_max = 16;  // a file that is written for ever and never synced must not fill memory

}  // namespace

SimulatedDiskFile::SimulatedDiskFile(std::filesystem::path path, bool keeps, std::span<const std::byte> bytes)
    : path_(std::move(path)), keeps_(keeps) {
  grow(bytes.size());
  set(0, bytes);
}

std::span<std::byte> SimulatedDiskFile::bytes() {
  return {lines_.empty() ? nullptr : lines_.front().bytes.data(), static_cast<std::size_t>(size_)};
}

// Threads may be storing to it, of a process that dies here: each store is in it or not.
__attribute__((no_sanitize("thread"))) std::vector<std::byte> SimulatedDiskFile::snapshot() {
  std::vector<std::byte> copy(lines_.size() * sizeof(Line));
  for (std::size_t at = 0; at < copy.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t value = *reinterpret_cast<const volatile std::uint64_t*>(lines_.front().bytes.data() + at);
    std::memcpy(copy.data() + at, &value, sizeof(value));
  }
  copy.resize(size_);
  return copy;
}

void SimulatedDiskFile::grow(std::uint64_t to) {
  if (to <= size_) {
    return;
  }
  const std::size_t count = (to + sizeof(Line) - 1) / sizeof(Line);
  CANTUS_ASSERT(mapped == 0 || count <= lines_.size(), "a file does not grow while it is mapped");
  lines_.resize(count);
  size_ = to;
}

void SimulatedDiskFile::put(std::uint64_t offset, std::span<const std::byte> from) {
  if (from.empty()) {
    return;
  }
  grow(offset + from.size());
  std::memcpy(bytes().data() + offset, from.data(), from.size());
  if (!keeps_) {
    return;
  }
  for (std::uint64_t at = offset / sector_bytes; at <= (offset + from.size() - 1) / sector_bytes; ++at) {
    std::vector<Sector>& versions = dirty_[at];
    if (versions.size() == versions_max) {
      versions.erase(versions.begin() + 1);
    }
    versions.push_back(sector(at));
  }
}

void SimulatedDiskFile::sync() {
  if (!keeps_) {
    return;
  }
  device_.resize(size_);
  for (const auto& [number, versions] : dirty_) {
    lay(versions.back(), number, device_);
  }
  dirty_.clear();
}

void SimulatedDiskFile::sync_in_vain(std::mt19937_64& random, bool some) {
  if (keeps_ && some) {
    device_ = cut_power(random);
  }
  dirty_.clear();
}

void SimulatedDiskFile::set(std::uint64_t offset, std::span<const std::byte> from) {
  CANTUS_ASSERT(offset + from.size() <= size_, "what is set lies in the file");
  if (from.empty()) {
    return;
  }
  std::memcpy(bytes().data() + offset, from.data(), from.size());
  if (keeps_) {
    device_.resize(std::max<std::size_t>(device_.size(), offset + from.size()));
    std::memcpy(device_.data() + offset, from.data(), from.size());
  }
}

void SimulatedDiskFile::break_sector(std::uint64_t offset) {
  const std::uint64_t begin = offset / sector_bytes * sector_bytes;
  const std::vector<std::byte> garbage(std::min<std::uint64_t>(sector_bytes, size_ - begin), std::byte{0xee});
  set(begin, garbage);
  broken_.insert(offset / sector_bytes);
}

bool SimulatedDiskFile::is_broken(std::uint64_t offset, std::uint64_t size) const {
  const auto at = broken_.lower_bound(offset / sector_bytes);
  return size > 0 && at != broken_.end() && *at * sector_bytes < offset + size;
}

std::vector<std::byte> SimulatedDiskFile::cut_power(std::mt19937_64& random) const {
  std::vector<std::byte> device = device_;
  if (device.size() < size_) {
    switch (random() % 3) {
      case 0:
        break;
      case 1:
        device.resize(size_);
        break;
      default:
        device.resize(device.size() + random() % (size_ - device.size()));
        break;
    }
  }
  for (const auto& [number, versions] : dirty_) {
    switch (random() % 4) {
      case 0:  // nothing of it came through
        break;
      case 1:
        lay(versions.back(), number, device);
        break;
      case 2:
        lay(versions[random() % versions.size()], number, device);
        break;
      default:
        tear(versions[random() % versions.size()], number, random, device);
        break;
    }
  }
  return device;
}

SimulatedDiskFile::Sector SimulatedDiskFile::sector(std::uint64_t number) {
  Sector found{};
  const std::size_t begin = number * sector_bytes;
  std::memcpy(found.data(), bytes().data() + begin, std::min<std::size_t>(sector_bytes, size_ - begin));
  return found;
}

void SimulatedDiskFile::lay(const Sector& sector, std::uint64_t number, std::vector<std::byte>& device) {
  const std::size_t begin = number * sector_bytes;
  if (begin < device.size()) {
    std::memcpy(device.data() + begin, sector.data(), std::min(sector_bytes, device.size() - begin));
  }
}

// The beginning of it, its end, or words here and there.
void SimulatedDiskFile::tear(const Sector& sector, std::uint64_t number, std::mt19937_64& random,
                             std::vector<std::byte>& device) {
  const std::size_t begin = number * sector_bytes;
  const std::size_t size = begin < device.size() ? std::min(sector_bytes, device.size() - begin) : 0;
  const std::uint64_t form = random() % 3;
  const std::size_t border = random() % sector_bytes;
  constexpr std::size_t word = 8;
  for (std::size_t at = 0; at < size; ++at) {
    const bool taken = form == 0   ? at < border
                       : form == 1 ? at >= border
                                   : ((at / word * 2654435761 + border) >> 7 & 1);
    if (taken) {
      device[begin + at] = sector[at];
    }
  }
}

}  // namespace cantus::runtime
