#include "tests/gateway/careful_client.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace cantus::test {

namespace {

std::uint32_t number_in(const fix::FieldList& fields, std::uint32_t tag) {
  return static_cast<std::uint32_t>(fix::parse_digits(fields.find(tag).value_or("0"), 0x7fffffff).value_or(0));
}

bool is_application(const std::string& type) { return type == "8" || type == "9" || type == "j"; }

// What a message says, without what may differ each time it is sent.
std::string meaning_of(const fix::FieldList& fields) {
  std::string text;
  for (const fix::Field& field : fields.fields()) {
    const bool of_the_sending = field.tag == 8 || field.tag == 9 || field.tag == 10 || field.tag == 34 ||
                                field.tag == 43 || field.tag == 52 || field.tag == 97 || field.tag == 122;
    if (!of_the_sending) {
      text += std::to_string(field.tag) + "=" + std::string(field.value) + "|";
    }
  }
  return text;
}

}  // namespace

struct CarefulClient::Line final : runtime::StreamHandler {
  explicit Line(CarefulClient& owner_in) : owner(owner_in) {}
  ~Line() override {
    if (stream != nullptr) {
      stream->set_handler(nullptr);
    }
  }

  void on_bytes(std::span<const std::byte> bytes) override {
    framer.add(bytes);
    while (!closed) {
      const auto message = framer.next();
      if (!message) {
        break;
      }
      owner.receive(*this, std::string(*message));
    }
    CANTUS_ASSERT(framer.garbled() == 0 && !framer.broken(), "the venue sends good messages");
  }
  void on_sent() override {}
  void on_closed(const std::string&) override { end(); }
  void end() {
    closed = true;
    if (owner.current_ == this) {
      owner.current_ = nullptr;
    }
  }

  CarefulClient& owner;
  std::unique_ptr<runtime::Stream> stream;
  fix::Framer framer{fix::FramingLimits{}};
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  bool closed = false;
  bool resets = false;  // its Logon says 141=Y
  std::uint32_t id = 0;
};

CarefulClient::CarefulClient(FixWorld& world, std::string comp_id) : world_(world), comp_id_(std::move(comp_id)) {}
CarefulClient::~CarefulClient() = default;

void CarefulClient::connect(std::uint16_t port, bool reset) {
  drop_ended();
  resetting_ = resetting_ || reset;
  if (resetting_) {
    must_reset_ = false;
    disconnect();
  }
  Line& line = *lines_.emplace_back(std::make_unique<Line>(*this));
  world_.network().connect({"127.0.0.1", port}, [this, &line, alive = std::weak_ptr<bool>(line.alive)](
                                                    Result<std::unique_ptr<runtime::Stream>> connected) {
    if (alive.expired()) {
      return;
    }
    if (!connected.ok()) {
      line.end();
      return;
    }
    line.stream = std::move(connected).value();
    line.stream->set_handler(&line);
    line.stream->resume_reading();
    if (resetting_) {
      next_out_ = 1;
      next_in_ = 1;
      store_.clear();
      blunders_.clear();
      meanings_.clear();
      asked_from_ = 0;
      ++generation_;
    }
    line.resets = resetting_;
    line.id = ++last_line_;
    send(line, "A", (resetting_ ? "98=0|108=30|141=Y|" : "98=0|108=30|") + password_);
  });
}

void CarefulClient::disconnect() {
  current_ = nullptr;
  lines_.clear();
}

void CarefulClient::drop_ended() {
  std::erase_if(lines_, [](const auto& line) { return line->closed; });
}

void CarefulClient::order(char side, int qty, const std::string& price) {
  if (current_ == nullptr) {
    return;
  }
  const std::string id = comp_id_ + "-" + std::to_string(++orders_);
  send(*current_, "D", order_text(id, side, qty, price), id);
}

std::optional<std::string> CarefulClient::change(const std::string& msg_type, const std::string& body) {
  if (current_ == nullptr) {
    return std::nullopt;
  }
  std::string id = comp_id_ + "-" + std::to_string(++orders_);
  send(*current_, msg_type, "11=" + id + "|" + body, id);
  return id;
}

void CarefulClient::say(const std::string& msg_type, const std::string& body) {
  if (current_ != nullptr) {
    send(*current_, msg_type, body);
  }
}

