#include "replay/trial.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <utility>

#include "messages/describe.h"
#include "messages/json.h"
#include "replay/verify.h"

namespace cantus::replay {
namespace {

constexpr Seq everything{std::numeric_limits<std::uint64_t>::max()};

std::string text_of(MessageType type, std::uint8_t version, std::span<const std::byte> payload) {
  const MessageInfo* const message = describe(type, version);
  if (message == nullptr) {
    return "type " + std::to_string(type.get());
  }
  std::string text = std::string(message->layout.name) + " ";
  append_json(text, message->layout, payload);
  return text;
}

std::string text_of(const Event& event) {
  return std::to_string(event.header->seq.get()) + " " +
         text_of(event.header->type, event.header->version, event.bytes());
}

// The quarantine as the sequencer would say it behind the log's end.
class SaidAfter {
 public:
  SaidAfter(const Quarantine& change, LogNumber log, Seq through) : change_(change) {
    header_.length = sizeof(RecordHeader) + sizeof(Quarantine);
    header_.type = Quarantine::type;
    header_.version = Quarantine::version;
    header_.topic = Quarantine::topic;
    header_.log = log;
    header_.seq = through.next();
  }
  [[nodiscard]] Event event() const { return {&header_, payload_of(change_).data()}; }

 private:
  RecordHeader header_;
  Quarantine change_;
};

class Runner {
 public:
  Runner(eventlog::LogReader& reader, fix::LogAccess& log, const TrialOptions& options)
      : reader_(reader), log_(log), options_(options) {}

  Result<Trial> run() {
    if (!can_be_quarantined(options_.machine)) {
      return Error{ErrorCode::refused, "no quarantine is possible for that machine"};
    }
    Result<Exceptions> known = exceptions_of(reader_);
    if (!known) {
      return std::move(known).error();
    }
    trial_.through = reader_.last();
    trial_.change.position = options_.position;
    trial_.change.machine = options_.machine;
    const std::optional<Event> record =
        options_.position <= trial_.through ? log_.read(options_.position) : std::nullopt;
    if (!record) {
      return Error{ErrorCode::refused, "there is no record " + std::to_string(options_.position.get())};
    }
    if (known->quarantines().at(options_.position).contains(options_.machine)) {
      return Error{ErrorCode::refused, "it is quarantined for that machine already"};
    }
    trial_.record = text_of(*record);
    log_number_ = record->header->log;
    if (Status found = find_first_difference(*known); !found) {
      return std::move(found).error();
    }
    if (Status listed = list_changes(*known); !listed) {
      return std::move(listed).error();
    }
    return std::move(trial_);
  }

 private:
  [[nodiscard]] Exceptions with(const Exceptions& known) const {
    Exceptions all = known;
    all.apply(SaidAfter(trial_.change, log_number_, trial_.through).event());
    return all;
  }

  // Calls f(event, replica) behind each record.
  template <class F>
  Result<std::unique_ptr<Replica>> replay_with(const Exceptions& known, F&& f) {
    auto replica = std::make_unique<Replica>(known);
    if (options_.cursor != nullptr) {
      replica->watch(*options_.cursor);
    }
    if (Status sought = reader_.seek(Seq(1)); !sought) {
      return std::move(sought).error();
    }
    while (reader_.position() < trial_.through) {
      const Result<std::optional<Event>> next = reader_.next();
      if (!next || !*next) {
        return next ? Error{ErrorCode::failed, "the log ends early"} : next.error();
      }
      replica->apply(**next);
      f(**next, *replica);
    }
    return replica;
  }

