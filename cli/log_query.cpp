#include "cli/log_query.h"

#include <algorithm>
#include <array>

#include "base/civil_time.h"
#include "base/nearest.h"
#include "base/text.h"
#include "messages/describe.h"
#include "messages/json.h"

namespace cantus::cli {
namespace {

// Takes `count` decimal digits from the front.
bool take_digits(std::string_view& text, std::size_t count, std::uint32_t& value) {
  if (text.size() < count) {
    return false;
  }
  value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') {
      return false;
    }
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

// ".25" as nanoseconds; at most nine digits.
bool take_fraction(std::string_view& text, std::uint32_t& nanoseconds) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 9 || !take_digits(text, digits, nanoseconds)) {
    return false;
  }
  for (std::size_t i = digits; i < 9; ++i) {
    nanoseconds *= 10;
  }
  return true;
}

std::optional<TimeNs> parse_utc(std::string_view text) {
  CivilTime civil;
  std::uint32_t year = 0;
  if (!take_digits(text, 4, year) || !take(text, '-') || !take_digits(text, 2, civil.month) || !take(text, '-') ||
      !take_digits(text, 2, civil.day)) {
    return std::nullopt;
  }
  civil.year = static_cast<std::int32_t>(year);
  if (take(text, 'T') &&
      (!take_digits(text, 2, civil.hour) || !take(text, ':') || !take_digits(text, 2, civil.minute))) {
    return std::nullopt;
  }
  if (take(text, ':') && !take_digits(text, 2, civil.second)) {
    return std::nullopt;
  }
  if (take(text, '.') && !take_fraction(text, civil.nanosecond)) {
    return std::nullopt;
  }
  take(text, 'Z');
  return text.empty() ? time_from(civil) : std::nullopt;
}

