#include "cli/session_now.h"

#include "regreport/app/sqlite.h"

namespace cantus::cli {

std::optional<std::uint32_t> next_inbound_now(const VenuePlace& place, const std::string& our_comp_id,
                                              const std::string& their_comp_id) {
  std::error_code ignored;
  if (!SupervisorLock::holder(place) || !std::filesystem::exists(place.audit_database(), ignored)) {
    return std::nullopt;
  }
  Result<regreport::Connection> database = regreport::Connection::open(place.host(), place.audit_database());
  if (!database) {
    return std::nullopt;
  }
  Result<regreport::Statement> query =
      database->prepare("SELECT next_inbound FROM sessions WHERE our_comp_id = ? AND their_comp_id = ?");
  if (!query) {
    return std::nullopt;
  }
  query->start(our_comp_id, their_comp_id);
  if (!query->step()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(query->number(0));
}

}  // namespace cantus::cli
