// One file of the simulated files: what processes see, what the device holds for certain, and what it may hold.
//
// A write makes its sectors dirty, and each thing that a dirty sector ever held may be what the device keeps: the
// kernel writes back when it likes, a sync only says that it has. A sector that is being written when the power goes
// may also hold a mixture. The length is of the same kind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <span>
#include <vector>

namespace cantus::runtime {

class SimulatedDiskFile {
 public:
  static constexpr std::size_t sector_bytes = 512;

  // `keeps` is false for what lies in memory: nothing of it is ever durable.
  SimulatedDiskFile(std::filesystem::path path, bool keeps) : path_(std::move(path)), keeps_(keeps) {}
  // One whose bytes are all durable.
  SimulatedDiskFile(std::filesystem::path path, bool keeps, std::span<const std::byte> bytes);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }  // the last one, for messages
  void set_path(const std::filesystem::path& path) { path_ = path; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::span<std::byte> bytes();
  [[nodiscard]] std::span<const std::byte> device() const { return device_; }
  // The bytes while other threads may be storing to them through a mapping.
  [[nodiscard]] std::vector<std::byte> snapshot();

  void grow(std::uint64_t to);  // with zeros
  void put(std::uint64_t offset, std::span<const std::byte> from);
  void sync();
  // A sync that fails behaves as the kernel's: what it should have written counts as clean from then on. The device has
  // some of it, drawn from `random`, or nothing.
  void sync_in_vain(std::mt19937_64& random, bool some);
  // As if these bytes had always been there, also on the device.
  void set(std::uint64_t offset, std::span<const std::byte> from);
  // What the device holds after a power cut.
  [[nodiscard]] std::vector<std::byte> cut_power(std::mt19937_64& random) const;

  // A sector that cannot be read; through a mapping it is garbage, since nothing here can end a process.
  void break_sector(std::uint64_t offset);
  [[nodiscard]] bool is_broken(std::uint64_t offset, std::uint64_t size) const;

  std::uint64_t identity = 0;  // tells it from others that had its name
  int mapped = 0;              // by how many; a file does not grow while it is

 private:
  using Sector = std::array<std::byte, sector_bytes>;
  struct alignas(64) Line {  // memory is aligned as a page's would be for anything that is put there
    std::array<std::byte, 64> bytes{};
  };

  std::set<std::uint64_t> broken_;

  [[nodiscard]] Sector sector(std::uint64_t number);
  static void lay(const Sector& sector, std::uint64_t number, std::vector<std::byte>& device);
  static void tear(const Sector& sector, std::uint64_t number, std::mt19937_64& random, std::vector<std::byte>& device);

  std::filesystem::path path_;
  bool keeps_;
  std::vector<Line> lines_;
  std::uint64_t size_ = 0;
  std::vector<std::byte> device_;
  std::map<std::uint64_t, std::vector<Sector>> dirty_;  // what each held since the last sync; the last is the newest
};

}  // namespace cantus::runtime
