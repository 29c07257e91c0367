#include "replay/verify.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "eventlog/snapshot_file.h"
#include "messages/describe.h"

namespace cantus::replay {
namespace {

using Json = nlohmann::ordered_json;

void take_earlier(std::optional<Difference>& first, const std::optional<Difference>& other) {
  if (other && (!first || other->position < first->position)) {
    first = other;
  }
}

// `cut_at`: as of check_sent_log.
Status verify_bytes(const Replica& replica, fix::LogAccess& log, const VerifyOptions& options,
                    std::optional<TimeNs> cut_at, VerifyReport& report) {
  SentBytes bytes(replica.refdata(), replica.exceptions(), log);
  const std::vector<GenerationNumbers> numbers = replica.numbers();
  for (const GenerationNumbers& generation : numbers) {
    GenerationBytes recreated = recreate_all(bytes, replica.refdata(), generation);
    take_earlier(report.first_difference, recreated.difference);
    report.sessions.push_back(std::move(recreated.sent));
  }
  if (!options.fix_logs) {
    return {};
  }
  for (const SessionDefined& session : replica.refdata().sessions()) {
    std::vector<const GenerationNumbers*> generations;
    for (const GenerationNumbers& generation : numbers) {
      if (generation.session == session.session) {
        generations.push_back(&generation);
      }
    }
    const Result<SentLogCheck> check = check_sent_log(*options.fix_logs, bytes, session, generations, cut_at);
    if (!check) {
      return check.error();
    }
    report.sent_equal += check->equal;
    report.sent_beyond += check->beyond;
    take_earlier(report.first_difference, check->difference);
  }
  return {};
}

std::string_view word_of(Suspension::Right right) {
  switch (right) {
    case Suspension::Right::log:
      return "log";
    case Suspension::Right::disputer:
      return "disputer";
    case Suspension::Right::neither:
      return "neither";
    case Suspension::Right::unknown:
      break;
  }
  return "unknown";
}

// Where the two differ, as far as the log tells what the disputing replica had.
std::string difference_of(const PublisherSuspended& record, fix::LogAccess& log) {
  const std::optional<Event> on_log = log.read(record.admitted);
  if (!on_log || record.other_bytes > record.other.bytes.size()) {
    return {};
  }
  if (record.other_type == 0) {
    return "; that replica had no wish there";
  }
  const WishView other{record.from, MessageType(record.other_type), record.other_version, on_log->header->topic,
                       std::span(record.other.bytes).first(record.other_bytes)};
  return " (" + text_of_difference(*on_log, other, "that replica") + ")";
}

}  // namespace

SuspensionVerdict verdict_of(const Suspension& suspension, fix::LogAccess& log) {
  const PublisherSuspended& record = suspension.record;
  if (record.admitted.is_zero()) {
    return {suspension, "publisher " + std::to_string(record.publisher.get()) + " was suspended at " +
                            std::to_string(suspension.position.get()) + " at its number " +
                            std::to_string(record.from.get()) + ": " + std::string(name_of(record.reason))};
  }
  const std::string replica = "the replica in place " + std::to_string(record.place.get());
  std::string text = std::string(suspension.publisher) + " was suspended at " +
                     std::to_string(suspension.position.get()) + ": " + replica + " disputes number " +
                     std::to_string(record.from.get()) + " at " + std::to_string(record.admitted.get()) +
                     difference_of(record, log) + ". ";
  switch (suspension.right) {
    case Suspension::Right::log:
      text += "A fresh replay gives what stands on the log: " + replica + " was WRONG, the log is right";
      break;
    case Suspension::Right::disputer:
      text += "A fresh replay gives what that replica had: " + replica + " was RIGHT, the log is wrong from there";
      break;
    case Suspension::Right::neither:
      text += "A fresh replay gives a third thing: neither the log nor " + replica + " is what this build computes";
      break;
    case Suspension::Right::unknown:
      text += "Replay differs from the log before that and cannot say who was right";
      break;
  }
  if (!suspension.resolved.is_zero()) {
    text += ". Resolved at " + std::to_string(suspension.resolved.get()) + ": what stands on the log from there on " +
            (suspension.voided != 0 ? "is void" : "stands");
  }
  return {suspension, text};
}

namespace {

std::string hex(const Hash256& hash) {
  std::string text;
  append_hex(text, hash.bytes);
  return text;
}

}  // namespace

Result<ReplayedTo> replay(eventlog::LogReader& reader, Replica& replica, Seq through) {
  ReplayedTo reached;
  while (reached.position < through) {
    const Result<std::optional<Event>> next = reader.next();
    if (!next) {
      return Error(next.error()).context("read the log behind " + std::to_string(reached.position.get()));
    }
    if (!next->has_value()) {
      break;
    }
    const Event& event = **next;
    if (!is_known(event) || is_announcement(event)) {
      if (const auto why = why_unreadable(event, Reading()); why) {
        return Error{ErrorCode::not_supported, *why};
      }
    }
    replica.apply(event);
    reached = {event.header->seq, event.header->time};
  }
  return reached;
}

namespace {

// What a first look at the log finds.
struct Survey {
  std::vector<SnapshotTaken> snapshots;   // in order of their positions
  Seq through;                            // as far as this build can go on …
  std::optional<std::string> unreadable;  // … and why no further
};

// The reader stands at the begin again.
Result<Survey> survey(eventlog::LogReader& reader, Seq through) {
  Survey survey{{}, through, {}};
  while (reader.position() < through && !survey.unreadable) {
    const Result<std::optional<Event>> next = reader.next();
    if (!next) {
      return Error(next.error()).context("read the log behind " + std::to_string(reader.position().get()));
    }
    if (!next->has_value()) {
      break;
    }
    if (survey.unreadable = why_unreadable(**next, Reading()); survey.unreadable) {
      survey.through = Seq((*next)->header->seq.get() - 1);
    } else if ((*next)->is<SnapshotTaken>()) {
      survey.snapshots.push_back((*next)->as<SnapshotTaken>());
    }
  }
  std::stable_sort(survey.snapshots.begin(), survey.snapshots.end(),
                   [](const SnapshotTaken& a, const SnapshotTaken& b) { return a.position < b.position; });
  if (Status sought = reader.seek(Seq(1)); !sought) {
    return std::move(sought).error();
  }
  return survey;
}

}  // namespace

Result<Exceptions> exceptions_of(eventlog::LogReader& reader) {
  Exceptions known;
  while (true) {
    const Result<std::optional<Event>> next = reader.next();
    if (!next) {
      return Error(next.error()).context("read the log behind " + std::to_string(reader.position().get()));
    }
    if (!next->has_value()) {
      break;
    }
    known.apply(**next);
  }
  if (Status sought = reader.seek(Seq(1)); !sought) {
    return std::move(sought).error();
  }
  return known;
}

namespace {

Status compare_snapshots(eventlog::LogReader& reader, Replica& replica, const std::vector<SnapshotTaken>& snapshots,
                         VerifyReport& report) {
  for (const SnapshotTaken& named : snapshots) {
    if (reader.position() < named.position) {
      if (const Result<ReplayedTo> reached = replay(reader, replica, named.position); !reached) {
        return reached.error();
      }
    }
    if (replica.exceptions().unsound(named.position)) {
      ++report.snapshots_void;
      continue;
    }
    const Result<Digest> state = replica.state();
    if (state && eventlog::digest_bytes(*state) == named.digest) {
      ++report.snapshots_equal;
      continue;
    }
    take_earlier(report.first_difference,
                 Difference{named.position, "the snapshot behind it that the log names has another state" +
                                                (state ? std::string() : ": " + state.error().text)});
  }
  return {};
}

}  // namespace

Result<VerifyReport> verify(eventlog::LogReader& reader, fix::LogAccess& log, const VerifyOptions& options) {
  const Result<Survey> found = survey(reader, options.through);
  if (!found) {
    return found.error();
  }
  Result<Exceptions> exceptions = exceptions_of(reader);
  if (!exceptions) {
    return std::move(exceptions).error();
  }
  const auto replica = std::make_unique<Replica>(*std::move(exceptions));
  VerifyReport report;
  report.unreadable = found->unreadable;
  if (Status compared = compare_snapshots(reader, *replica, found->snapshots, report); !compared) {
    return std::move(compared).error();
  }
  const Result<ReplayedTo> reached = replay(reader, *replica, found->through);
  if (!reached) {
    return reached.error();
  }
  report.through = reached->position;
  report.publishers = replica->checks();
  for (const PublisherCheck& check : report.publishers) {
    take_earlier(report.first_difference, check.difference);
  }
  take_earlier(report.first_difference, replica->numbers_difference());
  take_earlier(report.first_difference, replica->unsigned_permission());
  for (const Suspension& suspension : replica->suspensions()) {
    report.suspensions.push_back(verdict_of(suspension, log));
  }
  const bool goes_on = reached->position < reader.last();
  const std::optional<TimeNs> cut_at = goes_on ? std::optional(reached->time) : std::nullopt;
  if (Status status = verify_bytes(*replica, log, options, cut_at, report); !status) {
    return std::move(status).error();
  }
  report.matching = replica->matching().digest();
  report.reporter = replica->reports().digest();
  report.session_machine = replica->sessions().digest();
  return report;
}

std::string to_text(const VerifyReport& report) {
  std::string text = "replayed through " + std::to_string(report.through.get()) + "\n";
  for (const PublisherCheck& check : report.publishers) {
    text += std::string(check.name) + ": " + std::to_string(check.equal) + " outcomes are the machine's, " +
            (check.voided > 0 ? std::to_string(check.voided) + " are void, " : "") + std::to_string(check.outstanding) +
            " wishes not on the log yet\n";
  }
  for (const SessionBytes& sent : report.sessions) {
    text += sent.name + " generation " + std::to_string(sent.generation.get()) + ": " + std::to_string(sent.messages) +
            " application messages, " + std::to_string(sent.bytes) + " bytes, sha256 " + hex(sent.sha256) + "; " +
            std::to_string(sent.invented) + " numbers of the session layer" +
            (sent.voided > 0 ? ", " + std::to_string(sent.voided) + " of what is void" : "") + "\n";
  }
  if (report.sent_equal + report.sent_beyond > 0) {
    text += "message logs: " + std::to_string(report.sent_equal) + " messages as re-created, " +
            std::to_string(report.sent_beyond) + " behind the end of this log\n";
  }
  if (report.snapshots_equal > 0) {
    text +=
        "snapshots: " + std::to_string(report.snapshots_equal) + " that the log names have the states of this replay\n";
  }
  text += "digests: matching " + to_text(report.matching) + ", reporter " + to_text(report.reporter) + ", sessions " +
          to_text(report.session_machine) + "\n";
  for (const SuspensionVerdict& verdict : report.suspensions) {
    text += "SUSPENDED: " + verdict.text + "\n";
  }
  if (report.unreadable) {
    text += "ENDS THERE: " + *report.unreadable + "\n";
  }
  if (report.first_difference) {
    text += "FIRST DIFFERENCE at " + std::to_string(report.first_difference->position.get()) + ": " +
            report.first_difference->text + "\n";
  } else {
    text += "clean\n";
  }
  return text;
}

std::string to_json(const VerifyReport& report) {
  Json json;
  json["through"] = report.through.get();
  json["clean"] = !report.first_difference.has_value();
  json["unreadable"] = nullptr;
  if (report.unreadable) {
    json["unreadable"] = *report.unreadable;
  }
  for (const PublisherCheck& check : report.publishers) {
    json["publishers"][std::string(check.name)] = {
        {"equal", check.equal}, {"voided", check.voided}, {"outstanding", check.outstanding}};
  }
  json["sessions"] = Json::array();
  for (const SessionBytes& sent : report.sessions) {
    json["sessions"].push_back({{"session", sent.session.get()},
                                {"name", sent.name},
                                {"generation", sent.generation.get()},
                                {"messages", sent.messages},
                                {"invented", sent.invented},
                                {"voided", sent.voided},
                                {"bytes", sent.bytes},
                                {"sha256", hex(sent.sha256)}});
  }
  json["message_logs"] = {{"equal", report.sent_equal}, {"beyond", report.sent_beyond}};
  json["snapshots_equal"] = report.snapshots_equal;
  json["snapshots_void"] = report.snapshots_void;
  json["digests"] = {{"matching", to_text(report.matching)},
                     {"reporter", to_text(report.reporter)},
                     {"sessions", to_text(report.session_machine)}};
  json["suspensions"] = Json::array();
  for (const SuspensionVerdict& verdict : report.suspensions) {
    const PublisherSuspended& record = verdict.suspension.record;
    json["suspensions"].push_back({{"position", verdict.suspension.position.get()},
                                   {"publisher", std::string(verdict.suspension.publisher)},
                                   {"from", record.from.get()},
                                   {"in_doubt", record.admitted.get()},
                                   {"place", record.place.get()},
                                   {"right", std::string(word_of(verdict.suspension.right))},
                                   {"resolved", verdict.suspension.resolved.get()},
                                   {"voided", verdict.suspension.voided != 0},
                                   {"text", verdict.text}});
  }
  json["first_difference"] = nullptr;
  if (report.first_difference) {
    json["first_difference"] = {{"position", report.first_difference->position.get()},
                                {"text", report.first_difference->text}};
  }
  return json.dump(2) + "\n";
}

}  // namespace cantus::replay
