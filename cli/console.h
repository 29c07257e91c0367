// What `cantus up` shows: how to connect, then one live screen on a terminal, or lines elsewhere.
#pragma once

#include <deque>
#include <string>

#include "cli/layout.h"
#include "cli/venue_place.h"
#include "cli/watched_view.h"
#include "refdata/app/configuration.h"

namespace cantus::cli {

class Console {
 public:
  // Place and configuration must outlive it.
  Console(const VenuePlace& place, const refdata::Configuration& configuration, bool live);

  void banner(Layout layout, bool demo);
  void say(const std::string& text);  // an event of the supervisor, with the time
  void refresh();                     // once a second
  void leave();                       // the screen is given back

 private:
  void draw();
  void tell_warnings();  // as events: what began, and what is over

  const VenuePlace& place_;
  const refdata::Configuration& configuration_;
  const bool live_;
  std::vector<std::string> hints_;  // how to connect, below the figures of the live screen
  std::deque<std::string> said_;
  WatchedView watched_;
  unsigned refreshed_ = 0;
  std::vector<std::string> seen_;    // warnings of the last look
  std::vector<std::string> warned_;  // those that were told
};

}  // namespace cantus::cli
