// How long orders took from their arrival to their first report, as counts in buckets: written by the gateway's thread
// alone, read by anybody at any time without a lock. A bucket is at most 1/8 wider than its lower bound.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace cantus::gateway {

class LatencyHistogram {
 public:
  void add(std::int64_t nanoseconds) {
    const auto value = static_cast<std::uint64_t>(nanoseconds < 0 ? 0 : nanoseconds);
    std::atomic<std::uint64_t>& bucket = buckets_[bucket_of(value)];
    bucket.store(bucket.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (value > max_.load(std::memory_order_relaxed)) {
      max_.store(value, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const auto& bucket : buckets_) {
      sum += bucket.load(std::memory_order_relaxed);
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t max_ns() const { return max_.load(std::memory_order_relaxed); }
  // The least bound below or at which this many thousandths of the values lie (500: the median); 0 without values.
  [[nodiscard]] std::uint64_t quantile_ns(std::uint64_t thousandths) const {
    const std::uint64_t total = count();
    const std::uint64_t wanted = (total * thousandths + 999) / 1000;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < buckets_.size() && total > 0; ++i) {
      sum += buckets_[i].load(std::memory_order_relaxed);
      if (sum >= wanted) {
        const std::uint64_t bound = upper_bound_of(i);
        return bound < max_ns() ? bound : max_ns();
      }
    }
    return 0;
  }

 private:
  static constexpr unsigned fraction_bits = 3;
  static constexpr std::size_t buckets_count = (64 - fraction_bits) << fraction_bits;

  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < (1U << fraction_bits)) {
      return static_cast<std::size_t>(value);
    }
    const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1 - fraction_bits;
    return ((exponent + 1) << fraction_bits) + ((value >> exponent) & ((1U << fraction_bits) - 1));
  }
  static constexpr std::uint64_t upper_bound_of(std::size_t bucket) {
    if (bucket < (1U << fraction_bits)) {
      return bucket;
    }
    const std::size_t exponent = (bucket >> fraction_bits) - 1;
    const std::uint64_t fraction = (bucket & ((1U << fraction_bits) - 1)) + (1U << fraction_bits);
    return ((fraction + 1) << exponent) - 1;
  }

  std::array<std::atomic<std::uint64_t>, buckets_count + (1U << fraction_bits)> buckets_{};
  std::atomic<std::uint64_t> max_{0};
};

}  // namespace cantus::gateway
