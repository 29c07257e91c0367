#include "cli/signing.h"

#include <termios.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "base/civil_time.h"
#include "base/text.h"
#include "cli/build.h"
#include "cli/later_begin.h"
#include "cli/readings.h"
#include "cli/recorded_file.h"
#include "eventlog/reader.h"
#include "fix/session_driver.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "snapshots/begin.h"

namespace cantus::cli {
namespace {

constexpr std::int64_t patience_ns = 30'000'000'000;  // without any progress

// The terminal shows nothing of what is typed while this lives.
class NoEcho {
 public:
  NoEcho() {
    terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (terminal_) {
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
  }
  ~NoEcho() {
    if (terminal_) {
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
      std::fputc('\n', stderr);
    }
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool terminal_ = false;
};

Result<std::string> read_text(const std::filesystem::path& path) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(runtime::system_files(), path);
  if (!bytes) {
    return std::move(bytes).error();
  }
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

// The role in which this person signs; one that would do, if he has none.
OperatorRole role_for(const Operator& person, const std::vector<CommandPart>& parts) {
  OperatorRole would_do{};
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(OperatorRole::administrator); ++number) {
    const OperatorRole role{number};
    if (may_sign(parts, role)) {
      if (person.roles().contains(role)) {
        return role;
      }
      would_do = would_do == OperatorRole{} ? role : would_do;
    }
  }
  return would_do;
}

RoleSet seconds_of(std::span<const CommandPart> parts) {
  std::uint8_t bits = 0xff;
  for (const CommandPart& part : parts) {
    bits &= rule_of(part.change, part.change_version)->seconds.bits();
  }
  return RoleSet(bits);
}

// The state to read on from: of the newest snapshot that is of use, else nothing. What is removed of a log is asked for
// only where none is.
Result<std::unique_ptr<VenueState>> state_to_read_on_from(const VenuePlace& place, std::optional<Seq> at) {
  if (at) {
    const auto begin = begin_of<VenueState>(place.paths(), *at);
    auto state = std::make_unique<VenueState>();
    Status restored = begin && *begin != nullptr ? state->restore((*begin)->sections()) : Status();
    restored = begin ? std::move(restored) : Status(begin.error());
    return restored ? Result<std::unique_ptr<VenueState>>(std::move(state)) : restored.error();
  }
  snapshots::Starts starts = snapshots::starts_of(runtime::system_files(), place.paths());
  host::ParticipantOptions options;
  return snapshots::begin<VenueState>(starts, "operators", options, [] { return std::make_unique<VenueState>(); });
}

Status read_on(eventlog::LogReader& log, Seq through, VenueState& state) {
  if (Status sought = log.seek(state.recorded.position().next()); !sought) {
    return sought;
  }
  while (state.recorded.position() < through) {
    const Result<std::optional<Event>> next = log.next();
    if (!next || !next->has_value()) {
      return next ? Status() : Status(next.error());
    }
    const Event& event = **next;
    state.recorded.apply(event);
    state.facts.apply(event);
    state.last = *event.header;
  }
  return {};
}

Result<std::unique_ptr<VenueState>> read_state(const VenuePlace& place, std::optional<Seq> at) {
  const Result<std::unique_ptr<eventlog::LogReader>> log =
      eventlog::open_log(place.paths().journal(), place.paths().memory);
  if (!log) {
    return log.error();
  }
  Result<std::unique_ptr<VenueState>> state = state_to_read_on_from(place, at);
  if (!state) {
    return state;
  }
  (*state)->place = place;
  (*state)->venue = (*log)->identity().venue;
  Status read = read_on(**log, at.value_or(Seq(~std::uint64_t{0})), **state);
  return read ? std::move(state) : std::move(read).error();
}

// As behind a snapshot, taken of what was just read.
Status begin_at(const VenueState& known, refdata::OperatorEdge& edge, host::ParticipantOptions& options) {
  SnapshotWriter out;
  known.facts.save(out);
  known.refdata().save(out);
  const Result<std::vector<std::byte>> bytes = std::move(out).finish();
  if (!bytes) {
    return bytes.error();
  }
  const auto sections =
      SnapshotSections::parse({known.venue, LogSeq(known.log, known.last.seq), known.last.time}, *bytes);
  if (!sections) {
    return sections.error();
  }
  Result<std::shared_ptr<const host::StartFrom>> from = snapshots::start_from(*sections);
  if (!from) {
    return std::move(from).error();
  }
  options.start_from = *std::move(from);
  return edge.restore(*sections);
}

// The log's last record now. A recovery may have taken away what was read of it while a person made up his mind.
Result<Seq> end_behind(const VenueState& known) {
  const host::VenuePaths& paths = known.place.paths();
  const Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(paths.journal(), paths.memory);
  if (!log) {
    return Error(log.error()).context("the venue's log");
  }
  if (Status sought = (*log)->seek(known.last.seq); !sought) {
    return std::move(sought).error();
  }
  const Result<std::optional<Event>> event = (*log)->next();
  if (!event) {
    return event.error();
  }
  const bool same = event->has_value() && std::memcmp((*event)->header, &known.last, sizeof(RecordHeader)) == 0;
  return same ? Result<Seq>((*log)->last())
              : Error{ErrorCode::failed, "the log was recovered meanwhile, and goes on otherwise: ask again"};
}

}  // namespace

int tell_answer(const char* command, const refdata::OperatorEdge::Answer& answer, const ReferenceData& refdata) {
  const std::string position = to_text(answer.position);
  switch (answer.result.outcome) {
    case CommandResult::Outcome::took:
      std::printf("in force since %s\n", position.c_str());
      return exit_ok;
    case CommandResult::Outcome::rejected:
      std::printf("rejected at %s\n", position.c_str());
      return exit_ok;
    case CommandResult::Outcome::waits: {
      const WaitingCommand* const waiting = refdata.commands().waiting_at(answer.position);
      std::printf("waits for a second person (%s): cantus approve %s --key FILE --reason TEXT\n",
                  waiting == nullptr ? "?" : refdata::roles_text(seconds_of(waiting->parts).bits()).c_str(),
                  position.c_str());
      return exit_ok;
    }
    case CommandResult::Outcome::none:
    case CommandResult::Outcome::refused:
      break;
  }
  std::fprintf(stderr, "cantus %s: refused at %s: %s\n", command, position.c_str(),
               std::string(text_of(answer.result.refusal)).c_str());
  return exit_difference;
}

bool ask_yes(const std::string& question) {
  std::string answer;
  while (true) {
    std::fprintf(stderr, "%s [y/n] ", question.c_str());
    if (!std::getline(std::cin, answer)) {
      return false;
    }
    if (answer == "y" || answer == "yes" || answer == "n" || answer == "no") {
      return answer[0] == 'y';
    }
  }
}

std::optional<ChangeId> parse_position(const std::string& text, LogNumber log) {
  if (text.find('-') != std::string::npos) {
    return parse_log_seq(text);
  }
  std::uint64_t seq = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seq);
  const bool good = fault == std::errc{} && end == text.data() + text.size() && seq != 0;
  return good ? std::optional(ChangeId(log, Seq(seq))) : std::nullopt;
}

Result<std::string> ask_passphrase(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) == 1) {
    std::fprintf(stderr, "%s: ", prompt.c_str());
  }
  std::string text;
  {
    const NoEcho no_echo;
    std::getline(std::cin, text);
  }
  if (text.empty()) {
    return Error{ErrorCode::refused, "no passphrase was given"};
  }
  return text;
}

