#include "tests/sim/actors/regulator.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "fix/framing.h"
#include "tests/fix/fix_text.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms_ns = 1'000'000;

std::string text_of(const fix::FieldList& fields, std::uint32_t tag) {
  return std::string(fields.find(tag).value_or(""));
}

std::uint32_t number_in(const fix::FieldList& fields, std::uint32_t tag) {
  return static_cast<std::uint32_t>(fix::parse_digits(fields.find(tag).value_or("0"), 0x7fffffff).value_or(0));
}

// What a report says, however often it is sent.
std::string content_of(const fix::FieldList& fields) {
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

struct Regulator::Line final : runtime::StreamHandler {
  Line(Regulator& owner_in, std::unique_ptr<runtime::Stream> stream_in)
      : owner(owner_in), stream(std::move(stream_in)) {
    stream->set_handler(this);
    stream->resume_reading();
  }
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
  }
  void on_sent() override {}
  void on_closed(const std::string&) override { end(); }
  // It goes when the next one comes: somebody may be at work on it.
  void end() {
    closed = true;
    if (owner.current_ == this) {
      owner.current_ = nullptr;
    }
  }

  Regulator& owner;
  std::unique_ptr<runtime::Stream> stream;
  fix::Framer framer{fix::FramingLimits{}};
  bool closed = false;
};

Regulator::Regulator(World& world, std::uint16_t port)
    : draws_(world.seed(), "REG acts"), seat_(world.seat("REG")), port_(port), troubled_(draws_.one_in(2)) {
  if (!troubled_) {
    listen();
    return;
  }
  const auto there_ns = std::chrono::nanoseconds(draws_.between(0, 200 * ms_ns));
  mood_ = seat_->network().after(there_ns, [this] { listen(); });
}

Regulator::~Regulator() = default;

