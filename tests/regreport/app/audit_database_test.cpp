// The audit database holds what a naive projection of the same log holds, wherever it was stopped, and belongs to its
// log or is built anew.
#include "regreport/app/audit_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "tests/regreport/app/test_log_reader.h"
#include "tests/regreport/app/trading_history.h"

namespace cantus::regreport {
namespace {

using cantus::test::TestLog;
using cantus::test::TestLogReader;
using cantus::test::TradingHistory;
using ::testing::HasSubstr;

class AuditDatabaseTest : public ::testing::Test {
 protected:
  AuditDatabaseTest() : folder_(std::filesystem::temp_directory_path() / ("cantus-audit-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    file_ = folder_ / "audit.db";
  }
  ~AuditDatabaseTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<AuditDatabase> open(const TestLog& log) {
    TestLogReader reader(log);
    auto database = AuditDatabase::open(runtime::host_system(), file_, reader,
                                        [this](const Error& error) { failure_ = error.text; });
    EXPECT_TRUE(database.ok()) << (database.ok() ? "" : database.error().text);
    return std::move(database).value();
  }
  static void feed(AuditDatabase& database, const TestLog& log, Seq from, Seq through) {
    for (Seq seq = from; seq <= through; seq = seq.next()) {
      database.apply(log.at(seq));
    }
  }
  // The whole log into the file, which is closed again.
  void write(const TestLog& log) { feed(*open(log), log, Seq(1), log.last()); }
  // All rows, '|' between columns, NULL as nothing.
  std::string rows(const std::string& query) {
    auto connection = Connection::open(runtime::host_system(), file_);
    auto statement = connection->prepare(query);
    EXPECT_TRUE(statement.ok()) << (statement.ok() ? "" : statement.error().text);
    std::string text;
    statement->start();
    while (statement->step()) {
      for (int column = 0; column < statement->columns(); ++column) {
        text += (column == 0 ? "" : "|") + statement->text(column);
      }
      text += "\n";
    }
    return text;
  }
  void expect_equal(const TradingHistory& history) {
    EXPECT_EQ(
        rows("SELECT order_id, session_id, party_id, account, symbol, side, cl_ord_id, price, order_qty, cum_qty, "
             "leaves_qty, cum_notional, ord_status, reason FROM orders ORDER BY seq"),
        history.orders());
    EXPECT_EQ(rows("SELECT exec_id, session_id, copy, order_id, exec_type, cl_ord_id, last_qty, cum_qty, leaves_qty "
                   "FROM executions ORDER BY exec_id, session_id"),
              history.executions());
    EXPECT_EQ(rows("SELECT trade_id, symbol, price, qty, buy_order_id, sell_order_id, buyer_id, seller_id FROM trades "
                   "ORDER BY seq"),
              history.trades());
    EXPECT_EQ(
        rows("SELECT r.trade_id, session_id, attempts, status, text FROM reports r JOIN trades t USING (trade_id) "
             "ORDER BY t.seq"),
        history.reports());
    EXPECT_EQ(rows("SELECT seq, session_id, msg_type, cl_ord_id, reason, iif(msg_type = '9', '*', text) FROM refusals "
                   "ORDER BY seq"),
              history.refusals());
  }
  std::string everything() {
    std::string text;
    for (const char* table :
         {"position", "parties", "sessions", "orders", "executions", "refusals", "trades", "reports"}) {
      text += rows(std::string("SELECT * FROM ") + table + " ORDER BY 1, 2");
    }
    return text;
  }

  std::filesystem::path folder_;
  std::filesystem::path file_;
  std::string failure_;
};

TEST_F(AuditDatabaseTest, EqualsTheNaiveProjection) {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    TestLog log;
    TradingHistory history(log, seed);
    history.play(600);
    write(log);
    expect_equal(history);
    EXPECT_EQ(failure_, "");
    EXPECT_GT(std::ranges::count(history.executions(), '\n'), 100);
    EXPECT_GT(std::ranges::count(history.trades(), '\n'), 20);
  }
}

// The page's queries as they stand there, and with names of this history for the placeholders.
TEST_F(AuditDatabaseTest, TheDocumentedQueriesFindWhatTheySay) {
  TestLog log;
  TradingHistory history(log, 3);
  history.play(600);
  write(log);
  std::ifstream page(CANTUS_SOURCE_DIR "/docs/audit.md");
  std::string text{std::istreambuf_iterator<char>(page), {}};
  const std::size_t begin = text.find("```sql\n");
  ASSERT_NE(begin, std::string::npos);
  text = text.substr(begin + 7, text.find("```", begin + 7) - begin - 7);
  // An order that was replaced, and has the name of its replace now.
  const std::string replaced = rows(
      "SELECT first_cl_ord_id, orders.cl_ord_id, name, count(*) FROM orders JOIN parties USING (party_id) JOIN "
      "executions "
      "USING (order_id) WHERE orders.cl_ord_id <> first_cl_ord_id GROUP BY order_id LIMIT 1");
  std::vector<std::string> columns;
  std::stringstream line(replaced);
  for (std::string column; std::getline(line, column, '|');) {
    columns.push_back(column);
  }
  ASSERT_EQ(columns.size(), 4u) << replaced;
  const auto put = [](std::string query, const std::string& name, const std::string& value) {
    const std::size_t at = query.find(name);
    return at == std::string::npos ? query : query.replace(at, name.size(), value);
  };
  std::size_t queries = 0;
  for (std::size_t at = 0, end = 0; (end = text.find(';', at)) != std::string::npos; at = end + 1) {
    std::string query = text.substr(at, end + 1 - at);
    rows(query);  // is right SQL
    ++queries;
    query = put(put(put(query, "my-order", columns[0]), "my-request", columns[1]), "my-client", columns[2]);
    EXPECT_NE(rows(query), "") << query;
    if (query.find("first_cl_ord_id = ") != std::string::npos) {
      const std::string found = rows(query);
      EXPECT_EQ(std::ranges::count(found, '\n'), std::stoi(columns[3])) << query;
    }
  }
  EXPECT_EQ(queries, 4u);
}

TEST_F(AuditDatabaseTest, ContinuesWhereItsPositionStands) {
  TestLog log;
  TradingHistory history(log, 3);
  history.play(400);
  write(log);
  const std::string whole = everything();

  std::filesystem::remove(file_);
  std::mt19937 random(5);
  Seq fed;
  while (fed < log.last()) {
    auto database = open(log);
    EXPECT_EQ(database->rebuilt_because(), "");
    EXPECT_EQ(database->committed(), fed);
    fed = Seq(std::min<std::uint64_t>(fed.get() + random() % 150, log.last().get()));
    feed(*database, log, Seq(1), fed);  // hosts read from the begin, for what is kept in memory
  }
  EXPECT_EQ(everything(), whole);
  expect_equal(history);
}

TEST_F(AuditDatabaseTest, SessionsShowTheMachinesState) {
  TestLog log;
  test::SessionReplica replica;
  log.listen([&](const Event& event) { replica.apply(event); });
  TradingHistory history(log, 9);
  history.play(300);
  const Incarnation owner = replica.machine.inbound(test::client_session).owner;
  log.put(test::Owner::reset_of(test::copy_session, Generation(1)), test::scheduler_publisher);
  test::lose(log, test::gateway_1, owner);
  auto database = open(log);
  feed(*database, log, Seq(1), log.last());
  EXPECT_EQ(database->digest(), DigestBuilder().add(replica.refdata.digest()).add(replica.machine.digest()).digest());
  database.reset();
  std::string expected;
  for (const SessionDefined& session : replica.refdata.sessions()) {
    const InboundState& in = replica.machine.inbound(session.session);
    const OutboundState& out = replica.machine.outbound(session.session);
    expected += session.their_comp_id.str() + "|" + std::string(name_of(session.role)) + "|" +
                std::to_string(in.generation.get()) + "|" + (in.epoch.is_zero() ? "" : to_text(in.epoch)) + "||0|" +
                std::to_string(in.next_inbound.get()) + "|" + std::to_string(out.next_outbound.get()) + "|" +
                std::to_string(out.applications) + "|" + (session.session == test::copy_session ? "1" : "0") + "\n";
  }
  EXPECT_EQ(rows("SELECT their_comp_id, role, generation, epoch, gateway, connected, next_inbound, next_outbound, "
                 "applications, resets FROM sessions ORDER BY session_id"),
            expected);
}

TEST_F(AuditDatabaseTest, ViewsAnswerTheirQuestions) {
  TestLog log;
  TradingHistory history(log, 4);
  history.play(500);
  write(log);
  const auto count = [&](const std::string& from) { return rows("SELECT count(*) FROM " + from); };
  EXPECT_EQ(count("open_orders"), count("orders WHERE leaves_qty > 0"));
  EXPECT_EQ(count("fills"), count("executions WHERE exec_type = 'F' AND copy = 0"));
  EXPECT_EQ(count("drop_copies"), count("trades"));
  EXPECT_EQ(count("trade_reports"), count("trades"));
  EXPECT_EQ(count("unreported_trades"),
            count("trades WHERE trade_id NOT IN (SELECT trade_id FROM reports WHERE status = 'accepted')"));
  EXPECT_EQ(
      rows("SELECT party, symbol, net FROM positions ORDER BY party"),
      rows("SELECT 'ALPHA', 'AAPL', sum(qty) FROM trades") + rows("SELECT 'DESK', 'AAPL', -sum(qty) FROM trades"));
  EXPECT_EQ(rows("SELECT DISTINCT comp_id FROM fills ORDER BY 1"), "ALPHA1\nDESK1\n");
}

TEST_F(AuditDatabaseTest, ManyRecordsShareATransaction) {
  TestLog log;
  TradingHistory history(log, 6);
  for (int i = 0; i < 3000; ++i) {
    log.put(BenchPayload{}, PublisherId(7));
  }
  auto database = open(log);
  feed(*database, log, Seq(1), log.last());
  EXPECT_LE(database->transactions(), 1U);
  EXPECT_EQ(database->committed(), Seq{});
  log.pass(1);
  feed(*database, log, log.last(), log.last());
  EXPECT_EQ(database->committed(), log.last()) << "the first tick behind a change commits";
  const std::uint64_t before = database->transactions();
  for (int i = 0; i < 100; ++i) {
    log.pass(100'000'000);
    feed(*database, log, log.last(), log.last());
  }
  EXPECT_EQ(database->transactions(), before) << "silence commits nothing";
}

TEST_F(AuditDatabaseTest, DatabaseOfAnotherHistoryIsRebuilt) {
  TestLog other;
  TradingHistory other_history(other, 1);
  other_history.play(200);
  write(other);

  TestLog log;
  TradingHistory history(log, 2);
  history.play(400);
  auto database = open(log);
  EXPECT_THAT(database->rebuilt_because(), HasSubstr("the log holds another record"));
  feed(*database, log, Seq(1), log.last());
  database.reset();
  expect_equal(history);
}

TEST_F(AuditDatabaseTest, DatabaseAheadOfTheLogIsRebuilt) {
  TestLog log;
  TradingHistory history(log, 2);
  history.play(50);
  TestLog longer;
  TradingHistory more(longer, 2);
  more.play(100);
  write(longer);
  auto database = open(log);
  EXPECT_EQ(database->rebuilt_because(), "the database is ahead of the log");
  feed(*database, log, Seq(1), log.last());
  database.reset();
  expect_equal(history);
}

TEST_F(AuditDatabaseTest, DamagedFilesAreRebuilt) {
  TestLog log;
  TradingHistory history(log, 7);
  history.play(300);
  const auto build = [&] {
    auto database = open(log);
    std::string why = database->rebuilt_because();
    feed(*database, log, Seq(1), log.last());
    return why;
  };
  EXPECT_EQ(build(), "");
  const auto size = std::filesystem::file_size(file_);
  const auto torn = [&](std::uintmax_t at) { std::filesystem::resize_file(file_, at); };
  torn(size / 2);
  EXPECT_NE(build(), "");
  expect_equal(history);
  torn(100);
  EXPECT_NE(build(), "");
  expect_equal(history);
  std::ofstream(file_, std::ios::trunc) << "this was never a database, whatever it is called";
  EXPECT_NE(build(), "");
  expect_equal(history);
  {
    std::fstream out(file_, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(4096 * 3));
    out << std::string(4096 * 2, '\xa5');
  }
  EXPECT_NE(build(), "");
  expect_equal(history);
}

TEST_F(AuditDatabaseTest, OtherVersionOfTheTablesIsRebuilt) {
  TestLog log;
  TradingHistory history(log, 7);
  write(log);
  ASSERT_TRUE(Connection::open(runtime::host_system(), file_)->execute("PRAGMA user_version = 999").ok());
  EXPECT_EQ(open(log)->rebuilt_because(), "the database's tables are those of another version");
}

TEST_F(AuditDatabaseTest, EmptyFileIsADatabaseThatWasNeverMade) {
  std::ofstream(file_).flush();
  TestLog log;
  TradingHistory history(log, 7);
  EXPECT_NE(open(log)->rebuilt_because(), "");
}

TEST_F(AuditDatabaseTest, FailedWriteIsFinalAndTold) {
  TestLog log;
  TradingHistory history(log, 7);
  auto database = open(log);
  ASSERT_TRUE(Connection::open(runtime::host_system(), file_)->execute("DROP TABLE orders").ok());
  history.play(100);
  feed(*database, log, Seq(1), log.last());
  EXPECT_TRUE(database->failed());
  EXPECT_THAT(failure_, HasSubstr("orders"));
  EXPECT_EQ(database->committed(), Seq{});
}

TEST_F(AuditDatabaseTest, FolderThatIsNotThereIsNamed) {
  TestLog log;
  TestLogReader reader(log);
  const auto database = AuditDatabase::open(runtime::host_system(), folder_ / "nowhere" / "audit.db", reader, {});
  ASSERT_FALSE(database.ok());
  EXPECT_THAT(database.error().text, HasSubstr("nowhere"));
}

}  // namespace
}  // namespace cantus::regreport
