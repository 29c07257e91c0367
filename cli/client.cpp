// `cantus client SESSION`: logs on as a session with stock QuickFIX and sends what is typed, or a load; shows what
// comes back.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include "cli/client_settings.h"
#include "cli/client_target.h"
#include "cli/client_words.h"
#include "cli/commands.h"
#include "cli/venue_place.h"
#include "examples/participant/market.h"
#include "examples/participant/session.h"
#include "runtime/loop.h"

namespace cantus::cli {
namespace {

using participant::Line;
using SteadyClock = std::chrono::steady_clock;

std::string value(const char* name, const std::string& text) {
  return text.empty() ? "" : std::string("  ") + name + " " + text;
}

std::string kind_of(const Line& line) {
  static const std::map<std::string, std::string> exec_types = {
      {"0", "accepted"}, {"4", "cancelled"}, {"5", "replaced"}, {"8", "REJECTED"},
      {"F", "FILL"},     {"I", "status"},    {"C", "expired"},  {"D", "restated"}};
  if (line.msg_type != "8") {
    return line.msg_type == "9" ? "change refused" : line.msg_type == "j" ? "not taken" : "35=" + line.msg_type;
  }
  const auto found = exec_types.find(line.exec_type);
  return found == exec_types.end() ? "150=" + line.exec_type : found->second;
}

std::string describe(const Line& line) {
  std::string text =
      kind_of(line) + value("", line.cl_ord_id) + value("for", line.orig_cl_ord_id) + value("", line.symbol);
  if (line.exec_type == "F") {
    text += "  " + line.last_qty + " @ " + line.last_px;
  }
  text += value("done", line.cum_qty) + value("open", line.leaves_qty) + value("order", line.order_id) +
          value("exec", line.exec_id) + value("-", line.text);
  return text + (line.poss.empty() ? "" : "  [" + line.poss + "]");
}

// The open orders and the times of what waits for its first answer, fed by the engine's thread.
class Desk final : public participant::Listener {
 public:
  // `before`: what this client's earlier lives have recorded.
  Desk(bool print, const std::vector<Line>& before) : print_(print), orders_(participant::OpenOrders::recover(before)) {
    for (const Line& line : before) {
      if (line.kind == participant::LineKind::sent && !line.side.empty() && line.msg_type != "H") {
        known_[line.cl_ord_id] = {line.symbol, line.side[0]};
        newest_ = line.msg_type == "D" ? line.cl_ord_id : newest_;
      } else if (line.exec_type == "5" && line.orig_cl_ord_id == newest_) {
        newest_ = line.cl_ord_id;  // it was replaced
      }
    }
  }

  void on_message(const FIX::Message& message) override {
    const Line line = participant::line_of(message);
    {
      const std::lock_guard lock(mutex_);
      orders_.apply(line);
      if (line.exec_type == "5" && line.orig_cl_ord_id == newest_) {
        newest_ = line.cl_ord_id;  // it was replaced
      }
      if (const auto sent = sent_at_.find(line.cl_ord_id); sent != sent_at_.end()) {
        latencies_.push_back(
            std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now() - sent->second).count());
        sent_at_.erase(sent);
      }
      rejects_ += line.exec_type == "8" || line.msg_type == "j" ? 1 : 0;
      fills_ += line.exec_type == "F" ? 1 : 0;
    }
    changed_.notify_all();
    if (print_) {
      std::printf("%s\n", describe(line).c_str());
      std::fflush(stdout);
    }
  }
  void on_logon() override {
    logged_on_ = true;
    say("logged on");
  }
  // Also called for a connection that never came to a Logon.
  void on_logout() override {
    if (logged_on_.exchange(false)) {
      say("logged out");
    }
  }

