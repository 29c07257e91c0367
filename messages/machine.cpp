#include "messages/machine.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cantus {

std::uint64_t sections_of(const Application& application) {
  SnapshotWriter out;
  application.save(out);
  const Result<std::vector<std::byte>> bytes = std::move(out).finish();
  CANTUS_ASSERT(bytes.ok(), "machines that include the same one agree about it");
  const Result<SnapshotSections> sections = SnapshotSections::parse({}, *bytes);
  CANTUS_ASSERT(sections.ok(), "what was just written is a list of sections");
  const std::string versions = versions_of(sections->sections());
  return DigestBuilder().add_bytes(std::as_bytes(std::span(versions))).digest().low;
}

}  // namespace cantus
