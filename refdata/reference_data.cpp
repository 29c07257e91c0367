#include "refdata/reference_data.h"

#include "messages/validate.h"

namespace cantus {

namespace {

std::uint64_t hash_text(std::string_view text, std::uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  }
  return hash;
}
constexpr std::uint64_t hash_start = 0xcbf29ce484222325;

// The element with this id where ids are 1, 2, 3 …; null if there is none.
template <class Definition, class Id>
const Definition* by_id(const std::vector<Definition>& definitions, Id id) {
  return id.is_zero() || id.get() > definitions.size() ? nullptr : &definitions[id.get() - 1];
}

template <class Definition, class Id>
bool is_next(const std::vector<Definition>& definitions, Id id, std::size_t definitions_max) {
  return id.get() == definitions.size() + 1 && definitions.size() < definitions_max;
}

template <class Definition>
void digest_all(DigestBuilder& digest, const std::vector<Definition>& definitions) {
  digest.add(static_cast<std::uint64_t>(definitions.size()));
  for (const Definition& definition : definitions) {
    digest.add_bytes(payload_of(definition));
  }
}

}  // namespace

std::uint64_t ReferenceData::HashText::operator()(const FixedString<16>& symbol) const {
  return mix_bits(hash_text(symbol.view(), hash_start));
}

std::uint64_t ReferenceData::HashText::operator()(const CompIds& ids) const {
  return mix_bits(hash_text(ids.theirs.view(), hash_text(ids.ours.view(), hash_start) * 31));
}

ReferenceData::ReferenceData()
    : first_drop_copy_(ReferenceDataBounds::parties_max + 1),
      next_drop_copy_(ReferenceDataBounds::sessions_max + 1),
      symbols_(ReferenceDataBounds::instruments_max),
      comp_ids_(ReferenceDataBounds::sessions_max) {
  instruments_.reserve(ReferenceDataBounds::instruments_max);
  parties_.reserve(ReferenceDataBounds::parties_max);
  sessions_.reserve(ReferenceDataBounds::sessions_max);
}

void ReferenceData::apply(const Event& event) {
  if (event.header->topic != topic::refdata) {
    return;
  }
  if (event.is<TradingDayStarted>()) {
    const std::uint32_t date = event.as<TradingDayStarted>().date;
    trading_date_ = date > trading_date_ ? date : trading_date_;
  } else if (complete_) {
    return;
  } else if (event.is<VenueDefined>()) {
    define(event.as<VenueDefined>());
  } else if (event.is<InstrumentDefined>()) {
    define(event.as<InstrumentDefined>());
  } else if (event.is<PartyDefined>()) {
    define(event.as<PartyDefined>());
  } else if (event.is<SessionDefined>()) {
    define(event.as<SessionDefined>());
  } else if (event.is<ReferenceDataComplete>()) {
    complete_ = true;
    configuration_ = event.as<ReferenceDataComplete>().configuration;
  }
}

void ReferenceData::define(const VenueDefined& venue) {
  if (!venue_defined_) {
    venue_defined_ = true;
    venue_ = venue;
  }
}

void ReferenceData::define(const InstrumentDefined& instrument) {
  if (is_next(instruments_, instrument.instrument, ReferenceDataBounds::instruments_max) &&
      !symbols_.contains(instrument.symbol)) {
    instruments_.push_back(instrument);
    symbols_.insert(instrument.symbol, instrument.instrument);
  }
}

void ReferenceData::define(const PartyDefined& party) {
  if (is_next(parties_, party.party, ReferenceDataBounds::parties_max)) {
    parties_.push_back(party);
  }
}

void ReferenceData::define(const SessionDefined& session) {
  const CompIds ids{session.our_comp_id, session.their_comp_id};
  if (!is_next(sessions_, session.session, ReferenceDataBounds::sessions_max) || comp_ids_.contains(ids)) {
    return;
  }
  sessions_.push_back(session);
  comp_ids_.insert(ids, session.session);
  if (regulator_.is_zero() && session.role == SessionRole::regulator) {
    regulator_ = session.session;
  }
  if (session.role == SessionRole::drop_copy && session.party.get() < first_drop_copy_.size()) {
    link_drop_copy(session);
  }
}

