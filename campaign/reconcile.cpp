#include "campaign/reconcile.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/text.h"
#include "fix/render.h"
#include "sessions/entitlement.h"
#include "sessions/session_machine.h"

namespace cantus::campaign {
namespace {

using participant::Line;
using participant::LineKind;

bool received(const Line& line, const char* msg_type) {
  return line.kind == LineKind::received && line.msg_type == msg_type;
}

// "150 exec-id cl-ord-id status qty px": one execution as its receiver sees it.
std::string execution_text(const Line& line) {
  return line.exec_type + " " + line.exec_id + " " + line.cl_ord_id + " " + line.ord_status + " " + line.last_qty +
         " " + line.last_px;
}

std::multiset<std::string> executions_of(const std::vector<Line>& lines) {
  std::multiset<std::string> result;
  for (const Line& line : lines) {
    if (received(line, "8")) {
      result.insert(execution_text(line));
    }
  }
  return result;
}

std::string field_of(const std::string& body, const std::string& tag) {
  const std::string key = "\x01" + tag + "=";
  const std::string whole = "\x01" + body;
  const std::size_t at = whole.find(key);
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t begin = at + key.size();
  return whole.substr(begin, whole.find('\x01', begin) - begin);
}

// What the log says that each session is to have, and what was traded.
struct Expected {
  std::map<std::string, std::multiset<std::string>> executions;  // by CompID
  std::set<std::string> trades;                                  // their positions
};

Expected expected_of(const Venue& venue) {
  Expected expected;
  ReferenceData refdata;
  SessionMachine sessions(refdata);
  venue.for_each_record([&](const Event& event) {
    refdata.apply(event);
    sessions.apply(event);
    if (event.is<Trade>()) {
      expected.trades.insert(to_text(event.position()));
    }
    for_each_report(event, sessions.effect(), refdata, [&](const ReportRef& report) {
      const std::string comp_id = refdata.session(report.session)->their_comp_id.str();
      fix::Rendered rendered;
      if (!fix::render(event, refdata, report, rendered)) {
        return;
      }
      if (rendered.msg_type == "8") {
        Line line;
        line.exec_type = field_of(rendered.body, "150");
        line.exec_id = field_of(rendered.body, "17");
        line.cl_ord_id = field_of(rendered.body, "11");
        line.ord_status = field_of(rendered.body, "39");
        line.last_qty = field_of(rendered.body, "32");
        line.last_px = field_of(rendered.body, "31");
        expected.executions[comp_id].insert(execution_text(line));
      }
    });
  });
  return expected;
}

// Names what is only on one side; of a long list its beginning.
template <class Set>
void compare(const std::string& who, const Set& has, const Set& is_to_have, Faults& faults) {
  constexpr std::size_t named_max = 5;
  const auto name = [&](const Set& all, const Set& without, const std::string& what) {
    std::vector<std::string> rest;
    std::set_difference(all.begin(), all.end(), without.begin(), without.end(), std::back_inserter(rest));
    for (std::size_t i = 0; i < std::min(rest.size(), named_max); ++i) {
      faults.push_back(who + " " + what + ": " + rest[i]);
    }
    if (rest.size() > named_max) {
      faults.push_back(who + " " + what + ": " + std::to_string(rest.size()) + " in all");
    }
  };
  name(is_to_have, has, "did not get");
  name(has, is_to_have, "got what the log has not");
}

// An order that was sent has one first answer: accepted, refused, or not taken.
void check_outcomes(const std::string& comp_id, const std::vector<Line>& lines, Faults& faults) {
  std::map<std::string, int> answers;
  for (const Line& line : lines) {
    if (line.kind == LineKind::sent && line.msg_type == "D") {
      answers.emplace(line.cl_ord_id, 0);
    }
  }
  for (const Line& line : lines) {
    if (received(line, "8") && (line.exec_type == "0" || line.exec_type == "8")) {
      const auto found = answers.find(line.cl_ord_id);
      if (found == answers.end()) {
        faults.push_back(comp_id + " never sent " + line.cl_ord_id);
      } else {
        ++found->second;
      }
    }
  }
  for (const auto& [cl_ord_id, count] : answers) {
    if (count != 1) {
      faults.push_back(comp_id + " has " + std::to_string(count) + " outcomes of its order " + cl_ord_id);
    }
  }
}

// Fills of clients and of desks pair off: same instrument, price and quantity on opposite sides.
void check_pairs(const std::vector<std::vector<Line>>& all, Faults& faults) {
  std::map<std::string, int> balance;
  for (const std::vector<Line>& lines : all) {
    for (const Line& line : lines) {
      if (received(line, "8") && line.exec_type == "F") {
        balance[line.symbol + " " + line.last_qty + " @ " + line.last_px] += line.side == "1" ? 1 : -1;
      }
    }
  }
  for (const auto& [fill, count] : balance) {
    if (count != 0) {
      faults.push_back("a fill has no counterpart: " + fill);
    }
  }
}

// Every trade was reported under its own name, once but for what was marked as said before, and was accepted.
void check_regulator(const std::set<std::string>& trades, const std::vector<Line>& lines, Faults& faults) {
  std::set<std::string> reported;
  std::set<std::string> accepted;
  for (const Line& line : lines) {
    if (received(line, "AE")) {
      if (!reported.insert(line.ref).second && line.poss.empty()) {
        faults.push_back("the regulator got the report " + line.ref + " twice as if it were new");
      }
    } else if (line.kind == LineKind::sent && line.msg_type == "AR") {
      accepted.insert(line.ref);
    }
  }
  compare("the regulator", reported, trades, faults);
  compare("the regulator's answers", accepted, trades, faults);
}

void check_complaints(const std::string& who, const std::vector<Line>& lines, Faults& faults) {
  for (const Line& line : lines) {
    if (line.kind == LineKind::complaint) {
      faults.push_back(who + " complains: " + line.text);
    }
  }
}

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

Database open_audit(const Venue& venue) {
  sqlite3* database = nullptr;
  const std::string path = (venue.data() / "audit" / "audit.db").string();
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) {
    sqlite3_close(database);
    throw std::runtime_error("cannot open " + path);
  }
  // The projection may be committing; how long a reader waits for that decides nothing.
  constexpr int patience_ms = 60'000;
  sqlite3_busy_timeout(database, patience_ms);
  return {database, &sqlite3_close};
}

// Last position whose rows are in the database; 0 if there is none yet.
std::uint64_t audited_through(sqlite3* database) {
  sqlite3_stmt* statement = nullptr;
  std::uint64_t seq = 0;
  if (sqlite3_prepare_v2(database, "SELECT seq FROM position", -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    seq = static_cast<std::uint64_t>(sqlite3_column_int64(statement, 0));
  }
  sqlite3_finalize(statement);
  return seq;
}

std::multiset<std::string> audit_executions(sqlite3* database) {
  sqlite3_stmt* statement = nullptr;
  std::multiset<std::string> ids;
  int step = sqlite3_prepare_v2(database, "SELECT exec_id FROM fills", -1, &statement, nullptr);
  while (statement != nullptr && (step = sqlite3_step(statement)) == SQLITE_ROW) {
    ids.insert(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  }
  sqlite3_finalize(statement);
  return step == SQLITE_DONE ? ids
                             : throw std::runtime_error(std::string("the audit database: ") + sqlite3_errmsg(database));
}

}  // namespace

Faults faults_of_numbers(const std::string& comp_id, const std::vector<Line>& lines) {
  Faults faults;
  std::set<std::uint64_t> seen;
  std::set<std::uint64_t> applications;
  for (const Line& line : lines) {
    if (line.kind != LineKind::received) {
      continue;
    }
    seen.insert(line.seq);
    const bool administrative =
        line.msg_type.size() == 1 && std::string("A012345").find(line.msg_type) != std::string::npos;
    if (!administrative && !applications.insert(line.seq).second) {
      faults.push_back(comp_id + ": number " + std::to_string(line.seq) + " came twice");
    }
    if (line.msg_type == "4") {
      for (std::uint64_t n = line.seq; n < std::strtoull(line.ref.c_str(), nullptr, 10); ++n) {
        seen.insert(n);
      }
    }
  }
  std::uint64_t expected = 1;
  for (const std::uint64_t number : seen) {
    if (number != expected) {
      faults.push_back(comp_id + ": numbers " + std::to_string(expected) + " to " + std::to_string(number - 1) +
                       " are missing");
    }
    expected = number + 1;
  }
  return faults;
}

void wait_delivered(Venue& venue, const std::vector<participant::StockSession*>& peers) {
  const std::unique_ptr<eventlog::LogReader> reader = venue.open_log();
  ReferenceData refdata;
  SessionMachine sessions(refdata);
  venue.wait_until([&] {
    Result<std::optional<Event>> event = reader->next();
    for (; event && event->has_value(); event = reader->next()) {
      refdata.apply(**event);
      sessions.apply(**event);
    }
    const auto complains = [](participant::StockSession* peer) { return peer->results().complaints() != 0; };
    const auto has_all = [&](participant::StockSession* peer) {
      const SessionDefined* session =
          refdata.session_by_comp_ids(peer->options().their_comp_id, peer->options().our_comp_id);
      return session != nullptr && peer->next_inbound() == sessions.outbound(session->session).next_outbound.get();
    };
    return std::all_of(peers.begin(), peers.end(), has_all) || std::any_of(peers.begin(), peers.end(), complains);
  });
}

Faults reconcile(Venue& venue, const Witnesses& witnesses) {
  Faults faults;
  const Expected expected = expected_of(venue);
  std::vector<std::vector<Line>> traders;
  std::vector<std::filesystem::path> trader_files;
  for (const Witnesses::Witness& witness : witnesses.sessions) {
    const std::vector<Line> lines = participant::read_results(witness.results);
    check_complaints(witness.comp_id, lines, faults);
    const Faults numbers = faults_of_numbers(witness.comp_id, lines);
    faults.insert(faults.end(), numbers.begin(), numbers.end());
    check_outcomes(witness.comp_id, lines, faults);
    const auto wanted = expected.executions.find(witness.comp_id);
    compare(witness.comp_id, executions_of(lines),
            wanted == expected.executions.end() ? std::multiset<std::string>() : wanted->second, faults);
    const bool trades =
        std::any_of(lines.begin(), lines.end(), [](const Line& line) { return line.kind == LineKind::sent; });
    if (trades) {
      traders.push_back(lines);
      trader_files.push_back(witness.results);
    }
  }
  check_pairs(traders, faults);
  const std::vector<Line> regulator = participant::read_results(witnesses.regulator);
  check_complaints("the regulator", regulator, faults);
  check_regulator(expected.trades, regulator, faults);
  const Faults audit = faults_of_audit(venue, trader_files);
  faults.insert(faults.end(), audit.begin(), audit.end());
  return faults;
}

Faults faults_of_audit(Venue& venue, const std::vector<std::filesystem::path>& results) {
  const Database database = open_audit(venue);
  venue.wait_until([&] { return audited_through(database.get()) >= venue.quiet_at().get(); });
  std::multiset<std::string> ids;
  for (const std::filesystem::path& path : results) {
    for (const Line& line : participant::read_results(path)) {
      if (received(line, "8") && line.exec_type == "F") {
        ids.insert(line.exec_id);
      }
    }
  }
  Faults faults;
  compare("the audit database", audit_executions(database.get()), ids, faults);
  return faults;
}

}  // namespace cantus::campaign