  void sending(const std::string& cl_ord_id, const participant::OrderRequest& order) {
    const std::lock_guard lock(mutex_);
    orders_.sent(cl_ord_id, order);
    sent_at_[cl_ord_id] = SteadyClock::now();
    known_[cl_ord_id] = {order.symbol, order.side};
    newest_ = cl_ord_id;
  }
  // An answer that names this ClOrdID will come.
  void expect(const std::string& cl_ord_id) {
    const std::lock_guard lock(mutex_);
    sent_at_[cl_ord_id] = SteadyClock::now();
  }
  // An order that was closed or refused, by what was sent of it: the venue knows better what became of it.
  [[nodiscard]] std::optional<participant::OpenOrder> remembered(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(name == "last" ? newest_ : name);
    return found == known_.end() ? std::nullopt
                                 : std::optional(described(found->first, found->second.symbol, found->second.side));
  }
  [[nodiscard]] static participant::OpenOrder described(const std::string& id, const std::string& symbol, char side) {
    participant::OpenOrder order;
    order.cl_ord_id = id;
    order.request.symbol = symbol;
    order.request.side = side;
    order.request.qty = 1;  // 38 of a cancel is asked for by the engine's dictionary alone
    return order;
  }
  // The open order of this name ("last": the newest), with a change on its way to it; nothing if there is none.
  [[nodiscard]] std::optional<participant::OpenOrder> changing(const std::string& name, const std::string& change_id) {
    const std::lock_guard lock(mutex_);
    const std::string id = name == "last" ? newest_ : name;
    const participant::OpenOrder* order = orders_.find(id);
    if (order == nullptr) {
      return std::nullopt;
    }
    participant::OpenOrder copy = *order;
    if (!change_id.empty()) {
      orders_.change_sent(id, change_id);
      known_[change_id] = {copy.request.symbol, copy.request.side};
    }
    return copy;
  }
  [[nodiscard]] std::vector<participant::OpenOrder> open() const {
    const std::lock_guard lock(mutex_);
    std::vector<participant::OpenOrder> result;
    for (const auto& [id, order] : orders_.all()) {
      result.push_back(order);
    }
    return result;
  }
  // Waits until everything sent has a first answer, at most so long.
  bool wait_answered(std::chrono::seconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return sent_at_.empty(); });
  }
  [[nodiscard]] std::string summary(std::size_t sent, double seconds) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::int64_t> sorted = latencies_;
    std::sort(sorted.begin(), sorted.end());
    char text[256];
    const auto at = [&](double share) {
      return sorted.empty() ? 0.0
                            : static_cast<double>(
                                  sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]) /
                                  1e3;
    };
    std::snprintf(text, sizeof(text),
                  "%zu orders in %.1f s, %zu answered, %zu unanswered, %zu fills, %zu refused; to the first answer: "
                  "p50 %.0f us, p99 %.0f us, max %.0f us",
                  sent, seconds, sorted.size(), sent_at_.size(), fills_, rejects_, at(0.5), at(0.99), at(1.0));
    return text;
  }

 private:
  void say(const char* text) const {
    if (print_) {
      std::printf("%s\n", text);
      std::fflush(stdout);
    }
  }

  const bool print_;
  std::atomic<bool> logged_on_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  participant::OpenOrders orders_;
  struct Known {
    std::string symbol;
    char side = '1';
  };
  std::map<std::string, Known> known_;  // every order and change that was sent, by its ClOrdID
  std::string newest_;
  std::map<std::string, SteadyClock::time_point> sent_at_;
  std::vector<std::int64_t> latencies_;
  std::size_t fills_ = 0;
  std::size_t rejects_ = 0;
};

class Client {
 public:
  Client(const ClientTarget& target, const std::filesystem::path& directory, bool print, bool reset)
      : begin_string_(target.begin_string),
        ids_("h"),
        desk_(print, participant::read_results(directory / target.our_comp_id / "results.csv")),
        session_(participant::StockSession::Kind::initiator, options_of(target, directory, reset), &desk_) {}

