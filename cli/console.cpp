#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "cli/poisons.h"
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

ScreenSize screen_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return {};
  }
  return {size.ws_row, size.ws_col};
}

// At most that many columns; a character of several bytes is kept whole.
std::string cut(const std::string& line, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xc0u) != 0x80u;
    if (begins && ++seen > columns) {
      return line.substr(0, i);
    }
  }
  return line;
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
    : place_(place), configuration_(configuration), live_(live), watched_(place.paths()) {}

void Console::banner(Layout layout, bool demo) {
  std::vector<std::string> lines;
  lines.push_back("Cantus: venue '" + configuration_.venue.name.str() + "', layout " + std::string(to_text(layout)) +
                  ", files in " + place_.paths().data.string());
  const std::string gateways = joined(configuration_.process.gateways, [](const refdata::EdgeSettings& gateway) {
    return gateway.address.text() + " (" + gateway.name + ")";
  });
  lines.push_back("connect: " + gateways);
  for (const SessionDefined& session : configuration_.sessions) {
    if (session.role != SessionRole::regulator) {
      lines.push_back("  " + session.begin_string.str() + "  SenderCompID " + session.their_comp_id.str() +
                      "  TargetCompID " + session.our_comp_id.str() + "  " + std::string(name_of(session.role)));
    }
  }
  if (demo) {
    lines.emplace_back("password of each: demo- and its CompID, demo-HAND1; `cantus client HAND1` logs on by hand");
  }
  const std::string symbols =
      joined(configuration_.instruments, [](const InstrumentDefined& instrument) { return instrument.symbol.view(); });
  lines.push_back("symbols: " + symbols);
  const Result<VenuePlace> usual = VenuePlace::at(default_data_directory);
  const std::string data =
      usual && usual->paths().data == place_.paths().data ? "" : " --data " + place_.paths().data.string();
  lines.push_back("look: cantus status" + data + ", cantus log --follow" + data);
  lines.push_back("connect by hand: cantus client SESSION" + data + "; another engine: cantus client config SESSION" +
                  data);
  lines.push_back("logs of the processes: " + place_.logs().string());
  const std::string unsafe = "ACKNOWLEDGEMENT LEVEL sequenced: a power cut can take back what clients were told";
  if (configuration_.venue.ack_level == AckLevel::sequenced) {
    lines.push_back(unsafe);
    hints_.push_back(unsafe);
  }
  for (const std::string& line : lines) {
    std::printf("%s\n", line.c_str());
  }
  std::fflush(stdout);
  hints_.push_back("connect: " + gateways);
  hints_.push_back("symbols: " + symbols);
  hints_.push_back("by hand: cantus client " + std::string(demo ? "HAND1" : "SESSION") + data + "; end: Ctrl-C");
  if (live_) {
    std::printf("\x1b[?1049h\x1b[2J");  // a screen of its own: what is printed above comes back in leave()
    draw();
  }
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

// Told when it has stood for two looks: what passes within a start is no event.
void Console::tell_warnings() {
  const VenueView* const view = watched_.view();
  if (view == nullptr) {
    return;
  }
  const HostView host = HostView::of(place_.paths().memory);
  const std::vector<std::string> now = warnings({*view, host, true, read_poisons(place_)});
  const auto within = [](const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  };
  for (const std::string& warning : now) {
    if (within(seen_, warning) && !within(warned_, warning)) {
      warned_.push_back(warning);
      say(warning);
    }
  }
  std::vector<std::string> over;
  std::erase_if(warned_, [&](const std::string& warning) {
    const bool gone = !within(now, warning);
    if (gone) {
      over.push_back(warning);
    }
    return gone;
  });
  for (const std::string& warning : over) {
    say("over: " + warning.substr(0, warning.find(';')));
  }
  seen_ = now;
}

void Console::refresh() {
  watched_.look(runtime::system_clock().monotonic_ns(), events_a_look);
  tell_warnings();
  if (live_) {
    draw();
    return;
  }
  const VenueView* const view = watched_.view();
  if (++refreshed_ % plain_period == 0 && view != nullptr) {
    const HostView host = HostView::of(place_.paths().memory);
    const std::vector<std::string> all = screen_lines({*view, host, true, read_poisons(place_)});
    for (std::size_t i = 0; i < all.size() && !all[i].empty(); ++i) {
      std::printf("%s %s\n", clock_text().c_str(), all[i].c_str());
    }
    std::fflush(stdout);
  }
}

void Console::draw() {
  const ScreenSize size = screen_size();
  std::vector<std::string> foot(said_.begin(), said_.end());
  foot.insert(foot.end(), hints_.begin(), hints_.end());
  std::vector<std::string> lines;
  if (const VenueView* const view = watched_.view(); view != nullptr) {
    const HostView host = HostView::of(place_.paths().memory);
    lines = live_lines({*view, host, true, read_poisons(place_)}, foot, size);
  } else {
    lines = foot;
    lines.insert(lines.begin(), {watched_.fault().empty() ? "the log is not open yet" : watched_.fault(), ""});
  }
  std::string text = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (i == 0 ? "" : "\r\n") + cut(lines[i], size.columns) + "\x1b[K";
  }
  text += "\x1b[J";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void Console::leave() {
  if (live_) {
    std::printf("\x1b[?1049l");
    std::fflush(stdout);
  }
}

}  // namespace cantus::cli
