#include "fix/message_log.h"

#include <span>

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

MessageLog::MessageLog(runtime::Files& files, const std::filesystem::path& folder, std::string_view session_name)
    : files_(files), path_(folder / (std::string(session_name) + ".messages.current.log")) {}

MessageLog::~MessageLog() { flush(); }

Status MessageLog::open() {
  Status made = files_.make_directories(path_.parent_path());
  if (!made) {
    return made;
  }
  Result<std::unique_ptr<runtime::File>> file =
      files_.exists(path_) ? files_.open(path_, runtime::Access::write) : files_.create(path_);
  if (!file) {
    return std::move(file).error();
  }
  file_ = *std::move(file);
  return {};
}

// The gateway that had the session before may still be writing its last lines, so each goes behind what is there.
Status MessageLog::write(std::string_view text) {
  const Result<std::size_t> written = file_->append(std::as_bytes(std::span(text)));
  if (written && *written == text.size()) {
    cut_ = false;
    return {};
  }
  cut_ = cut_ || (written && *written > 0);
  return written ? Error{ErrorCode::no_space, "write " + path_.string() + ": no space left"} : written.error();
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
  Status status = file_ ? Status() : open();
  if (status && cut_) {
    status = write("\n");
  }
  if (status) {
    status = write(buffer_);
  }
  fault_ = status ? std::string() : status.error().text;
  dropped_ += status ? 0 : buffered_lines_;
  buffer_.clear();
  buffered_lines_ = 0;
}

}  // namespace cantus::fix
