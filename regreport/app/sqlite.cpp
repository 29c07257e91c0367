#include "regreport/app/sqlite.h"

#include <sqlite3.h>

namespace cantus::regreport {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

bool Statement::step() { return sqlite3_step(statement_.get()) == SQLITE_ROW; }

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::text(int column) const {
  const auto* const begin = sqlite3_column_text(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return begin == nullptr ? std::string()
                          : std::string(reinterpret_cast<const char*>(begin), static_cast<std::size_t>(size));
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

int Statement::columns() const { return sqlite3_column_count(statement_.get()); }

// A binding can fail only for a column that the statement does not have, and then its run fails, too.
void Statement::bind_null(int index) { sqlite3_bind_null(statement_.get(), index); }

void Statement::bind_number(int index, std::int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }

void Statement::bind_text(int index, std::string_view value) {
  // No destructor (SQLITE_STATIC): the text outlives the run. The macro is an old-style cast.
  sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()), nullptr);
}

bool Statement::finish() {
  int result = SQLITE_ROW;
  while (result == SQLITE_ROW) {
    result = sqlite3_step(statement_.get());
  }
  reset();
  return result == SQLITE_DONE;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

void Connection::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Result<Connection> Connection::open(const runtime::System& host, const std::filesystem::path& file) {
  // Counting what SQLite allocates would take a lock for each piece of memory; nobody asks for the figure. To be said
  // before its first use in the process; later it is refused and changes nothing.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(configured);
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(
      file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, host.database_files());
  Connection connection;
  connection.connection_.reset(raw);
  if (result != SQLITE_OK) {
    return connection.last_error("opening " + file.string());
  }
  sqlite3_extended_result_codes(raw, 1);
  return connection;
}

Status Connection::execute(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return last_error(sql.substr(0, 60));
  }
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         nullptr) != SQLITE_OK) {
    return last_error("preparing " + std::string(sql.substr(0, 60)));
  }
  Statement statement;
  statement.statement_.reset(raw);
  return statement;
}

Error Connection::last_error(const std::string& doing) const {
  const int code = sqlite3_errcode(connection_.get());
  const bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  const bool full = (code & 0xff) == SQLITE_FULL;
  const bool busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
  return Error{damaged ? ErrorCode::corrupt
               : full  ? ErrorCode::no_space
               : busy  ? ErrorCode::already_in_use
                       : ErrorCode::failed,
               doing + ": " + sqlite3_errmsg(connection_.get())};
}

}  // namespace cantus::regreport
