// The FIX messages that came in and left, one line each in QuickFIX's plain format ("20261121-21:33:00.123000000 :
// 8=FIX.4.4|…" with the separators as they are), so that common viewers read them. Passwords (554, 925) are masked. For
// people; never read back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/types.h"
#include "runtime/files.h"

namespace cantus::fix {

// The message with the values of 554 and 925 replaced by "***"; nothing else is touched.
[[nodiscard]] std::string masked(std::string_view message);

// Buffered; `flush` writes. A line that cannot be written is counted and dropped: a full disk never stops a session.
// One file a FIX session: "<begin_string>-<our CompID>-<their CompID>.messages.current.log", made and appended to once
// there is something to write, and tried again for as long as it cannot be had.
class MessageLog {
 public:
  // `files` outlives it.
  MessageLog(runtime::Files& files, const std::filesystem::path& folder, std::string_view session_name);
  MessageLog(const MessageLog&) = delete;
  MessageLog& operator=(const MessageLog&) = delete;
  ~MessageLog();

  void add(TimeNs time, std::string_view message);
  // The same without looking for a password.
  void add_without_password(TimeNs time, std::string_view message);
  void flush();
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  // Why the last lines could not be written; empty if they were.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  void begin_line(TimeNs time);
  void end_line();
  [[nodiscard]] Status open();
  [[nodiscard]] Status write(std::string_view text);

  runtime::Files& files_;
  std::filesystem::path path_;
  std::unique_ptr<runtime::File> file_;
  std::string buffer_;
  std::string fault_;
  std::uint64_t dropped_ = 0;
  std::uint64_t buffered_lines_ = 0;
  bool cut_ = false;  // the file ends within a line
};

}  // namespace cantus::fix
