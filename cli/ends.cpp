#include "cli/ends.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/civil_time.h"
#include "cli/note_file.h"

namespace cantus::cli {

void EndCounts::note(std::string_view process, TimeNs at, std::string_view how) {
  auto found = std::ranges::find(all_, process, &Ends::process);
  if (found == all_.end()) {
    found = all_.insert(found, Ends{std::string(process), 0, {}, {}});
  }
  ++found->count;
  found->last = at;
  found->how = how;
}

// A line for each: name, count, nanoseconds, words.
bool write_ends(const VenuePlace& place, const EndCounts& counts) {
  std::ostringstream text;
  for (const Ends& one : counts.all()) {
    text << one.process << ' ' << one.count << ' ' << one.last.get() << ' ' << one.how << '\n';
  }
  return write_note(place.ends(), text.str());
}

std::vector<Ends> read_ends(const VenuePlace& place) {
  std::vector<Ends> all;
  std::ifstream file(place.ends());
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    Ends one;
    std::int64_t last = 0;
    if (in >> one.process >> one.count >> last && std::getline(in >> std::ws, one.how)) {
      one.last = TimeNs(last);
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::string text_of(const Ends& ends) {
  return ends.process + " ended " + (ends.count == 1 ? "once" : std::to_string(ends.count) + " times") +
         " unasked, last " + utc_seconds(ends.last) + ": " + ends.how;
}

}  // namespace cantus::cli
