// The log of a process for people: one file each under `<data>/logs`, rotated by size. What matters to the venue stands
// on the event log, not here. Callers write no secrets: passwords, verifiers and raw FIX Logons never come here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cantus::runtime {

enum class LogLevel { debug, info, warning, error };

// Begins `<directory>/<process>.log`; until then (and in tests) warnings and errors go to stderr. With `echo` they go
// to both. To be called once, before other threads are there.
Status start_logging(const std::filesystem::path& directory, const std::string& process, LogLevel least, bool echo);
// Nothing is written from now on: by programs that host one venue after the other, as a simulator does.
void stop_logging();
void write_log(LogLevel level, std::string_view text);

inline void log_debug(std::string_view text) { write_log(LogLevel::debug, text); }
inline void log_info(std::string_view text) { write_log(LogLevel::info, text); }
inline void log_warning(std::string_view text) { write_log(LogLevel::warning, text); }
inline void log_error(std::string_view text) { write_log(LogLevel::error, text); }

// For lines that anybody outside can make us write: there are not more of them in a second than somebody can read, and
// it is said how many were left out. One thread.
class LimitedLog {
 public:
  static constexpr std::size_t lines_of_a_second_max = 20;

  // `owner` begins each line. Times are the monotonic clock's.
  explicit LimitedLog(std::string owner) : owner_(std::move(owner)) {}
  void write(LogLevel level, std::string_view text, std::int64_t now_ns);
  // To be called now and then: says what was left out once the second is over.
  void end_of_second(std::int64_t now_ns);

 private:
  std::string owner_;
  std::int64_t since_ns_ = 0;
  std::size_t lines_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace cantus::runtime
