#include "sequencer/roll.h"

namespace cantus {
namespace {

[[nodiscard]] Error refuse(const char* what) { return Error{ErrorCode::refused, what}; }

}  // namespace

Status RollState::apply(const Event& event, LogNumber log) {
  const RecordHeader& header = *event.header;
  if (event.is<RollBegin>()) {
    return event.as<RollBegin>().next == LogNumber(log.get() + 1) ? apply(event.as<RollBegin>(), header)
                                                                  : refuse("the log that is to follow is not the next");
  }
  if (event.is<RollDrained>()) {
    return apply(event.as<RollDrained>(), header);
  }
  if (event.is<RollAbandoned>()) {
    if ((phase_ != RollPhase::begun && phase_ != RollPhase::drained) || event.as<RollAbandoned>().begun != begun_) {
      return refuse("no end of the log is begun that could be given up");
    }
    *this = RollState();
    return {};
  }
  if (event.is<LogClosed>()) {
    return apply(event.as<LogClosed>(), header);
  }
  if (event.is<LogOpened>()) {
    if (phase_ == RollPhase::closed) {
      phase_ = RollPhase::opening;
      carried_ = 0;
    }
    return {};
  }
  if (event.is<PublisherCarried>() || event.is<PlaceCarried>()) {
    if (phase_ != RollPhase::opening) {
      return refuse("nothing is carried over into a log that is open");
    }
    ++carried_;
    return {};
  }
  return event.is<LogContinued>() ? apply(event.as<LogContinued>(), log) : Status();
}

Status RollState::apply(const RollBegin&, const RecordHeader& header) {
  if (phase_ != RollPhase::none) {
    return refuse("the end of the log is begun already");
  }
  phase_ = RollPhase::begun;
  begun_ = header.seq;
  begun_time_ = header.time;
  return {};
}

Status RollState::apply(const RollDrained& drained, const RecordHeader& header) {
  if ((phase_ != RollPhase::begun && phase_ != RollPhase::drained) || drained.begun != begun_) {
    return refuse("outcomes are drained at the end of a log only");
  }
  phase_ = RollPhase::drained;
  drained_ = header.seq;
  disturbed_ = false;
  said_ = 0;
  state_ = Digest();
  return {};
}

Status RollState::apply(const LogClosed& closed, const RecordHeader& header) {
  if (phase_ != RollPhase::drained || disturbed_ || closed.drained != drained_ || closed.state != bytes_of(state_)) {
    return refuse("a log is closed behind the digests of its state");
  }
  phase_ = RollPhase::closed;
  closed_ = header.seq;
  return {};
}

Status RollState::apply(const LogContinued& continued, LogNumber log) {
  const bool other_state = !alone_ && continued.state != bytes_of(state_);
  if (phase_ != RollPhase::opening || continued.closed != closed_ || other_state || continued.carried != carried_ ||
      continued.predecessor.get() + 1 != log.get()) {
    return refuse("the log goes on from something else than its predecessor ended with");
  }
  *this = RollState();
  return {};
}

void RollState::note_drained(const Event& event, std::size_t publisher) {
  if (event.header->seq == drained_) {
    return;
  }
  if (publisher < publishers_max && event.is<RollDigest>() && event.as<RollDigest>().drained == drained_) {
    said_ |= std::uint64_t{1} << publisher;
    sections_[publisher] = event.as<RollDigest>().sections;
    state_ = DigestBuilder().add(state_).add(event.header->publisher).add_bytes(event.bytes()).digest();
  } else {
    disturbed_ = true;
  }
}

void RollState::digest_into(DigestBuilder& digest) const {
  digest.add(static_cast<std::uint8_t>(phase_)).add(begun_).add(begun_time_).add(drained_).add(disturbed_);
  digest.add(said_).add(state_).add(closed_).add(carried_);
}

}  // namespace cantus
