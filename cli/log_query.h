// Which records of a log somebody wants to see, and how they look as text: behind `cantus log`.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "eventlog/reader.h"
#include "messages/topics.h"

namespace cantus::cli {

// A position, the first record at or after a time, or the end of the log as it stands: "1042", "2026-11-21T09:30",
// "2026-11-21T09:30:15.25Z", "end".
struct LogPlace {
  std::optional<Seq> seq;
  std::optional<TimeNs> time;
  bool end = false;
};
[[nodiscard]] std::optional<LogPlace> parse_log_place(std::string_view text);

// Names of publishers as their definitions on the log say.
class PublisherNames {
 public:
  void observe(const Event& event);
  [[nodiscard]] std::string name_of(PublisherId publisher) const;  // its number if it has no name here
  [[nodiscard]] std::optional<PublisherId> named(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  std::map<PublisherId, std::string> names_;
};

struct LogQuery {
  LogPlace from;                         // the first one to show; nothing: the first that lies here
  LogPlace to;                           // the last one to show; nothing: no end
  std::set<MessageType> types;           // empty: all
  std::optional<TopicSet> topics;        // nothing: all
  std::optional<std::string> publisher;  // name or number; resolved by resolve_publisher
  std::optional<PublisherId> publisher_id;
  std::optional<std::uint64_t> tail;  // only so many of the last ones that the log holds now

  // From the options from, to, type, topic, publisher, tail. Refused, naming the option and what may have been meant.
  [[nodiscard]] static Result<LogQuery> from_arguments(const Arguments& arguments);
  // Refused if no publisher has that name or number.
  [[nodiscard]] Status resolve_publisher(const PublisherNames& names);
  [[nodiscard]] bool wants(const RecordHeader& header) const;
  [[nodiscard]] bool wants_all() const { return types.empty() && !topics && !publisher_id; }
};

// "    1042  2026-11-21T09:30:15.250000000Z  gateway-1#17  NewOrder  {…}", without a line end; secrets are masked.
[[nodiscard]] std::string log_line(const Event& event, const PublisherNames& names);

// The names that the opening of the log defines, or what a log that follows on it takes over; the reader is left behind
// that. Of a log whose begin does not lie here any more those of the first one that begins here.
[[nodiscard]] Result<PublisherNames> read_names(eventlog::LogReader& reader);
// The position that a place means on this log: for `from` its first record (of the end the next one to come), for `to`
// the last one not behind it.
[[nodiscard]] Result<Seq> first_of(eventlog::LogReader& reader, const LogPlace& place);
[[nodiscard]] Result<Seq> last_of(eventlog::LogReader& reader, const LogPlace& place);

}  // namespace cantus::cli
