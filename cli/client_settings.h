// How to connect to a session of the venue: ready settings for the engines that people use, and a Logon to type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cantus::cli {

struct ClientTarget {
  std::string begin_string = "FIX.4.4";
  std::string our_comp_id;    // the client's: 49 of what it sends
  std::string venue_comp_id;  // 56 of what it sends
  std::string password;       // empty: none is needed, or it is not known
  bool password_unknown = false;
  int heartbeat_s = 30;
  std::vector<std::pair<std::string, std::uint16_t>> gateways;
  std::int32_t reset_time_s = -1;  // seconds after midnight UTC at which its numbers begin anew; -1: never
  bool reset_allowed = false;      // 141=Y is
  // MsgSeqNum that the venue expects next; 1 if the session was never used, or it is not known.
  std::uint32_t next_inbound = 1;
  std::string dictionary;  // absolute path of the venue's; empty if there is no such file
  std::string symbol;      // an instrument of the venue, and a price around which it trades
  std::string price;

  [[nodiscard]] std::string gateways_text() const;  // "127.0.0.1:9880, 127.0.0.1:9881"
};

[[nodiscard]] std::string quickfix_settings(const ClientTarget& target);   // C++ and Python
[[nodiscard]] std::string quickfixj_settings(const ClientTarget& target);  // Java
[[nodiscard]] std::string quickfixgo_settings(const ClientTarget& target);
// A whole FIX message: fields in order with the body length and checksum that they need, fields ended by SOH.
[[nodiscard]] std::string fix_message(const std::string& begin_string,
                                      const std::vector<std::pair<int, std::string>>& fields);
// A Logon as number 1, `sending_time` as FIX writes it.
[[nodiscard]] std::string logon_message(const ClientTarget& target, std::string_view sending_time);
// The message for people: SOH as '|'.
[[nodiscard]] std::string visible(std::string message);
// A shell line that sends the message and shows what comes back.
[[nodiscard]] std::string shell_line(const ClientTarget& target, const std::string& message);

}  // namespace cantus::cli
