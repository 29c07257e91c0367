#include "tests/sim/actors/intruder.h"

#include <algorithm>
#include <utility>

#include "tests/fix/fix_text.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t ms_ns = 1'000'000;
constexpr std::size_t flood_bytes = 100'000;
constexpr std::uint64_t kinds = 9;

}  // namespace

struct Intruder::Line final : runtime::StreamHandler {
  explicit Line(Intruder& owner_in, std::string bytes_in) : owner(owner_in), bytes(std::move(bytes_in)) {}
  ~Line() override {
    if (stream != nullptr) {
      stream->set_handler(nullptr);
    }
  }
  void on_bytes(std::span<const std::byte> answer) override {
    const std::string text(reinterpret_cast<const char*>(answer.data()), answer.size());
    owner.complaints_.push_back("an intruder is answered: " + test::bar_text(text) + " to " +
                                test::bar_text(std::string_view(bytes).substr(0, 300)));
  }
  void on_sent() override {}
  void on_closed(const std::string&) override { closed = true; }

  Intruder& owner;
  const std::string bytes;
  std::unique_ptr<runtime::Stream> stream;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);
  bool closed = false;
};

Intruder::Intruder(World& world, std::vector<std::uint16_t> ports)
    : ports_(std::move(ports)), draws_(world.seed(), "intruder acts"), seat_(world.seat("intruder")) {
  act();
}
Intruder::~Intruder() = default;

void Intruder::act() {
  std::erase_if(lines_, [](const auto& line) { return line->closed; });
  attempt();
  next_ = seat_->network().after(std::chrono::nanoseconds(draws_.between(1 * ms_ns, 120 * ms_ns)), [this] { act(); });
}

void Intruder::attempt() {
  Line& line = *lines_.emplace_back(std::make_unique<Line>(*this, draw_bytes()));
  const bool hangs_up = draws_.one_in(3);
  seat_->network().connect(
      {"127.0.0.1", ports_[draws_.below(ports_.size())]},
      [&line, hangs_up, alive = std::weak_ptr<bool>(line.alive)](Result<std::unique_ptr<runtime::Stream>> connected) {
        if (alive.expired()) {
          return;
        }
        if (!connected.ok()) {
          line.closed = true;
          return;
        }
        line.stream = std::move(connected).value();
        line.stream->set_handler(&line);
        line.stream->resume_reading();
        line.stream->write(std::as_bytes(std::span(line.bytes)));
        if (hangs_up) {
          line.stream->close_after_sending();
          line.closed = true;
        }
      });
}

std::string Intruder::draw_bytes() {
  switch (draws_.below(kinds)) {
    case 0:
      return garbage(1 + draws_.below(2'000));
    case 1:
      return garbage(flood_bytes);
    case 2: {
      std::string half = logon("ALPHA1", password_of("ALPHA1"));
      half.resize(draws_.below(half.size()));
      return half;
    }
    case 3:
      return logon("NOBODY", "sim-NOBODY") + order("NOBODY", 2);
    case 4:
      return logon("ALPHA1", "wrong") + order("ALPHA1", 2);
    case 5:
      return logon("BETA1", "") + order("BETA1", 2);
    case 6:
      return order("ALPHA1", 1) + logon("ALPHA1", password_of("ALPHA1"));
    case 7:
      return logon("DESK1", password_of("DESK1"), "ELSEWHERE") + order("DESK1", 2);
    default:
      return logon("REG", "") + order("REG", 2);
  }
}

std::string Intruder::garbage(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (char& c : text) {
    c = static_cast<char>(draws_.below(256));
  }
  return draws_.one_in(2) ? "8=FIX.4.4\x01"
                            "9=" +
                                text
                          : text;
}

std::string Intruder::logon(const std::string& comp_id, const std::string& password, const std::string& target) {
  const std::string field = password.empty() ? "" : "554=" + password + "|";
  return test::fix_message("35=A|34=1|49=" + comp_id + "|52=" + seat_->time_text() + "|56=" + target + "|98=0|108=30|" +
                           field);
}

std::string Intruder::order(const std::string& comp_id, std::uint32_t number) {
  return test::fix_message("35=D|34=" + std::to_string(number) + "|49=" + comp_id + "|52=" + seat_->time_text() +
                           "|56=CANTUS|11=" + intruders_mark + "-" + std::to_string(++orders_) +
                           "|38=1|40=2|44=100|54=1|55=AAPL|59=0|60=" + seat_->time_text() + "|");
}

}  // namespace cantus::sim
