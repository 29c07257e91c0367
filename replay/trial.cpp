#include "replay/trial.h"

#include <algorithm>
#include <cstring>
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
// The quarantines are said behind all that may still come: void is what a publisher says until then.
constexpr Seq before_said{everything.get() / 2};

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

}  // namespace

class TrialRunner {
 public:
  explicit TrialRunner(TrialOptions options) : options_(std::move(options)), signed_(!options_.as_signed.empty()) {}

  Status run(eventlog::LogReader& reader, fix::LogAccess& log) {
    reader_ = &reader;
    log_ = &log;
    trial_.through = reader.last();
    Result<Exceptions> known = exceptions_of(reader);
    if (!known) {
      return std::move(known).error();
    }
    known_ = *std::move(known);
    if (Status begun = begin(); !begun) {
      return begun;
    }
    if (Status found = signed_ ? Status() : find_differences(); !found) {
      return found;
    }
    replica_ = std::make_unique<Replica>(with_changes());
    if (Status sought = reader.seek(Seq(1)); !sought) {
      return sought;
    }
    return list_changes(options_.cursor);
  }

  Status go_on(eventlog::LogReader& reader, fix::LogAccess& log, Cursor* cursor) {
    reader_ = &reader;
    log_ = &log;
    trial_.through = reader.last();
    if (Status sought = reader.seek(last_.seq); !sought) {
      return sought;
    }
    const Result<std::optional<Event>> next = reader.next();
    if (!next) {
      return next.error();
    }
    if (!next->has_value() || std::memcmp((*next)->header, &last_, sizeof(RecordHeader)) != 0) {
      return Error{ErrorCode::refused, "the log was recovered meanwhile, and goes on otherwise: ask again"};
    }
    return list_changes(cursor);
  }

  [[nodiscard]] const Trial& trial() const { return trial_; }

 private:
  // A message that becomes another one.
  struct Told {
    SessionDefined session;
    MsgSeqNum number;
    bool is_void = false;
    std::string becomes;  // what is known of that
  };

