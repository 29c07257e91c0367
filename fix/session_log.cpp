#include "fix/session_log.h"

#include "runtime/logging.h"

namespace cantus::fix {

namespace {
std::string name_of(const SessionNames& session) {
  return session.begin_string + "-" + session.sender + "-" + session.target;
}
}  // namespace

MessageLog* FileSessionLog::file_of(const SessionNames& session) {
  auto at = files_.find(session);
  if (at == files_.end()) {
    auto opened = MessageLog::open(folder_, name_of(session));
    if (!opened.ok()) {
      note(session, opened.error().text);
    }
    at = files_.emplace(session, opened.ok() ? std::move(opened).value() : nullptr).first;
  }
  return at->second.get();
}

void FileSessionLog::message(const SessionNames& session, std::string_view bytes) {
  if (MessageLog* const file = file_of(session)) {
    file->add(clock_.utc(), bytes);
  }
}

void FileSessionLog::application_message(const SessionNames& session, std::string_view bytes, TimeNs now) {
  if (MessageLog* const file = file_of(session)) {
    file->add_without_password(now, bytes);
  }
}

void FileSessionLog::note(const SessionNames& session, std::string_view text) {
  runtime::log_info(name_of(session) + ": " + std::string(text));
}

void FileSessionLog::flush() {
  for (auto& [name, file] : files_) {
    if (file != nullptr) {
      file->flush();
    }
  }
}

}  // namespace cantus::fix
