#include "fix/session_log.h"

#include <utility>

#include "runtime/logging.h"

namespace cantus::fix {

namespace {
std::string name_of(const SessionNames& session) {
  return session.begin_string + "-" + session.sender + "-" + session.target;
}
}  // namespace

FileSessionLog::Written& FileSessionLog::file_of(const SessionNames& session) {
  return files_.try_emplace(session, files_of_host_, folder_, name_of(session)).first->second;
}

void FileSessionLog::message(const SessionNames& session, std::string_view bytes) {
  file_of(session).file.add(clock_.utc(), bytes);
}

void FileSessionLog::application_message(const SessionNames& session, std::string_view bytes, TimeNs now) {
  file_of(session).file.add_without_password(now, bytes);
}

void FileSessionLog::note(const SessionNames& session, std::string_view text) {
  runtime::log_info(name_of(session) + ": " + std::string(text));
}

void FileSessionLog::flush() {
  for (auto& [session, written] : files_) {
    written.file.flush();
    const bool told = std::exchange(written.told, !written.file.fault().empty());
    if (written.told && !told) {
      runtime::log_warning(name_of(session) + ": its messages are left out of its file: " + written.file.fault());
    } else if (!written.told && told) {
      runtime::log_warning(name_of(session) + ": its messages are written again; left out were so far " +
                           std::to_string(written.file.dropped()));
    }
  }
}

}  // namespace cantus::fix
