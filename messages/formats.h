// Formats: the (type, version) pairs that may stand on a log, by announcement; and what this build can read of them
// (docs/architecture.md, section 9).
//
// A log announces every format before its first use. Whoever must read messages of it, or run the machine that writes
// them, and does not know it, stops before the announcement; everybody else passes by. So a build may be rolled back
// as long as the log announces nothing that it would stop at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "messages/record.h"
#include "messages/rules.h"
#include "messages/snapshot.h"
#include "messages/topics.h"

namespace cantus {

struct MessageInfo;

inline constexpr std::size_t format_types_end = 256;
inline constexpr std::size_t format_versions_end = 16;

// ---- what this build knows -----------------------------------------------------------------------------------------

// Payload bytes of each (type, version) of the table, plus one; 0 where there is none.
using KnownSizes = std::array<std::array<std::uint16_t, format_versions_end>, format_types_end>;
extern const KnownSizes known_sizes_plus_one;

// The table has this record's type and version, with its size.
[[nodiscard]] inline bool is_known(const Event& event) {
  const std::uint16_t type = event.header->type.get();
  const std::uint8_t version = event.header->version;
  return type < format_types_end && version < format_versions_end &&
         known_sizes_plus_one[type][version] == event.payload_size() + 1;
}

[[nodiscard]] FormatAnnounced announcement_of(const MessageInfo& message);
// Of every message of the table, in its order: what a new log begins with.
[[nodiscard]] std::vector<FormatAnnounced> known_formats();
// The table has it with that very layout.
[[nodiscard]] bool is_known(const FormatAnnounced& announced);
// The table has it with another layout: no newer build reads what was announced, only one that has that layout.
[[nodiscard]] bool is_of_another_layout(const FormatAnnounced& announced);
// It has that rule and that set of it.
[[nodiscard]] bool is_known(const RuleActivated& activated);

// ---- what a program must know
// ----------------------------------------------------------------------------------------

// What a program reads and runs: a format on one of its topics, or a rule of one of its machines, that it does not know
// must stop it.
struct Reading {
  TopicSet topics = TopicSet::all();
  RuleOwners machines = RuleOwners::all();

  [[nodiscard]] bool concerns(const FormatAnnounced& announced) const {
    return topics.contains(announced.on_topic) || announced.on_topic.get() >= 64;
  }
  [[nodiscard]] bool concerns(const RuleActivated& activated) const { return machines.contains(activated.owner); }
};

// "Trade (type 52 version 1, layout 0123…)"; "set 2 of the rule NAME (number 1)".
[[nodiscard]] std::string text_of(const FormatAnnounced& announced);
[[nodiscard]] std::string text_of(const RuleActivated& activated);
// A record that every program looks at, whatever it reads.
[[nodiscard]] inline bool is_announcement(const Event& event) {
  return event.header->type == FormatAnnounced::type || event.header->type == RuleActivated::type;
}
// Why a program that reads this must stop before the event: it announces, activates or is something that the program
// must know and this build does not. Names it and where it stands. Nothing: the program goes on.
[[nodiscard]] std::optional<std::string> why_unreadable(const Event& event, const Reading& reading);

// ---- what a log announces
// ----------------------------------------------------------------------------------------------

struct AnnouncedFormat {
  FormatAnnounced format;
  LogSeq position;  // of its first announcement
};

class Formats {
 public:
  static constexpr std::size_t formats_max = 512;

  Formats();

  // A repeat changes nothing, and so does one without room.
  void apply(const FormatAnnounced& announced, LogSeq position);

  // Null: not announced.
  [[nodiscard]] const AnnouncedFormat* find(MessageType type, std::uint8_t version) const {
    const bool can_be = type.get() < format_types_end && version < format_versions_end;
    const std::uint16_t index = can_be ? index_[type.get()][version] : std::uint16_t{0};
    return index == 0 ? nullptr : &formats_[index - 1U];
  }
  // Messages M may be written from here on. Machines and edges write the newest version of which this is true; the
  // first needs no question.
  template <class M>
  [[nodiscard]] bool announced() const {
    return find(M::type, M::version) != nullptr;
  }
  // 0: none of the type.
  [[nodiscard]] std::uint8_t newest(MessageType type) const;
  [[nodiscard]] std::span<const AnnouncedFormat> all() const { return formats_; }  // in order of announcement
  [[nodiscard]] bool full() const { return formats_.size() == formats_max; }

  void digest_into(DigestBuilder& digest) const;
  // Within the section of whoever includes it.
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  std::vector<AnnouncedFormat> formats_;                                                  // room reserved
  std::array<std::array<std::uint16_t, format_versions_end>, format_types_end> index_{};  // plus one
};

// Everything that a log has announced and activated so far.
class Announcements {
 public:
  void apply(const Event& event);  // those that are none change nothing
  [[nodiscard]] const Formats& formats() const { return formats_; }
  [[nodiscard]] const Rules& rules() const { return rules_; }
  // Why a program that reads this cannot go on from here: of all that was announced the first that it must know and
  // this build does not. For who starts from a snapshot and has not read the records.
  [[nodiscard]] std::optional<std::string> why_unreadable(const Reading& reading) const;
  // Of that: which build can.
  [[nodiscard]] std::string who_can_read(const Reading& reading) const;

  void digest_into(DigestBuilder& digest) const;
  void save(SnapshotWriter& out) const;
  void restore(SectionReader& in);

 private:
  Formats formats_;
  Rules rules_;
};

}  // namespace cantus
