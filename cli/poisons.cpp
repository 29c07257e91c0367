#include "cli/poisons.h"

#include <algorithm>
#include <fstream>

#include "cli/log_query.h"
#include "cli/note_file.h"
#include "messages/describe.h"

namespace cantus::cli {
namespace {

// It makes messages for whoever is connected, and only then; so it can leave one out.
bool serves_sessions(const Poison& poison) { return poison.machine == MachineName::gateway; }

bool reads_only(const std::string& application) { return application == "audit" || application == "snapshots"; }

// The application handles the record whenever it comes to it; that it has passed it says that it does not die of it.
bool handles_each(const Poison& poison, const std::string& application) {
  return !serves_sessions(poison) || reads_only(application);
}

// "record 4711 (NewOrder of gateway-1)".
std::string record_text(const VenuePlace& place, Seq position) {
  std::string text = "record " + std::to_string(position.get());
  Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(place.paths().journal(), place.paths().memory);
  if (!log || !(*log)->seek(position)) {
    return text;
  }
  const Result<std::optional<Event>> next = (*log)->next();
  if (!next || !*next) {
    return text;
  }
  const RecordHeader header = *(*next)->header;
  const MessageInfo* const message = describe(header.type, header.version);
  const Result<PublisherNames> names = read_names(**log);
  return text + " (" + (message == nullptr ? "?" : std::string(message->layout.name)) + " of " +
         (names ? names->name_of(header.publisher) : std::to_string(header.publisher.get())) + ")";
}

std::string joined(const std::set<std::string>& names) {
  std::string all;
  for (const std::string& name : names) {
    all += (all.empty() ? "" : ", ") + name;
  }
  return all;
}

std::string text_of(const VenuePlace& place, const Poison& poison) {
  const std::string machine(name_of(poison.machine));
  const std::string record = record_text(place, poison.position);
  std::string text = record + " killed " + joined(poison.killed) + " " + std::to_string(poison.deaths) + " times, in " +
                     machine + ", which is not started with it again; ";
  if (can_be_quarantined(poison.machine)) {
    return text + "`cantus quarantine " + std::to_string(poison.position.get()) + " --machine " + machine +
           " --reason TEXT --dry-run --data " + place.paths().data.string() + "` shows what it takes to go on";
  }
  return text + "no quarantine helps against that, only a mended build: end the venue and start it with one";
}

}  // namespace

std::string application_of(const runtime::PlaceReading& place) {
  return place.name == "matching" ? place.name + ":" + std::to_string(place.place) : place.name;
}

bool runs_machine(const std::string& application, MachineName machine) {
  switch (machine) {
    case MachineName::matching:
    case MachineName::credit:
    case MachineName::market_data:
      return application == "matching:0" || application == "matching:1" || application == "snapshots";
    case MachineName::reporter:
      return application == "reporter" || application == "snapshots";
    case MachineName::reference_data:
    case MachineName::sessions:
    case MachineName::gateway:
    case MachineName::host:
      return false;
  }
  return false;
}

// Two threads of a process may have had something in hand; the one that did not kill it will have something else the
// next time.
std::optional<Poison> Poisons::note_death(std::span<const runtime::PlaceReading> places) {
  std::set<Death> in_hand;
  for (const runtime::PlaceReading& place : places) {
    if (name_of(place.machine).empty() || place.at_work_on.is_zero()) {
      continue;
    }
    const Death at{place.at_work_on, place.machine, place.build};
    in_hand.insert(at);
    Poison& poison = deaths_[at];
    poison.position = at.position;
    poison.machine = at.machine;
    poison.killed.insert(application_of(place));
  }
  std::optional<Poison> established;
  for (const Death& at : in_hand) {
    if (++deaths_[at].deaths == deaths_max) {
      established = deaths_[at];
    }
  }
  return established;
}

// One that is established is held back by it, and so is passed by nobody.
void Poisons::note_progress(std::span<const runtime::PlaceReading> places) {
  const auto has_passed = [places](const std::string& application, Seq position) {
    return std::any_of(places.begin(), places.end(), [&](const runtime::PlaceReading& place) {
      return place.lease_held && place.applied >= position && application_of(place) == application;
    });
  };
  std::erase_if(deaths_, [&](const auto& entry) {
    const Poison& poison = entry.second;
    return poison.deaths < deaths_max &&
           std::all_of(poison.killed.begin(), poison.killed.end(), [&](const std::string& application) {
             return handles_each(poison, application) && has_passed(application, poison.position);
           });
  });
}

bool Poisons::awaited() const {
  return std::any_of(deaths_.begin(), deaths_.end(), [](const auto& entry) {
    const Poison& poison = entry.second;
    return poison.deaths >= deaths_max ||
           std::all_of(poison.killed.begin(), poison.killed.end(),
                       [&](const std::string& application) { return handles_each(poison, application); });
  });
}

void Poisons::lift(const Poison& poison) {
  std::erase_if(deaths_, [&](const auto& entry) {
    return entry.first.position == poison.position && entry.first.machine == poison.machine;
  });
}

std::vector<Poison> Poisons::standing() const {
  std::vector<Poison> standing;
  for (const auto& [at, poison] : deaths_) {
    if (poison.deaths >= deaths_max) {
      standing.push_back(poison);
    }
  }
  return standing;
}

bool Poisons::holds(const std::string& application) const {
  const std::vector<Poison> poisons = standing();
  return std::any_of(poisons.begin(), poisons.end(), [&](const Poison& poison) {
    const bool died = poison.killed.contains(application) && handles_each(poison, application);
    return died || runs_machine(application, poison.machine);
  });
}

std::vector<Seq> Poisons::avoided() const {
  std::vector<Seq> avoided;
  for (const Poison& poison : standing()) {
    if (serves_sessions(poison)) {
      avoided.push_back(poison.position);
    }
  }
  return avoided;
}

std::vector<std::string> lines_of(const VenuePlace& place, const Poisons& poisons) {
  std::vector<std::string> lines;
  for (const Poison& poison : poisons.standing()) {
    lines.push_back(text_of(place, poison));
  }
  return lines;
}

bool write_poisons(const VenuePlace& place, const Poisons& poisons) {
  const std::filesystem::path file = place.poisons();
  std::error_code ignored;
  const std::vector<std::string> lines = lines_of(place, poisons);
  if (lines.empty()) {
    std::filesystem::remove(file, ignored);
    return true;
  }
  std::string text;
  for (const std::string& line : lines) {
    text += line + "\n";
  }
  return write_note(file, text);
}

std::vector<std::string> read_poisons(const VenuePlace& place) {
  std::vector<std::string> lines;
  std::ifstream in(place.poisons());
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

bool QuarantineWatch::quarantined(const Poison& poison) {
  if (reader_ == nullptr || poison.position < from_) {
    known_ = Exceptions();
    from_ = poison.position;
    Result<std::unique_ptr<eventlog::LogReader>> log =
        eventlog::open_log(place_.files(), place_.paths().journal(), place_.paths().memory);
    if (!log || !(*log)->seek(from_)) {
      reader_.reset();
      return false;
    }
    reader_ = *std::move(log);
  }
  while (true) {
    const Result<std::optional<Event>> next = reader_->next();
    if (!next) {
      reader_.reset();  // it begins again: a new term holds something else, or descriptors are short
      return false;
    }
    if (!*next) {
      return known_.quarantines().at(poison.position).contains(poison.machine);
    }
    known_.apply(**next);
  }
}

}  // namespace cantus::cli