void Regulator::listen() {
  if (listener_ == nullptr) {
    Result<std::unique_ptr<runtime::Listener>> listener =
        seat_->network().listen({"127.0.0.1", port_}, [this](std::unique_ptr<runtime::Stream> stream) {
          std::erase_if(lines_, [](const auto& line) { return line->closed; });
          lines_.push_back(std::make_unique<Line>(*this, std::move(stream)));
        });
    CANTUS_ASSERT(listener.ok(), "nobody else listens where the regulator does");
    listener_ = std::move(listener).value();
  }
  if (troubled_) {
    mood_ = seat_->network().after(std::chrono::nanoseconds(draws_.between(100 * ms_ns, 1'000 * ms_ns)),
                                   [this] { go_away(); });
  }
}

// The connection may end with it, or stay, as it does if the two are two processes.
void Regulator::go_away() {
  listener_.reset();
  if (draws_.one_in(2)) {
    hang_up();
  }
  mood_ =
      seat_->network().after(std::chrono::nanoseconds(draws_.between(1 * ms_ns, 300 * ms_ns)), [this] { listen(); });
}

void Regulator::calm() {
  troubled_ = false;
  mood_.reset();
  listen();
  pay();
}

void Regulator::hang_up() {
  current_ = nullptr;
  for (const auto& line : lines_) {
    line->closed = true;
    line->stream.reset();
  }
}

// ---- the session -------------------------------------------------------------------------------------------------

void Regulator::receive(Line& line, const std::string& message) {
  fix::FieldList fields;
  fields.split(message);
  const std::string type = text_of(fields, 35);
  const std::uint32_t number = number_in(fields, 34);
  if (type == "A") {
    take_logon(line, fields, number);
    return;
  }
  if (&line != current_) {
    return;  // another connection has the session
  }
  const bool seen = number < next_in_;
  if (seen && fields.find(43) != "Y") {
    complain("number too low, " + std::to_string(next_in_) + " expected", fields);
    return;
  }
  note_meaning(fields, number);
  if (type == "2") {
    resend(number_in(fields, 7));
  }
  if (number > next_in_) {
    ask();
    if (type == "5") {
      send("5", "");  // who began to log out ends the connection, once it has sent what lacks
    }
    return;
  }
  if (!seen) {
    next_in_ = type == "4" ? std::max(number_in(fields, 36), next_in_ + 1) : next_in_ + 1;
    take(fields, type);
  }
}

void Regulator::take_logon(Line& line, const fix::FieldList& fields, std::uint32_t number) {
  const bool resets = fields.find(141) == "Y";
  if (resets) {
    begin_anew();
  }
  if (number < next_in_) {
    complain("a Logon with a number too low, " + std::to_string(next_in_) + " expected", fields);
    line.end();
    line.stream.reset();
    return;
  }
  note_meaning(fields, number);
  for (const auto& other : lines_) {
    if (other.get() != &line) {
      other->closed = true;
      other->stream.reset();
    }
  }
  current_ = &line;
  asked_from_ = 0;
  send("A", "98=0|108=" + text_of(fields, 108) + "|" + (resets ? "141=Y|" : ""));
  if (number > next_in_) {
    ask();
  } else {
    ++next_in_;
  }
  pay();
}

void Regulator::begin_anew() {
  next_out_ = 1;
  next_in_ = 1;
  store_.clear();
  meanings_.clear();
  // Its later word may be among what is gone, and nobody asks again about what is refused.
  for (const std::string& id : refused_) {
    if (reports_[id].accepted) {
      owed_.insert(id);
    }
  }
}

// A number that was a report is that report for ever; what was none may come back as a gap fill.
void Regulator::note_meaning(const fix::FieldList& fields, std::uint32_t number) {
  const bool fills = fields.find(35) == "4";
  const std::uint32_t end = fills ? number_in(fields, 36) : number + 1;
  const std::string meaning = fields.find(35) == "AE" ? content_of(fields) : "-";
  for (std::uint32_t at = number; at < end; ++at) {
    const auto [known, fresh] = meanings_.emplace(at, meaning);
    if (!fresh && known->second != meaning) {
      complain("number " + std::to_string(at) + " was " + known->second, fields);
    }
  }
}

void Regulator::take(const fix::FieldList& fields, const std::string& type) {
  if (type == "1") {
    send("0", "112=" + text_of(fields, 112) + "|");
  } else if (type == "AE") {
    take_report(fields);
  } else if (type == "5") {
    send("5", "");
    current_->stream->close_after_sending();
    current_->end();
  } else if (type == "3" || type == "j") {
    complain("a Reject", fields);
  }
}

void Regulator::ask() {
  if (asked_from_ != next_in_) {
    asked_from_ = next_in_;
    send("2", "7=" + std::to_string(next_in_) + "|16=0|");
  }
}

// Only answers come again.
void Regulator::resend(std::uint32_t begin) {
  const std::uint32_t end = next_out_;
  const auto write = [this](const std::string& bytes) { current_->stream->write(std::as_bytes(std::span(bytes))); };
  const auto fill = [&](std::uint32_t from, std::uint32_t to) {
    if (from < to) {
      write(bytes_of(from, "4", "43=Y|122=" + seat_->time_text() + "|36=" + std::to_string(to) + "|123=Y|"));
    }
  };
  std::uint32_t gap = begin;
  for (std::uint32_t number = begin; number < end; ++number) {
    const Sent& sent = store_.at(number);
    if (sent.msg_type == "AR") {
      fill(gap, number);
      write(bytes_of(number, "AR", "43=Y|122=" + sent.time + "|" + sent.body));
      gap = number + 1;
    }
  }
  fill(gap, end);
}

std::string Regulator::bytes_of(std::uint32_t number, const std::string& msg_type, const std::string& rest) const {
  return test::fix_message("35=" + msg_type + "|34=" + std::to_string(number) + "|49=REG|52=" + seat_->time_text() +
                           "|56=CANTUS|" + rest);
}

std::string Regulator::keep(const std::string& msg_type, const std::string& body) {
  const std::uint32_t number = next_out_++;
  store_[number] = {msg_type, body, seat_->time_text()};
  return bytes_of(number, msg_type, body);
}

void Regulator::send(const std::string& msg_type, const std::string& body) {
  const std::string bytes = keep(msg_type, body);
  if (current_ != nullptr) {
    current_->stream->write(std::as_bytes(std::span(bytes)));
  }
}

void Regulator::complain(const std::string& what, const fix::FieldList& fields) {
  std::string text = "REG: " + what + ": ";
  for (const fix::Field& field : fields.fields()) {
    text += std::to_string(field.tag) + "=" + std::string(field.value) + "|";
  }
  complaints_.push_back(text);
}

// ---- reports -----------------------------------------------------------------------------------------------------

void Regulator::take_report(const fix::FieldList& fields) {
  const std::string id = text_of(fields, 571);
  const auto [known, fresh] = reports_.emplace(id, Report{content_of(fields)});
  ++known->second.copies;
  if (known->second.content != content_of(fields)) {
    complain("a report says something else than " + known->second.content, fields);
  }
  // One that carries the mark may be new here: the earlier attempt may not have arrived.
  if (!fresh && fields.find(97) != "Y") {
    complain("a report for the second time without a mark", fields);
  }
  answer(id);
}

void Regulator::answer(const std::string& id) {
  if (reports_[id].accepted && draws_.one_in(2)) {
    say_duplicate(id);
  } else if (troubled_ && draws_.one_in(4)) {
    answer_badly(id);
  } else {
    accept(id);
  }
}

void Regulator::answer_badly(const std::string& id) {
  switch (draws_.below(7)) {
    case 0:
      after(draws_.between(1 * ms_ns, 400 * ms_ns), [this, id] { accept(id); });
      return;
    case 1:
      owed_.insert(id);
      return;
    case 2:
      accept(id);
      accept(id);
      return;
    case 3:
      refuse(id);
      after(draws_.between(1 * ms_ns, 200 * ms_ns), [this, id] { accept(id); });
      return;
    case 4:
      answer_in_half(id);
      return;
    case 5:  // it has it, and does not say so
      reports_[id].accepted = true;
      owed_.insert(id);
      return;
    default:
      accept("0-" + id);  // of nothing that was ever reported
      owed_.insert(id);
      return;
  }
}

void Regulator::accept(const std::string& id) {
  send("AR", "571=" + id + "|150=F|55=AAPL|939=0|");
  if (const auto report = reports_.find(id); report != reports_.end()) {
    report->second.accepted = true;
  }
}

void Regulator::say_duplicate(const std::string& id) {
  send("AR", "571=" + id + "|150=F|55=AAPL|939=1|751=99|58=Duplicate of " + id + "|");
}

void Regulator::refuse(const std::string& id) {
  refused_.insert(id);
  send("AR", "571=" + id + "|150=F|55=AAPL|939=1|751=99|58=a party is not known|");
}

// The rest of it is lost with the connection, and is asked for on the next one.
void Regulator::answer_in_half(const std::string& id) {
  std::string bytes = keep("AR", "571=" + id + "|150=F|55=AAPL|939=0|");
  reports_[id].accepted = true;
  bytes.resize(draws_.below(bytes.size()));
  current_->stream->write(std::as_bytes(std::span(bytes)));
  current_->stream->close_after_sending();
  current_->end();
}

void Regulator::after(std::int64_t delay_ns, std::function<void()> f) {
  const std::uint64_t id = ++last_later_;
  later_[id] = seat_->network().after(std::chrono::nanoseconds(delay_ns), [this, id, f = std::move(f)] {
    f();
    later_.erase(id);
  });
}

void Regulator::pay() {
  if (current_ != nullptr) {
    for (const std::string& id : std::exchange(owed_, {})) {
      reports_[id].accepted ? say_duplicate(id) : accept(id);
    }
  }
}

}  // namespace cantus::sim
