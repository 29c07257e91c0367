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

Result<Surroundings> surroundings_of(Loop& loop, System& system, const ParticipantOptions& options) {
  Result<runtime::PlaceFile> place =
      runtime::PlaceFile::open(system.files(), options.paths.memory, options.publisher, options.place.get());
  if (!place) {
    return std::move(place).error();
  }
  auto file = std::make_shared<runtime::PlaceFile>(std::move(place).value());
  Surroundings result;
  result.files = &system.files();
  result.open_log = [&files = system.files(), paths = options.paths] {
    return eventlog::open_log(files, paths.journal(), paths.memory);
  };
  result.link = make_socket_link(loop, options.paths.attach_socket());
  result.page = std::shared_ptr<runtime::PlacePage>(file, &file->page());
  return result;
}

template <class Kind, class... Arguments>
Result<std::unique_ptr<Participant>> make(Loop& loop, System& system, ParticipantOptions options,
                                          Arguments&&... arguments) {
  Result<Surroundings> around = surroundings_of(loop, system, options);
  if (!around) {
    return std::move(around).error().context("host " + options.publisher);
  }
  auto participant = std::make_unique<Kind>(loop, system.clock(), std::move(options), std::move(around).value(),
                                            std::forward<Arguments>(arguments)...);
  loop.add(*participant);
  return std::unique_ptr<Participant>(std::move(participant));
}

}  // namespace

Result<std::unique_ptr<Participant>> host_machine(Loop& loop, System& system, ParticipantOptions options,
                                                  Application& machine, OnFatal fatal) {
  return make<MachineHost>(loop, system, std::move(options), machine, std::move(fatal));
}

Result<std::unique_ptr<Participant>> host_edge(Loop& loop, System& system, ParticipantOptions options,
                                               EdgeApplication& edge, const std::function<void(EdgeProposer&)>& made,
                                               OnFatal fatal) {
  return make<EdgeHost>(loop, system, std::move(options), edge, made, std::move(fatal));
}

Result<std::unique_ptr<Participant>> host_reader(Loop& loop, System& system, ParticipantOptions options,
                                                 Machine& machine, bool stable_only, OnFatal fatal) {
  return make<ReaderHost>(loop, system, std::move(options), machine, stable_only, std::move(fatal));
}

}  // namespace cantus::host