void ReferenceData::link_drop_copy(const SessionDefined& session) {
  SessionId* link = &first_drop_copy_[session.party.get()];
  while (!link->is_zero()) {
    link = &next_drop_copy_[link->get()];
  }
  *link = session.session;
}

const InstrumentDefined* ReferenceData::instrument(InstrumentId id) const { return by_id(instruments_, id); }

const PartyDefined* ReferenceData::party(PartyId id) const { return by_id(parties_, id); }

const SessionDefined* ReferenceData::session(SessionId id) const { return by_id(sessions_, id); }

const InstrumentDefined* ReferenceData::instrument_by_symbol(std::string_view symbol) const {
  if (!FixedString<16>::fits(symbol)) {
    return nullptr;
  }
  const InstrumentId* id = symbols_.find(FixedString<16>(symbol));
  return id == nullptr ? nullptr : instrument(*id);
}

const SessionDefined* ReferenceData::session_by_comp_ids(std::string_view our_comp_id,
                                                         std::string_view their_comp_id) const {
  if (!FixedString<32>::fits(our_comp_id) || !FixedString<32>::fits(their_comp_id)) {
    return nullptr;
  }
  const SessionId* id = comp_ids_.find(CompIds{FixedString<32>(our_comp_id), FixedString<32>(their_comp_id)});
  return id == nullptr ? nullptr : session(*id);
}

SessionId ReferenceData::first_drop_copy(PartyId party) const {
  return party.get() < first_drop_copy_.size() ? first_drop_copy_[party.get()] : SessionId{};
}

SessionId ReferenceData::next_drop_copy(SessionId session) const {
  return session.get() < next_drop_copy_.size() ? next_drop_copy_[session.get()] : SessionId{};
}

Digest ReferenceData::digest() const {
  DigestBuilder digest;
  digest.add(complete_).add(trading_date_).add_bytes(configuration_.bytes);
  digest.add(venue_defined_).add_bytes(payload_of(venue_));
  digest_all(digest, instruments_);
  digest_all(digest, parties_);
  digest_all(digest, sessions_);
  return digest.digest();
}

// ---- snapshots

namespace {

constexpr std::string_view section_name = "refdata";
constexpr std::uint16_t section_version = 1;

template <class Definition>
void save_all(SnapshotWriter& out, const std::vector<Definition>& definitions) {
  out.put_count(definitions.size());
  for (const Definition& definition : definitions) {
    out.put(definition);
  }
}

}  // namespace

void ReferenceData::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put_flag(complete_);
    out.put(trading_date_);
    out.put(configuration_);
    out.put_flag(venue_defined_);
    if (venue_defined_) {
      out.put(venue_);
    }
    save_all(out, instruments_);
    save_all(out, parties_);
    save_all(out, sessions_);
  });
}

Status ReferenceData::restore(const SnapshotSections& from) {
  return from.restore(
      section_name, section_version, [this](SectionReader& in) { restore_from(in); }, [this] { return digest(); });
}

// Definitions count by the same rules as on the log.
void ReferenceData::restore_from(SectionReader& in) {
  complete_ = in.get_flag();
  trading_date_ = in.get<std::uint32_t>();
  configuration_ = in.get<Hash256>();
  if (in.get_flag()) {
    const auto venue = in.get<VenueDefined>();
    in.require(!validate(venue), "the venue's settings are not well-formed");
    define(venue);
  }
  restore_all(in, instruments_);
  restore_all(in, parties_);
  restore_all(in, sessions_);
}

template <class Definition>
void ReferenceData::restore_all(SectionReader& in, const std::vector<Definition>& definitions) {
  const std::size_t count = in.get_count(definitions.capacity(), sizeof(Definition), "more definitions than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto definition = in.get<Definition>();
    in.require(!validate(definition), "a definition is not well-formed");
    if (in.ok()) {
      define(definition);
    }
    in.require(definitions.size() == i + 1, "definitions are not numbered 1, 2, 3 …, or a name is there twice");
  }
}

}  // namespace cantus
