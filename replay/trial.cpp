#include "replay/trial.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <utility>

#include "messages/describe.h"
#include "messages/json.h"
#include "refdata/change_rules.h"
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

// The quarantine as the sequencer would say it.
class SaidAfter {
 public:
  SaidAfter(const Quarantine& change, LogNumber log, Seq seq) : change_(change) {
    header_.length = sizeof(RecordHeader) + sizeof(Quarantine);
    header_.type = Quarantine::type;
    header_.version = Quarantine::version;
    header_.topic = Quarantine::topic;
    header_.log = log;
    header_.seq = seq;
  }
  [[nodiscard]] Event event() const { return {&header_, payload_of(change_).data()}; }

 private:
  RecordHeader header_;
  Quarantine change_;
};

// Whose outcomes are others if the machine leaves a record alone: an index of Replica::checks(), or none.
constexpr std::size_t nobody = 0;
constexpr std::size_t group_of(MachineName machine) {
  return machine == MachineName::gateway ? nobody : machine == MachineName::reporter ? 1 : 2;
}
constexpr std::size_t check_of_group(std::size_t group) { return group == 1 ? 1 : 0; }

class Runner {
 public:
  Runner(eventlog::LogReader& reader, fix::LogAccess& log, const TrialOptions& options)
      : reader_(reader), log_(log), options_(options) {}

  Result<Trial> run() {
    trial_.through = reader_.last();
    Result<Exceptions> known = exceptions_of(reader_);
    if (!known) {
      return std::move(known).error();
    }
    if (Status begun = begin(*known); !begun) {
      return std::move(begun).error();
    }
    if (Status found = find_differences(*known); !found) {
      return std::move(found).error();
    }
    if (Status listed = list_changes(*known); !listed) {
      return std::move(listed).error();
    }
    trial_.changes.back().left_changed = trial_.left_changed;
    return std::move(trial_);
  }

 private:
  // Who concerns no outcomes goes first: the last one of each publisher says what of it is void.
  Status begin(const Exceptions& known) {
    std::vector<TriedRecord> records = options_.records;
    std::stable_sort(records.begin(), records.end(), [](const TriedRecord& a, const TriedRecord& b) {
      return group_of(a.machine) < group_of(b.machine);
    });
    for (const TriedRecord& one : records) {
      if (!can_be_quarantined(one.machine)) {
        return Error{ErrorCode::refused, "no quarantine is possible for that machine"};
      }
      const std::string named = "record " + std::to_string(one.position.get());
      const std::optional<Event> record = one.position <= trial_.through ? log_.read(one.position) : std::nullopt;
      if (!record) {
        return Error{ErrorCode::refused, "there is no " + named};
      }
      if (known.quarantines().at(one.position).contains(one.machine)) {
        return Error{ErrorCode::refused, named + " is quarantined for that machine already"};
      }
      log_number_ = record->header->log;
      trial_.records.push_back(text_of(*record) + "\n  not handled by " + std::string(name_of(one.machine)));
      Quarantine& change = trial_.changes.emplace_back();
      change.position = one.position;
      change.machine = one.machine;
      change.rest = static_cast<std::uint8_t>(records.size() - trial_.changes.size());
      if (group_of(one.machine) != nobody) {
        least_ = least_.is_zero() ? one.position : std::min(least_, one.position);
      }
    }
    return {};
  }

  [[nodiscard]] Exceptions with(const Exceptions& known) const {
    Exceptions all = known;
    Seq seq = trial_.through;
    for (const Quarantine& change : trial_.changes) {
      seq = seq.next();
      all.apply(SaidAfter(change, log_number_, seq).event());
    }
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

  // Where the machines' wishes leave what stands on the log, from there on the publisher's records are void; else
  // behind the log's end.
  Status find_differences(const Exceptions& known) {
    while (true) {
      const auto replica = replay_with(with(known), [](const Event&, const Replica&) {});
      if (!replica) {
        return replica.error();
      }
      if (Status possible = set_known(**replica); !possible) {
        return possible;
      }
      const std::vector<PublisherCheck> checks = (*replica)->checks();
      const auto different = std::find_if(checks.begin(), checks.end(),
                                          [](const PublisherCheck& check) { return check.difference.has_value(); });
      if (different == checks.end()) {
        return {};
      }
      Quarantine* const change = last_of(static_cast<std::size_t>(different - checks.begin()));
      if (change == nullptr || !change->from.is_zero() || different->difference->position <= least_) {
        return not_computed(*different);
      }
      change->first = different->difference->position;
      change->from = different->differs_from;
      change->trusted_crc = different->wished_crc;
    }
  }

  static Error not_computed(const PublisherCheck& check) {
    return Error{ErrorCode::corrupt, "the log is not what this build computes: position " +
                                         std::to_string(check.difference->position.get()) + ", " +
                                         check.difference->text};
  }

  // Of those that concern the publisher of this check; null: none does.
  Quarantine* last_of(std::size_t check) {
    const auto found = std::find_if(trial_.changes.rbegin(), trial_.changes.rend(), [check](const Quarantine& change) {
      return group_of(change.machine) != nobody && check_of_group(group_of(change.machine)) == check;
    });
    return found == trial_.changes.rend() ? nullptr : &*found;
  }

  // What the replay says of the venue besides outcomes: the same each time.
  Status set_known(const Replica& replica) {
    const std::vector<PublisherCheck> checks = replica.checks();
    for (std::size_t i = 0; i < checks.size(); ++i) {
      Quarantine* const change = last_of(i);
      if (change == nullptr) {
        continue;
      }
      if (checks[i].publisher.is_zero()) {
        return Error{ErrorCode::refused, "the log has no publisher " + std::string(checks[i].name)};
      }
      if (is_in_doubt(replica, checks[i].publisher)) {
        return Error{ErrorCode::refused, std::string(checks[i].name) + " is suspended: `cantus resolve` goes first"};
      }
      change->publisher = checks[i].publisher;
      change->first = change->first.is_zero() ? trial_.through.next() : change->first;
      change->left_through = everything;  // nobody knows how far before it is on the log
    }
    const auto due = replica.due().due();
    if (std::any_of(due.begin(), due.end(), changes_reading)) {
      return Error{ErrorCode::refused, "what operators decided of other records is about to be on the log: try again"};
    }
    for (Quarantine& change : trial_.changes) {
      change.known = replica.refdata().last_exception();
    }
    return {};
  }

  static bool is_in_doubt(const Replica& replica, PublisherId publisher) {
    const auto& all = replica.suspensions();
    return std::any_of(all.begin(), all.end(), [publisher](const Suspension& one) {
      return one.record.publisher == publisher && !one.record.admitted.is_zero() && one.resolved.is_zero();
    });
  }

  Status list_changes(const Exceptions& known) {
    const Exceptions all = with(known);
    const auto replica = replay_with(all, [&](const Event& event, const Replica& so_far) {
      const bool is_void = all.is_void(event) && !known.is_void(event);
      const TriedRecord by_gateway{event.header->seq, MachineName::gateway};
      const bool plain =
          std::find(options_.records.begin(), options_.records.end(), by_gateway) != options_.records.end();
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
        return not_computed(check);
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
    trial_.left_changed += left ? 1 : 0;
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
  Seq least_;  // of the records that concern outcomes; 0: none does
};

}  // namespace

Result<Trial> try_quarantine(eventlog::LogReader& reader, fix::LogAccess& log, const TrialOptions& options) {
  return Runner(reader, log, options).run();
}

}  // namespace cantus::replay
