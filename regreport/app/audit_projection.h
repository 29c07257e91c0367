// From messages of the log to rows of the audit database. Executions and refusals are read out of the very messages
// that the sessions get (fix/render.h), so that a row says what the client was told.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fix/render.h"
#include "messages/record.h"
#include "messages/snapshot.h"
#include "refdata/reference_data.h"
#include "regreport/app/sqlite.h"
#include "sessions/session_machine.h"

namespace cantus::regreport {

class AuditProjection {
 public:
  // The connection holds the schema; it outlives the projection.
  [[nodiscard]] static Result<std::unique_ptr<AuditProjection>> make(Connection& connection);

  // Whether this build can begin with it: another one may have written it.
  [[nodiscard]] static bool takes(const SnapshotSections& from);

  // Every event in order. `write` false: its rows are there already, only what later rows need is kept in memory.
  // True if it changed a row or will do so at the next `finish_batch`.
  // A void record (messages/exceptions.h) has its numbers and no rows.
  bool apply(const Event& event, bool write, bool is_void = false);
  // Instead of every event up to the state's position, which the connection's rows stand for, or a later one. Of one
  // that has applied nothing.
  [[nodiscard]] Status restore(Connection& connection, const SnapshotSections& from);
  // Rows of sessions that changed since the last time; before each commit.
  void finish_batch();
  // False once a row could not be written; nothing is written after that.
  [[nodiscard]] bool ok() const { return ok_; }

  [[nodiscard]] const ReferenceData& reference_data() const { return refdata_; }
  [[nodiscard]] const SessionMachine& sessions() const { return sessions_; }

 private:
  struct SessionCounts {
    std::uint64_t logons = 0;
    std::uint64_t resets = 0;
    bool changed = false;
  };

  AuditProjection() : sessions_(refdata_) {}
  [[nodiscard]] Status prepare(Connection& connection);

  void note_sessions(const Event& event, bool count);
  void mark(SessionId session);
  bool write_event(const Event& event);
  void write_party(const PartyDefined& party);
  void write_order(const NewOrder& order, const Event& event);
  void write_order_view(const OrderView& order, std::string_view reason, const Event& event);
  void write_rejected(const OrderRejected& rejected, const Event& event);
  void write_trade(const Trade& trade, const Event& event);
  void write_submit(const ReportSubmit& submit, const Event& event);
  void write_answer(const ReportAnswered& answered, const Event& event);
  void write_report(const ReportRef& report, const Event& event);
  void write_session(const SessionDefined& session);
  template <class... Values>
  void run(Statement& statement, const Values&... values) {
    ok_ = ok_ && statement.run(values...);
  }
  [[nodiscard]] std::string symbol_of(InstrumentId instrument) const;
  [[nodiscard]] std::string gateway_name(PublisherId publisher) const;

  ReferenceData refdata_;
  SessionMachine sessions_;
  std::vector<SessionCounts> counts_;  // by session id - 1
  bool counted_ = false;               // counts_ are those of the rows, and so of events that are not written again
  std::vector<PublisherDefined> publishers_;
  fix::Rendered rendered_;
  bool ok_ = true;

  Statement insert_party_;
  Statement upsert_session_;
  Statement insert_order_;
  Statement update_order_;
  Statement reject_order_;
  Statement insert_execution_;
  Statement insert_refusal_;
  Statement insert_trade_;
  Statement upsert_report_;
  Statement answer_report_;
};

}  // namespace cantus::regreport
