#include "fix/log_access.h"

namespace cantus::fix {

namespace {
// Causes of one session lie close to each other; reading on is cheaper than seeking.
constexpr std::uint64_t read_on_max = 256;
}  // namespace

std::optional<Event> ReaderLogAccess::read(Seq seq) {
  const std::uint64_t at = reader_->position().get();
  if (seq.get() <= at || seq.get() - at > read_on_max) {
    if (!reader_->seek(seq).ok()) {
      return std::nullopt;
    }
  }
  while (true) {
    const auto event = reader_->next();
    if (!event.ok() || !event->has_value() || (*event)->header->seq > seq) {
      return std::nullopt;
    }
    if ((*event)->header->seq == seq) {
      return **event;
    }
  }
}

}  // namespace cantus::fix