Result<refdata::OperatorKey> read_key(const Arguments& arguments, const Option& key, const Option& passphrase) {
  const std::optional<std::string> file = arguments.text(key.name);
  if (!file) {
    return Error{ErrorCode::refused, "--" + std::string(key.name) + " FILE says whose signature it is"};
  }
  Result<std::string> text = read_text(*file);
  if (!text) {
    return of_file(std::move(text).error());
  }
  Result<std::string> words = arguments.has(passphrase.name) ? read_text(*arguments.text(passphrase.name))
                                                             : ask_passphrase("passphrase of " + *file);
  if (!words) {
    return of_file(std::move(words).error());
  }
  while (!words->empty() && (words->back() == '\n' || words->back() == '\r')) {
    words->pop_back();
  }
  Result<refdata::OperatorKey> read = refdata::OperatorKey::from_text(*text, *words);
  if (!read) {
    return std::move(read).error().context(*file);
  }
  return read;
}

Result<std::unique_ptr<VenueState>> read_venue(const Arguments& arguments, std::optional<Seq> at) {
  const Result<VenuePlace> place = VenuePlace::with_log(arguments.text_or("data", default_data_directory));
  if (!place) {
    return place.error();
  }
  Result<std::unique_ptr<VenueState>> read = read_state(*place, at);
  if (!read) {
    return std::move(read).error().context("the venue's log");
  }
  std::unique_ptr<VenueState> state = *std::move(read);
  if (const auto why = state->refdata().announcements().why_unreadable(operators_reading); why) {
    return Error{ErrorCode::not_supported, *why};
  }
  state->log = state->refdata().log();
  return state;
}