void CarefulClient::blunder() {
  if (current_ != nullptr) {
    blunders_.insert(next_out_);
    send(*current_, "D", "11=" + comp_id_ + "|007=z|");
  }
}

void CarefulClient::ask_for_everything() {
  if (current_ != nullptr) {
    send(*current_, "2", "7=1|16=0|");
  }
}

std::set<std::string> CarefulClient::orders_of_generation() const {
  std::set<std::string> ids;
  for (const auto& [number, sent] : store_) {
    if (!sent.cl_ord_id.empty()) {
      ids.insert(sent.cl_ord_id);
    }
  }
  return ids;
}

void CarefulClient::send(Line& line, const std::string& msg_type, const std::string& body,
                         const std::string& cl_ord_id) {
  const std::uint32_t number = next_out_++;
  store_[number] = {msg_type, body, world_.time_text(), cl_ord_id, line.id};
  send_as(line, number, msg_type, "", body);
}

void CarefulClient::send_as(Line& line, std::uint32_t number, const std::string& msg_type, const std::string& header,
                            const std::string& body) {
  const std::string bytes = fix_message("35=" + msg_type + "|34=" + std::to_string(number) + "|49=" + comp_id_ +
                                        "|52=" + world_.time_text() + "|56=CANTUS|" + header + body);
  line.stream->write(std::as_bytes(std::span(bytes)));
}

void CarefulClient::complain(const std::string& what, const fix::FieldList& fields) {
  std::string text = comp_id_ + ": " + what + ": ";
  for (const fix::Field& field : fields.fields()) {
    text += std::to_string(field.tag) + "=" + std::string(field.value) + "|";
  }
  complaints_.push_back(text);
}

void CarefulClient::receive(Line& line, const std::string& message) {
  fix::FieldList fields;
  fields.split(message);
  const std::string type(fields.find(35).value_or(""));
  const std::uint32_t number = number_in(fields, 34);
  if (type == "A") {
    take_logon(line, fields, number);
    return;
  }
  if (&line != current_ && type != "5") {
    complain("a message on a connection that was not logged on, or lost its session", fields);
    return;
  }
  const bool poss_dup = fields.find(43) == "Y";
  if (type == "5") {
    must_reset_ = must_reset_ || fields.find(58).value_or("").starts_with("the session's numbers begin anew");
    // Whoever is refused for another reason sees by the number alone that they begin anew; his next Logon proves it.
    const bool shows_anew = number == 1 && &line != current_;
    shown_anew_ = shown_anew_ || (shows_anew && next_in_ > 1);
    if (number < next_in_ && !must_reset_ && !shows_anew) {
      complain("a Logout with a number too low", fields);
    }
    next_in_ += number == next_in_ ? 1 : 0;
    line.end();  // it is not answered: its process dies here
    line.stream.reset();
    return;
  }
  if (number < next_in_ && !poss_dup) {
    complain("number too low, " + std::to_string(next_in_) + " expected", fields);
    return;
  }
  note_meaning(fields, number);
  if (type == "2") {
    resend(line, number_in(fields, 7), number_in(fields, 16));
  }
  if (number > next_in_) {
    ask(line);
    return;
  }
  if (number == next_in_) {
    next_in_ = type == "4" ? std::max(number_in(fields, 36), next_in_ + 1) : next_in_ + 1;
  }
  take(line, fields, type, number);
}

// In answer to ours, on this line; whichever line it comes on last has the session.
void CarefulClient::take_logon(Line& line, const fix::FieldList& fields, std::uint32_t number) {
  if (line.resets != (fields.find(141) == "Y")) {
    complain("a Logon's answer does not say of a reset what the Logon said", fields);
  }
  resetting_ = false;
  if (std::exchange(shown_anew_, false) && !line.resets && number >= next_in_) {
    complain("a Logout was numbered 1, and the numbers go on", fields);
  }
  if (number < next_in_) {
    must_reset_ = true;  // the venue began anew without us
    line.end();
    line.stream.reset();
    return;
  }
  note_meaning(fields, number);
  for (const auto& other : lines_) {
    if (other.get() != &line && !other->closed && current_ == other.get()) {
      other->closed = true;
      other->stream.reset();
    }
  }
  current_ = &line;
  asked_from_ = 0;
  if (const std::string side = std::exchange(on_logon_, ""); !side.empty()) {
    order(side[0], 1, "100");
  }
  if (number > next_in_) {
    ask(line);
  } else {
    ++next_in_;
  }
}

