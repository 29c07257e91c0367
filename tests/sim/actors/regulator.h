// What the trade reporter connects to: an acceptor that keeps its numbers and its answers, as an engine with a store
// does, and a book of what was reported. In some seeds it is a bad counterpart: it answers late, twice, not on this
// connection, with a refusal first, with half a message; it goes away. Once it is calm everything is answered.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fix/message_text.h"
#include "tests/sim/draws.h"
#include "tests/sim/world.h"

namespace cantus::sim {

class Regulator {
 public:
  // The world outlives it. It listens at `port`.
  Regulator(World& world, std::uint16_t port);
  ~Regulator();
  Regulator(const Regulator&) = delete;
  Regulator& operator=(const Regulator&) = delete;

  // From now on it is there, and answers at once; what it owes it pays.
  void calm();
  // The venue is logged on, and everything that came is answered.
  [[nodiscard]] bool settled() const { return current_ != nullptr && owed_.empty() && later_.empty(); }

  struct Report {
    std::string content;     // without header
    bool accepted = false;   // as is said, or owed, and said again until it arrives
    std::size_t copies = 0;  // under different numbers
  };
  [[nodiscard]] const std::map<std::string, Report>& reports() const { return reports_; }  // by TradeReportID (571)
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Line;
  struct Sent {
    std::string msg_type;
    std::string body;
    std::string time;
  };

  void listen();
  void go_away();
  void receive(Line& line, const std::string& message);
  void take_logon(Line& line, const fix::FieldList& fields, std::uint32_t number);
  void take(const fix::FieldList& fields, const std::string& type);
  void take_report(const fix::FieldList& fields);
  void note_meaning(const fix::FieldList& fields, std::uint32_t number);
  void begin_anew();

  void answer(const std::string& id);
  void answer_badly(const std::string& id);
  void answer_in_half(const std::string& id);
  void accept(const std::string& id);
  void say_duplicate(const std::string& id);
  void refuse(const std::string& id);
  void after(std::int64_t delay_ns, std::function<void()> f);
  void pay();

  void send(const std::string& msg_type, const std::string& body);
  [[nodiscard]] std::string keep(const std::string& msg_type, const std::string& body);
  [[nodiscard]] std::string bytes_of(std::uint32_t number, const std::string& msg_type, const std::string& rest) const;
  void resend(std::uint32_t begin);
  void ask();
  void hang_up();
  void complain(const std::string& what, const fix::FieldList& fields);

  Draws draws_;
  std::unique_ptr<Seat> seat_;
  const std::uint16_t port_;
  bool troubled_;
  std::unique_ptr<runtime::Listener> listener_;
  std::vector<std::unique_ptr<Line>> lines_;
  Line* current_ = nullptr;  // on which the venue is logged on
  std::uint32_t next_out_ = 1;
  std::uint32_t next_in_ = 1;
  std::uint32_t asked_from_ = 0;
  std::map<std::uint32_t, Sent> store_;
  std::map<std::uint32_t, std::string> meanings_;  // by number, since it began anew; session messages are "-"
  std::map<std::string, Report> reports_;
  std::set<std::string> owed_;     // an answer, on the next connection
  std::set<std::string> refused_;  // once
  std::map<std::uint64_t, std::unique_ptr<runtime::Timer>> later_;
  std::uint64_t last_later_ = 0;
  std::unique_ptr<runtime::Timer> mood_;
  std::vector<std::string> complaints_;
};

}  // namespace cantus::sim
