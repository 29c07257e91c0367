// What commands that operators sign have in common: the key from its file, the difference shown, the question, and the
// way onto the log of a running venue.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/failure.h"
#include "cli/venue_place.h"
#include "refdata/app/changes.h"
#include "refdata/app/operator_edge.h"
#include "runtime/loop.h"

namespace cantus::cli {

// Options of every command that is signed.
inline constexpr Option key_option{"key", OptionKind::text, "FILE", "the operator's key, see `cantus operator keygen`"};
inline constexpr Option passphrase_option{"passphrase-file", OptionKind::text, "FILE",
                                          "holds the key's passphrase; else it is asked for"};
inline constexpr Option second_key_option{"second-key", OptionKind::text, "FILE",
                                          "the key of a second person who approves at once, where one is needed"};
inline constexpr Option second_passphrase_option{"second-passphrase-file", OptionKind::text, "FILE",
                                                 "holds the passphrase of the second key"};
inline constexpr Option reason_option{"reason", OptionKind::text, "TEXT", "why; it is recorded"};
inline constexpr Option yes_option{"yes", OptionKind::flag, "", "do not ask behind the difference"};

// Those, behind a command's own.
template <class... Own>
[[nodiscard]] constexpr auto sign_options_behind(const Own&... own) {
  return std::array<Option, sizeof...(own) + 7>{
      own...,        key_option, passphrase_option, second_key_option, second_passphrase_option,
      reason_option, yes_option, data_option};
}
inline constexpr auto sign_options = sign_options_behind();

// What `--key` (or `--second-key`) names. The passphrase is read from its file, or asked for at the terminal.
[[nodiscard]] Result<refdata::OperatorKey> read_key(const Arguments& arguments, const Option& key,
                                                    const Option& passphrase);
// Asks without showing what is typed; from standard input if there is no terminal. Refused: nothing was typed.
[[nodiscard]] Result<std::string> ask_passphrase(const std::string& prompt);

// Everything of the log that a person decides by, and that an edge goes on from.
struct VenueState {
  VenuePlace place;
  refdata::RecordedConfiguration recorded;
  host::LogFacts facts;  // likewise
  RecordHeader last;     // of the record applied last
  VenueId venue;
  LogNumber log;

  [[nodiscard]] const ReferenceData& refdata() const { return recorded.reference_data(); }
  [[nodiscard]] Status restore(const SnapshotSections& from);
};
// Of the venue in `--data`, up to its log's end, or through `at`. Begins with the newest snapshot that is of use:
// whoever signs waits neither for a log's whole past nor for the backup that holds it. not_found: there is no log.
// not_supported: a newer build is needed to judge what stands there.
[[nodiscard]] Result<std::unique_ptr<VenueState>> read_venue(const Arguments& arguments,
                                                             std::optional<Seq> at = std::nullopt);
// The operator whose key it is. Refused: nobody's, or revoked.
[[nodiscard]] Result<const Operator*> owner_of(const ReferenceData& refdata, const refdata::OperatorKey& key);

// What a person is shown of a change, to sign or to approve it: how it changes what stands, and what peers feel of it
// where the change itself does not say so.
[[nodiscard]] std::vector<std::string> lines_about(const ReferenceData& refdata, const CommandPart& part);
// The role in which this person may decide, as the second one, on a command of these parts; who signed it is not asked
// here.
[[nodiscard]] std::optional<OperatorRole> deciding_role(const Operator& person, std::span<const CommandPart> parts);

// One process's turn to speak for the operators of a running venue.
class OperatorTurn {
 public:
  // It reads on from `known`. not_found: no venue runs there. Failed: the sequencer does not answer, another operator
  // is speaking, or the log ends otherwise by now than `known` says.
  [[nodiscard]] static Result<std::unique_ptr<OperatorTurn>> take(const VenueState& known);
  // With a last look before, which may have much to read, and one behind, which has little. Its errors, too.
  [[nodiscard]] static Result<std::unique_ptr<OperatorTurn>> take(const VenueState& known,
                                                                  const std::function<Status()>& last_look);
  [[nodiscard]] const ReferenceData& refdata() const { return edge_.refdata(); }
  // Returns once it is on the log for good.
  [[nodiscard]] Result<refdata::OperatorEdge::Answer> put(const std::vector<CommandPart>& parts,
                                                          const OperatorCommand& command);
  [[nodiscard]] Result<refdata::OperatorEdge::Answer> put(const OperatorDecision& decision);

 private:
  OperatorTurn() : loop_(runtime::make_loop(runtime::WaitMode::adaptive)) {}
  [[nodiscard]] Status wait_until_ready(Seq through);
  [[nodiscard]] Result<refdata::OperatorEdge::Answer> say(const std::function<void()>& propose);
  [[nodiscard]] Result<refdata::OperatorEdge::Answer> wait();

  std::unique_ptr<runtime::Loop> loop_;
  refdata::OperatorEdge edge_;
  std::string fatal_;
  std::unique_ptr<host::Participant> participant_;  // goes first
};

// By "THEIRS" or "OURS/THEIRS". Refused: there is none, or more than one.
[[nodiscard]] Result<const SessionDefined*> session_named(const ReferenceData& refdata, const std::string& name);

// Whether a person still wants it, right before a signature of his goes onto the log: an error keeps it from there.
using LastLook = std::function<Status()>;

// Shows what would change, judges it as the venue will, asks, signs with `--key` and, where a second person is needed
// and `--second-key` is given, with that; nothing is signed where its owner may not be that person. `state` is what the
// difference is shown against; the command is signed for it alone. `last_look` is asked before each of the two goes
// onto the log, and may say in `parts` what it saw. Prints what became of it. The exit code; `took` says whether it is
// in force.
[[nodiscard]] int sign_and_put(const Arguments& arguments, const char* command, const VenueState& state,
                               const std::vector<CommandPart>& parts, const refdata::OperatorKey& key, bool& took,
                               const LastLook& last_look = {});
// One command of the parts that `make` takes from the venue's state. The exit code.
[[nodiscard]] int sign_parts(const Arguments& arguments, const char* command,
                             const std::function<Result<std::vector<CommandPart>>(const VenueState&)>& make);
// After changes took effect: the copy of the configuration that the venue's processes and the next start use follows
// the log. `patience`: for others who bring it up to date. The exit code: failed, whatever the reason, says that the
// changes are in force and the copy is not up to date; that is printed.
[[nodiscard]] int follow_log(const char* command, const VenuePlace& place,
                             std::chrono::seconds patience = std::chrono::seconds(10));

// "12" of this log, or "1-12".
[[nodiscard]] std::optional<ChangeId> parse_position(const std::string& text, LogNumber log);
// Asks until it is answered; false at the end of the input.
[[nodiscard]] bool ask_yes(const std::string& question);
// Prints what became of it; the exit code.
int tell_answer(const char* command, const refdata::OperatorEdge::Answer& answer, const ReferenceData& refdata);
// A file that only its owner may read. already_in_use if there is one.
[[nodiscard]] Status write_new_secret(const std::filesystem::path& file, const std::string& text);

}  // namespace cantus::cli
