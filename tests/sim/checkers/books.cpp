#include "tests/sim/checkers/books.h"

#include <array>
#include <memory>
#include <set>
#include <utility>

#include "base/text.h"
#include "cli/venue_place.h"
#include "regreport/app/sqlite.h"
#include "tests/sim/process.h"

namespace cantus::sim {
namespace {

// Runs a query and hands out its rows; says what failed, if anything did.
template <class F>
std::string for_each_row(regreport::Connection& audit, std::string_view sql, F&& f) {
  Result<regreport::Statement> rows = audit.prepare(sql);
  if (!rows) {
    return rows.error().text;
  }
  rows->start();
  while (rows->step()) {
    f(*rows);
  }
  return "";
}

bool contains(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

}  // namespace

void Books::at_quiet() {
  for (const std::string& complaint : book_.complaints()) {
    findings_.add("the log's outcomes add up", complaint);
  }
  look_at_traders();
  look_at_drop_copies();
  look_at_regulator();
  look_at_audit();
}

void Books::wrong(const std::string& what) { findings_.add("all books agree", what); }

const LogBook::Session* Books::session_of(const std::string& comp_id) const {
  for (const auto& [id, session] : book_.sessions()) {
    if (session.comp_id == comp_id) {
      return &session;
    }
  }
  return nullptr;
}

void Books::compare(const std::string& whose, const std::map<std::string, std::string>& told,
                    const std::map<std::string, std::string>& log) {
  for (const auto& [exec_id, fields] : log) {
    const auto found = told.find(exec_id);
    if (found == told.end()) {
      wrong(whose + " was not told of " + fields);
    } else if (const std::string matters = fields_that_matter(found->second); matters != fields) {
      wrong(whose + " was told " + matters + " where the log says " + fields);
    }
  }
  for (const auto& [exec_id, message] : told) {
    if (!log.contains(exec_id)) {
      wrong(whose + " was told what is not on the log: " + message);
    }
  }
}

// ---- those who trade ---------------------------------------------------------------------------------------------

void Books::look_at_traders() {
  for (const auto& trader : cast_->traders()) {
    const LogBook::Session* const session = session_of(trader->plan().comp_id);
    if (session == nullptr) {
      wrong("the log knows no session " + trader->plan().comp_id);
      continue;
    }
    look_at_trader(*trader, *session);
  }
  for (const auto& [id, order] : book_.orders()) {
    if (order.open) {
      wrong("order " + id + ", " + order.cl_ord_id + ", is open on the log");
    }
  }
}

void Books::look_at_trader(const Trader& trader, const LogBook::Session& session) {
  const std::string& name = session.comp_id;
  compare(name, trader.client().executions(), session.executions);
  if (trader.refused_requests() != session.refused_requests) {
    wrong(name + " was told of " + std::to_string(trader.refused_requests().size()) +
          " refused requests, the log has " + std::to_string(session.refused_requests.size()));
  }
  for (const std::string& cl_ord_id : session.entered) {
    if (!cl_ord_id.starts_with(name + "-")) {
      findings_.add("nothing unauthenticated on the log", cl_ord_id + " under the name of " + name);
    }
  }
  std::map<std::string, char> statuses;
  for (const auto& [id, order] : book_.orders()) {
    if (session_of(name) == &book_.sessions().at(order.session)) {
      statuses[order.cl_ord_id] = order.status;
    }
  }
  for (const auto& [order, ends] : trader.outcomes()) {
    const auto found = statuses.find(order);
    const char on_log = found == statuses.end() ? '-' : found->second;
    const char told = ends.front() == 'j' ? '-' : ends.front();
    if (told != on_log) {
      wrong(order + " ended as " + ends.front() + " for its client, as " + on_log + " on the log");
    }
  }
}

void Books::look_at_drop_copies() {
  for (const auto& copy : cast_->drop_copies()) {
    const LogBook::Session* const session = session_of(copy->comp_id());
    if (session == nullptr) {
      wrong("the log knows no session " + copy->comp_id());
      continue;
    }
    compare(copy->comp_id(), copy->client().executions(), session->executions);
    for (const auto& [exec_id, message] : copy->client().executions()) {
      if (!contains(message, "|797=Y|")) {
        wrong("a drop copy is not marked as one: " + message);
      }
    }
  }
}

// ---- regulator and auditor ---------------------------------------------------------------------------------------

void Books::look_at_regulator() {
  const auto& reports = cast_->regulator().reports();
  for (const auto& [id, trade] : book_.trades()) {
    const auto found = reports.find(id);
    if (found == reports.end()) {
      wrong("trade " + id + " was not reported");
      continue;
    }
    const Regulator::Report& report = found->second;
    if (!report.accepted) {
      wrong("the report of trade " + id + " was not accepted");
    }
    const std::string buyer = "|54=1|37=" + trade.buy + "|";
    const std::string seller = "|54=2|37=" + trade.sell + "|";
    if (!contains(report.content, "|31=" + to_text(trade.price) + "|32=" + std::to_string(trade.qty.get()) + "|") ||
        !contains(report.content, buyer) || !contains(report.content, seller)) {
      wrong("trade " + id + " was reported as " + report.content);
    }
  }
  for (const auto& [id, report] : reports) {
    if (!book_.trades().contains(id)) {
      wrong("a trade was reported that is not on the log: " + report.content);
    }
  }
}

void Books::look_at_audit() {
  ProcessSystem auditor(world_.ground(), world_.host(), world_.seed(), "auditor");
  const cli::VenuePlace place(auditor, world_.paths());
  Result<regreport::Connection> audit = regreport::Connection::open(auditor, place.audit_database());
  if (!audit) {
    wrong("the audit database: " + audit.error().text);
    return;
  }
  if (!is_up_to_date(*audit)) {
    wrong("the audit database has not read the log after a minute");
    return;
  }
  look_at_executions(*audit);
  look_at_orders(*audit);
  look_at_trades(*audit);
  look_at_refusals(*audit);
}

// Whoever could not open it tries again after a second, then two, then four.
bool Books::is_up_to_date(regreport::Connection& audit) {
  constexpr std::chrono::milliseconds pause{200};
  for (int i = 0; i < 300; ++i) {
    std::int64_t read = 0;
    const std::string failed = for_each_row(audit, "SELECT seq FROM position",
                                            [&read](const regreport::Statement& row) { read = row.number(0); });
    if (failed.empty() && read >= static_cast<std::int64_t>(book_.last().get())) {
      return true;
    }
    world_.run_for(pause);
  }
  return false;
}

void Books::look_at_executions(regreport::Connection& audit) {
  std::map<SessionId, std::map<std::string, std::string>> told;
  std::map<SessionId, std::set<std::string>> statuses;
  const std::string failed = for_each_row(
      audit,
      "SELECT session_id, exec_id, avg_px, cl_ord_id, cum_qty, last_px, last_qty, order_id, order_qty, ord_status, "
      "orig_cl_ord_id, price, side, symbol, exec_type, leaves_qty FROM executions",
      [&](const regreport::Statement& row) {
        const SessionId session(static_cast<std::uint32_t>(row.number(0)));
        if (row.text(14) == "I") {
          statuses[session].insert(row.text(1).substr(0, row.text(1).rfind('-')));
          return;
        }
        constexpr std::array<int, 16> tags{0, 17, 6, 11, 14, 31, 32, 37, 38, 39, 41, 44, 54, 55, 150, 151};
        std::string message;
        for (int i = 1; i < row.columns(); ++i) {
          message += std::to_string(tags[static_cast<std::size_t>(i)]) + "=" + row.text(i) + "|";
        }
        told[session][row.text(1)] = std::move(message);
      });
  if (!failed.empty()) {
    wrong("the audit database: " + failed);
  }
  for (const auto& [id, session] : book_.sessions()) {
    compare("the audit database, for " + session.comp_id + ",", told[id], session.executions);
    if (statuses[id] != session.statuses) {
      wrong("the audit database has other statuses of " + session.comp_id + " than the log");
    }
  }
}

void Books::look_at_orders(regreport::Connection& audit) {
  std::size_t rows = 0;
  const std::string failed = for_each_row(
      audit, "SELECT order_id, first_cl_ord_id, order_qty, cum_qty, leaves_qty, ord_status FROM orders",
      [&](const regreport::Statement& row) {
        const auto found = book_.orders().find(row.text(0));
        if (found == book_.orders().end()) {
          return wrong("the audit database has order " + row.text(0) + ", which has no outcome on the log");
        }
        ++rows;
        const LogBook::Order& order = found->second;
        const auto status = enum_from<OrdStatus>(static_cast<std::uint8_t>(order.status));
        if (row.text(1) != order.cl_ord_id || row.number(2) != order.qty || row.number(3) != order.executed ||
            row.number(4) != 0 || row.text(5) != (status ? name_of(*status) : "")) {
          wrong("the audit database has order " + row.text(0) + " as " + row.text(1) + ", " + row.text(2) + ", " +
                row.text(3) + ", " + row.text(4) + ", " + row.text(5));
        }
      });
  if (!failed.empty() || rows != book_.orders().size()) {
    wrong("the audit database has " + std::to_string(rows) + " of " + std::to_string(book_.orders().size()) +
          " orders " + failed);
  }
}

// With the reports of the trades.
void Books::look_at_trades(regreport::Connection& audit) {
  std::size_t rows = 0;
  const std::string failed = for_each_row(
      audit,
      "SELECT trade_id, price, qty, buy_order_id, sell_order_id, attempts, status FROM trades "
      "LEFT JOIN reports USING (trade_id)",
      [&](const regreport::Statement& row) {
        const auto found = book_.trades().find(row.text(0));
        if (found == book_.trades().end()) {
          return wrong("the audit database has trade " + row.text(0) + ", which is not on the log");
        }
        ++rows;
        const LogBook::Trade& trade = found->second;
        if (row.text(1) != to_text(trade.price) || row.number(2) != trade.qty.get() || row.text(3) != trade.buy ||
            row.text(4) != trade.sell || row.number(5) != static_cast<std::int64_t>(trade.attempts) ||
            (row.text(6) != "accepted" && row.text(6) != "duplicate")) {
          wrong("the audit database has trade " + row.text(0) + " as " + row.text(1) + ", " + row.text(2) + ", " +
                row.text(3) + ", " + row.text(4) + ", attempts " + row.text(5) + " of " +
                std::to_string(trade.attempts) + ", " + row.text(6));
        }
      });
  if (!failed.empty() || rows != book_.trades().size()) {
    wrong("the audit database has " + std::to_string(rows) + " of " + std::to_string(book_.trades().size()) +
          " trades " + failed);
  }
}

void Books::look_at_refusals(regreport::Connection& audit) {
  std::map<SessionId, std::set<std::string>> told;
  const std::string failed =
      for_each_row(audit, "SELECT session_id, cl_ord_id FROM refusals WHERE msg_type = '9'",
                   [&told](const regreport::Statement& row) {
                     told[SessionId(static_cast<std::uint32_t>(row.number(0)))].insert(row.text(1));
                   });
  if (!failed.empty()) {
    wrong("the audit database: " + failed);
  }
  for (const auto& [id, session] : book_.sessions()) {
    if (told[id] != session.refused_requests) {
      wrong("the audit database has " + std::to_string(told[id].size()) + " refused requests of " + session.comp_id +
            ", the log " + std::to_string(session.refused_requests.size()));
    }
  }
}

}  // namespace cantus::sim