  // Where the machines' wishes leave what stands on the log: from there on the publisher's records are void.
  Status find_first_difference(const Exceptions& known) {
    const auto replica = replay_with(with(known), [](const Event&, const Replica&) {});
    if (!replica) {
      return replica.error();
    }
    for (const PublisherCheck& check : (*replica)->checks()) {
      if (!check.difference) {
        continue;
      }
      if (check.difference->position <= options_.position) {
        return Error{ErrorCode::corrupt, "the log is not what this build computes: position " +
                                             std::to_string(check.difference->position.get()) + ", " +
                                             check.difference->text};
      }
      trial_.change.publisher = check.publisher;
      trial_.change.first = check.difference->position;
      trial_.change.from = check.differs_from;
      trial_.change.left_through = everything;  // nobody knows how far before it is on the log
      trial_.change.trusted_crc = check.wished_crc;
      return {};
    }
    return {};
  }

  Status list_changes(const Exceptions& known) {
    const Exceptions all = with(known);
    const auto replica = replay_with(all, [&](const Event& event, const Replica& so_far) {
      const bool is_void = all.is_void(event) && !known.is_void(event);
      const bool plain = options_.machine == MachineName::gateway && event.header->seq == options_.position;
      if (is_void) {
        trial_.voided.push_back(text_of(event));
      }
      if (is_void || plain) {
        for (const OutboundIndex::Given& given : so_far.index().given()) {
          list_message(so_far, given, is_void);
        }
      }
    });
    if (!replica) {
      return replica.error();
    }
    for (const PublisherCheck& check : (*replica)->checks()) {
      if (check.difference) {
        return Error{ErrorCode::corrupt, "with it, " + check.difference->text + " at position " +
                                             std::to_string(check.difference->position.get())};
      }
    }
    list_wishes((*replica)->matching().wishes());
    list_wishes((*replica)->reports().wishes());
    return {};
  }

  void list_wishes(const WishQueue& wishes) {
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      const WishView wish = wishes.at(i);
      trial_.wished.push_back(text_of(wish.type, wish.version, wish.payload));
    }
  }

  void list_message(const Replica& so_far, const OutboundIndex::Given& given, bool is_void) {
    if (!given.entry.application) {
      return;
    }
    const SessionDefined& session = *so_far.refdata().session(given.session);
    const bool left = is_void ? given.entry.cause <= reader_.synced() : was_sent(session, given.number);
    trial_.change.left_changed += left ? 1 : 0;
    std::string text = session_name(session) + " number " + std::to_string(given.number.get()) +
                       (left ? (is_void ? ", may have left" : ", has left") : ", has not left");
    if (!is_void) {
      SentBytes bytes(so_far.refdata(), so_far.exceptions(), log_);
      const Generation generation = so_far.sessions().inbound(given.session).generation;
      const GenerationNumbers numbers{given.session, generation, given.number, {given.entry}};
      if (const Result<Recreated> message = bytes.recreate(numbers, given.number)) {
        std::string body = message->body;
        std::ranges::replace(body, fix::soh, '|');
        text += "; becomes 35=" + message->msg_type + "|" + body;
      }
    }
    trial_.messages.push_back(std::move(text));
  }

  // By the message log, which is written late; whoever made the message and died of it has sent nothing.
  bool was_sent(const SessionDefined& session, MsgSeqNum number) {
    std::ifstream file(message_log_of(options_.fix_logs, session), std::ios::binary);
    const std::string sender = std::string(1, fix::soh) + "49=" + session.our_comp_id.str() + fix::soh;
    const std::string numbered = std::string(1, fix::soh) + "34=" + std::to_string(number.get()) + fix::soh;
    const std::string filled = std::string(1, fix::soh) + "35=4" + fix::soh;
    for (std::string line; std::getline(file, line);) {
      if (line.find(sender) != std::string::npos && line.find(numbered) != std::string::npos &&
          line.find(filled) == std::string::npos) {
        return true;
      }
    }
    return false;
  }

  eventlog::LogReader& reader_;
  fix::LogAccess& log_;
  const TrialOptions& options_;
  LogNumber log_number_;
  Trial trial_;
};

}  // namespace

Result<Trial> try_quarantine(eventlog::LogReader& reader, fix::LogAccess& log, const TrialOptions& options) {
  return Runner(reader, log, options).run();
}

}  // namespace cantus::replay
