#include "cli/console.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "runtime/clock.h"

namespace cantus::cli {
namespace {

constexpr std::size_t said_max = 6;
constexpr unsigned plain_period = 10;           // seconds between two lines where there is no screen
constexpr std::size_t events_a_look = 500'000;  // a long log is read over several seconds, not in one

std::string clock_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &parts)};
}

template <class List, class Text>
std::string joined(const List& list, Text&& text) {
  std::string result;
  for (const auto& element : list) {
    result += (result.empty() ? "" : " ") + std::string(text(element));
  }
  return result;
}

}  // namespace

Console::Console(const VenuePlace& place, const refdata::Configuration& configuration, bool live)
    : place_(place), configuration_(configuration), live_(live) {}

void Console::banner(Layout layout, bool demo) {
  const std::string data = place_.paths().data.string();
  banner_.push_back("Cantus: venue '" + configuration_.venue.name.str() + "', layout " + std::string(to_text(layout)) +
                    ", files in " + data);
  banner_.push_back("connect: " + joined(configuration_.process.gateways, [](const refdata::EdgeSettings& gateway) {
                      return gateway.address.text() + " (" + gateway.name + ")";
                    }));
  for (const SessionDefined& session : configuration_.sessions) {
    if (session.role != SessionRole::regulator) {
      banner_.push_back("  " + session.begin_string.str() + "  SenderCompID " + session.their_comp_id.str() +
                        "  TargetCompID " + session.our_comp_id.str() + "  " + std::string(name_of(session.role)));
    }
  }
  if (demo) {
    banner_.emplace_back("password of each: demo- and its CompID, demo-HAND1; `cantus client HAND1` logs on by hand");
  }
  banner_.push_back("symbols: " + joined(configuration_.instruments,
                                         [](const InstrumentDefined& instrument) { return instrument.symbol.view(); }));
  banner_.push_back("look: cantus status, cantus log --follow, cantus client config SESSION; process logs in " +
                    place_.logs().string());
  if (configuration_.venue.ack_level == AckLevel::sequenced) {
    banner_.emplace_back("ACKNOWLEDGEMENT LEVEL sequenced: for measurement and development; a power cut can take back");
    banner_.emplace_back("what clients were told.");
  }
  if (live_) {
    std::printf("\x1b[2J");
    draw();
    return;
  }
  for (const std::string& line : banner_) {
    std::printf("%s\n", line.c_str());
  }
  std::fflush(stdout);
}

void Console::say(const std::string& text) {
  said_.push_back(clock_text() + " " + text);
  if (said_.size() > said_max) {
    said_.pop_front();
  }
  if (live_) {
    draw();
  } else {
    std::printf("%s\n", said_.back().c_str());
    std::fflush(stdout);
  }
}

void Console::look() {
  if (!view_) {
    Result<std::unique_ptr<VenueView>> opened = VenueView::open(place_.paths().journal(), place_.paths().memory);
    if (!opened) {
      fault_ = opened.error().text;
      return;
    }
    view_ = std::move(*opened);
  }
  const Result<bool> read = view_->read_on(events_a_look);
  if (!read) {
    fault_ = read.error().text;
    view_.reset();  // another reign of the log may differ at its end: begin again
    return;
  }
  fault_.clear();
  const std::int64_t now = runtime::system_clock().monotonic_ns();
  before_ = counts_;
  last_before_ = last_;
  seconds_ = looked_at_ns_ == 0 ? 0 : static_cast<double>(now - looked_at_ns_) / 1e9;
  counts_ = view_->counts();
  last_ = view_->last();
  looked_at_ns_ = now;
}

std::vector<std::string> Console::lines() const {
  if (!view_) {
    return {fault_.empty() ? "the log is not open yet" : fault_};
  }
  const HostView host = HostView::of(place_.paths().memory);
  return screen_lines({*view_, host, before_, last_before_, seconds_});
}

void Console::refresh() {
  look();
  if (live_) {
    draw();
    return;
  }
  if (++refreshed_ % plain_period == 0) {
    const std::vector<std::string> all = lines();
    for (std::size_t i = 0; i < all.size() && i < 3; ++i) {
      std::printf("%s %s\n", clock_text().c_str(), all[i].c_str());
    }
    std::fflush(stdout);
  }
}

void Console::draw() {
  std::string text = "\x1b[H";
  const auto add = [&text](const std::string& line) { text += line + "\x1b[K\n"; };
  for (const std::string& line : banner_) {
    add(line);
  }
  add("");
  for (const std::string& line : lines()) {
    add(line);
  }
  add("");
  for (const std::string& line : said_) {
    add(line);
  }
  add("Ctrl-C ends the venue in good order.");
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::printf("\x1b[J");
  std::fflush(stdout);
}

void Console::leave() {
  if (live_) {
    std::printf("\n");
    std::fflush(stdout);
  }
}

}  // namespace cantus::cli