Status VenueState::restore(const SnapshotSections& from) {
  Status restored = recorded.restore(from);
  return restored ? facts.restore(from) : std::move(restored);
}

Result<const Operator*> owner_of(const ReferenceData& refdata, const refdata::OperatorKey& key) {
  for (const Operator& known : refdata.operators().all()) {
    if (known.defined.key == key.public_key() && known.active()) {
      return &known;
    }
  }
  return Error{ErrorCode::refused,
               "the key " + refdata::to_text(key.public_key()) + " is of no operator of this venue"};
}

std::vector<std::string> lines_about(const ReferenceData& refdata, const CommandPart& part) {
  std::vector<std::string> lines = refdata::describe_change(refdata, part);
  constexpr std::int64_t latency_max_ns = fix::DriverLimits{}.latency_max_ns;
  if (is_change<StepAllowed>(part) && change_of<StepAllowed>(part).step_ns < -latency_max_ns) {
    // The distance shrinks by half a second in each.
    const std::int64_t too_far_ns = -(change_of<StepAllowed>(part).step_ns + latency_max_ns);
    lines.push_back("participants whose clocks are right are refused for " +
                    std::to_string(2 * too_far_ns / ns_per_second) +
                    " s of these: their SendingTime (52) is more than " +
                    std::to_string(latency_max_ns / ns_per_second) + " s from the venue's time");
  }
  return lines;
}

std::optional<OperatorRole> deciding_role(const Operator& person, std::span<const CommandPart> parts) {
  for (std::uint8_t number = 1; number <= static_cast<std::uint8_t>(OperatorRole::administrator); ++number) {
    if (person.roles().contains(OperatorRole{number}) && may_approve(parts, OperatorRole{number})) {
      return OperatorRole{number};
    }
  }
  return std::nullopt;
}

Result<const SessionDefined*> session_named(const ReferenceData& refdata, const std::string& name) {
  const SessionDefined* found = nullptr;
  for (const SessionDefined& session : refdata.sessions()) {
    if (session.their_comp_id.view() == name || refdata::session_name(session) == name) {
      if (found != nullptr) {
        return Error{ErrorCode::refused, "there is more than one session of " + name + ": say OURS/THEIRS"};
      }
      found = &session;
    }
  }
  return found == nullptr ? Result<const SessionDefined*>(Error{ErrorCode::refused, "there is no session of " + name})
                          : found;
}

// ---- the way onto the log -------------------------------------------------------------------------------------------

Result<std::unique_ptr<OperatorTurn>> OperatorTurn::take(const VenueState& known) {
  const host::VenuePaths& paths = known.place.paths();
  if (!SupervisorLock::holder(known.place)) {
    return Error{ErrorCode::not_found, "no venue runs on " + paths.data.string() +
                                           ": what is signed takes effect on the log of a running one"};
  }
  if (Status ours = known.place.check_owner(); !ours) {
    return std::move(ours).error();
  }
  const Result<Seq> asked = end_behind(known);
  if (!asked) {
    return asked.error();
  }
  std::unique_ptr<OperatorTurn> turn(new OperatorTurn);
  host::ParticipantOptions options;
  options.paths = paths;
  options.publisher = "operators";
  options.build = build_name();
  options.topics = operators_reading.topics;
  options.reading = operators_reading;
  if (Status begun = begin_at(known, turn->edge_, options); !begun) {
    return std::move(begun).error();
  }
  auto hosted = host::host_edge(
      *turn->loop_, runtime::host_system(), options, turn->edge_,
      [&turn](host::EdgeProposer& proposer) { turn->edge_.use(proposer); },
      [raw = turn.get()](const std::string& why) { raw->fatal_ = why; });
  if (!hosted) {
    return std::move(hosted).error();
  }
  turn->participant_ = std::move(*hosted);
  if (Status ready = turn->wait_until_ready(*asked); !ready) {
    return std::move(ready).error();
  }
  return turn;
}

