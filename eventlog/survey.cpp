#include "eventlog/survey.h"

#include <algorithm>

namespace cantus::eventlog {
namespace {

std::string describe_end(const Source& source, const Walk& walk) {
  if (walk.ending == Walk::Ending::closed) {
    return source.name + " goes on in a next segment, record " + std::to_string(walk.last.next().get()) +
           ": which is not there";
  }
  const std::string place = source.name + " at offset " + std::to_string(walk.end) + ", record " +
                            std::to_string(walk.last.next().get()) + ": ";
  return place + (walk.ending == Walk::Ending::bad ? text_of(walk.fault) : "nothing is there");
}

}  // namespace

Survey survey(const Directory& directory, const std::vector<Source>& sources, const std::vector<Source>& strays) {
  Survey found;
  found.last = directory.last();
  found.last_term = directory.last_term();
  found.end = "record " + std::to_string(found.last.next().get()) + ": no file holds it";
  std::size_t i = 0;
  bool goes_on = true;
  for (; goes_on && i < sources.size(); ++i) {
    const Source& source = sources[i];
    if (!source.fault.empty()) {
      found.end = source.name + ", record " + std::to_string(found.last.next().get()) + ": " + source.fault;
      break;
    }
    const Walk walk = walk_segment(source.bytes(), directory.identity, found.last.next(), found.last_term);
    if (!walk.first.is_zero()) {
      found.last_record = event_at(source.bytes().data() + walk.last_offset);
    }
    found.last = walk.last;
    found.last_term = walk.last_term;
    found.mark = std::max(found.mark, walk.mark);
    found.end = describe_end(source, walk);
    found.walks.push_back(walk);
    goes_on = walk.ending == Walk::Ending::closed;
  }
  const auto add_beyond = [&](std::span<const std::byte> bytes, std::size_t offset) {
    const Beyond beyond = look_beyond(bytes, offset, directory.identity, found.last.next());
    found.mark = std::max(found.mark, beyond.mark);
    found.cut_records += beyond.good_records;
    found.cut_bytes += beyond.bytes;
  };
  if (!goes_on) {
    add_beyond(sources[i - 1].bytes(), found.walks.back().end);
  }
  for (; i < sources.size(); ++i) {
    add_beyond(sources[i].bytes(), std::min(segment_data_begin, sources[i].bytes().size()));
  }
  for (const Source& stray : strays) {
    add_beyond(stray.bytes(), std::min(segment_data_begin, stray.bytes().size()));
  }
  return found;
}

}  // namespace cantus::eventlog
