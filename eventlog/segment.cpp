#include "eventlog/segment.h"

#include <cstring>

namespace cantus::eventlog {
namespace {

constexpr const char* unfinished = ".new";

// A file of zeros with a segment's header, under a name that says that it is not finished.
Result<std::unique_ptr<runtime::File>> begin_file(const SegmentPlace& place, const std::filesystem::path& path,
                                                  const SegmentHeader& header) {
  if (place.files.exists(path)) {  // of a process that died in here
    if (Status status = place.files.remove(path); !status) {
      return std::move(status).error();
    }
  }
  Result<std::unique_ptr<runtime::File>> file = place.files.create(path);
  if (!file) {
    return file;
  }
  Status status = (*file)->reserve(header.bytes);
  if (status) {
    status = (*file)->write_at(0, payload_of(header));
  }
  if (!status) {
    const Status ignored = place.files.remove(path);  // it would only take space
    return std::move(status).error();
  }
  return file;
}

}  // namespace

Result<std::unique_ptr<Segment>> make_segment(const SegmentPlace& place, std::uint64_t number, std::size_t bytes) {
  const SegmentHeader header = segment_header(place.identity, number, place.opening, bytes);
  const std::string name = segment_name(number, place.opening);
  auto segment = std::make_unique<Segment>();
  segment->number = number;
  segment->opening = place.opening;

  // The disk first: while it is full this is tried again and again, and memory costs time to be had.
  Result<std::unique_ptr<runtime::File>> file = begin_file(place, place.journal / (name + unfinished), header);
  if (!file) {
    return std::move(file).error();
  }
  Result<std::unique_ptr<runtime::File>> memory = begin_file(place, place.memory / (name + unfinished), header);
  if (!memory) {
    const Status ignored = place.files.remove(place.journal / (name + unfinished));  // others may need the space
    return std::move(memory).error();
  }
  segment->file = *std::move(file);
  Status status = segment->file->sync();
  if (status) {
    status = place.files.rename(place.journal / (name + unfinished), place.journal / name);
  }
  if (status) {
    status = place.files.sync_directory(place.journal);
  }
  if (!status) {
    return std::move(status).error();
  }
  // Under its name only once nothing can fail any more: whoever maps it then maps what is written.
  Result<std::unique_ptr<runtime::Mapping>> mapping =
      place.files.map(place.memory / (name + unfinished), runtime::Access::write);
  if (!mapping) {
    return std::move(mapping).error();
  }
  status = place.files.rename(place.memory / (name + unfinished), place.memory / name);
  if (!status) {
    return std::move(status).error();
  }
  segment->memory = *std::move(mapping);
  segment->bytes = segment->memory->writable();
  return segment;
}

Result<std::unique_ptr<runtime::Mapping>> map_control(runtime::Files& files, const std::filesystem::path& memory,
                                                      LogIdentity identity, runtime::Access access) {
  const Result<std::string> boot = files.boot_id();
  Result<std::unique_ptr<runtime::Mapping>> page = files.map(memory / control_file, access);
  // A page that could not be mapped for want of a descriptor may be there all the same.
  if (!page && page.error().code == ErrorCode::no_space) {
    return page;
  }
  if (!boot && boot.error().code == ErrorCode::no_space) {
    return Error(boot.error());
  }
  if (!boot || !page || !control_is_valid((*page)->bytes(), *boot)) {
    return std::unique_ptr<runtime::Mapping>();
  }
  const ControlPage& control = control_in(**page);
  if (control.venue != identity.venue || control.log != identity.log) {
    return std::unique_ptr<runtime::Mapping>();
  }
  return page;
}

Result<std::unique_ptr<Segment>> adopt_segment(const SegmentPlace& place, std::uint64_t number) {
  const std::string name = segment_name(number, place.opening);
  Result<std::unique_ptr<runtime::Mapping>> memory = place.files.map(place.memory / name, runtime::Access::write);
  if (!memory) {
    return std::move(memory).error();
  }
  const std::string fault = segment_fault((*memory)->bytes(), place.identity, number, place.opening);
  if (!fault.empty()) {
    return Error{ErrorCode::corrupt, (place.memory / name).string() + ": " + fault};
  }
  SegmentHeader header;
  std::memcpy(&header, (*memory)->bytes().data(), sizeof(header));
  if (header.bytes != (*memory)->bytes().size()) {
    return Error{ErrorCode::corrupt, (place.memory / name).string() + " was cut short"};
  }
  Result<std::unique_ptr<runtime::File>> file = place.files.open(place.journal / name, runtime::Access::write);
  if (!file && file.error().code != ErrorCode::not_found) {
    return std::move(file).error();
  }
  if (!file) {
    return Error{ErrorCode::corrupt, "the file of a live segment is gone, which " + place.memory.string() +
                                         " still holds: " + file.error().text};
  }
  auto segment = std::make_unique<Segment>();
  segment->number = number;
  segment->opening = place.opening;
  segment->memory = *std::move(memory);
  segment->file = *std::move(file);
  segment->bytes = segment->memory->writable();
  return segment;
}

}  // namespace cantus::eventlog
