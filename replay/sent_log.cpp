#include "replay/sent_log.h"

#include <algorithm>
#include <fstream>

namespace cantus::replay {
namespace {

constexpr std::string_view time_separator = " : ";

struct SentLine {
  std::string_view bytes;
  MsgSeqNum number;
  std::optional<TimeNs> sending_time;  // of what left late or again
  std::optional<TimeNs> first_sent;    // whole milliseconds
};

bool is_application(std::string_view msg_type) {
  return msg_type == "8" || msg_type == "9" || msg_type == "j" || msg_type == "AE";
}

// An application message of ours in a whole line, or nothing: what came in, what the session layer invented, and a line
// that was cut off.
std::optional<SentLine> parse(const std::string& line, const SessionDefined& session, fix::FieldList& fields) {
  const std::size_t begin = line.find(time_separator);
  if (begin == std::string::npos) {
    return std::nullopt;
  }
  SentLine sent;
  sent.bytes = std::string_view(line).substr(begin + time_separator.size());
  fields.split(sent.bytes);
  if (!fields.complete() || !fields.find(10) || fields.find(49) != session.our_comp_id.view() ||
      !is_application(fields.find(35).value_or(""))) {
    return std::nullopt;
  }
  const auto number = fix::parse_seq_num(fields.find(34).value_or(""));
  if (!number) {
    return std::nullopt;
  }
  sent.number = *number;
  const bool again = fields.find(43) == "Y";
  if (again) {
    sent.sending_time = fix::parse_utc_timestamp(fields.find(52).value_or(""));
  }
  sent.first_sent = fix::parse_utc_timestamp(fields.find(again ? 122 : 52).value_or(""));
  return sent;
}

class Comparison {
 public:
  Comparison(SentBytes& bytes, const SessionDefined& session, const std::vector<const GenerationNumbers*>& generations,
             std::optional<TimeNs> cut_at)
      : bytes_(bytes), session_(session), generations_(generations), cut_at_(cut_at) {}

  void compare(const SentLine& sent) {
    bool known = false;
    // Lines come in the order of the generations, but for what two gateways wrote late: the last one found goes first.
    for (std::size_t i = 0; i < generations_.size(); ++i) {
      const std::size_t at = (last_ + i) % generations_.size();
      const GenerationNumbers& numbers = *generations_[at];
      if (numbers.at(sent.number) == nullptr) {
        continue;
      }
      known = true;
      if (equals(sent, numbers)) {
        last_ = at;
        ++check_.equal;
        return;
      }
    }
    if (!known || is_behind_the_cut(sent)) {
      ++check_.beyond;
    } else if (!check_.difference) {
      name(sent);
    }
  }
  [[nodiscard]] const SentLogCheck& check() const { return check_; }

 private:
  std::string recreated(const SentLine& sent, const Recreated& message) const {
    return sent.sending_time ? bytes_.again(message, session_.session, *sent.sending_time)
                             : bytes_.at_once(message, session_.session);
  }
  [[nodiscard]] bool is_behind_the_cut(const SentLine& sent) const {
    constexpr std::int64_t millisecond = 1'000'000;
    return cut_at_ && sent.first_sent && sent.first_sent->get() / millisecond >= cut_at_->get() / millisecond;
  }
  bool equals(const SentLine& sent, const GenerationNumbers& numbers) {
    if (!numbers.at(sent.number)->application) {
      return false;
    }
    const Result<Recreated> message = bytes_.recreate(numbers, sent.number);
    return message.ok() && recreated(sent, *message) == sent.bytes;
  }
  void name(const SentLine& sent) {
    check_.difference =
        Difference{Seq{}, "session " + session_name(session_) + " number " + std::to_string(sent.number.get()) + ": "};
    const auto holder = std::find_if(generations_.rbegin(), generations_.rend(), [&](const GenerationNumbers* numbers) {
      const OutboundEntry* const entry = numbers->at(sent.number);
      return entry != nullptr && entry->application;
    });
    if (holder == generations_.rend()) {
      check_.difference->text += "an application message was sent, the log gives none";
      return;
    }
    check_.difference->position = (*holder)->at(sent.number)->cause;
    const Result<Recreated> message = bytes_.recreate(**holder, sent.number);
    check_.difference->text +=
        message.ok() ? text_of_difference(sent.bytes, recreated(sent, *message)) : message.error().text;
  }

  SentBytes& bytes_;
  const SessionDefined& session_;
  const std::vector<const GenerationNumbers*>& generations_;
  const std::optional<TimeNs> cut_at_;
  std::size_t last_ = 0;
  SentLogCheck check_;
};

}  // namespace

std::filesystem::path message_log_of(const std::filesystem::path& folder, const SessionDefined& session) {
  return folder / (session.begin_string.str() + "-" + session_name(session) + ".messages.current.log");
}

Result<SentLogCheck> check_sent_log(const std::filesystem::path& folder, SentBytes& bytes,
                                    const SessionDefined& session,
                                    const std::vector<const GenerationNumbers*>& generations,
                                    std::optional<TimeNs> cut_at) {
  const std::filesystem::path path = message_log_of(folder, session);
  if (!std::filesystem::exists(path)) {
    return SentLogCheck{};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{ErrorCode::failed, "open " + path.string()};
  }
  Comparison comparison(bytes, session, generations, cut_at);
  fix::FieldList fields;
  for (std::string line; std::getline(file, line);) {
    if (const auto sent = parse(line, session, fields)) {
      comparison.compare(*sent);
    }
  }
  return comparison.check();
}

}  // namespace cantus::replay
