// Snapshots of the session machines: inbound half, outbound half, and the index of outbound numbers.

#include <algorithm>

#include "sessions/outbound_index.h"

namespace cantus {
namespace {

constexpr std::string_view inbound_section = "inbound";
constexpr std::string_view outbound_section = "outbound";
constexpr std::string_view index_section = "numbers";
constexpr std::uint16_t section_version = 3;

}  // namespace

// ---- inbound half ---------------------------------------------------------------------------------------------------

Digest InboundSessions::digest() const {
  DigestBuilder digest;
  digest_into(digest);
  return digest.digest();
}

void InboundSessions::save(SnapshotWriter& out) const {
  out.section(inbound_section, section_version, digest(), [&] {
    for (const SessionDefined& session : refdata_.sessions()) {
      const InboundState& state = at(session.session);
      out.put(state.generation);
      out.put(state.epoch);
      out.put(state.owner);
      out.put(state.publisher);
      out.put(state.connection);
      out.put(state.next_inbound);
      out.put(state.generation_since);
      out.put(state.taken_at);
      out.put(state.logon_sent);
      out.put(state.down_at);
      out.put_flag(state.lost);
      out.put_flag(state.cancel_pending);
      out.put_flag(state.reset_pending);
      out.put(state.pending.inbound);
      out.put(state.pending.outbound);
    }
    out.put_count(speakers_.size());
    for (const Speaker& speaker : speakers_) {
      out.put(speaker.publisher);
      out.put_flag(speaker.makes_outcomes);
      out.put_flag(speaker.suspended);
      out.put(speaker.living);
    }
    out.put(resumed_at_);
  });
}

Status InboundSessions::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    for (const SessionDefined& session : refdata_.sessions()) {
      states_[session.session.get() - 1] = restored_state(in);
    }
    restore_speakers(in);
    suspended_ = look_for_suspended();
    resumed_at_ = in.get<TimeNs>();
    in.require(resumed_at_ >= TimeNs{} && resumed_at_ <= in.taken_at().time, "a time lies behind that of the position");
    graces_since_ = TimeNs{};  // it only spares looking
  };
  return from.restore(inbound_section, section_version, body, [this] { return digest(); });
}

InboundState InboundSessions::restored_state(SectionReader& in) const {
  const auto past = [&in](TimeNs time) { return time >= TimeNs{} && time <= in.taken_at().time; };
  InboundState state;
  state.generation = in.get<Generation>();
  state.epoch = in.get<Epoch>();
  state.owner = in.get<Incarnation>();
  state.publisher = in.get<PublisherId>();
  state.connection = in.get<ConnectionId>();
  state.next_inbound = in.get<MsgSeqNum>();
  state.generation_since = in.get<TimeNs>();
  state.taken_at = in.get<TimeNs>();
  state.logon_sent = in.get<TimeNs>();
  state.down_at = in.get<TimeNs>();
  state.lost = in.get_flag();
  state.cancel_pending = in.get_flag();
  state.reset_pending = in.get_flag();
  state.pending.inbound = in.get<MsgSeqNum>();
  state.pending.outbound = in.get<MsgSeqNum>();
  in.require(!state.generation.is_zero() && !state.next_inbound.is_zero(), "generations and numbers begin with 1");
  in.require(state.next_inbound.get() - 1 <= msg_seq_num_max, "a number is beyond those of FIX");
  in.require(in.known(state.epoch) && in.known(state.owner), "an epoch or incarnation lies behind the position");
  in.require(past(state.generation_since) && past(state.taken_at) && past(state.down_at),
             "a time lies behind that of the position");
  in.require(state.owner.is_zero() || !(state.epoch.is_zero() || state.publisher.is_zero()),
             "who owns a session took it");
  in.require(!state.reset_pending || !state.owner.is_zero(), "a reset waits only for an owner");
  const auto is_first = [](MsgSeqNum number) { return !number.is_zero() && number.get() <= first_number_max; };
  in.require(is_first(state.pending.inbound) && is_first(state.pending.outbound) &&
                 (state.reset_pending || state.pending == FirstNumbers{}),
             "the numbers of a generation that is to begin are none");
  return state;
}

void InboundSessions::restore_speakers(SectionReader& in) {
  const std::size_t count =
      in.get_count(speakers_max, sizeof(Speaker::publisher) + 2 + sizeof(Speaker::living), "more publishers than fit");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto publisher = in.get<PublisherId>();
    in.require(known_speaker(publisher) == nullptr, "a publisher is there twice");
    Speaker& speaker = speakers_.emplace_back();
    speaker.publisher = publisher;
    speaker.makes_outcomes = in.get_flag();
    speaker.suspended = in.get_flag();
    speaker.living = in.get<decltype(speaker.living)>();
    in.require(std::all_of(speaker.living.begin(), speaker.living.end(), [&](Incarnation of) { return in.known(of); }),
               "an incarnation lies behind the position");
  }
}

// ---- outbound half --------------------------------------------------------------------------------------------------

