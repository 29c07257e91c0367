#include "campaign/load.h"

#include <algorithm>
#include <thread>

namespace cantus::campaign {
namespace {

constexpr double orders_per_second = 40;  // of a client
constexpr double quotes_per_second = 80;
constexpr double prices_per_second = 20;
constexpr double probes_per_second = 10;
constexpr std::size_t resting_max = 10;

}  // namespace

Load::Load(const std::filesystem::path& folder, const Ports& ports, std::uint64_t seed)
    : folder_(folder),
      ports_(ports),
      market_({{"AAPL", participant::one / 100, 1, 190 * participant::one},
               {"MSFT", participant::one / 20, 10, 400 * participant::one}},
              seed),
      feed_({{"127.0.0.1", ports.feed}, prices_per_second}, market_),
      regulator_({options("REG", 0), 0}),
      drop_copy_(options("DESKDC", board_.port(drop_copy_line))),
      desk_({options("DESK1", board_.port(2)), quotes_per_second, 5, seed + 1}, market_),
      alpha_({options("ALPHA1", board_.port(0)), orders_per_second, 0, resting_max, seed + 2}, market_),
      beta_({options("BETA1", board_.port(1)), orders_per_second, 0, resting_max, seed + 3}, market_) {
  for (std::size_t line = 0; line < lines; ++line) {
    board_.route(line, line % 2 == 0 ? ports_.gateway_1 : ports_.gateway_2);
  }
}

Load::~Load() { prober_.stop(); }

participant::SessionOptions Load::options(const std::string& comp_id, std::uint16_t port) const {
  participant::SessionOptions options;
  options.our_comp_id = comp_id;
  options.their_comp_id = "CANTUS";
  options.directory = folder_ / "participants";
  if (port == 0) {
    options.accept_port = ports_.regulator;
  } else {
    options.password = password_of(comp_id);
    options.endpoints.push_back({"127.0.0.1", port});
  }
  return options;
}

void Load::start_servers() {
  feed_.start();
  regulator_.start();
}

void Load::start_traders() {
  drop_copy_.start();
  desk_.start();
  alpha_.start();
  beta_.start();
  prober_.start(probes_per_second, [this] { probe(next_probe_++ % lines); });
}

void Load::pause() {
  prober_.stop();
  alpha_.pause();
  beta_.pause();
  desk_.pause();
  feed_.pause();
}

// Together, because a stock engine looks only once a second whether it is to end.
void Load::stop() {
  pause();
  std::vector<std::thread> threads;
  for (participant::Role* role : std::initializer_list<participant::Role*>{&alpha_, &beta_, &desk_, &drop_copy_}) {
    threads.emplace_back([role] { role->stop(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

participant::StockSession& Load::session(std::size_t line) { return *sessions().at(line); }

std::vector<participant::StockSession*> Load::sessions() {
  return {&alpha_.session(), &beta_.session(), &desk_.session(), &drop_copy_.session(), &regulator_.session()};
}

void Load::probe(std::size_t line) {
  participant::StockSession& asking = session(line);
  if (!asking.logged_on()) {
    return;
  }
  FIX::Message message;
  message.getHeader().setField(8, asking.options().begin_string);
  message.getHeader().setField(35, "1");
  message.setField(112, "are you there");
  asking.send(std::move(message));
}

bool Load::all_logged_on() {
  const auto all = sessions();
  return std::all_of(all.begin(), all.end(), [](auto* session) { return session->logged_on(); });
}

bool Load::all_answered() const {
  return alpha_.unanswered() == 0 && beta_.unanswered() == 0 && desk_.unanswered() == 0;
}

bool Load::any_complaint() {
  const auto all = sessions();
  return std::any_of(all.begin(), all.end(), [](auto* session) { return session->results().complaints() != 0; });
}

Witnesses Load::witnesses() {
  Witnesses witnesses;
  for (std::size_t line = 0; line < lines; ++line) {
    witnesses.sessions.push_back({comp_ids[line], session(line).results().path()});
  }
  witnesses.regulator = regulator_.session().results().path();
  return witnesses;
}

}  // namespace cantus::campaign
