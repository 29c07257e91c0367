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

std::string quickfix_settings(const ClientTarget& target) {
  return password_note(target, "#") +
         "[DEFAULT]\nConnectionType=initiator\nReconnectInterval=1\nHeartBtInt=" + std::to_string(target.heartbeat_s) +
         "\nStartTime=00:00:00\nEndTime=00:00:00\nFileStorePath=store\nFileLogPath=log\nUseDataDictionary=Y\n"
         "DataDictionary=fix-specs/FIX44.xml\nSocketNodelay=Y\n\n[SESSION]\n" +
         identity(target) + addresses(target);
}

std::string quickfixj_settings(const ClientTarget& target) {
  return password_note(target, "#") +
         "[default]\nConnectionType=initiator\nReconnectInterval=1\nHeartBtInt=" + std::to_string(target.heartbeat_s) +
         "\nNonStopSession=Y\nFileStorePath=store\nFileLogPath=log\nUseDataDictionary=Y\n"
         "DataDictionary=fix-specs/FIX44.xml\nSocketTcpNoDelay=Y\n\n[session]\n" +
         identity(target) + addresses(target);
}

std::string quickfixgo_settings(const ClientTarget& target) {
  return password_note(target, "#") +
         "[DEFAULT]\nReconnectInterval=1\nHeartBtInt=" + std::to_string(target.heartbeat_s) +
         "\nFileStorePath=store\nFileLogPath=log\nDataDictionary=fix-specs/FIX44.xml\n\n[SESSION]\n" +
         identity(target) + addresses(target);
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