// `through`: what it knows to be on the log; to read that may take long.
Status OperatorTurn::wait_until_ready(Seq through) {
  Seq applied;
  std::int64_t since = runtime::system_clock().monotonic_ns();
  while (!edge_.ready()) {
    loop_->run_once();
    const std::int64_t now = runtime::system_clock().monotonic_ns();
    // A person may have taken hours to say yes; behind the end that was there the log grows without it.
    if (participant_->applied() != applied && applied < through) {
      since = now;
    }
    applied = participant_->applied();
    if (!fatal_.empty()) {
      return Error{ErrorCode::failed, fatal_};
    }
    if (now - since > patience_ns) {
      return Error{ErrorCode::failed,
                   "the sequencer does not let this process speak for the operators: another "
                   "command is under way, or the sequencer is not there"};
    }
  }
  return {};
}

Result<std::unique_ptr<OperatorTurn>> OperatorTurn::take(const VenueState& known,
                                                         const std::function<Status()>& last_look) {
  if (Status before = last_look ? last_look() : Status(); !before) {
    return std::move(before).error();
  }
  Result<std::unique_ptr<OperatorTurn>> turn = take(known);
  if (Status behind = turn && last_look ? last_look() : Status(); !behind) {
    return std::move(behind).error();
  }
  return turn;
}

Result<refdata::OperatorEdge::Answer> OperatorTurn::wait() {
  std::int64_t since = runtime::system_clock().monotonic_ns();
  Seq applied;
  while (!edge_.answer() || !edge_.answer()->stable) {
    loop_->run_once();
    const std::int64_t now = runtime::system_clock().monotonic_ns();
    if (!edge_.failure().empty() || !fatal_.empty()) {
      return Error{ErrorCode::failed, edge_.failure().empty() ? fatal_ : edge_.failure()};
    }
    if (edge_.answer()) {
      since = participant_->applied() == applied ? since : now;
      applied = participant_->applied();
    }
    if (now - since > patience_ns) {
      return Error{ErrorCode::failed, "the log does not take it: `cantus audit-trail` says whether it is there"};
    }
  }
  return *edge_.answer();
}

Result<refdata::OperatorEdge::Answer> OperatorTurn::put(const std::vector<CommandPart>& parts,
                                                        const OperatorCommand& command) {
  return say([&] { edge_.propose(parts, command); });
}

Result<refdata::OperatorEdge::Answer> OperatorTurn::put(const OperatorDecision& decision) {
  return say([&] { edge_.propose(decision); });
}

// The sequencer may be on its way back since the turn was taken, or since the last word of it.
Result<refdata::OperatorEdge::Answer> OperatorTurn::say(const std::function<void()>& propose) {
  if (Status ready = wait_until_ready(participant_->applied()); !ready) {
    return std::move(ready).error();
  }
  propose();
  return wait();
}

// ---- a command ----------------------------------------------------------------------------------------------------

