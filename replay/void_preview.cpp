#include "replay/void_preview.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "base/text.h"
#include "fix/message_text.h"
#include "messages/describe.h"
#include "replay/sent_bytes.h"

namespace cantus::replay {
namespace {

constexpr std::size_t messages_shown_max = 40;

// Numbers of application messages that a session's message log holds as sent by us, with their ExecID, TradeReportID or
// nothing: a number alone can be of another generation.
std::set<std::pair<std::uint32_t, std::string>> logged_of(const std::filesystem::path& folder,
                                                          const SessionDefined& session) {
  std::set<std::pair<std::uint32_t, std::string>> logged;
  std::ifstream file(folder / (session.begin_string.str() + "-" + session_name(session) + ".messages.current.log"),
                     std::ios::binary);
  fix::FieldList fields;
  for (std::string line; std::getline(file, line);) {
    const std::size_t begin = line.find(" : ");
    if (begin == std::string::npos) {
      continue;
    }
    fields.split(std::string_view(line).substr(begin + 3));
    const auto number = fix::parse_seq_num(fields.find(34).value_or(""));
    if (fields.complete() && number && fields.find(49) == session.our_comp_id.view()) {
      logged.emplace(number->get(), std::string(fields.find(17).value_or(fields.find(571).value_or(""))));
    }
  }
  return logged;
}

// As logged_of names it.
std::string name_of(const Event& cause, const OutboundEntry& entry) {
  if (entry.kind == ReportKind::execution || entry.kind == ReportKind::drop_copy) {
    return fix::exec_id_text(cause.position(), entry.index);
  }
  return cause.is<ReportSubmit>() ? cantus::to_text(cause.as<ReportSubmit>().trade) : std::string();
}

}  // namespace

Result<VoidPreview> preview(eventlog::LogReader& reader, fix::LogAccess& log, const Replica& replica,
                            const Resolved& proposed, const std::filesystem::path& fix_logs) {
  VoidPreview preview;
  RecordHeader header;  // as if it stood behind the log's end
  header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + sizeof(Resolved));
  header.type = Resolved::type;
  header.version = Resolved::version;
  header.topic = Resolved::topic;
  header.seq = reader.last().next();
  header.log = reader.identity().log;
  const Exceptions& known = replica.exceptions();
  Exceptions exceptions = known;
  exceptions.apply(Event{&header, payload_of(proposed).data()});
  if (Status sought = reader.seek(proposed.first); !sought) {
    return std::move(sought).error();
  }
  while (true) {
    const Result<std::optional<Event>> next = reader.next();
    if (!next) {
      return next.error();
    }
    if (!next->has_value()) {
      break;
    }
    if (exceptions.is_void(**next) && !known.is_void(**next)) {
      const MessageInfo* const info = describe((*next)->header->type, (*next)->header->version);
      ++preview.records[info == nullptr ? "?" : std::string(info->layout.name)];
    }
  }
  for (const GenerationNumbers& generation : replica.numbers()) {
    const SessionDefined& session = *replica.refdata().session(generation.session);
    std::optional<std::set<std::pair<std::uint32_t, std::string>>> logged;
    for (std::size_t i = 0; i < generation.entries.size(); ++i) {
      const OutboundEntry& entry = generation.entries[i];
      if (!entry.application || entry.cause < proposed.first) {
        continue;
      }
      const std::optional<Event> cause = log.read(entry.cause);
      if (!cause) {
        return Error{ErrorCode::failed, "record " + std::to_string(entry.cause.get()) + " cannot be read"};
      }
      if (!exceptions.is_void(*cause) || known.is_void(*cause)) {
        continue;
      }
      if (!logged) {
        logged = logged_of(fix_logs, session);
      }
      const MsgSeqNum number(generation.first.get() + static_cast<std::uint32_t>(i));
      preview.messages.push_back({session_name(session), generation.generation, number, entry.cause,
                                  exceptions.may_have_left(*cause),
                                  logged->contains({number.get(), name_of(*cause, entry)})});
    }
  }
  return preview;
}

std::string to_text(const VoidPreview& preview) {
  std::string text = "would be void:";
  for (const auto& [name, count] : preview.records) {
    text += " " + std::to_string(count) + " " + name;
  }
  text += "\n";
  const auto left = static_cast<std::size_t>(
      std::count_if(preview.messages.begin(), preview.messages.end(), [](const auto& one) { return one.logged; }));
  text += std::to_string(preview.messages.size()) + " messages to sessions come of them, " + std::to_string(left) +
          " are in the message logs\n";
  for (std::size_t i = 0; i < std::min(preview.messages.size(), messages_shown_max); ++i) {
    const MessageInDoubt& one = preview.messages[i];
    text += "  " + one.session + " generation " + std::to_string(one.generation.get()) + " number " +
            std::to_string(one.number.get()) + " (record " + std::to_string(one.cause.get()) + "): " +
            (one.logged  ? "LEFT"
             : one.stays ? "may have left"
                         : "has not left") +
            (one.stays ? "; stays, and is answered\n" : "; becomes a gap fill\n");
  }
  if (preview.messages.size() > messages_shown_max) {
    text += "  and " + std::to_string(preview.messages.size() - messages_shown_max) + " more\n";
  }
  return text;
}

}  // namespace cantus::replay
