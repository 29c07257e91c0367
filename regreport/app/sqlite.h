// SQLite as far as the audit database needs it: a connection and prepared statements that own themselves. Failures are
// values; a statement that failed once tells so, and the caller stops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.h"
#include "runtime/system.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cantus::regreport {

class Statement {
 public:
  Statement() = default;

  // Binds the values from the first parameter on and runs the statement to its end; rows are dropped. Integers, texts
  // (not copied) and nullptr may be bound.
  template <class... Values>
  [[nodiscard]] bool run(const Values&... values) {
    bind_all(values...);
    return finish();
  }
  // The same for a query: then `step()` for each row. Texts must live until the last.
  template <class... Values>
  void start(const Values&... values) {
    bind_all(values...);
  }
  [[nodiscard]] bool step();  // false: no more rows, or a failure
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string text(int column) const;  // empty for NULL
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] int columns() const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  template <class... Values>
  void bind_all(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
  }
  template <class T>
  void bind(int index, const T& value) {
    if constexpr (std::is_same_v<T, std::nullptr_t>) {
      bind_null(index);
    } else if constexpr (std::is_integral_v<T>) {
      bind_number(index, static_cast<std::int64_t>(value));
    } else {
      bind_text(index, std::string_view(value));
    }
  }
  void bind_null(int index);
  void bind_number(int index, std::int64_t value);
  void bind_text(int index, std::string_view value);
  bool finish();
  void reset();

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
  // Opens the file of that machine, made if it is not there. Fails also for a file that is no database.
  [[nodiscard]] static Result<Connection> open(const runtime::System& host, const std::filesystem::path& file);

  [[nodiscard]] Status execute(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // What the last failure was.
  [[nodiscard]] Error last_error(const std::string& doing) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace cantus::regreport
