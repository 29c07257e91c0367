#include "messages/formats.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "messages/describe.h"

namespace cantus {
namespace {

Digest digest_of(const FixedBytes<16>& bytes) {
  Digest digest;
  std::memcpy(&digest.high, bytes.bytes.data(), sizeof(digest.high));
  std::memcpy(&digest.low, bytes.bytes.data() + sizeof(digest.high), sizeof(digest.low));
  return digest;
}

std::string number(std::uint64_t value) {
  std::string text;
  append_number(text, static_cast<Int128>(value));
  return text;
}

std::string stands_at(Seq position) { return "record " + number(position.get()) + " "; }

std::string unknown_format(const FormatAnnounced& announced, Seq position) {
  const MessageInfo* const own = describe(announced.announced, announced.announced_version);
  return stands_at(position) + "announces " + text_of(announced) +
         (own == nullptr ? ", which this build does not know"
                         : ", which this build knows with another layout, " + to_text(layout_digest(*own)));
}

std::string unknown_rule(const RuleActivated& activated, Seq position) {
  return stands_at(position) + "activates " + text_of(activated) + ", which this build does not know";
}

}  // namespace

namespace {

constexpr KnownSizes sizes_of_table() {
  KnownSizes sizes{};
  for_each_message([&sizes]<class M>() {
    static_assert(M::type.get() < format_types_end && M::version < format_versions_end && M::version > 0);
    sizes[M::type.get()][M::version] = static_cast<std::uint16_t>(sizeof(M) + 1);
  });
  return sizes;
}

}  // namespace

constexpr KnownSizes known_sizes_plus_one = sizes_of_table();

// ---- what this build knows -----------------------------------------------------------------------------------------

FormatAnnounced announcement_of(const MessageInfo& message) {
  FormatAnnounced announced;
  announced.layout = bytes_of(layout_digest(message));
  announced.announced = message.type;
  announced.on_topic = message.topic;
  announced.payload_bytes = static_cast<std::uint16_t>(message.layout.size);
  announced.announced_version = message.version;
  announced.name = FixedString<32>(message.layout.name);
  return announced;
}

std::vector<FormatAnnounced> known_formats() {
  std::vector<FormatAnnounced> formats;
  for (const MessageInfo& message : all_messages()) {
    formats.push_back(announcement_of(message));
  }
  return formats;
}

bool is_known(const FormatAnnounced& announced) {
  const MessageInfo* const own = describe(announced.announced, announced.announced_version);
  return own != nullptr && announcement_of(*own).layout == announced.layout;
}

bool is_of_another_layout(const FormatAnnounced& announced) {
  return describe(announced.announced, announced.announced_version) != nullptr && !is_known(announced);
}

bool is_known(const RuleActivated& activated) {
  const RuleInfo* const own = rule_numbered(activated.rule);
  return own != nullptr && own->name == activated.name.view() && activated.set <= own->sets;
}

// ---- what a program must know
// ----------------------------------------------------------------------------------------

std::string text_of(const FormatAnnounced& announced) {
  return announced.name.str() + " (type " + number(announced.announced.get()) + " version " +
         number(announced.announced_version) + ", layout " + to_text(digest_of(announced.layout)) + ")";
}

std::string text_of(const RuleActivated& activated) {
  return "set " + number(activated.set) + " of the rule " + activated.name.str() + " (number " +
         number(activated.rule) + ")";
}

std::optional<std::string> why_unreadable(const Event& event, const Reading& reading) {
  const Seq position = event.header->seq;
  if (event.is<FormatAnnounced>()) {
    const auto& announced = event.as<FormatAnnounced>();
    return is_known(announced) || !reading.concerns(announced)
               ? std::nullopt
               : std::optional(unknown_format(announced, position) + "; stopped before it");
  }
  if (event.is<RuleActivated>()) {
    const auto& activated = event.as<RuleActivated>();
    return is_known(activated) || !reading.concerns(activated)
               ? std::nullopt
               : std::optional(unknown_rule(activated, position) + "; stopped before it");
  }
  if (is_known(event) || !reading.topics.contains(event.header->topic)) {
    return std::nullopt;
  }
  return stands_at(position) + "is of type " + number(event.header->type.get()) + " version " +
         number(event.header->version) + " with " + number(event.payload_size()) +
         " bytes, which this build does not know; stopped before it";
}

// ---- what a log announces
// ----------------------------------------------------------------------------------------------

Formats::Formats() { formats_.reserve(formats_max); }

void Formats::apply(const FormatAnnounced& announced, LogSeq position) {
  const std::size_t type = announced.announced.get();
  const std::size_t version = announced.announced_version;
  if (type < format_types_end && version < format_versions_end && index_[type][version] == 0 && !full()) {
    formats_.push_back({announced, position});
    index_[type][version] = static_cast<std::uint16_t>(formats_.size());
  }
}

std::uint8_t Formats::newest(MessageType type) const {
  std::uint8_t version = format_versions_end - 1;
  while (version > 0 && find(type, version) == nullptr) {
    --version;
  }
  return version;
}

void Formats::digest_into(DigestBuilder& digest) const {
  digest.add(static_cast<std::uint64_t>(formats_.size()));
  for (const AnnouncedFormat& known : formats_) {
    digest.add_bytes(payload_of(known.format)).add(known.position);
  }
}

void Formats::save(SnapshotWriter& out) const {
  out.put_count(formats_.size());
  for (const AnnouncedFormat& known : formats_) {
    out.put(known.format);
    out.put(known.position);
  }
}

void Formats::restore(SectionReader& in) {
  const std::size_t count = in.get_count(formats_max, sizeof(AnnouncedFormat), "more formats than can be announced");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    const auto format = in.get<FormatAnnounced>();
    const auto position = in.get<LogSeq>();
    in.require(format.name.well_formed() && in.known(position), "an announced format is not well-formed");
    apply(format, position);
    in.require(formats_.size() == i + 1, "a format is announced twice, or has no number");
  }
}

void Announcements::apply(const Event& event) {
  if (event.is<FormatAnnounced>()) {
    formats_.apply(event.as<FormatAnnounced>(), event.position());
  } else if (event.is<RuleActivated>()) {
    rules_.apply(event.as<RuleActivated>(), event.position());
  }
}

std::optional<std::string> Announcements::why_unreadable(const Reading& reading) const {
  for (const AnnouncedFormat& known : formats_.all()) {
    if (reading.concerns(known.format) && !is_known(known.format)) {
      return unknown_format(known.format, known.position.seq());
    }
  }
  for (const RuleActivated& activated : rules_.activations()) {
    if (reading.concerns(activated) && !is_known(activated)) {
      return unknown_rule(activated, rules_.all()[activated.rule].position.seq());
    }
  }
  return std::nullopt;
}

std::string Announcements::who_can_read(const Reading& reading) const {
  const bool otherwise = std::any_of(formats_.all().begin(), formats_.all().end(), [&](const AnnouncedFormat& known) {
    return reading.concerns(known.format) && is_of_another_layout(known.format);
  });
  return otherwise ? "no newer build can either: start the one that wrote it" : "start a newer build";
}

void Announcements::digest_into(DigestBuilder& digest) const {
  formats_.digest_into(digest);
  rules_.digest_into(digest);
}

void Announcements::save(SnapshotWriter& out) const {
  formats_.save(out);
  rules_.save(out);
}

void Announcements::restore(SectionReader& in) {
  formats_.restore(in);
  rules_.restore(in);
}

}  // namespace cantus
