#include "cli/operations_file.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "messages/validate.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path file_of(const VenuePlace& place) { return place.run() / "operations"; }

std::string user_name() {
  const passwd* const entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "user " + std::to_string(::getuid());
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

// No text with a FIX delimiter gets into a record.
template <std::size_t N>
FixedString<N> text_of(std::string text) {
  std::replace(text.begin(), text.end(), '\x01', ' ');
  return FixedString<N>::cut(text);
}

// A line of the file.
struct Note {
  OperationNoted noted;
  std::optional<keeping::RemovedSegments> removed{};  // of a removal
};

std::optional<keeping::RemovedSegments> removed_of(const Json& json) {
  const auto found = json.find("removed");
  if (found == json.end() || !found->is_object()) {
    return std::nullopt;
  }
  return keeping::RemovedSegments{found->value("first", std::uint64_t{0}), found->value("through", std::uint64_t{0}),
                                  Seq(found->value("last", std::uint64_t{0})), found->value("backup", std::string())};
}

std::optional<Note> read_line(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  OperationNoted noted;
  noted.time = TimeNs(json.value("time", std::int64_t{0}));
  const std::string operation = json.value("operation", std::string());
  for (const Operation known :
       {Operation::start, Operation::stop, Operation::recover, Operation::upgrade, Operation::remove}) {
    if (name_of(known) == operation) {
      noted.operation = known;
    }
  }
  noted.user = text_of<32>(json.value("user", std::string()));
  noted.host = text_of<64>(json.value("host", std::string()));
  noted.reason = text_of<128>(json.value("reason", std::string()));
  return noted.time.get() > 0 && !validate(noted) ? std::optional(Note{noted, removed_of(json)}) : std::nullopt;
}

std::string line_of(const Note& note) {
  Json json = {{"time", note.noted.time.get()},
               {"operation", name_of(note.noted.operation)},
               {"user", note.noted.user.str()},
               {"host", note.noted.host.str()},
               {"reason", note.noted.reason.str()}};
  if (note.removed) {
    json["removed"] = {{"first", note.removed->first},
                       {"through", note.removed->through},
                       {"last", note.removed->last.get()},
                       {"backup", note.removed->backup}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::vector<Note>> read_notes(const VenuePlace& place) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(place.files(), file_of(place));
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found ? Result<std::vector<Note>>(std::vector<Note>{})
                                                      : std::move(bytes).error();
  }
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  std::vector<Note> all;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::optional<Note> note = read_line(text.substr(begin, end - begin));
    if (note && (all.empty() || note->noted.time > all.back().noted.time)) {
      all.push_back(*std::move(note));
    }
    begin = end + 1;
  }
  return all;
}

Status write_notes(const VenuePlace& place, const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    text += line_of(note);
  }
  return runtime::replace_file(place.files(), file_of(place), std::as_bytes(std::span(text)));
}

// What both say, where they are one: neighbours, or what is told again because nobody knew that it was noted.
std::optional<keeping::RemovedSegments> joined(const keeping::RemovedSegments& before,
                                               const keeping::RemovedSegments& next) {
  const bool touch = next.first >= before.first && next.first <= before.through + 1;
  if (!touch || next.through < before.through || next.backup != before.backup) {
    return std::nullopt;
  }
  keeping::RemovedSegments both = next;
  both.first = before.first;
  return both;
}

// `change` alters the notes; false: they stay as they are.
template <class Change>
Status change_notes(const VenuePlace& place, std::chrono::seconds patience, Change change) {
  const auto held = lock_beside(place.files(), file_of(place), patience);
  if (!held) {
    return held.error();
  }
  Result<std::vector<Note>> notes = read_notes(place);
  if (!notes) {
    return std::move(notes).error();
  }
  return change(*notes) ? write_notes(place, *notes) : Status();
}

void add(std::vector<Note>& notes, TimeNs now, Operation operation, const std::string& reason,
         std::optional<keeping::RemovedSegments> removed) {
  Note note;
  note.noted.time = now;
  if (!notes.empty() && note.noted.time <= notes.back().noted.time) {
    note.noted.time = TimeNs(notes.back().noted.time.get() + 1);  // the clock was set back
  }
  note.noted.operation = operation;
  note.noted.user = text_of<32>(user_name());
  note.noted.host = text_of<64>(host_name());
  if (removed && !notes.empty() && notes.back().removed) {
    const Note& last = notes.back();
    const auto both = joined(*last.removed, *removed);
    if (both && last.noted.user == note.noted.user && last.noted.host == note.noted.host) {
      removed = both;
      notes.pop_back();
    }
  }
  note.noted.reason = text_of<128>(removed ? keeping::to_text(*removed) : reason);
  note.removed = std::move(removed);
  notes.push_back(std::move(note));
}

Status add_now(const VenuePlace& place, Operation operation, const std::string& reason,
               const std::optional<keeping::RemovedSegments>& removed) {
  return change_notes(place, std::chrono::seconds(10), [&](std::vector<Note>& notes) {
    add(notes, place.host().clock().utc(), operation, reason, removed);
    return true;
  });
}

}  // namespace

Result<std::vector<OperationNoted>> noted_operations(const VenuePlace& place) {
  const Result<std::vector<Note>> notes = read_notes(place);
  if (!notes) {
    return notes.error();
  }
  std::vector<OperationNoted> all;
  for (const Note& note : *notes) {
    all.push_back(note.noted);
  }
  return all;
}

Status note_operation(const VenuePlace& place, Operation operation, const std::string& reason) {
  return add_now(place, operation, reason, std::nullopt);
}

Status note_removal(const VenuePlace& place, const keeping::RemovedSegments& removed) {
  return add_now(place, Operation::remove, "", removed);
}

Status drop_notes(const VenuePlace& place, TimeNs through) {
  return change_notes(place, std::chrono::seconds(0), [through](std::vector<Note>& notes) {
    const auto later = std::ranges::find_if(notes, [through](const Note& note) { return note.noted.time > through; });
    if (later - notes.begin() <= 1) {
      return false;
    }
    notes.erase(notes.begin(), later - 1);
    return true;
  });
}

NotesOnLog::NotesOnLog(const VenuePlace& place, OpenLog open) : place_(place), open_(std::move(open)) {
  const Result<std::vector<OperationNoted>> noted = noted_operations(place_);
  done_ = !noted || noted->empty();
  if (!done_) {
    through_ = noted->back().time;
    const auto log = open_();
    before_ = log ? (*log)->synced() : Seq();
  }
}

void NotesOnLog::look() {
  if (!done_ && find() && reader_->synced() >= noted_at_ && drop_notes(place_, through_)) {
    done_ = true;
  }
  if (done_) {
    reader_.reset();
  }
}

// The sequencer puts them on the log before anything else of its term, so they are not far.
bool NotesOnLog::find() {
  if (reader_ == nullptr) {
    noted_at_ = Seq();
    auto log = open_();
    if (!log || !(*log)->seek(before_.next())) {
      return false;
    }
    reader_ = *std::move(log);
  }
  while (noted_at_.is_zero() && !done_) {
    const Result<std::optional<Event>> next = reader_->next();
    if (!next) {
      reader_.reset();  // a new term holds something else, or descriptors are short
      return false;
    }
    if (!*next) {
      return false;
    }
    if ((*next)->is<OperationNoted>() && (*next)->as<OperationNoted>().time >= through_) {
      noted_at_ = reader_->position();
    }
    done_ = noted_at_.is_zero() && reader_->position().get() - before_.get() > records_max;
  }
  return !noted_at_.is_zero();
}

}  // namespace cantus::cli
