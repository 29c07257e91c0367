// The venue's operators: they forbid, allow again, begin a session's numbers anew, and do the wrong thing, too: with
// another's key, in a role that they do not have, twice. What must be refused is refused, by name; what is forbidden
// they allow again after a while. A record that kills they quarantine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/actors/console.h"
#include "tests/sim/actors/quarantine_trial.h"
#include "tests/sim/draws.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Operators {
 public:
  // They give so many commands, beside those that undo them; the world outlives them. With a poison they stay until no
  // further one can come.
  Operators(World& world, std::size_t commands, bool expect_poison);
  ~Operators();
  Operators(const Operators&) = delete;
  Operators& operator=(const Operators&) = delete;

  // No further command, and no further poison.
  void calm() {
    left_ = 0;
    expect_poison_ = false;
  }
  // Nothing is forbidden any more, no record kills, nothing waits for a second person, and nobody sits at the console.
  [[nodiscard]] bool settled() const { return done_; }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  // What was proposed last, and how it must end.
  struct Asked {
    std::string what;
    CommandRefusal refusal = CommandRefusal::none;
    CommandResult::Outcome outcome = CommandResult::Outcome::none;  // none: it takes effect, or waits
    std::optional<OperatorCommand> command{};
    bool judged = false;
  };

  enum class Verdict { good, bad, later };

  void act();
  void step();
  void sit_down();
  void judge();
  [[nodiscard]] bool is_as_asked(const CommandResult& result) const;
  void end_if_idle();

  [[nodiscard]] bool decide();
  void decide_wrongly(const WaitingCommand& waiting);
  [[nodiscard]] bool allow_again();
  [[nodiscard]] bool is_due(ChangeId since);
  void command_something();
  void command_wrongly();
  void forge(OperatorCommand command, const std::vector<CommandPart>& parts);

  [[nodiscard]] std::optional<CommandPart> draw_change();
  [[nodiscard]] std::optional<CommandPart> draw_block();
  [[nodiscard]] SessionId draw_session();
  [[nodiscard]] CommandPart draw_reset();
  [[nodiscard]] CommandPart draw_limits();

  // operators_quarantine.cpp
  [[nodiscard]] bool is_held_back(MachineName machine) const;
  [[nodiscard]] std::vector<replay::TriedRecord> records_that_kill() const;
  [[nodiscard]] bool quarantine();
  void try_all(const std::vector<replay::TriedRecord>& records);
  void sign_what_was_tried();
  [[nodiscard]] Verdict look_at(const WaitingCommand& waiting);
  void quarantine_wrongly(const replay::TriedRecord& record);
  void try_wrongly(const replay::TriedRecord& record);
  void propose_wrongly(const std::string& what, const Quarantine& wrong, CommandRefusal refusal);

  // Of one kind, by somebody who may.
  void propose(const std::string& what, const std::vector<CommandPart>& parts);
  void propose(const std::string& what, const std::vector<CommandPart>& parts, const OperatorCommand& command,
               CommandRefusal refusal);
  [[nodiscard]] OperatorCommand signed_for(const std::vector<CommandPart>& parts);
  [[nodiscard]] OperatorCommand signed_by(const Person& person, OperatorRole role,
                                          const std::vector<CommandPart>& parts);

  World& world_;
  Draws draws_;
  std::size_t left_;
  bool expect_poison_;
  bool done_;
  std::uint64_t lives_ = 0;
  std::size_t boots_ = 0;  // of the world, when the console began
  std::unique_ptr<Console> console_;
  std::optional<Asked> asked_;
  ChangeId late_;                                // a command that waits, and can take effect no more
  std::optional<OperatorCommand> last_;          // that was taken
  std::map<ChangeId, std::int64_t> due_ns_;      // when what stands since there is to end
  std::unique_ptr<replay::RunningTrial> trial_;  // that may be signed
  std::vector<replay::TriedRecord> tried_;       // what it was made for
  std::vector<std::string> complaints_;
};

}  // namespace cantus::sim