void CarefulClient::take(Line& line, const fix::FieldList& fields, const std::string& type, std::uint32_t number) {
  if (type == "1") {
    send(line, "0", "112=" + std::string(fields.find(112).value_or("")) + "|");
  } else if (type == "8" && fields.find(150) == "I") {
    const bool in_its_place = number + 1 == next_in_ && fields.find(97) != "Y";
    if (in_its_place && on_status_) {
      on_status_(fields);
    }
  } else if (type == "8") {
    const std::string id(fields.find(17).value_or(""));
    const bool same = seen_in_.contains(id) && seen_in_[id] == generation_ && seen_as_[id] == number;
    take_report(fields, same ? fields.find(43) == "Y" : fields.find(97) == "Y");
    seen_in_[id] = generation_;
    seen_as_[id] = number;
  } else if (type == "9" && on_execution_) {
    on_execution_(fields);
  } else if (type == "j") {
    refused_.insert(std::string(fields.find(379).value_or("")));
    if (on_refusal_) {
      on_refusal_(fields);
    }
  } else if (type == "3" && !blunders_.contains(number_in(fields, 45))) {
    complain("a Reject", fields);
  }
}

void CarefulClient::take_report(const fix::FieldList& fields, bool marked) {
  const std::string id(fields.find(17).value_or(""));
  const auto [known, fresh] = executions_.emplace(id, meaning_of(fields));
  if (fresh) {
    if (on_execution_) {
      on_execution_(fields);
    }
    return;
  }
  if (!marked) {
    complain("an execution for the second time without a mark", fields);
  }
  if (known->second != meaning_of(fields)) {
    complain("an execution says something else than " + known->second, fields);
  }
}

// A number that once was an application message is that message for ever; what was none may come back as a gap fill.
void CarefulClient::note_meaning(const fix::FieldList& fields, std::uint32_t number) {
  const std::string type(fields.find(35).value_or(""));
  if (type == "4") {
    for (std::uint32_t filled = number; filled < number_in(fields, 36); ++filled) {
      const auto known = meanings_.find(filled);
      if (known != meanings_.end() && known->second != "-") {
        complain("number " + std::to_string(filled) + " is filled that was " + known->second, fields);
      }
      meanings_.emplace(filled, "-");
    }
    return;
  }
  const std::string meaning = is_application(type) ? meaning_of(fields) : "-";
  const auto [known, fresh] = meanings_.emplace(number, meaning);
  if (!fresh && known->second != meaning) {
    complain("the number was " + known->second, fields);
  }
}

void CarefulClient::ask(Line& line) {
  if (asked_from_ != next_in_) {
    asked_from_ = next_in_;
    send(line, "2", "7=" + std::to_string(next_in_) + "|16=0|");
  }
}

void CarefulClient::resend(Line& line, std::uint32_t begin, std::uint32_t end) {
  std::uint32_t last = end == 0 ? next_out_ - 1 : std::min(end, next_out_ - 1);
  if (sparing_) {
    std::uint32_t other = last;
    while (other > begin && store_.at(other).line == line.id) {
      --other;
    }
    last = store_.at(other).line == line.id ? last : other;
  }
  const auto fill = [&](std::uint32_t from, std::uint32_t to) {
    if (from < to) {
      send_as(line, from, "4", "43=Y|122=" + world_.time_text() + "|", "36=" + std::to_string(to) + "|123=Y|");
    }
  };
  std::uint32_t gap = begin;
  for (std::uint32_t number = begin; number <= last; ++number) {
    const Sent& sent = store_.at(number);
    if (sent.msg_type == "D" || sent.msg_type == "F" || sent.msg_type == "G") {
      fill(gap, number);
      send_as(line, number, sent.msg_type, "43=Y|122=" + sent.time + "|", sent.body);
      gap = number + 1;
    }
  }
  fill(gap, last + 1);
}

}  // namespace cantus::test
