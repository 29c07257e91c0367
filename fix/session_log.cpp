#include "fix/session_log.h"

#include "runtime/logging.h"

namespace cantus::fix {

namespace {
std::string name_of(const SessionNames& session) {
  return session.begin_string + "-" + session.sender + "-" + session.target;
}
}  // namespace

void FileSessionLog::message(const SessionNames& session, std::string_view bytes) {
  const std::string name = name_of(session);
  auto at = files_.find(name);
  if (at == files_.end()) {
    auto opened = MessageLog::open(folder_, name);
    if (!opened.ok()) {
      note(session, opened.error().text);
    }
    at = files_.emplace(name, opened.ok() ? std::move(opened).value() : nullptr).first;
  }
  if (at->second != nullptr) {
    at->second->add(clock_.utc(), bytes);
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
