// Tables and views of the audit database; docs/audit.md explains them. A change raises `audit_schema_version`:
// databases of another version are built anew from the log.
#pragma once

namespace cantus::regreport {

inline constexpr int audit_schema_version = 3;

// Identifiers are texts "log-seq". Prices and amounts are exact decimals in texts, times UTC with nanoseconds in texts
// that sort; quantities, numbers and positions are integers.
inline constexpr const char* audit_schema = R"sql(
CREATE TABLE position (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  venue TEXT NOT NULL, log INTEGER NOT NULL,
  seq INTEGER NOT NULL, term INTEGER NOT NULL, record_hash TEXT NOT NULL, time TEXT NOT NULL
) STRICT;

CREATE TABLE parties (
  party_id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  session_id INTEGER PRIMARY KEY,
  our_comp_id TEXT NOT NULL, their_comp_id TEXT NOT NULL, role TEXT NOT NULL, party_id INTEGER,
  generation INTEGER NOT NULL, epoch TEXT, gateway TEXT, connected INTEGER NOT NULL,
  next_inbound INTEGER NOT NULL, next_outbound INTEGER NOT NULL,
  delivered INTEGER NOT NULL, applications INTEGER NOT NULL,
  logons INTEGER NOT NULL, resets INTEGER NOT NULL,
  taken_time TEXT, down_time TEXT
) STRICT;

CREATE TABLE orders (
  order_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, time TEXT NOT NULL, transact_time TEXT,
  session_id INTEGER NOT NULL, party_id INTEGER, account TEXT NOT NULL, symbol TEXT NOT NULL,
  side TEXT NOT NULL, ord_type TEXT NOT NULL, time_in_force TEXT NOT NULL,
  cl_ord_id TEXT NOT NULL, first_cl_ord_id TEXT NOT NULL, price TEXT, worst_price TEXT, order_qty INTEGER NOT NULL,
  cum_qty INTEGER NOT NULL, leaves_qty INTEGER NOT NULL, cum_notional TEXT NOT NULL, avg_px TEXT,
  ord_status TEXT NOT NULL, reason TEXT,
  updated_seq INTEGER NOT NULL, updated_time TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_first_cl_ord_id ON orders (first_cl_ord_id);

CREATE TABLE executions (
  exec_id TEXT NOT NULL, session_id INTEGER NOT NULL, copy INTEGER NOT NULL,
  seq INTEGER NOT NULL, time TEXT NOT NULL, order_id TEXT NOT NULL,
  exec_type TEXT NOT NULL, ord_status TEXT NOT NULL, cl_ord_id TEXT, orig_cl_ord_id TEXT, symbol TEXT, side TEXT,
  price TEXT, order_qty INTEGER, last_px TEXT, last_qty INTEGER,
  cum_qty INTEGER NOT NULL, leaves_qty INTEGER NOT NULL, avg_px TEXT, text TEXT,
  PRIMARY KEY (exec_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX executions_by_order ON executions (order_id);

CREATE TABLE refusals (
  seq INTEGER NOT NULL, session_id INTEGER NOT NULL, time TEXT NOT NULL, msg_type TEXT NOT NULL,
  cl_ord_id TEXT, reason INTEGER, text TEXT, body TEXT NOT NULL,
  PRIMARY KEY (seq, session_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE trades (
  trade_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, time TEXT NOT NULL, symbol TEXT NOT NULL,
  price TEXT NOT NULL, qty INTEGER NOT NULL,
  buy_order_id TEXT NOT NULL, sell_order_id TEXT NOT NULL, buyer_id INTEGER NOT NULL, seller_id INTEGER NOT NULL
) STRICT;

CREATE TABLE reports (
  trade_id TEXT PRIMARY KEY, withdraws TEXT, session_id INTEGER NOT NULL, attempts INTEGER NOT NULL,
  submitted_time TEXT NOT NULL, last_attempt_time TEXT NOT NULL,
  status TEXT NOT NULL, answered_seq INTEGER, answered_time TEXT, reject_reason INTEGER, text TEXT
) STRICT;

CREATE VIEW open_orders AS
  SELECT o.*, s.their_comp_id AS comp_id, p.name AS party FROM orders o
  JOIN sessions s USING (session_id) LEFT JOIN parties p ON p.party_id = o.party_id WHERE o.leaves_qty > 0;
CREATE VIEW fills AS
  SELECT e.*, s.their_comp_id AS comp_id FROM executions e JOIN sessions s USING (session_id)
  WHERE e.exec_type = 'F' AND e.copy = 0;
CREATE VIEW drop_copies AS
  SELECT e.*, s.their_comp_id AS comp_id FROM executions e JOIN sessions s USING (session_id) WHERE e.copy = 1;
CREATE VIEW trade_reports AS
  SELECT t.*, b.name AS buyer, v.name AS seller, r.attempts, r.submitted_time, r.status, r.answered_time
  FROM trades t JOIN parties b ON b.party_id = t.buyer_id JOIN parties v ON v.party_id = t.seller_id
  LEFT JOIN reports r USING (trade_id);
CREATE VIEW unreported_trades AS
  SELECT * FROM trade_reports WHERE status IS NULL OR status NOT IN ('accepted', 'duplicate');
CREATE VIEW positions AS
  SELECT p.name AS party, f.symbol, SUM(f.bought) AS bought, SUM(f.sold) AS sold, SUM(f.bought) - SUM(f.sold) AS net
  FROM (SELECT buyer_id AS party_id, symbol, qty AS bought, 0 AS sold FROM trades
        UNION ALL SELECT seller_id, symbol, 0, qty FROM trades) f
  JOIN parties p USING (party_id) GROUP BY p.name, f.symbol;
)sql";

}  // namespace cantus::regreport