  // Who concerns no outcomes goes first: the last one of each publisher says what of it is void.
  Status begin() {
    std::vector<TriedRecord> records = options_.records;
    for (const Quarantine& one : options_.as_signed) {
      records.push_back({one.position, one.machine});
    }
    options_.records = records;
    std::stable_sort(records.begin(), records.end(), [](const TriedRecord& a, const TriedRecord& b) {
      return group_of(a.machine) < group_of(b.machine);
    });
    for (const TriedRecord& one : records) {
      if (!can_be_quarantined(one.machine)) {
        return Error{ErrorCode::refused, "no quarantine is possible for that machine"};
      }
      const std::string named = "record " + std::to_string(one.position.get());
      const std::optional<Event> record = one.position <= trial_.through ? log_->read(one.position) : std::nullopt;
      if (!record) {
        return Error{ErrorCode::refused, "there is no " + named};
      }
      if (known_.quarantines().at(one.position).contains(one.machine)) {
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
    if (signed_) {
      trial_.changes = options_.as_signed;
    }
    return {};
  }

  [[nodiscard]] Exceptions with_changes() const {
    Exceptions all = known_;
    Seq seq = before_said;
    for (const Quarantine& change : trial_.changes) {
      seq = seq.next();
      all.apply(SaidAfter(change, log_number_, seq).event());
    }
    return all;
  }

  // The whole log through the machines.
  Result<std::unique_ptr<Replica>> replay_with_changes() {
    auto replica = std::make_unique<Replica>(with_changes());
    if (options_.cursor != nullptr) {
      replica->watch(*options_.cursor);
    }
    if (Status sought = reader_->seek(Seq(1)); !sought) {
      return std::move(sought).error();
    }
    while (reader_->position() < trial_.through) {
      const Result<Event> next = read_next();
      if (!next) {
        return next.error();
      }
      replica->apply(*next);
    }
    return replica;
  }

  Result<Event> read_next() {
    const Result<std::optional<Event>> next = reader_->next();
    if (!next || !*next) {
      return next ? Error{ErrorCode::failed, "the log ends early"} : next.error();
    }
    return **next;
  }

  // Where the machines' wishes leave what stands on the log, from there on the publisher's records are void; else
  // behind the log's end.
  Status find_differences() {
    while (true) {
      const auto replica = replay_with_changes();
      if (!replica) {
        return replica.error();
      }
      if (Status set = set_known(**replica); !set) {
        return set;
      }
      if (Status possible = check_present(**replica); !possible) {
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

  [[nodiscard]] Error not_computed(const PublisherCheck& check) const {
    const std::string where =
        "position " + std::to_string(check.difference->position.get()) + ", " + check.difference->text;
    return signed_ ? Error{ErrorCode::refused,
                           "what was signed does not fit the log: " + where + "; reject it, and have it signed anew"}
                   : Error{ErrorCode::corrupt, "the log is not what this build computes: " + where};
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
      change->publisher = checks[i].publisher;
      change->first = change->first.is_zero() ? trial_.through.next() : change->first;
      change->left_through = everything;  // nobody knows how far before it is on the log
    }
    for (Quarantine& change : trial_.changes) {
      change.known = replica.refdata().last_exception();
    }
    return {};
  }

  // Whether they can take effect on the log as it is now, and then as they were tried.
  [[nodiscard]] Status check_present(const Replica& replica) const {
    for (const Quarantine& change : trial_.changes) {
      if (!change.publisher.is_zero() && is_in_doubt(replica, change.publisher)) {
        return Error{ErrorCode::refused,
                     name_of_publisher(replica, change.publisher) + " is suspended: `cantus resolve` goes first"};
      }
      if (change.known != replica.refdata().last_exception()) {
        return Error{ErrorCode::refused, "what operators decided of other records took effect meanwhile, at " +
                                             std::to_string(replica.refdata().last_exception().get()) +
                                             ": have it signed anew"};
      }
    }
    const auto due = replica.due().due();
    if (std::any_of(due.begin(), due.end(), changes_reading)) {
      return Error{ErrorCode::refused, "what operators decided of other records is about to be on the log: try again"};
    }
    return {};
  }

  static std::string name_of_publisher(const Replica& replica, PublisherId publisher) {
    for (const PublisherCheck& check : replica.checks()) {
      if (check.publisher == publisher) {
        return std::string(check.name);
      }
    }
    return "publisher " + std::to_string(publisher.get());
  }

  static bool is_in_doubt(const Replica& replica, PublisherId publisher) {
    const auto& all = replica.suspensions();
    return std::any_of(all.begin(), all.end(), [publisher](const Suspension& one) {
      return one.record.publisher == publisher && !one.record.admitted.is_zero() && one.resolved.is_zero();
    });
  }

  Status list_changes(Cursor* cursor) {
    if (cursor != nullptr) {
      replica_->watch(*cursor);
    }
    while (reader_->position() < trial_.through) {
      const Result<Event> next = read_next();
      if (!next) {
        return next.error();
      }
      replica_->apply(*next);
      last_ = *next->header;
      list_changes_of(*next);
    }
    if (Status possible = check_present(*replica_); !possible) {
      return possible;
    }
    for (const PublisherCheck& check : replica_->checks()) {
      if (check.difference) {
        return not_computed(check);
      }
    }
    trial_.wished.clear();
    list_wishes(replica_->matching().wishes());
    list_wishes(replica_->reports().wishes());
    list_messages();
    return {};
  }

  void list_changes_of(const Event& event) {
    const bool is_void = replica_->exceptions().is_void(event) && !known_.is_void(event);
    const TriedRecord by_gateway{event.header->seq, MachineName::gateway};
    const bool plain =
        std::find(options_.records.begin(), options_.records.end(), by_gateway) != options_.records.end();
    if (is_void) {
      trial_.voided.push_back(text_of(event));
    }
    if (is_void || plain) {
      for (const OutboundIndex::Given& given : replica_->index().given()) {
        note_message(given, is_void);
      }
    }
  }

  void list_wishes(const WishQueue& wishes) {
    for (std::size_t i = 0; i < wishes.size(); ++i) {
      const WishView wish = wishes.at(i);
      trial_.wished.push_back(text_of(wish.type, wish.version, wish.payload));
    }
  }

  void note_message(const OutboundIndex::Given& given, bool is_void) {
    if (!given.entry.application) {
      return;
    }
    Told& told = told_.emplace_back();
    told.session = *replica_->refdata().session(given.session);
    told.number = given.number;
    told.is_void = is_void;
    if (!is_void) {
      SentBytes bytes(replica_->refdata(), replica_->exceptions(), *log_);
      const Generation generation = replica_->sessions().inbound(given.session).generation;
      const GenerationNumbers numbers{given.session, generation, given.number, {given.entry}};
      if (const Result<Recreated> message = bytes.recreate(numbers, given.number)) {
        std::string body = message->body;
        std::ranges::replace(body, fix::soh, '|');
        told.becomes = "; becomes 35=" + message->msg_type + "|" + body;
      }
    }
  }

  void list_messages() {
    trial_.messages.clear();
    trial_.left_changed = 0;
    for (const Told& told : told_) {
      const bool left = told.is_void || was_sent(told.session, told.number);
      trial_.left_changed += left ? 1 : 0;
      trial_.messages.push_back(session_name(told.session) + " number " + std::to_string(told.number.get()) +
                                (left ? (told.is_void ? ", may have left" : ", has left") : ", has not left") +
                                told.becomes);
    }
    if (!signed_) {
      trial_.changes.back().left_changed = trial_.left_changed;
    }
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

  eventlog::LogReader* reader_ = nullptr;  // of the call
  fix::LogAccess* log_ = nullptr;          // likewise
  TrialOptions options_;
  bool signed_;
  Exceptions known_;  // what the log says without these
  LogNumber log_number_;
  Trial trial_;
  Seq least_;  // of the records that concern outcomes; 0: none does
  std::unique_ptr<Replica> replica_;
  RecordHeader last_;  // that the replica applied
  std::vector<Told> told_;
};

RunningTrial::RunningTrial(std::unique_ptr<TrialRunner> runner) : runner_(std::move(runner)) {}
RunningTrial::~RunningTrial() = default;

Result<std::unique_ptr<RunningTrial>> RunningTrial::run(eventlog::LogReader& reader, fix::LogAccess& log,
                                                        const TrialOptions& options) {
  auto runner = std::make_unique<TrialRunner>(options);
  if (Status ran = runner->run(reader, log); !ran) {
    return std::move(ran).error();
  }
  return std::unique_ptr<RunningTrial>(new RunningTrial(std::move(runner)));
}

const Trial& RunningTrial::trial() const { return runner_->trial(); }

Status RunningTrial::go_on(eventlog::LogReader& reader, fix::LogAccess& log, Cursor* cursor) {
  return runner_->go_on(reader, log, cursor);
}

Result<Trial> try_quarantine(eventlog::LogReader& reader, fix::LogAccess& log, const TrialOptions& options) {
  const Result<std::unique_ptr<RunningTrial>> running = RunningTrial::run(reader, log, options);
  return running ? Result<Trial>((*running)->trial()) : running.error();
}

}  // namespace cantus::replay
