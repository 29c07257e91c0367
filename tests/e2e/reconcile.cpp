#include "tests/e2e/reconcile.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/text.h"
#include "fix/render.h"
#include "sessions/entitlement.h"
#include "sessions/session_machine.h"
#include "tests/e2e/peer.h"

namespace cantus::e2e {
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
  std::map<std::string, std::size_t> cancel_rejects;
  std::multiset<std::string> trades;  // their positions
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
      } else if (rendered.msg_type == "9") {
        ++expected.cancel_rejects[comp_id];
      }
    });
  });
  return expected;
}

// Names what is only on one side.
void expect_equal(const std::string& comp_id, const std::multiset<std::string>& received,
                  const std::multiset<std::string>& on_the_log) {
  std::vector<std::string> missing;
  std::vector<std::string> surplus;
  std::set_difference(on_the_log.begin(), on_the_log.end(), received.begin(), received.end(),
                      std::back_inserter(missing));
  std::set_difference(received.begin(), received.end(), on_the_log.begin(), on_the_log.end(),
                      std::back_inserter(surplus));
  EXPECT_EQ(missing, std::vector<std::string>()) << comp_id << " did not get these";
  EXPECT_EQ(surplus, std::vector<std::string>()) << comp_id << " got these, but the log has them not";
}

// An order that was sent has one first answer: accepted, refused, or not taken.
void expect_one_outcome_each(const std::string& comp_id, const std::vector<Line>& lines) {
  std::map<std::string, int> answers;
  for (const Line& line : lines) {
    if (line.kind == LineKind::sent && line.msg_type == "D") {
      answers.emplace(line.cl_ord_id, 0);
    }
  }
  for (const Line& line : lines) {
    if (received(line, "8") && (line.exec_type == "0" || line.exec_type == "8")) {
      const auto found = answers.find(line.cl_ord_id);
      EXPECT_NE(found, answers.end()) << comp_id << " never sent " << line.cl_ord_id;
      if (found != answers.end()) {
        ++found->second;
      }
    }
  }
  for (const auto& [cl_ord_id, count] : answers) {
    EXPECT_EQ(count, 1) << comp_id << " order " << cl_ord_id;
  }
}

// Fills of clients and of desks pair off: same instrument, price and quantity on opposite sides.
void expect_fills_pair(const std::vector<std::vector<Line>>& all) {
  std::map<std::string, int> balance;
  for (const std::vector<Line>& lines : all) {
    for (const Line& line : lines) {
      if (received(line, "8") && line.exec_type == "F") {
        balance[line.symbol + " " + line.last_qty + " @ " + line.last_px] += line.side == "1" ? 1 : -1;
      }
    }
  }
  for (const auto& [fill, count] : balance) {
    EXPECT_EQ(count, 0) << fill << " has no counterpart";
  }
}

void expect_regulator_has(const std::multiset<std::string>& trades, const std::vector<Line>& lines) {
  std::set<std::string> reported;
  std::set<std::string> accepted;
  for (const Line& line : lines) {
    if (received(line, "AE")) {
      reported.insert(line.ref);
    } else if (line.kind == LineKind::sent && line.msg_type == "AR") {
      accepted.insert(line.ref);
    }
  }
  const std::set<std::string> expected(trades.begin(), trades.end());
  EXPECT_EQ(reported, expected);
  EXPECT_EQ(accepted, expected);
}

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

Database open_audit(const Venue& venue) {
  sqlite3* database = nullptr;
  const std::string path = (venue.data() / "audit" / "audit.db").string();
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK) << path;
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

std::multiset<std::string> audit_executions(const Venue& venue) {
  const Database database = open_audit(venue);
  sqlite3_stmt* statement = nullptr;
  const char* query = "SELECT exec_id FROM fills";
  EXPECT_EQ(sqlite3_prepare_v2(database.get(), query, -1, &statement, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database.get());
  std::multiset<std::string> ids;
  int step = SQLITE_DONE;
  while (statement != nullptr && (step = sqlite3_step(statement)) == SQLITE_ROW) {
    ids.insert(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
  }
  EXPECT_EQ(step, SQLITE_DONE) << sqlite3_errmsg(database.get());
  sqlite3_finalize(statement);
  return ids;
}

}  // namespace

void expect_numbers_whole(const std::string& comp_id, const std::vector<Line>& lines) {
  std::set<std::uint64_t> seen;
  std::set<std::uint64_t> applications;
  for (const Line& line : lines) {
    if (line.kind != LineKind::received) {
      continue;
    }
    seen.insert(line.seq);
    const bool administrative =
        line.msg_type.size() == 1 && std::string("A012345").find(line.msg_type) != std::string::npos;
    if (!administrative) {
      EXPECT_TRUE(applications.insert(line.seq).second) << comp_id << ": number " << line.seq << " came twice";
    }
    if (line.msg_type == "4") {
      for (std::uint64_t n = line.seq; n < std::strtoull(line.ref.c_str(), nullptr, 10); ++n) {
        seen.insert(n);
      }
    }
  }
  std::uint64_t expected = 1;
  for (const std::uint64_t number : seen) {
    EXPECT_EQ(number, expected) << comp_id << ": a number is missing";
    expected = number + 1;
  }
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
    return std::all_of(peers.begin(), peers.end(), [&](participant::StockSession* peer) {
      const SessionDefined* session =
          refdata.session_by_comp_ids(peer->options().their_comp_id, peer->options().our_comp_id);
      return session != nullptr && peer->next_inbound() == sessions.outbound(session->session).next_outbound.get();
    });
  });
}

void expect_reconciled(Venue& venue, const Witnesses& witnesses) {
  const Expected expected = expected_of(venue);
  std::vector<std::vector<Line>> traders;
  std::vector<std::filesystem::path> trader_files;
  for (const Witnesses::Witness& witness : witnesses.sessions) {
    const std::vector<Line> lines = participant::read_results(witness.results);
    for (const Line& line : lines) {
      EXPECT_NE(line.kind, LineKind::complaint) << witness.comp_id << ": " << line.text;
    }
    expect_numbers_whole(witness.comp_id, lines);
    expect_one_outcome_each(witness.comp_id, lines);
    const auto wanted = expected.executions.find(witness.comp_id);
    expect_equal(witness.comp_id, executions_of(lines),
                 wanted == expected.executions.end() ? std::multiset<std::string>() : wanted->second);
    const bool trades =
        std::any_of(lines.begin(), lines.end(), [](const Line& line) { return line.kind == LineKind::sent; });
    if (trades) {
      traders.push_back(lines);
      trader_files.push_back(witness.results);
    }
  }
  expect_fills_pair(traders);
  const std::vector<Line> regulator = participant::read_results(witnesses.regulator);
  for (const Line& line : regulator) {
    EXPECT_NE(line.kind, LineKind::complaint) << "regulator: " << line.text;
  }
  expect_regulator_has(expected.trades, regulator);
  expect_audit_equals_results(venue, trader_files);
}

void expect_audit_equals_results(Venue& venue, const std::vector<std::filesystem::path>& results) {
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
  EXPECT_EQ(audit_executions(venue), ids);
}

void expect_audit_equals_peers(Venue& venue, const std::vector<Peer*>& peers) {
  std::vector<std::filesystem::path> paths;
  for (Peer* peer : peers) {
    paths.push_back(peer->session().results().path());
  }
  expect_audit_equals_results(venue, paths);
}

}  // namespace cantus::e2e
