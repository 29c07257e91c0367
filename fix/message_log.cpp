#include "fix/message_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "fix/message_text.h"

namespace cantus::fix {
namespace {

constexpr std::size_t buffer_bytes_max = 64 * 1024;

void mask_field(std::string& message, std::string_view tag) {
  std::size_t at = 0;
  while ((at = message.find(tag, at)) != std::string::npos) {
    const std::size_t begin = at + tag.size();
    if (at != 0 && message[at - 1] != soh) {
      at = begin;
      continue;
    }
    const std::size_t end = message.find(soh, begin);
    message.replace(begin, end == std::string::npos ? std::string::npos : end - begin, "***");
    at = begin;
  }
}

}  // namespace

std::string masked(std::string_view message) {
  std::string text(message);
  mask_field(text, "554=");
  mask_field(text, "925=");
  return text;
}

MessageLog::MessageLog(const std::filesystem::path& folder, std::string_view session_name)
    : path_(folder / (std::string(session_name) + ".messages.current.log")) {}

MessageLog::~MessageLog() { flush(); }

void MessageLog::open() {
  std::error_code fault;
  std::filesystem::create_directories(path_.parent_path(), fault);
  file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

void MessageLog::add(TimeNs time, std::string_view message) {
  begin_line(time);
  // Only a Logon or a change of password can carry one; looking for the digits is cheaper than copying every message.
  if (message.find("554=") != std::string_view::npos || message.find("925=") != std::string_view::npos) {
    buffer_ += masked(message);
  } else {
    buffer_ += message;
  }
  end_line();
}

void MessageLog::add_without_password(TimeNs time, std::string_view message) {
  begin_line(time);
  buffer_ += message;
  end_line();
}

void MessageLog::begin_line(TimeNs time) {
  append_utc_timestamp(buffer_, time);
  buffer_ += " : ";
}

void MessageLog::end_line() {
  buffer_ += '\n';
  ++buffered_lines_;
  if (buffer_.size() >= buffer_bytes_max) {
    flush();
  }
}

void MessageLog::flush() {
  if (buffer_.empty()) {
    return;
  }
  if (!file_) {
    open();
  }
  if (file_ && cut_) {
    cut_ = ::write(file_.get(), "\n", 1) != 1;
  }
  const ssize_t written = file_ && !cut_ ? ::write(file_.get(), buffer_.data(), buffer_.size()) : -1;
  if (written == static_cast<ssize_t>(buffer_.size())) {
    fault_.clear();
  } else {
    fault_ = "write " + path_.string() + ": " + std::strerror(written < 0 ? errno : ENOSPC);
    cut_ = cut_ || written > 0;
    dropped_ += buffered_lines_;
  }
  buffer_.clear();
  buffered_lines_ = 0;
}

}  // namespace cantus::fix