Error unknown(const std::string& option, const std::string& word, std::span<const std::string_view> candidates) {
  const std::string_view meant = nearest(word, candidates);
  return Error{ErrorCode::refused, "--" + option + ": '" + word + "' is none" +
                                       (meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?")};
}

Result<MessageType> parse_type(const std::string& word) {
  if (const auto number = parse_unsigned(word, UINT16_MAX)) {
    return MessageType(static_cast<std::uint16_t>(*number));
  }
  std::vector<std::string_view> names;
  for (const MessageInfo& message : all_messages()) {
    if (message.layout.name == word) {
      return message.type;
    }
    names.push_back(message.layout.name);
  }
  return unknown("type", word, names);
}

// A topic's path, or that of a node above it.
Result<TopicSet> parse_topic(const std::string& word) {
  TopicSet found;
  std::vector<std::string_view> paths;
  for (std::uint16_t id = 0; id < 64; ++id) {
    const std::string_view path = topic::path_of(TopicId(id));
    if (path.empty()) {
      continue;
    }
    paths.push_back(path);
    if (path == word || (path.starts_with(word) && path[word.size()] == '/' && !word.empty())) {
      found.add(TopicId(id));
    }
  }
  return found == TopicSet() ? Result<TopicSet>(unknown("topic", word, paths)) : found;
}

}  // namespace

std::optional<LogPlace> parse_log_place(std::string_view text) {
  if (const auto seq = parse_unsigned(text, UINT64_MAX)) {
    return LogPlace{Seq(*seq), std::nullopt, false};
  }
  if (const auto time = parse_utc(text)) {
    return LogPlace{std::nullopt, time, false};
  }
  if (text == "end") {
    return LogPlace{std::nullopt, std::nullopt, true};
  }
  return std::nullopt;
}

void PublisherNames::observe(const Event& event) {
  if (event.is<PublisherDefined>()) {
    const auto& defined = event.as<PublisherDefined>();
    names_[defined.publisher] = defined.name.str();
  } else if (event.is<PublisherCarried>()) {
    const auto& carried = event.as<PublisherCarried>();
    names_[carried.publisher] = carried.name.str();
  }
}

std::string PublisherNames::name_of(PublisherId publisher) const {
  const auto at = names_.find(publisher);
  return at == names_.end() ? std::to_string(publisher.get()) : at->second;
}

std::optional<PublisherId> PublisherNames::named(std::string_view name) const {
  for (const auto& [publisher, known] : names_) {
    if (known == name) {
      return publisher;
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> PublisherNames::names() const {
  std::vector<std::string_view> all;
  for (const auto& [publisher, name] : names_) {
    all.push_back(name);
  }
  return all;
}

Result<LogQuery> LogQuery::from_arguments(const Arguments& arguments) {
  LogQuery query;
  for (const auto& [option, place] : {std::pair{"from", &query.from}, std::pair{"to", &query.to}}) {
    if (const auto text = arguments.text(option)) {
      const auto parsed = parse_log_place(*text);
      if (!parsed) {
        return Error{ErrorCode::refused,
                     "--" + std::string(option) + ": '" + *text +
                         "' is neither a position, nor 'end', nor a time as 2026-11-21T09:30:15.25Z (UTC)"};
      }
      *place = *parsed;
    }
  }
  if (query.from.seq && query.to.seq && *query.from.seq > *query.to.seq) {
    return Error{ErrorCode::refused, "--from " + *arguments.text("from") + " is behind --to " + *arguments.text("to")};
  }
  if (const auto types = arguments.text("type")) {
    for (const std::string& word : split_list(*types)) {
      const Result<MessageType> type = parse_type(word);
      if (!type) {
        return Error(type.error());
      }
      query.types.insert(*type);
    }
  }
  if (const auto topics = arguments.text("topic")) {
    std::uint64_t bits = 0;
    for (const std::string& word : split_list(*topics)) {
      const Result<TopicSet> topic = parse_topic(word);
      if (!topic) {
        return Error(topic.error());
      }
      bits |= topic->bits();
    }
    query.topics = TopicSet(bits);
  }
  query.publisher = arguments.text("publisher");
  query.tail = arguments.number("tail");
  return query;
}

Status LogQuery::resolve_publisher(const PublisherNames& names) {
  if (!publisher.has_value()) {
    return {};
  }
  publisher_id = names.named(*publisher);
  if (const auto number = parse_unsigned(*publisher, UINT16_MAX); !publisher_id && number) {
    publisher_id = PublisherId(static_cast<std::uint16_t>(*number));
  }
  const std::vector<std::string_view> all = names.names();
  return publisher_id ? Status() : Status(unknown("publisher", *publisher, all));
}

bool LogQuery::wants(const RecordHeader& header) const {
  return (types.empty() || types.contains(header.type)) && (!topics || topics->contains(header.topic)) &&
         (!publisher_id || header.publisher == *publisher_id);
}

std::string log_line(const Event& event, const PublisherNames& names) {
  const RecordHeader& header = *event.header;
  const MessageInfo* message = describe(header.type, header.version);
  if (message != nullptr && message->layout.size != event.payload_size()) {
    message = nullptr;
  }
  constexpr std::size_t seq_width = 8;
  std::string line = std::to_string(header.seq.get());
  line.insert(0, line.size() < seq_width ? seq_width - line.size() : 0, ' ');
  line += "  ";
  append_utc(line, header.time);
  line += "  " + names.name_of(header.publisher) + "#" + std::to_string(header.publisher_seq.get()) + "  ";
  if (message == nullptr) {
    return line + to_json(event);  // as it stands: there is no layout to print it by
  }
  line += std::string(message->layout.name) + "  ";
  append_json(line, message->layout, event.bytes());
  return line;
}

Result<PublisherNames> read_names(eventlog::LogReader& reader) {
  PublisherNames names;
  if (Status status = reader.seek(reader.first()); !status) {
    return std::move(status).error();
  }
  for (;;) {
    const Result<std::optional<Event>> event = reader.next();
    if (!event) {
      return Error(event.error());
    }
    if (!event->has_value() || (*event)->is<OpeningComplete>() || (*event)->is<LogContinued>()) {
      return names;
    }
    names.observe(**event);
  }
}

Result<Seq> first_of(eventlog::LogReader& reader, const LogPlace& place) {
  if (place.time) {
    return reader.find(*place.time);
  }
  if (place.end) {
    return reader.last().next();
  }
  return std::max(place.seq.value_or(reader.first()), Seq(1));
}

Result<Seq> last_of(eventlog::LogReader& reader, const LogPlace& place) {
  if (place.end) {
    return reader.last();
  }
  if (!place.time) {
    return place.seq.value_or(Seq(UINT64_MAX));
  }
  const Result<Seq> behind = reader.find(place.time->get() == INT64_MAX ? *place.time : place.time->next());
  return behind ? Result<Seq>(Seq(behind->get() - 1)) : behind;
}

}  // namespace cantus::cli