namespace {

// That the venue would take this person as the second one.
Status may_be_second(const ReferenceData& refdata, const std::vector<CommandPart>& parts, const std::string& first,
                     const refdata::OperatorKey& second) {
  const Result<const Operator*> owner = owner_of(refdata, second);
  if (!owner) {
    return Error(owner.error()).context("--second-key");
  }
  if (first == (*owner)->defined.name.view()) {
    return Error{ErrorCode::refused,
                 "--second-key is of " + first + ", who signs first: somebody else must be the second person"};
  }
  if (!deciding_role(**owner, parts)) {
    return Error{ErrorCode::refused, "--second-key is of " + (*owner)->defined.name.str() +
                                         ", who may not approve this: it takes the role " +
                                         refdata::roles_text(seconds_of(parts).bits())};
  }
  return {};
}

// The second person at the same terminal. What keeps him from it leaves the command waiting, for another one.
Result<refdata::OperatorEdge::Answer> approve_at_once(const Arguments& arguments, const VenueState& state,
                                                      OperatorTurn& turn, const refdata::OperatorKey& second,
                                                      ChangeId position, const LastLook& last_look) {
  const WaitingCommand* const found = turn.refdata().commands().waiting_at(position);
  if (found == nullptr) {
    return Error{ErrorCode::refused, "the command waits no more"};
  }
  const WaitingCommand waiting = *found;  // what the turn holds goes on while it reads the log
  const Status allowed = may_be_second(turn.refdata(), waiting.parts, waiting.command.operator_name.str(), second);
  if (const Status good = allowed && last_look ? last_look() : allowed; !good) {
    return good.error();
  }
  const Operator& owner = **owner_of(turn.refdata(), second);
  const refdata::Signing signing{owner.defined.name.str(), *deciding_role(owner, waiting.parts),
                                 arguments.text_or(reason_option.name, "")};
  return turn.put(refdata::make_decision(turn.refdata(), state.venue, state.log, position, waiting.command,
                                         Decision::approved, signing, second));
}

int tell_approved_at_once(const char* command, const Result<refdata::OperatorEdge::Answer>& answer,
                          const ReferenceData& refdata, ChangeId position) {
  const int result = answer ? tell_answer(command, *answer, refdata) : complain_of(command, answer.error());
  if (refdata.commands().waiting_at(position) != nullptr) {
    const std::string at = to_text(position);
    std::fprintf(stderr, "cantus %s: %s waits for a second person: cantus approve %s --key FILE --reason TEXT\n",
                 command, at.c_str(), at.c_str());
  }
  return result;
}

// What waits already is approved, not signed again: the second one would be overtaken, or take effect twice. Only who
// cannot approve it may have a reason to sign anew: then another person can be the second one.
Status not_waiting_yet(const VenueState& state, const std::vector<CommandPart>& parts, const Operator& signer) {
  const WaitingCommand* const waiting = find_waiting(state.refdata(), parts);
  if (waiting == nullptr) {
    return {};
  }
  const std::string position = to_text(waiting->position);
  const std::string who = waiting->command.operator_name.str();
  const std::string says = "the same waits already: " + position + ", signed by " + who;
  if (who != signer.defined.name.view() && !deciding_role(signer, waiting->parts)) {
    std::fprintf(stderr, "%s\n", says.c_str());
    return {};
  }
  return Error{ErrorCode::refused,
               says + "; a second person approves that one: cantus approve " + position + " --key FILE --reason TEXT"};
}

}  // namespace

