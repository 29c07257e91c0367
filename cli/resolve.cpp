// `cantus resolve`: ends a suspension. A fresh replay of the log is the third vote; what would be void and what left
// the venue is shown before anybody signs.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/log_access.h"
#include "cli/rebuild_notice.h"
#include "cli/replay_death.h"
#include "cli/signing.h"
#include "replay/verify.h"
#include "replay/void_preview.h"

namespace cantus::cli {
namespace {

constexpr Option trust_option{"trust", OptionKind::text, "REPLICA",
                              "place of the replica that is right (0, 1), or `replay` where both are wrong"};

Result<std::unique_ptr<eventlog::LogReader>> open(const VenueState& state) {
  return eventlog::open_log(state.place.paths().journal(), state.place.paths().memory);
}

// The whole log again, read as `known` says. From `outcomes_end` on nothing is shown to machines that make outcomes.
Result<std::unique_ptr<replay::Replica>> replayed(const VenueState& state, const Exceptions& known, Seq outcomes_end,
                                                  Cursor* cursor = nullptr) {
  Result<std::unique_ptr<eventlog::LogReader>> reader = open(state);
  if (!reader) {
    return std::move(reader).error();
  }
  auto replica = std::make_unique<replay::Replica>(known);
  replica->stop_outcomes_before(outcomes_end);
  if (cursor != nullptr) {
    replica->watch(*cursor);
  }
  const Result<replay::ReplayedTo> reached = replay::replay(**reader, *replica, state.recorded.position());
  return reached ? Result<std::unique_ptr<replay::Replica>>(std::move(replica)) : reached.error();
}

// Behind it the log kills the machines that make outcomes; what stands before it can be replayed all the same.
Result<Seq> outcomes_end_of(const VenueState& state, const Exceptions& known) {
  Seq end(~std::uint64_t{0});
  while (true) {
    const Result<std::optional<ReplayDeath>> tried =
        death_of([&](Cursor& cursor) { (void)replayed(state, known, end, &cursor); });
    if (!tried) {
      return tried.error();
    }
    const std::optional<ReplayDeath>& death = *tried;
    if (!death || !can_be_quarantined(death->machine) || death->record >= end) {
      return end;
    }
    end = death->record;
    std::printf("record %llu kills %s: a quarantine is needed, too; outcomes are replayed up to there\n",
                static_cast<unsigned long long>(end.get()), std::string(name_of(death->machine)).c_str());
  }
}

// Exceptions as they are with the resolution behind the log's end.
Exceptions with(const Exceptions& known, const Resolved& resolved, const VenueState& state) {
  RecordHeader header;
  header.length = static_cast<std::uint32_t>(sizeof(RecordHeader) + sizeof(Resolved));
  header.type = Resolved::type;
  header.version = Resolved::version;
  header.topic = Resolved::topic;
  header.seq = state.recorded.position().next();
  header.log = state.log;
  Exceptions all = known;
  all.apply(Event{&header, payload_of(resolved).data()});
  return all;
}

// What is to be signed, replayed: every replica will do just that.
Status try_on(const VenueState& state, const Exceptions& known, const Resolved& resolved, Seq outcomes_end) {
  const auto replica = replayed(state, with(known, resolved, state), outcomes_end);
  if (!replica) {
    return replica.error();
  }
  for (const replay::PublisherCheck& check : (*replica)->checks()) {
    if (check.publisher == resolved.publisher && check.difference) {
      return Error{ErrorCode::refused, "a replay with it differs from the log: position " +
                                           std::to_string(check.difference->position.get()) + ", " +
                                           check.difference->text};
    }
  }
  return {};
}

// Whom the operator trusts, against the replay: what is to be said of the log, or why it cannot be.
Result<Resolved> judge(const std::string& trust, const PublisherPermission& publisher,
                       const replay::Suspension& suspension) {
  using Right = replay::Suspension::Right;
  const PublisherSuspended& record = suspension.record;
  Resolved resolved;
  resolved.suspension = suspension.position;
  resolved.publisher = record.publisher;
  resolved.from = record.from;
  resolved.first = record.admitted;
  resolved.trusted_crc = record.admitted_crc;
  resolved.place = record.place;
  if (record.admitted.is_zero()) {
    return resolved;  // nothing is in doubt: it broke a rule
  }
  if (suspension.right == Right::unknown) {
    return Error{ErrorCode::refused,
                 "the replay differs from the log before that: it cannot say who is right "
                 "(`cantus replay verify`)"};
  }
  if (suspension.right == Right::neither) {
    if (trust != "replay") {
      return Error{ErrorCode::refused,
                   "the replay agrees with neither replica. If its result is what the venue is to go on with, say "
                   "--trust replay, and why in --reason"};
    }
    resolved.voided = 1;
    resolved.trusted_crc = suspension.wished;
  } else {
    const std::size_t dash = trust.rfind('-');
    const auto place = parse_unsigned(dash == std::string::npos ? trust : trust.substr(dash + 1),
                                      static_cast<std::uint64_t>(publisher.defined.places) - 1);
    if (!place || (dash != std::string::npos && trust.substr(0, dash) != publisher.defined.name.view())) {
      return Error{ErrorCode::refused, "--trust names no replica of " + publisher.defined.name.str() +
                                           ": its places are 0 to " + std::to_string(publisher.defined.places - 1)};
    }
    resolved.place = PlaceId(static_cast<std::uint16_t>(*place));
    const bool trusts_disputer = resolved.place == record.place;
    if (trusts_disputer != (suspension.right == Right::disputer)) {
      return Error{ErrorCode::refused, "the replay says otherwise: the replica in place " +
                                           std::to_string(record.place.get()) + " was " +
                                           (suspension.right == Right::disputer ? "right" : "wrong")};
    }
    resolved.voided = trusts_disputer ? 1 : 0;
    resolved.trusted_crc = trusts_disputer ? record.other_crc : record.admitted_crc;
  }
  resolved.left_through = resolved.voided != 0 ? left_through_of(record, suspension.position) : Seq();
  return resolved;
}

Status show_void(const VenueState& state, const replay::Replica& replica, const Resolved& resolved) {
  Result<std::unique_ptr<eventlog::LogReader>> reader = open(state);
  if (!reader) {
    return std::move(reader).error();
  }
  ReopeningLog log(runtime::system_files(), state.place.paths());
  const Result<replay::VoidPreview> preview = replay::preview(**reader, log, replica, resolved, state.place.fix_logs());
  if (!preview) {
    return preview.error();
  }
  std::printf("%s", replay::to_text(*preview).c_str());
  std::printf("%s\n", resolved.left_through.is_zero()
                          ? "nothing of it can have left: the log says that output waited for both replicas"
                          : "it may have left the venue: trades are taken back (150=H), orders restated (150=D)");
  return {};
}

int resolve(const Arguments& arguments) {
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return complain_of("resolve", state.error());
  }
  const std::string& name = arguments.words()[0];
  const PublisherPermission* const publisher = (*state)->refdata().publishing().find(name);
  if (publisher == nullptr || publisher->suspended.position.is_zero()) {
    return complain_of("resolve", Error{ErrorCode::refused, publisher == nullptr ? "there is no publisher " + name
                                                                                 : name + " is not suspended"});
  }
  Result<std::unique_ptr<eventlog::LogReader>> reader = open(**state);
  const Result<Exceptions> known = reader ? replay::exceptions_of(**reader) : reader.error();
  if (!known) {
    return complain_of("resolve", known.error());
  }
  const Result<Seq> outcomes_end = outcomes_end_of(**state, *known);
  if (!outcomes_end) {
    return complain_of("resolve", outcomes_end.error());
  }
  const Result<std::unique_ptr<replay::Replica>> replica = replayed(**state, *known, *outcomes_end);
  if (!replica) {
    return complain_of("resolve", replica.error());
  }
  const auto& suspensions = (*replica)->suspensions();
  const auto found = std::find_if(suspensions.begin(), suspensions.end(), [&](const replay::Suspension& one) {
    return one.position == publisher->suspended.position;
  });
  if (found == suspensions.end()) {
    return complain_of("resolve", Error{ErrorCode::failed, "the suspension cannot be read again"});
  }
  ReopeningLog log(runtime::system_files(), (*state)->place.paths());
  std::printf("%s\n", replay::verdict_of(*found, log).text.c_str());
  Result<Resolved> resolved = judge(arguments.text_or(trust_option.name, ""), *publisher, *found);
  if (!resolved) {
    return complain_of("resolve", resolved.error());
  }
  resolved->known = (*replica)->refdata().last_exception();
  if (resolved->voided != 0) {
    if (const Status tried = try_on(**state, *known, *resolved, *outcomes_end); !tried) {
      return complain_of("resolve", tried.error());
    }
    if (const Status shown = show_void(**state, **replica, *resolved); !shown) {
      return complain_of("resolve", shown.error());
    }
    if (const Status told = tell_of_rebuild((*state)->place, resolved->first); !told) {
      return complain_of("resolve", told.error());
    }
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of("resolve", key.error());
  }
  bool took = false;
  return sign_and_put(arguments, "resolve", **state, {part_of(*resolved, 0)}, *key, took);
}

constexpr auto resolve_options = sign_options_behind(trust_option);

}  // namespace

const Command resolve_command = {
    .name = "resolve",
    .words = "PUBLISHER",
    .summary = "Sign that a suspended publisher goes on, and which of its replicas is trusted.",
    .details =
        "Replays the log as the third vote and refuses what that does not bear out. Shows first which outcomes would "
        "be\n"
        "void and which messages come of them: those that cannot have left become gap fills under their numbers, "
        "those\n"
        "that may have left stay and are answered. A second person must approve (`cantus pending`). Then who applied\n"
        "what is void begins anew, and the publisher goes on behind its last number.\n",
    .options = resolve_options,
    .words_min = 1,
    .words_max = 1,
    .run = resolve};

}  // namespace cantus::cli
