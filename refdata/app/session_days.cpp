#include "refdata/app/session_days.h"

#include <algorithm>

#include "base/civil_time.h"

namespace cantus::refdata {
namespace {

constexpr std::string_view section_name = "days";
constexpr std::uint16_t section_version = 1;
constexpr std::int64_t day_ns = seconds_per_day * ns_per_second;

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

}  // namespace

std::int64_t session_day_of(TimeNs time, std::int32_t reset_time_s) {
  return floor_div(time.get() - reset_time_s * ns_per_second, day_ns);
}

SessionDays::SessionDays(const ReferenceData& refdata) : refdata_(refdata) {
  begun_.reserve(ReferenceDataBounds::sessions_max);
}

bool SessionDays::apply(const Event& event, Effect effect) {
  const TimeNs time = event.header->time;
  const std::size_t known = begun_.size();
  // A session's first day is the one in which it was defined: there is nothing to begin anew.
  while (begun_.size() < refdata_.sessions().size()) {
    begun_.push_back(session_day_of(time, refdata_.sessions()[begun_.size()].reset_time_s));
  }
  // A reset of the session day counts also while it is pending: it will be done. One that a peer or an operator asked
  // for is none of the day.
  if (event.is<SessionReset>() && (effect == Effect::took || effect == Effect::pending)) {
    const auto& reset = event.as<SessionReset>();
    if (reset.reason == ResetReason::session_day) {
      std::int64_t& begun = begun_[reset.session.get() - 1];
      begun = std::max(begun, session_day_of(time, refdata_.session(reset.session)->reset_time_s));
    }
  }
  return begun_.size() != known;
}

Digest SessionDays::digest() const {
  DigestBuilder digest;
  for (const std::int64_t day : begun_) {
    digest.add(day);
  }
  return digest.digest();
}

void SessionDays::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    for (const std::int64_t day : begun_) {
      out.put(day);
    }
  });
}

Status SessionDays::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    for (std::size_t i = 0; i < refdata_.sessions().size(); ++i) {
      begun_.push_back(in.get<std::int64_t>());
      in.require(begun_.back() <= session_day_of(in.taken_at().time, -1), "a session day lies in the future");
    }
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

}  // namespace cantus::refdata
