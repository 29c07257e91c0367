// The moments of death: what is brought about first, and which event then sets the shot off.
#include <sys/types.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "campaign/bout.h"

namespace cantus::campaign {
namespace {

using std::chrono::microseconds;

// Between asking whether the event has come.
constexpr microseconds fine{50};
// Reports that go by before a disk that is never behind is taken as it is.
constexpr int reports_max = 200;
// Records after which what has not come will not come.
constexpr std::size_t records_in_vain = 3000;

void let_pass(int delay_us) { std::this_thread::sleep_for(microseconds(delay_us)); }

bool is_application(std::string_view msg_type) {
  return msg_type.size() != 1 || std::string_view("A012345").find(msg_type) == std::string_view::npos;
}

}  // namespace

// Where each session goes when its gateway has died: as drawn, to the same or to the other one.
void Bout::choose_ways_back(const Kill& kill) {
  for (std::size_t line = 0; line < Load::lines; ++line) {
    const bool same = (kill.same_way >> line & 1U) != 0;
    const bool on_one = load_.board().route_of(line) == ports_.gateway_1;
    const bool concerned = load_.board().route_of(line) == port_of(kill.gateway) || kill.target == Target::everything ||
                           kill.target == Target::power;
    if (concerned && !same) {
      load_.board().route(line, on_one ? ports_.gateway_2 : ports_.gateway_1);
    }
  }
}

bool Bout::wait_or_give_up(const std::function<bool()>& done) {
  std::size_t records = 0;
  venue_.wait_until(
      [&] {
        records += follow_on();
        return done() || records > records_in_vain;
      },
      fine);
  return done();
}

void Bout::strike_under_load(const Kill& kill, Shot& shot) {
  wait_records(kill.records);
  let_pass(kill.delay_us);
  if (kill.target == Target::gateway) {
    choose_ways_back(kill);
  }
  shot.fire();
}

// The sequencer stands still, as it may at any time, while clients ask for signs of life: what the gateway invents then
// has its proposals in a ring that nobody reads any more.
void Bout::strike_standing(const Kill& kill, Shot& shot) {
  wait_records(kill.records);
  ::kill(shot.processes().front().pid, SIGSTOP);
  std::atomic<int> asked{0};
  load_.board().watch([&](const Switchboard::Passing& passing) {
    asked += passing.to_venue && passing.msg_type == "1" ? 1 : 0;
    return Switchboard::Verdict::pass;
  });
  int asking = 0;
  for (std::size_t line = 0; line < Load::lines; ++line) {
    if (load_.board().route_of(line) == port_of(kill.gateway) && load_.session(line).logged_on()) {
      load_.probe(line);
      ++asking;
    }
  }
  venue_.wait_until([&] { return asked >= asking || !load_.all_logged_on(); }, fine);
  let_pass(5000 + 4 * kill.delay_us);  // for the gateway to take them
  load_.board().watch({});
  choose_ways_back(kill);
  shot.fire();
}

bool Bout::strike_in_logon(const Kill& kill, Shot& shot) {
  const std::size_t line = kill.lines % Load::lines;
  Switchboard& board = load_.board();
  wait_records(kill.records);
  std::atomic<bool> asked{false};
  std::atomic<bool> answered{false};
  const int stage = kill.stage % 3;
  board.watch([&](const Switchboard::Passing& passing) {
    if (passing.line == line && passing.msg_type == "A") {
      (passing.to_venue ? asked : answered) = true;
      if (!passing.to_venue && stage == 2) {
        shot.fire();  // it has left, and never arrives
        return Switchboard::Verdict::cut;
      }
    }
    return Switchboard::Verdict::pass;
  });
  board.route(line, port_of(kill.gateway));
  board.cut(line);
  follow_on();
  if (stage == 2) {
    wait_or_give_up([&] { return shot.fired(); });
  } else {
    const std::uint64_t before = takeovers_;
    wait_or_give_up([&] { return asked.load(); });
    if (stage == 1) {
      wait_or_give_up([&] { return takeovers_ > before || answered; });
    }
    let_pass(stage == 1 ? kill.delay_us / 8 : kill.delay_us);
  }
  const bool inside = shot.fired() || (asked && !answered);
  choose_ways_back(kill);
  shot.fire();
  board.watch({});
  return inside;
}

// The drop copy stays away for some trades; what it missed is sent again at its logon.
bool Bout::strike_in_resend(const Kill& kill, Shot& shot) {
  const std::size_t line = Load::drop_copy_line;
  Switchboard& board = load_.board();
  board.route(line, port_of(kill.gateway));
  board.hold(line, true);
  board.cut(line);
  follow_on();
  wait_trades(trades_ + static_cast<std::uint64_t>(kill.messages) + 10);
  std::atomic<bool> asked{false};
  std::atomic<int> again{0};
  std::atomic<bool> ended{false};
  const bool by_message = kill.stage % 2 == 0;
  board.watch([&](const Switchboard::Passing& passing) {
    if (passing.line != line) {
      return Switchboard::Verdict::pass;
    }
    if (passing.to_venue) {
      asked = asked || passing.msg_type == "2";
    } else if (passing.poss_dup) {
      if (++again == kill.messages && by_message) {
        shot.fire();
        return Switchboard::Verdict::cut;
      }
    } else if (again > 0 && is_application(passing.msg_type)) {
      ended = true;
    }
    return Switchboard::Verdict::pass;
  });
  board.hold(line, false);
  wait_or_give_up([&] { return asked || shot.fired(); });
  if (by_message) {
    wait_or_give_up([&] { return shot.fired() || ended; });
  } else {
    let_pass(kill.delay_us / 4);
  }
  const bool inside = shot.fired() || (asked && !ended);
  choose_ways_back(kill);
  shot.fire();
  board.watch({});
  return inside;
}

// The participant's connection to the one gateway is lost without the gateway's knowing, and it logs on at the other: a
// takeover from a living owner. The one that dies is either of them.
bool Bout::strike_in_takeover(const Kill& kill, Shot& shot) {
  const std::size_t line = kill.lines % Load::lines;
  Switchboard& board = load_.board();
  wait_records(kill.records);
  std::atomic<bool> asked{false};
  std::atomic<bool> answered{false};
  board.watch([&](const Switchboard::Passing& passing) {
    if (passing.line == line && passing.msg_type == "A") {
      (passing.to_venue ? asked : answered) = true;
    }
    return Switchboard::Verdict::pass;
  });
  const std::uint16_t now = board.route_of(line);
  board.route(line, now == ports_.gateway_1 ? ports_.gateway_2 : ports_.gateway_1);
  board.orphan(line);
  follow_on();
  const std::uint64_t before = takeovers_;
  wait_or_give_up([&] { return asked.load(); });
  if (kill.stage % 3 != 0) {
    wait_or_give_up([&] { return takeovers_ > before || answered; });
  }
  let_pass(kill.stage % 3 == 2 ? 0 : kill.delay_us / 4);
  const bool inside = asked && !answered;
  choose_ways_back(kill);
  shot.fire();
  board.watch({});
  board.release_orphans();
  return inside;
}

// At the moment when an execution report goes by to somebody while something is not synced yet: what was said must
// outlive everything, and something is there to be lost.
void Bout::strike_all(const Kill& kill, Shot& shot) {
  wait_records(kill.records);
  shot.stop_first(venue_.supervisor());
  const std::unique_ptr<eventlog::LogReader> log = venue_.open_log();
  int reports = 0;
  load_.board().watch([&](const Switchboard::Passing& passing) {
    if (!passing.to_venue && passing.msg_type == "8" && !passing.poss_dup) {
      const bool something_to_lose = log->last().get() >= log->synced().get() + 2;
      if (something_to_lose || ++reports > reports_max) {
        shot.fire();
      }
    }
    return Switchboard::Verdict::pass;
  });
  wait_or_give_up([&] { return shot.fired(); });
  shot.fire();
  load_.board().watch({});
  choose_ways_back(kill);
  if (kill.target == Target::power) {
    venue_.cut_power();
    trades_ = 0;  // the log is followed from its begin again
    takeovers_ = 0;
  } else {
    venue_.kill_all();
  }
  venue_.start();
}

}  // namespace cantus::campaign
