// The FIX messages that came in and left, one line each in QuickFIX's plain format ("20261121-21:33:00.123000000 :
// 8=FIX.4.4|…" with the separators as they are), so that common viewers read them. Passwords (554, 925) are masked. For
// people; never read back.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/types.h"

namespace cantus::fix {

// The message with the values of 554 and 925 replaced by "***"; nothing else is touched.
[[nodiscard]] std::string masked(std::string_view message);

// Buffered; `flush` writes. A line that cannot be written is counted and dropped: a full disk never stops a session.
class MessageLog {
 public:
  // One file a FIX session: "<begin_string>-<our CompID>-<their CompID>.messages.current.log" in `folder`, appended to.
  static Result<std::unique_ptr<MessageLog>> open(const std::filesystem::path& folder, std::string_view session_name);
  MessageLog(const MessageLog&) = delete;
  MessageLog& operator=(const MessageLog&) = delete;
  ~MessageLog();

  void add(TimeNs time, std::string_view message);
  // The same without looking for a password.
  void add_without_password(TimeNs time, std::string_view message);
  void flush();
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  explicit MessageLog(int descriptor) : descriptor_(descriptor) {}
  void begin_line(TimeNs time);
  void end_line();

  int descriptor_;
  std::string buffer_;
  std::uint64_t dropped_ = 0;
  std::uint64_t buffered_lines_ = 0;
};

}  // namespace cantus::fix
