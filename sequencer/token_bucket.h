// Rate of a publisher, in exact integers: `rate` tokens a second of log time, at most `burst` at once. It is part of
// the ordering core's state, so it depends on nothing but the times of admitted records.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "base/money.h"
#include "base/types.h"

namespace cantus {

class TokenBucket {
 public:
  TokenBucket() = default;
  // `rate` 0: no bound. Full at `now`. A burst of 0 counts as 1, for else nothing would ever pass.
  TokenBucket(std::uint32_t rate, std::uint32_t burst, TimeNs now)
      : rate_(rate), full_(std::max<std::uint64_t>(burst, 1) * token), level_(full_), at_(now) {}

  [[nodiscard]] bool available(TimeNs now) const { return rate_ == 0 || level_at(now) >= token; }
  // Takes one token at `now`; what is not there counts as none, so that a log written under another rule can be read.
  void take(TimeNs now) {
    if (rate_ != 0) {
      level_ = level_at(now);
      level_ -= std::min(level_, token);
      at_ = std::max(at_, now);
    }
  }
  // When one token will be there, if nothing is taken before; not earlier than `now`.
  [[nodiscard]] TimeNs available_from(TimeNs now) const {
    const std::uint64_t level = level_at(now);
    if (rate_ == 0 || level >= token) {
      return now;
    }
    return TimeNs(now.get() + static_cast<std::int64_t>((token - level + rate_ - 1) / rate_));
  }

  void digest_into(DigestBuilder& digest) const { digest.add(rate_).add(full_).add(level_).add(at_); }

 private:
  // A token is 10^9 units, so that a nanosecond at one token a second is one unit.
  static constexpr std::uint64_t token = 1'000'000'000;

  [[nodiscard]] std::uint64_t level_at(TimeNs now) const {
    if (now <= at_) {
      return level_;
    }
    const Uint128 grown = level_ + static_cast<Uint128>(now.get() - at_.get()) * rate_;
    return grown >= full_ ? full_ : static_cast<std::uint64_t>(grown);
  }

  std::uint64_t rate_ = 0;
  std::uint64_t full_ = 0;
  std::uint64_t level_ = 0;
  TimeNs at_;
};

}  // namespace cantus
