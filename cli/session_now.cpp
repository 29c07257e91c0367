#include "cli/session_now.h"

#include "regreport/app/sqlite.h"

namespace cantus::cli {

std::optional<SessionNow> session_now(const VenuePlace& place, const std::string& our_comp_id,
                                      const std::string& their_comp_id) {
  std::error_code ignored;
  if (!SupervisorLock::holder(place) || !std::filesystem::exists(place.audit_database(), ignored)) {
    return std::nullopt;
  }
  Result<regreport::Connection> database = regreport::Connection::open(place.audit_database());
  if (!database) {
    return std::nullopt;
  }
  Result<regreport::Statement> query = database->prepare(
      "SELECT connected, gateway, next_inbound, next_outbound FROM sessions WHERE our_comp_id = ? AND their_comp_id = "
      "?");
  if (!query) {
    return std::nullopt;
  }
  query->start(our_comp_id, their_comp_id);
  if (!query->step()) {
    return std::nullopt;
  }
  return SessionNow{query->number(0) != 0, query->text(1), static_cast<std::uint32_t>(query->number(2)),
                    static_cast<std::uint32_t>(query->number(3))};
}

}  // namespace cantus::cli
