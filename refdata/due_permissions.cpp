#include "refdata/due_permissions.h"

#include <algorithm>

#include "messages/validate.h"

namespace cantus {
namespace {

constexpr std::string_view section_name = "due";
constexpr std::uint16_t section_version = 1;
// Read from a snapshot at most. All of it is said in the pass behind a command, but for what a build does not know.
constexpr std::size_t due_max = 4096;

}  // namespace

DuePermissions::DuePermissions() { due_.reserve(Commands::parts_max); }

bool DuePermissions::apply(const Event& event, const ReferenceData& refdata) {
  for (const CommandPart& part : refdata.changes()) {
    if (CarriedOut::has(part)) {
      due_.push_back(part);
    }
  }
  note_roll(event, refdata);
  if (event.header->topic != topic::control || !CarriedOut::has(event.header->type) || !refdata.complete()) {
    return true;
  }
  const auto said = std::find_if(due_.begin(), due_.end(), [&event](const CommandPart& part) {
    return part.change == event.header->type &&
           std::ranges::equal(event.bytes(), std::span(part.content.bytes).first(part.size));
  });
  if (said == due_.end()) {
    return false;
  }
  due_.erase(said);
  return true;
}

// Whatever became of an end that was begun, it is no longer due.
void DuePermissions::note_roll(const Event& event, const ReferenceData& refdata) {
  if (event.is<RollDue>()) {
    roll_due_ = event.as<RollDue>().ends;
  } else if (event.is<RollBegin>()) {
    roll_due_ = LogNumber();
  }
  for (const CommandPart& part : refdata.changes()) {
    if (is_change<RollOrdered>(part)) {
      roll_due_ = change_of<RollOrdered>(part).ends;
    }
  }
}

void DuePermissions::drop(std::size_t index) { due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(index)); }

Digest DuePermissions::digest() const {
  DigestBuilder digest;
  digest.add(roll_due_).add(static_cast<std::uint64_t>(due_.size()));
  for (const CommandPart& part : due_) {
    digest.add_bytes(std::as_bytes(std::span(&part, 1)));
  }
  return digest.digest();
}

void DuePermissions::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put(roll_due_);
    out.put_count(due_.size());
    for (const CommandPart& part : due_) {
      out.put(part);
    }
  });
}

Status DuePermissions::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    roll_due_ = in.get<LogNumber>();
    const std::size_t count = in.get_count(due_max, sizeof(CommandPart), "more changes than can be due");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      due_.push_back(in.get<CommandPart>());
      in.require(!validate(due_.back()) && CarriedOut::has(due_.back()), "no change that is carried out");
    }
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

}  // namespace cantus
