#include "tests/sim/actors/quarantine_trial.h"

#include <utility>

#include "eventlog/reader.h"
#include "fix/log_access.h"
#include "tests/sim/deadly_records.h"
#include "tests/sim/process_files.h"

namespace cantus::sim {
namespace {

// It has nothing that anybody could see.
class TrialProcess final : public Mortal {
 public:
  void die_of_record() override {}
};

// What it died of, if it did; `f(reader, log)` is its work.
template <class F>
std::optional<replay::TriedRecord> run(World& world, Cursor& cursor, std::string& refusal, F&& f) {
  const auto reader = world.open_log();
  auto again = world.open_log();
  if (!reader || !again) {
    refusal = (reader ? again.error() : reader.error()).text;
    return std::nullopt;
  }
  fix::ReaderLogAccess log(*std::move(again));
  TrialProcess process;
  const CodeOf code(&process);
  try {
    f(**reader, log);
  } catch (const Died&) {
    return replay::TriedRecord{cursor.seq(), cursor.machine()};
  }
  return std::nullopt;
}

}  // namespace

TrialEnd try_quarantines(World& world, const replay::TrialOptions& options) {
  Cursor cursor;
  replay::TrialOptions watched = options;
  watched.cursor = &cursor;
  TrialEnd end;
  end.death = run(world, cursor, end.refusal, [&](eventlog::LogReader& reader, fix::LogAccess& log) {
    auto running = replay::RunningTrial::run(reader, log, watched);
    if (running) {
      end.trial = *std::move(running);
    } else {
      end.refusal = running.error().text;
    }
  });
  return end;
}

bool look_again(World& world, replay::RunningTrial& trial) {
  Cursor cursor;
  std::string refusal;
  bool good = false;
  const auto death = run(world, cursor, refusal, [&](eventlog::LogReader& reader, fix::LogAccess& log) {
    good = trial.go_on(reader, log, &cursor).ok();
  });
  return good && !death;
}

}  // namespace cantus::sim