  // Until logged on, or until the venue has said why not. True if logged on.
  bool log_on(std::chrono::seconds patience) {
    session_.start();
    const auto until = SteadyClock::now() + patience;
    while (SteadyClock::now() < until && session_.objection().empty()) {
      if (session_.wait_logged_on(std::chrono::milliseconds(100))) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] const participant::StockSession& session() const { return session_; }
  void log_out() { session_.stop(); }
  Desk& desk() { return desk_; }

  std::string enter(const participant::OrderRequest& order) {
    std::string id = ids_.next();
    desk_.sending(id, order);
    session_.send(participant::new_order(begin_string_, id, order));
    return id;
  }

  // False on `quit`.
  bool obey(const ClientWord& word) {
    if (std::holds_alternative<Quit>(word)) {
      return false;
    }
    if (const auto* entered = std::get_if<EnterOrder>(&word)) {
      std::printf("sent %s\n", enter(entered->order).c_str());
    } else if (const auto* cancelled = std::get_if<CancelOrder>(&word)) {
      const std::string id = ids_.next();
      change(*cancelled, id, [&](const participant::OpenOrder& order) {
        return participant::cancel_request(begin_string_, id, order);
      });
    } else if (const auto* replaced = std::get_if<ReplaceOrder>(&word)) {
      const std::string id = ids_.next();
      change(CancelOrder{replaced->cl_ord_id}, id, [&](const participant::OpenOrder& order) {
        return participant::replace_request(begin_string_, id, order, replaced->qty, replaced->price);
      });
    } else if (const auto* asked = std::get_if<AskStatus>(&word)) {
      change(CancelOrder{asked->cl_ord_id, asked->symbol, asked->side}, "",
             [&](const participant::OpenOrder& order) { return participant::status_request(begin_string_, order); });
    } else if (std::holds_alternative<ListOrders>(word)) {
      for (const participant::OpenOrder& order : desk_.open()) {
        std::printf("%s  %s %s %lld @ %s  done %lld%s\n", order.cl_ord_id.c_str(),
                    order.request.side == '1' ? "buy" : "sell", order.request.symbol.c_str(),
                    static_cast<long long>(order.request.qty), participant::decimal_text(order.request.price).c_str(),
                    static_cast<long long>(order.cum_qty), order.pending_id.empty() ? "" : "  (change under way)");
      }
    } else {
      std::printf("%s", client_words_help);
    }
    std::fflush(stdout);
    return true;
  }

 private:
  // What is not open here is asked of the venue all the same, if it is known what to ask.
  template <class Make>
  void change(const CancelOrder& named, const std::string& id, Make&& make) {
    std::optional<participant::OpenOrder> order = desk_.changing(named.cl_ord_id, id);
    if (!order && named.side != '\0') {
      order = Desk::described(named.cl_ord_id, named.symbol, named.side);
    } else if (!order) {
      order = desk_.remembered(named.cl_ord_id);
      if (order) {
        std::printf("%s is not open by what this client knows; the venue is asked\n", order->cl_ord_id.c_str());
      }
    }
    if (!order) {
      std::printf(
          "this client has sent no order %s; of another's say symbol and side: cancel|status ID SYMBOL buy|sell\n",
          named.cl_ord_id.c_str());
      return;
    }
    desk_.expect(id.empty() ? order->cl_ord_id : id);
    session_.send(make(*order));
    std::printf("sent %s\n", id.empty() ? "a question" : id.c_str());
  }

  static participant::SessionOptions options_of(const ClientTarget& target, const std::filesystem::path& directory,
                                                bool reset) {
    participant::SessionOptions options;
    options.begin_string = target.begin_string;
    options.our_comp_id = target.our_comp_id;
    options.their_comp_id = target.venue_comp_id;
    options.password = target.password;
    options.heartbeat_s = target.heartbeat_s;
    options.reset_on_logon = reset;
    options.directory = directory;
    for (const auto& [host, port] : target.gateways) {
      options.endpoints.push_back({host, port});
    }
    return options;
  }

  std::string begin_string_;
  participant::ClOrdIds ids_;
  Desk desk_;
  participant::StockSession session_;
};

int by_hand(Client& client) {
  std::printf("%s", client_words_help);
  std::fflush(stdout);
  std::string line;
  int c = 0;
  while ((c = std::getchar()) != EOF) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    const Result<ClientWord> word = parse_client_line(line);
    line.clear();
    if (!word) {
      if (!word.error().text.empty()) {
        std::printf("%s\n", word.error().text.c_str());
        std::fflush(stdout);
      }
    } else if (!client.obey(*word)) {
      break;
    }
  }
  client.desk().wait_answered(std::chrono::seconds(5));  // what came from a pipe wants its answers before it goes
  return exit_ok;
}

int load(Client& client, const Arguments& arguments, const ClientTarget& target) {
  const std::uint64_t rate = std::max<std::uint64_t>(arguments.number_or("load", 1), 1);
  const std::uint64_t count = arguments.number_or("count", 100);
  participant::OrderRequest order;
  order.symbol = arguments.text_or("symbol", target.symbol);
  order.qty = static_cast<std::int64_t>(arguments.number_or("qty", 1));
  order.time_in_force = '3';
  try {
    order.price = participant::parse_decimal(arguments.text_or("price", target.price));
  } catch (const std::invalid_argument& fault) {
    std::fprintf(stderr, "cantus client: --price: %s\n", fault.what());
    return exit_usage;
  }
  const auto period = std::chrono::nanoseconds(1'000'000'000 / rate);
  const auto begin = SteadyClock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_until(begin + period * i);
    order.side = i % 2 == 0 ? '1' : '2';
    client.enter(order);
  }
  const bool all = client.desk().wait_answered(std::chrono::seconds(10));
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  std::printf("%s\n", client.desk().summary(count, seconds).c_str());
  return all ? exit_ok : exit_failed;
}

