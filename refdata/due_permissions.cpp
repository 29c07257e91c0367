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
  const auto said = std::find_if(due_.begin(), due_.end(), [&event](const CommandPart& part) {
    return part.change == event.header->type &&
           std::ranges::equal(event.bytes(), std::span(part.content.bytes).first(part.size));
  });
  if (said == due_.end()) {
    return false;
  }
  due_.erase(said);
  return true;
}

void DuePermissions::drop(std::size_t index) { due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(index)); }

}  // namespace cantus
