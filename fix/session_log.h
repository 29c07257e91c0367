// Where sessions write what people may want to see: every FIX message to its session's file (fix/message_log.h), and
// what happened besides to the process's log.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "fix/message_log.h"
#include "fix/message_text.h"
#include "runtime/clock.h"

namespace cantus::fix {

class SessionLog {
 public:
  virtual ~SessionLog() = default;
  virtual void message(const SessionNames& session, std::string_view bytes) = 0;
  // The same of an application message whose fields are known: none of them is a password. `now` is the clock, which
  // whoever has the message has just read.
  virtual void application_message(const SessionNames& session, std::string_view bytes, TimeNs /*now*/) {
    message(session, bytes);
  }
  virtual void note(const SessionNames& session, std::string_view text) = 0;
};

class FileSessionLog final : public SessionLog {
 public:
  // Files lie in `folder`, which is made if need be. A file that cannot be opened is said once and done without.
  FileSessionLog(const runtime::Clock& clock, runtime::Files& files, std::filesystem::path folder)
      : clock_(clock), files_of_host_(files), folder_(std::move(folder)) {}

  void message(const SessionNames& session, std::string_view bytes) override;
  void application_message(const SessionNames& session, std::string_view bytes, TimeNs now) override;
  void note(const SessionNames& session, std::string_view text) override;
  // Writes what has gathered; to be called now and then.
  void flush();

 private:
  struct InOrder {
    bool operator()(const SessionNames& left, const SessionNames& right) const {
      return std::tie(left.target, left.sender, left.begin_string) <
             std::tie(right.target, right.sender, right.begin_string);
    }
  };

  struct Written {
    Written(runtime::Files& files, const std::filesystem::path& folder, std::string_view name)
        : file(files, folder, name) {}
    MessageLog file;
    bool told = false;  // that it cannot be written
  };

  Written& file_of(const SessionNames& session);

  const runtime::Clock& clock_;
  runtime::Files& files_of_host_;
  std::filesystem::path folder_;
  std::map<SessionNames, Written, InOrder> files_;
};

// Keeps nothing.
class NoSessionLog final : public SessionLog {
 public:
  void message(const SessionNames&, std::string_view) override {}
  void note(const SessionNames&, std::string_view) override {}
};

}  // namespace cantus::fix
