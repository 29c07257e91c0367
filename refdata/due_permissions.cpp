#include "refdata/due_permissions.h"

#include <algorithm>

namespace cantus {

bool DuePermissions::apply(const Event& event, const ReferenceData& refdata) {
  for (const CommandPart& part : refdata.changes()) {
    if (is_permission(part.change)) {
      due_.push_back(part);
    }
  }
  if (event.header->topic != topic::control || !is_permission(event.header->type) || !refdata.complete()) {
    return true;
  }
  const bool said = !due_.empty() && due_.front().change == event.header->type &&
                    std::ranges::equal(event.bytes(), std::span(due_.front().content.bytes).first(due_.front().size));
  if (said) {
    drop(0);
  }
  return said;
}

void DuePermissions::drop(std::size_t index) { due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(index)); }

}  // namespace cantus
