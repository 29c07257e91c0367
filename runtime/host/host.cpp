// Participants of the venue on this host: the kinds, put on real files, sockets and rings.
#include <memory>
#include <utility>

#include "eventlog/reader.h"
#include "runtime/host/edge_host.h"
#include "runtime/host/machine_host.h"
#include "runtime/host/participant.h"
#include "runtime/host/reader_host.h"
#include "runtime/host/socket_link.h"

namespace cantus::host {
namespace {

Result<Surroundings> surroundings_of(Loop& loop, const ParticipantOptions& options) {
  Result<runtime::PlaceFile> place =
      runtime::PlaceFile::open(options.paths.memory, options.publisher, options.place.get());
  if (!place) {
    return std::move(place).error();
  }
  auto file = std::make_shared<runtime::PlaceFile>(std::move(place).value());
  Surroundings result;
  result.open_log = [paths = options.paths] { return eventlog::open_log(paths.journal(), paths.memory); };
  result.link = make_socket_link(loop, options.paths.attach_socket());
  result.page = std::shared_ptr<runtime::PlacePage>(file, &file->page());
  return result;
}

}  // namespace

Result<std::unique_ptr<Participant>> host_machine(Loop& loop, const Clock& clock, ParticipantOptions options,
                                                  Application& machine, OnFatal fatal) {
  Result<Surroundings> around = surroundings_of(loop, options);
  if (!around) {
    return std::move(around).error();
  }
  return std::unique_ptr<Participant>(std::make_unique<MachineHost>(
      loop, clock, std::move(options), std::move(around).value(), machine, std::move(fatal)));
}

Result<std::unique_ptr<Participant>> host_edge(Loop& loop, const Clock& clock, ParticipantOptions options,
                                               EdgeApplication& edge, const std::function<void(EdgeProposer&)>& made,
                                               OnFatal fatal) {
  Result<Surroundings> around = surroundings_of(loop, options);
  if (!around) {
    return std::move(around).error();
  }
  return std::unique_ptr<Participant>(std::make_unique<EdgeHost>(
      loop, clock, std::move(options), std::move(around).value(), edge, made, std::move(fatal)));
}

Result<std::unique_ptr<Participant>> host_reader(Loop& loop, const Clock& clock, ParticipantOptions options,
                                                 Machine& machine, bool stable_only, OnFatal fatal) {
  Result<Surroundings> around = surroundings_of(loop, options);
  if (!around) {
    return std::move(around).error();
  }
  return std::unique_ptr<Participant>(std::make_unique<ReaderHost>(
      loop, clock, std::move(options), std::move(around).value(), machine, stable_only, std::move(fatal)));
}

}  // namespace cantus::host
