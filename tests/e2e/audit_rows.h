// What stands in a venue's audit database.
#pragma once

#include <cstdint>
#include <string>

#include "campaign/venue.h"
#include "regreport/app/sqlite.h"

namespace cantus::e2e {

// Rows of a table, or of what else can stand behind FROM; -1 while the database cannot be read.
[[nodiscard]] inline std::int64_t audit_rows(const campaign::Venue& venue, const std::string& from) {
  auto connection = regreport::Connection::open(runtime::host_system(), venue.data() / "audit" / "audit.db");
  auto statement = connection ? connection->prepare("SELECT count(*) FROM " + from)
                              : Result<regreport::Statement>(std::move(connection).error());
  if (!statement) {
    return -1;
  }
  statement->start();
  return statement->step() ? statement->number(0) : -1;
}

}  // namespace cantus::e2e