int sign_and_put(const Arguments& arguments, const char* command, const VenueState& state,
                 const std::vector<CommandPart>& parts, const refdata::OperatorKey& key, bool& took,
                 const LastLook& last_look) {
  took = false;
  const Result<const Operator*> owner = owner_of(state.refdata(), key);
  if (!owner) {
    return complain_of(command, owner.error());
  }
  const refdata::Signing signing{(*owner)->defined.name.str(), role_for(**owner, parts),
                                 arguments.text_or(reason_option.name, "")};
  if (signing.reason.empty() || signing.reason.size() > 128) {
    std::fprintf(stderr, "cantus %s: --reason TEXT (up to 128 bytes) is recorded with the command\n", command);
    return exit_usage;
  }
  const bool role_held = (*owner)->roles().contains(signing.role);
  std::printf("%s changes, as it stands at %s:\n",
              refdata::in_role(signing.operator_name, std::string(name_of(signing.role)), role_held).c_str(),
              to_text(state.refdata().settings()).c_str());
  for (const CommandPart& part : parts) {
    for (const std::string& line : lines_about(state.refdata(), part)) {
      std::printf("  %s\n", line.c_str());
    }
  }
  std::fflush(stdout);
  const ChangeVerdict verdict = judge_changes(state.refdata(), parts);
  CommandRefusal refusal = verdict.refusal;
  if (refusal == CommandRefusal::none && !role_held) {
    refusal = CommandRefusal::role_not_held;
  }
  if (refusal != CommandRefusal::none) {
    return complain_of(command, Error{ErrorCode::refused, "it would be refused: " + std::string(text_of(refusal))});
  }
  if (const Status first = not_waiting_yet(state, parts, **owner); !first) {
    return complain_of(command, first.error());
  }
  if (!arguments.has(yes_option.name) &&
      !ask_yes(verdict.needs_second ? "sign it (a second person must approve)?" : "sign it?")) {
    std::printf("nothing was signed\n");
    return exit_not_signed;
  }
  std::optional<refdata::OperatorKey> second;
  if (verdict.needs_second && arguments.has(second_key_option.name)) {
    Result<refdata::OperatorKey> read = read_key(arguments, second_key_option, second_passphrase_option);
    if (!read) {
      return complain_of(command, read.error());
    }
    second = std::move(*read);
    // Judged before the first signature goes onto the log: it would wait there for somebody else.
    if (const Status good = may_be_second(state.refdata(), parts, signing.operator_name, *second); !good) {
      return complain_of(command, good.error());
    }
  }
  Result<std::unique_ptr<OperatorTurn>> turn = OperatorTurn::take(state, last_look);
  if (!turn) {
    return complain_of(command, turn.error());
  }
  const Result<refdata::OperatorEdge::Answer> answer =
      (*turn)->put(parts, refdata::make_command(state.refdata(), state.venue, state.log, parts, signing, key));
  if (!answer) {
    return complain_of(command, answer.error());
  }
  if (answer->result.outcome == CommandResult::Outcome::waits && second) {
    const ChangeId position = answer->position;
    const auto approved = approve_at_once(arguments, state, **turn, *second, position, last_look);
    took = approved && approved->result.outcome == CommandResult::Outcome::took;
    return tell_approved_at_once(command, approved, (*turn)->refdata(), position);
  }
  took = answer->result.outcome == CommandResult::Outcome::took;
  return tell_answer(command, *answer, (*turn)->refdata());
}

int sign_parts(const Arguments& arguments, const char* command,
               const std::function<Result<std::vector<CommandPart>>(const VenueState&)>& make) {
  const Result<std::unique_ptr<VenueState>> state = read_venue(arguments);
  if (!state) {
    return complain_of(command, state.error());
  }
  const Result<std::vector<CommandPart>> parts = make(**state);
  if (!parts) {
    return complain_of(command, parts.error());
  }
  const Result<refdata::OperatorKey> key = read_key(arguments, key_option, passphrase_option);
  if (!key) {
    return complain_of(command, key.error());
  }
  bool took = false;
  return sign_and_put(arguments, command, **state, *parts, *key, took);
}

namespace {

Status write_as_recorded(const VenuePlace& place, std::chrono::seconds patience) {
  // Read anew under the lock: whoever comes last has what the others did.
  const auto alone = lock_beside(place.files(), place.configuration(), patience);
  if (!alone) {
    return alone.error();
  }
  Result<std::unique_ptr<VenueState>> state = read_state(place, std::nullopt);
  if (!state) {
    return std::move(state).error();
  }
  Result<std::string> text = read_text(place.configuration());
  if (!text) {
    return std::move(text).error();
  }
  Result<std::string> followed = recorded_configuration(*text, (*state)->recorded);
  if (!followed) {
    return std::move(followed).error();
  }
  return runtime::replace_file(runtime::system_files(), place.configuration(), std::as_bytes(std::span(*followed)));
}

}  // namespace

int follow_log(const char* command, const VenuePlace& place, std::chrono::seconds patience) {
  if (const Status written = write_as_recorded(place, patience); !written) {
    say_failure(command,
                "it is in force, but " + place.configuration().string() + " does not say so: " + written.error().text +
                    "; `cantus apply` of what is in force brings it up to date",
                false);
    return exit_failed;
  }
  return exit_ok;
}

}  // namespace cantus::cli
