// One venue's life under load: it is struck again and again, and at the end all that anybody was told is compared with
// the log. Whatever is found is a text; an end of the venue, or a wait without end, is thrown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "campaign/deck.h"
#include "campaign/load.h"
#include "campaign/shot.h"
#include "campaign/site.h"
#include "campaign/venue.h"

namespace cantus::campaign {

// What became of a kill.
struct Struck {
  Kill kill;
  bool inside = false;           // of a logon, resend or takeover: it had begun and had not ended
  Seq position;                  // last record that was followed before
  std::int64_t recovery_ms = 0;  // until all are back and trade
  Faults faults;                 // engines' complaints, processes that died unasked
};

class Bout {
 public:
  // `folder` exists and is empty.
  Bout(const std::filesystem::path& folder, const Site& site, std::uint64_t seed);
  ~Bout();

  void start();  // until everybody trades
  [[nodiscard]] Struck strike(const Kill& kill);
  // No more orders; ends the venue in good order. Every difference between what participants, audit database, replicas
  // and a fresh replay say.
  [[nodiscard]] Faults finish();

  [[nodiscard]] std::uint64_t trades() const { return trades_; }  // so far, on the log

 private:
  [[nodiscard]] std::vector<Shot::Process> targets_of(const Kill& kill) const;
  // Each of these strikes, at its moment; true if it was inside what the moment is called. (moments.cpp)
  void strike_under_load(const Kill& kill, Shot& shot);
  void strike_standing(const Kill& kill, Shot& shot);
  bool strike_in_logon(const Kill& kill, Shot& shot);
  bool strike_in_resend(const Kill& kill, Shot& shot);
  bool strike_in_takeover(const Kill& kill, Shot& shot);
  void strike_all(const Kill& kill, Shot& shot);
  void wait_restarted(const Shot& shot);

  void choose_ways_back(const Kill& kill);
  [[nodiscard]] std::uint16_t port_of(int gateway) const;
  // Follows what there is of the log; how many records that was.
  std::size_t follow_on();
  void wait_records(int count);
  void wait_trades(std::uint64_t count);
  // True once `done`; false if the load has gone on for so long without it that it will not come.
  bool wait_or_give_up(const std::function<bool()>& done);
  [[nodiscard]] Faults cheap_check();

  std::filesystem::path folder_;
  Ports ports_;
  Venue venue_;
  Load load_;
  std::uint64_t trades_ = 0;
  std::uint64_t takeovers_ = 0;  // records of that type so far
};

// What the venue's own processes and a fresh replay of its log say of each other, once it has ended.
[[nodiscard]] Faults faults_of_replay(const Venue& venue, const std::filesystem::path& scratch);

}  // namespace cantus::campaign
