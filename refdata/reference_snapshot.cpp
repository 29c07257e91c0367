// Snapshots of reference data, of who may write where, and of operators' commands.
#include "messages/validate.h"
#include "refdata/change_rules.h"
#include "refdata/reference_data.h"

namespace cantus {

namespace {

constexpr std::string_view section_name = "refdata";
constexpr std::uint16_t section_version = 5;

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
    out.put(settings_);
    out.put(last_exception_);
    publishing_.save(out);
    announcements_.save(out);
    head_keys_.save(out);
    commands_.save(out);
    restrictions_.save(out);
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
  settings_ = in.get<ChangeId>();
  in.require(in.known(settings_), "the settings come from a record that is not there yet");
  last_exception_ = in.get<Seq>();
  in.require(in.known(LogSeq(in.taken_at().position.log(), last_exception_)),
             "the last exception is a record that is not there yet");
  publishing_.restore(in);
  announcements_.restore(in);
  head_keys_.restore(in);
  commands_.restore(in);
  restrictions_.restore(in, {instruments_.size(), parties_.size(), sessions_.size()});
  time_ = in.taken_at().time;
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

void Publishing::save(SnapshotWriter& out) const {
  out.put_count(publishers_.size());
  for (const PublisherPermission& known : publishers_) {
    out.put(known.defined);
    out.put(known.grants.bits());
    out.put(known.suspended);
  }
}

void Publishing::restore(SectionReader& in) {
  const std::size_t count = in.get_count(publishers_max, sizeof(PublisherDefined), "more publishers than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto defined = in.get<PublisherDefined>();
    const TopicSet grants(in.get<std::uint64_t>());
    const auto suspended = in.get<StandingSuspension>();
    in.require(!validate(defined), "a publisher is not well-formed");
    in.require(find(defined.publisher) == nullptr, "a publisher is there twice");
    in.require(in.known(LogSeq(in.taken_at().position.log(), suspended.position)) && suspended.reserved == 0,
               "a suspension lies behind the position");
    if (in.ok()) {
      publishers_.push_back({defined, grants, suspended});
    }
  }
}

void HeadKeys::save(SnapshotWriter& out) const {
  out.put(venue_);
  out.put(sealed_through_);
  out.put(signed_through_);
  out.put_count(keys_.size());
  for (const Key& known : keys_) {
    out.put(known.key);
    out.put(known.since);
    out.put_flag(known.vouched_for);
  }
}

void HeadKeys::restore(SectionReader& in) {
  venue_ = in.get<VenueId>();
  sealed_through_ = in.get<std::uint64_t>();
  signed_through_ = in.get<std::uint64_t>();
  in.require(signed_through_ <= sealed_through_, "more segments are signed than are sealed");
  const std::size_t count =
      in.get_count(keys_max, sizeof(SigningKey) + sizeof(ChangeId) + 1, "more keys than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto key = in.get<SigningKey>();
    const auto since = in.get<ChangeId>();
    const bool vouched_for = in.get_flag();
    in.require(is_signing_key(key) && number_of(key) == 0, "a key of heads is none, or is there twice");
    in.require(in.known(since) && (i == 0 || keys_.back().since < since) && !(i == 0 && vouched_for),
               "keys of heads do not ascend");
    if (in.ok()) {
      keys_.push_back({key, since, vouched_for});
    }
  }
  in.require(signed_through_ == 0 || !keys_.empty(), "segments are signed by no key");
}

void Operators::save(SnapshotWriter& out) const {
  out.put_count(operators_.size());
  for (const Operator& known : operators_) {
    out.put(known.defined);
    out.put(known.last_number);
  }
}

void Operators::restore(SectionReader& in) {
  const std::size_t count = in.get_count(operators_max, sizeof(OperatorDefined), "more operators than have room");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto defined = in.get<OperatorDefined>();
    const auto last_number = in.get<std::uint64_t>();
    in.require(!validate(defined), "an operator is not well-formed");
    in.require(find(defined.name.view()) == nullptr, "an operator is there twice");
    if (in.ok()) {
      operators_.push_back({defined, last_number});
    }
  }
}

namespace {

void save_parts(SnapshotWriter& out, std::span<const CommandPart> parts) {
  out.put_count(parts.size());
  for (const CommandPart& part : parts) {
    out.put(part);
  }
}

void restore_parts(SectionReader& in, std::vector<CommandPart>& parts) {
  const std::size_t count = in.get_count(Commands::parts_max, sizeof(CommandPart), "more changes than a command has");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    parts.push_back(in.get<CommandPart>());
    in.require(!validate(parts.back()), "a change is not well-formed");
    in.require(parts.back().index == i, "the changes of a command are not numbered 0, 1, 2 …");
  }
}

}  // namespace

void Commands::save(SnapshotWriter& out) const {
  operators_.save(out);
  out.put_flag(draft_spoilt_);
  if (!draft_spoilt_) {
    save_parts(out, draft_);
  }
  out.put_count(waiting_count_);
  for (const WaitingCommand& one : waiting()) {
    out.put(one.position);
    out.put(one.command);
    save_parts(out, one.parts);
  }
}

// What waits was judged before it was let wait, and is judged again before it takes effect.
void Commands::restore(SectionReader& in) {
  operators_.restore(in);
  draft_spoilt_ = in.get_flag();
  if (!draft_spoilt_) {
    restore_parts(in, draft_);
  }
  const std::size_t count = in.get_count(waiting_max, sizeof(OperatorCommand), "more commands wait than may");
  for (; waiting_count_ < count && in.ok(); ++waiting_count_) {
    WaitingCommand& one = waiting_[waiting_count_];
    one.position = in.get<ChangeId>();
    one.command = in.get<OperatorCommand>();
    in.require(in.known(one.position) && (waiting_count_ == 0 || waiting_[waiting_count_ - 1].position < one.position),
               "commands that wait do not ascend");
    in.require(!validate(one.command), "a command is not well-formed");
    in.require(operators_.find(one.command.operator_name.view()) != nullptr, "a command is of nobody");
    restore_parts(in, one.parts);
    in.require(one.parts.size() == one.command.parts, "a command that waits has other changes than it says");
  }
}

}  // namespace cantus
