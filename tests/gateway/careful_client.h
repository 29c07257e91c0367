// A FIX client that believes nothing: it numbers, resends and asks again as a good engine does, and notes whatever a
// good engine would complain of: a number too low, a number that means another message than before, a report twice
// without a mark, an execution that changed. Not QuickFIX, because that reads the host's clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/gateway/fix_peer.h"

namespace cantus::test {

class CarefulClient {
 public:
  CarefulClient(FixWorld& world, std::string comp_id);
  ~CarefulClient();
  CarefulClient(const CarefulClient&) = delete;
  CarefulClient& operator=(const CarefulClient&) = delete;

  // Sent with every Logon (554); none before it is set.
  void use_password(const std::string& password) { password_ = "554=" + password + "|"; }
  // A further connection, on which a Logon is sent; whichever is answered last is the one that is used. `reset` asks
  // for new numbers (141=Y), again and again until it is granted.
  void connect(std::uint16_t port, bool reset = false);
  void disconnect();  // all of them, as a process that dies
  [[nodiscard]] bool logged_on() const { return current_ != nullptr; }
  [[nodiscard]] bool connected() const { return !lines_.empty(); }
  // The venue has said, or shown, that it began the numbers anew: the next connection must ask for a reset.
  [[nodiscard]] bool must_reset() const { return must_reset_; }

  void order(char side, int qty, const std::string& price);  // only while logged on; given up if it is not
  // Another message about orders, under a ClOrdID of its own; likewise. Its ClOrdID, or nothing.
  std::optional<std::string> change(const std::string& msg_type, const std::string& body);
  // A message that needs none.
  void say(const std::string& msg_type, const std::string& body);
  void order_at_logon(char side) { on_logon_ = side; }  // one at 100, as soon as the next Logon is answered
  void blunder();  // an order that no field list is, to be answered by a Reject, also when it is sent again
  // Whether it leaves out, when it is asked for messages, what it sent on this connection: that has arrived, or
  // arrives.
  void be_sparing(bool sparing) { sparing_ = sparing; }
  void ask_for_everything();  // ResendRequest 1 to the end

  // Told of each execution when it comes for the first time, and of each refused cancel or replace.
  void on_execution(std::function<void(const fix::FieldList&)> f) { on_execution_ = std::move(f); }

  // Told of each OrderStatus (150=I) in its place among the reports; not of one that may be an old one (97=Y).
  void on_status(std::function<void(const fix::FieldList&)> f) { on_status_ = std::move(f); }
  // Told of each message that was refused as such (35=j), whenever that comes.
  void on_refusal(std::function<void(const fix::FieldList&)> f) { on_refusal_ = std::move(f); }

  // What a good engine would have complained of.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  // ClOrdIDs sent in the numbers' present generation, which the venue must have taken; and of all.
  [[nodiscard]] std::set<std::string> orders_of_generation() const;
  [[nodiscard]] std::size_t orders() const { return orders_; }
  [[nodiscard]] const std::map<std::string, std::string>& executions() const { return executions_; }  // by ExecID
  [[nodiscard]] const std::set<std::string>& refused() const { return refused_; }  // BusinessRejectRefIDs (379)
  [[nodiscard]] std::uint32_t next_in() const { return next_in_; }
  // How often the numbers began anew, plus 1.
  [[nodiscard]] std::uint32_t generation() const { return generation_; }

 private:
  struct Line;
  struct Sent {
    std::string msg_type;
    std::string body;
    std::string time;
    std::string cl_ord_id;
    std::uint32_t line = 0;  // on which it went first
  };

  void send(Line& line, const std::string& msg_type, const std::string& body, const std::string& cl_ord_id = "");
  void send_as(Line& line, std::uint32_t number, const std::string& msg_type, const std::string& header,
               const std::string& body);
  void receive(Line& line, const std::string& message);
  void take_logon(Line& line, const fix::FieldList& fields, std::uint32_t number);
  void take(Line& line, const fix::FieldList& fields, const std::string& type, std::uint32_t number);
  void take_report(const fix::FieldList& fields, bool marked);
  void note_meaning(const fix::FieldList& fields, std::uint32_t number);
  void ask(Line& line);
  void resend(Line& line, std::uint32_t begin, std::uint32_t end);
  void complain(const std::string& what, const fix::FieldList& fields);
  void drop_ended();

  FixWorld& world_;
  std::string comp_id_;
  std::string password_;  // as a field
  std::vector<std::unique_ptr<Line>> lines_;
  Line* current_ = nullptr;
  bool must_reset_ = false;
  bool shown_anew_ = false;  // by a Logout's number; until the next Logon is answered
  bool resetting_ = false;   // until the venue agrees
  std::uint32_t last_line_ = 0;
  bool sparing_ = false;
  std::string on_logon_;  // the side, if any
  std::uint32_t next_out_ = 1;
  std::uint32_t next_in_ = 1;
  std::uint32_t asked_from_ = 0;
  std::uint32_t generation_ = 1;
  std::map<std::uint32_t, Sent> store_;
  std::set<std::uint32_t> blunders_;               // numbers, of this generation
  std::map<std::uint32_t, std::string> meanings_;  // by number, of this generation
  std::map<std::string, std::string> executions_;  // by ExecID: everything but header
  std::function<void(const fix::FieldList&)> on_execution_;
  std::function<void(const fix::FieldList&)> on_refusal_;
  std::function<void(const fix::FieldList&)> on_status_;
  std::map<std::string, std::uint32_t> seen_in_;  // by ExecID: generation and number of its last coming …
  std::map<std::string, std::uint32_t> seen_as_;
  std::size_t orders_ = 0;
  std::set<std::string> refused_;
  std::vector<std::string> complaints_;
};

}  // namespace cantus::test