void SessionMachine::save(SnapshotWriter& out) const {
  inbound_.save(out);
  out.section(outbound_section, section_version, digest(), [&] {
    for (const SessionDefined& session : refdata_.sessions()) {
      const OutboundState& state = outbound(session.session);
      out.put(state.first);
      out.put(state.next_outbound);
      out.put(state.applications);
      out.put(state.delivered);
      out.put(state.delivered_applications);
      out.put(state.insert_min);
      out.put_flag(state.logon_sent);
    }
  });
}

Status SessionMachine::restore(const SnapshotSections& from) {
  if (Status restored = inbound_.restore(from); !restored) {
    return restored;
  }
  const auto body = [this](SectionReader& in) {
    for (const SessionDefined& session : refdata_.sessions()) {
      OutboundState& state = state_of(session.session);
      state.first = in.get<MsgSeqNum>();
      state.next_outbound = in.get<MsgSeqNum>();
      state.applications = in.get<std::uint64_t>();
      state.delivered = in.get<MsgSeqNum>();
      state.delivered_applications = in.get<std::uint64_t>();
      state.insert_min = in.get<MsgSeqNum>();
      state.logon_sent = in.get_flag();
      in.require(!state.first.is_zero() && state.first.get() <= first_number_max &&
                     state.next_outbound >= state.first && state.insert_min >= state.first,
                 "numbers begin with the generation's first");
      if (!in.ok()) {
        return;
      }
      const std::uint64_t below = state.first.get() - 1;
      const std::uint64_t numbered = state.next_outbound.get() - state.first.get();
      in.require(state.applications <= numbered && state.delivered.get() >= below &&
                     state.delivered < state.next_outbound && state.insert_min <= state.next_outbound,
                 "more is sent or delivered than has a number");
      in.require(state.delivered_applications <= state.applications &&
                     state.delivered_applications <= state.delivered.get() - below,
                 "more application messages are delivered than there are");
    }
  };
  return from.restore(outbound_section, section_version, body, [this] { return digest(); });
}

// ---- the index ------------------------------------------------------------------------------------------------------

Digest OutboundIndex::digest() const {
  DigestBuilder digest;
  for (const SessionDefined& session : refdata_.sessions()) {
    const Numbers* numbers = find(session.session);
    digest.add(numbers == nullptr ? MsgSeqNum(1) : numbers->first);
    digest.add(static_cast<std::uint64_t>(numbers == nullptr ? 0 : numbers->entries.size()));
    for (std::size_t i = 0; numbers != nullptr && i < numbers->entries.size(); ++i) {
      const OutboundEntry& entry = numbers->entries[i];
      digest.add(entry.cause).add(entry.position).add(static_cast<std::uint64_t>(entry.kind));
      digest.add(entry.side).add(entry.index).add(entry.application).add(entry.reissued);
    }
  }
  return digest.digest();
}

void OutboundIndex::save(SnapshotWriter& out) const {
  out.section(index_section, section_version, digest(), [&] {
    for (const SessionDefined& session : refdata_.sessions()) {
      const Numbers* numbers = find(session.session);
      for (std::size_t i = 0; numbers != nullptr && i < numbers->entries.size(); ++i) {
        const OutboundEntry& entry = numbers->entries[i];
        out.put(entry.cause);
        out.put(entry.position);
        out.put(entry.kind);
        out.put(entry.side);
        out.put(entry.index);
        out.put_flag(entry.application);
        out.put_flag(entry.reissued);
      }
    }
  });
}

// How many numbers a session has is the machine's word.
Status OutboundIndex::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    for (const SessionDefined& session : refdata_.sessions()) {
      restore_session(in, session.session);
    }
  };
  return from.restore(index_section, section_version, body, [this] { return digest(); });
}

void OutboundIndex::restore_session(SectionReader& in, SessionId session) {
  const OutboundState& state = sessions_.outbound(session);
  const auto position = [&in](Seq seq) { return !seq.is_zero() && seq <= in.taken_at().position.seq(); };
  std::uint64_t applications = 0;
  if (state.first != MsgSeqNum(1)) {
    numbers_of(session).first = state.first;
  }
  for (std::uint32_t number = state.first.get(); number < state.next_outbound.get() && in.ok(); ++number) {
    OutboundEntry entry;
    entry.cause = in.get<Seq>();
    entry.position = in.get<Seq>();
    entry.kind = in.get<ReportKind>();
    entry.side = in.get<std::uint8_t>();
    entry.index = in.get<std::uint8_t>();
    entry.application = in.get_flag();
    entry.reissued = in.get_flag();
    in.require(position(entry.cause) && position(entry.position), "a number's cause lies behind the position");
    in.require(entry.kind <= ReportKind::trade_capture && entry.side <= 1 && entry.index < 2 * reports_per_session_max,
               "a number stands for a report that there is not");
    if (!in.ok()) {
      return;
    }
    Numbers& numbers = numbers_of(session);
    numbers.entries.push_back(entry);
    if (!entry.application) {
      numbers.invented.push_back(number);
    }
    applications += entry.application ? 1 : 0;
  }
  in.require(applications == state.applications, "index and machine count application messages differently");
}

}  // namespace cantus
