#include "cli/client_settings.h"

#include <algorithm>
#include <cstdio>

namespace cantus::cli {
namespace {

// Of QuickFIX's further addresses the first is unnumbered, then 1, 2, …
std::string addresses(const ClientTarget& target) {
  std::string text;
  for (std::size_t i = 0; i < target.gateways.size(); ++i) {
    const std::string suffix = i == 0 ? "" : std::to_string(i);
    text += "SocketConnectHost" + suffix + "=" + target.gateways[i].first + "\n";
    text += "SocketConnectPort" + suffix + "=" + std::to_string(target.gateways[i].second) + "\n";
  }
  return text;
}

std::string identity(const ClientTarget& target) {
  return "BeginString=" + target.begin_string + "\nSenderCompID=" + target.our_comp_id +
         "\nTargetCompID=" + target.venue_comp_id + "\n";
}

std::string password_note(const ClientTarget& target, const std::string& comment) {
  if (target.password.empty() && !target.password_unknown) {
    return "";
  }
  return comment + " The Logon carries Username (553) = " + target.our_comp_id +
         " and Password (554): set both on the\n" + comment +
         " Logon before it is sent (toAdmin in your application).\n";
}

}  // namespace

std::string ClientTarget::gateways_text() const {
  std::string text;
  for (const auto& [host, port] : gateways) {
    text += (text.empty() ? "" : ", ") + host + ":" + std::to_string(port);
  }
  return text;
}

namespace {

std::string reset_time_text(const ClientTarget& target) {
  char text[16];
  const int seconds = target.reset_time_s;
  std::snprintf(text, sizeof(text), "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return text;
}

// How the numbers of both sides stay the same: an engine that begins its store anew when the venue does not, or the
// other way round, is refused at every Logon.
std::string numbers_note(const ClientTarget& target) {
  std::string text =
      target.reset_time_s < 0
          ? "# The session's numbers go on for ever at the venue: the store must be kept, and never begin anew by\n"
            "# the clock.\n"
          : "# The venue begins the session's numbers anew at " + reset_time_text(target) +
                " UTC, and so must the engine.\n";
  if (target.next_inbound > 1) {
    text += "# The session was used before: the venue expects MsgSeqNum " + std::to_string(target.next_inbound) +
            " next. Go on with the store that was used then";
  } else {
    text += "# Should the session have been used before with another store: go on with that one";
  }
  return text + (target.reset_allowed
                     ? ",\n# or begin anew once: ResetOnLogon=Y for the first Logon, and take it out again. (What was "
                       "not proven\n"
                       "# to have arrived is then sent again; a reset at every Logon would do that each time.)\n"
                     : ".\n# This session may not begin anew by itself (141=Y is refused): ask the venue.\n");
}

std::string dictionary_lines(const ClientTarget& target) {
  return (target.dictionary.empty() ? "# Give the absolute path of the venue's dictionary, fix-specs/FIX44.xml.\n"
                                    : std::string()) +
         "DataDictionary=" + (target.dictionary.empty() ? "FIX44.xml" : target.dictionary) + "\n";
}

std::string day_of(const ClientTarget& target) {
  return "StartTime=" + reset_time_text(target) + "\nEndTime=" + reset_time_text(target) + "\n";
}

}  // namespace

// This engine has no session without an end: it begins its store anew each day or, with days of the week, each week.
std::string quickfix_settings(const ClientTarget& target) {
  const std::string never =
      "# QuickFIX for C++ knows no session without an end. The longest is a week: then, Sunday 00:00 UTC, it begins "
      "its store\n"
      "# anew though the venue does not. A store that always says it was made today prevents it: derive from\n"
      "# FIX::FileStore, return FIX::UtcTimeStamp() from getCreationTime(), and make it in a MessageStoreFactory.\n"
      "StartTime=00:00:00\nEndTime=00:00:00\nStartDay=sunday\nEndDay=sunday\n";
  return password_note(target, "#") + numbers_note(target) +
         "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nHeartBtInt=" + std::to_string(target.heartbeat_s) +
         "\n" + (target.reset_time_s < 0 ? never : day_of(target)) +
         "FileStorePath=store\nFileLogPath=log\nUseDataDictionary=Y\n" + dictionary_lines(target) +
         "SocketNodelay=Y\n\n[SESSION]\n" + identity(target) + addresses(target);
}

std::string quickfixj_settings(const ClientTarget& target) {
  return password_note(target, "#") + numbers_note(target) +
         "[default]\nConnectionType=initiator\nReconnectInterval=1\nHeartBtInt=" + std::to_string(target.heartbeat_s) +
         "\n" + (target.reset_time_s < 0 ? std::string("NonStopSession=Y\n") : day_of(target)) +
         "FileStorePath=store\nFileLogPath=log\nUseDataDictionary=Y\n" + dictionary_lines(target) +
         "SocketTcpNoDelay=Y\n\n[session]\n" + identity(target) + addresses(target);
}

// Without StartTime and EndTime this engine's sessions have no end.
std::string quickfixgo_settings(const ClientTarget& target) {
  return password_note(target, "#") + numbers_note(target) +
         "[DEFAULT]\nReconnectInterval=1\nHeartBtInt=" + std::to_string(target.heartbeat_s) + "\n" +
         (target.reset_time_s < 0 ? std::string() : day_of(target)) + "FileStorePath=store\nFileLogPath=log\n" +
         dictionary_lines(target) + "\n[SESSION]\n" + identity(target) + addresses(target);
}

std::string fix_message(const std::string& begin_string, const std::vector<std::pair<int, std::string>>& fields) {
  std::string body;
  for (const auto& [tag, value] : fields) {
    body += std::to_string(tag) + "=" + value + "\x01";
  }
  std::string message = "8=" + begin_string + "\x01" + "9=" + std::to_string(body.size()) + "\x01" + body;
  unsigned sum = 0;
  for (const char c : message) {
    sum += static_cast<unsigned char>(c);
  }
  char trailer[8];
  std::snprintf(trailer, sizeof(trailer), "10=%03u", sum % 256);
  return message + trailer + "\x01";
}

std::string logon_message(const ClientTarget& target, std::string_view sending_time) {
  std::vector<std::pair<int, std::string>> fields = {{35, "A"},
                                                     {49, target.our_comp_id},
                                                     {56, target.venue_comp_id},
                                                     {34, "1"},
                                                     {52, std::string(sending_time)},
                                                     {98, "0"},
                                                     {108, std::to_string(target.heartbeat_s)},
                                                     {141, "Y"}};
  if (!target.password.empty()) {
    fields.emplace_back(553, target.our_comp_id);
    fields.emplace_back(554, target.password);
  }
  return fix_message(target.begin_string, fields);
}

std::string visible(std::string message) {
  std::replace(message.begin(), message.end(), '\x01', '|');
  return message;
}

std::string shell_line(const ClientTarget& target, const std::string& message) {
  const auto& [host, port] = target.gateways.at(0);
  return "(exec 3<>/dev/tcp/" + host + "/" + std::to_string(port) + "; printf '%s' '" + visible(message) +
         "' | tr '|' '\\001' >&3; timeout 5 cat <&3 | tr '\\001' '|')";
}

}  // namespace cantus::cli