// By what came back.
std::string why_not(const participant::StockSession& session) {
  const std::string objection = session.objection();
  if (!objection.empty()) {
    // Of a number that is too low the engine tells its log, and complains of the Logon.
    const bool numbers = objection.find("MsgSeqNum") != std::string::npos ||
                         objection.find("Logon state is not valid") != std::string::npos;
    return objection +
           (numbers ? "\nIts numbers were begun anew elsewhere, or by another store: --reset begins them anew here"
                    : "");
  }
  return session.refused_connections() > 0 ? "the connection was closed without an answer: a wrong password, or too "
                                             "many wrong ones from this address (the gateway's log says which),\nor a "
                                             "venue that stands still: `cantus status`"
                                           : "no answer within 10 s";
}

// False if every gateway refuses a connection. Of one that is far away the answer may take a while, and is not waited
// for.
bool anybody_listens(const ClientTarget& target) {
  const std::unique_ptr<runtime::Loop> loop = runtime::make_loop(runtime::WaitMode::adaptive);
  std::size_t refused = 0;
  for (const auto& [host, port] : target.gateways) {
    loop->network().connect({host, port}, [&](const Result<std::unique_ptr<runtime::Stream>>& stream) {
      refused += stream ? 0 : 1;
      if (stream || refused == target.gateways.size()) {
        loop->stop();
      }
    });
  }
  const auto patience = loop->network().after(std::chrono::milliseconds(500), [&] { loop->stop(); });
  loop->run();
  return refused < target.gateways.size();
}

int run(const Arguments& arguments) {
  const Result<ClientTarget> target = find_client_target(arguments);
  if (!target) {
    std::fprintf(stderr, "cantus client: %s\n", target.error().text.c_str());
    return exit_failed;
  }
  if (target->password_unknown) {
    std::fprintf(stderr, "cantus client: %s\n", password_unknown_text(*target).c_str());
    return exit_usage;
  }
  const Result<std::filesystem::path> directory = client_directory(arguments);
  if (!directory) {
    std::fprintf(stderr, "cantus client: %s\n", directory.error().text.c_str());
    return exit_failed;
  }
  if (!anybody_listens(*target)) {
    std::fprintf(stderr, "cantus client: nobody listens at %s; does the venue run (`cantus status`)?\n",
                 target->gateways_text().c_str());
    return exit_not_running;
  }
  std::error_code ignored;
  std::filesystem::create_directories(*directory, ignored);  // else the lock says what is wrong with it
  const auto alone = lock_beside(runtime::system_files(), *directory / target->our_comp_id, std::chrono::seconds(0));
  if (!alone) {
    const bool held = alone.error().code == ErrorCode::already_in_use;
    std::fprintf(stderr, "cantus client: %s%s\n",
                 held ? ("another one trades as " + target->our_comp_id + " with these numbers: ").c_str() : "",
                 alone.error().text.c_str());
    return held ? exit_in_use : exit_failed;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const bool loads = arguments.has("load");
  try {
    Client client(*target, *directory, !loads, arguments.has("reset"));
    if (!client.log_on(std::chrono::seconds(10))) {
      std::fprintf(stderr, "cantus client: %s could not log on to %s: %s\n(the engine's log: %s)\n",
                   target->our_comp_id.c_str(), target->gateways_text().c_str(), why_not(client.session()).c_str(),
                   (*directory / target->our_comp_id / "log").c_str());
      return exit_failed;
    }
    const int result = loads ? load(client, arguments, *target) : by_hand(client);
    client.log_out();
    return result;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "cantus client: %s\n", fault.what());
    return exit_failed;
  }
}

constexpr Option options[] = {
    target_config_option,
    data_option,
    target_password_option,
    {"store", OptionKind::text, "DIR", "where the engine keeps its numbers (DIR/clients below --data)"},
    {"reset", OptionKind::flag, "",
     "begin the session's numbers anew (141=Y): when somebody else did, or the store is lost"},
    {"load", OptionKind::number, "RATE", "send so many orders a second instead of reading what is typed"},
    {"count", OptionKind::number, "N", "with --load: how many (100)"},
    {"symbol", OptionKind::text, "SYMBOL", "with --load: the instrument (the first)"},
    {"qty", OptionKind::number, "N", "with --load: quantity of each order (1)"},
    {"price", OptionKind::text, "PRICE", "with --load: limit of each order (the reference price)"},
};

}  // namespace

const Command client_command = {.name = "client",
                                .words = "SESSION",
                                .summary = "Log on as a session (its CompID) and trade by hand, or as a load.",
                                .details = client_words_help,
                                .options = options,
                                .words_min = 1,
                                .words_max = 1,
                                .run = run};

}  // namespace cantus::cli
