// The audit database: a projection of the log in SQLite, for people, reports and auditors (docs/audit.md). Hosted with
// host::host_reader(stable_only), so that it never holds what a power cut could take back.
//
// The position that its rows stand for, (seq, term, record hash), is written in the same transaction as they are. At a
// start it is compared with the log; a database that does not belong to the log, is damaged or of another version is
// removed and built anew. What was not committed when the process died is read from the log again.
//
// A transaction takes many records: it ends at `records_max`, when log time has moved `transaction_ns` on, or with the
// first TimeTick behind a change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventlog/reader.h"
#include "messages/machine.h"
#include "regreport/app/audit_projection.h"
#include "regreport/app/sqlite.h"

namespace cantus::regreport {

class AuditDatabase final : public Machine {
 public:
  static constexpr std::size_t records_max = 4096;
  static constexpr std::int64_t transaction_ns = 50'000'000;

  // A failed write is final for this object: `on_failure` is called once, nothing is written afterwards, and what was
  // not committed is rolled back when it goes. To be opened anew then.
  using OnFailure = std::function<void(const Error&)>;

  // Opens `file` of a machine that outlives it, whose folder is there, made if it is not; `log` is only read here, to
  // compare the position.
  [[nodiscard]] static Result<std::unique_ptr<AuditDatabase>> open(runtime::System& host,
                                                                   const std::filesystem::path& file,
                                                                   eventlog::LogReader& log, OnFailure on_failure);
  // How far the rows of a file go, by its own word; 0: it has none yet. Errors: there is no such file, or it is none.
  [[nodiscard]] static Result<Seq> position_in(runtime::System& host, const std::filesystem::path& file);
  // Whether a transaction could be written now, which changes nothing. Also success for a file that `open` would make
  // or build anew.
  [[nodiscard]] static Status try_to_write(runtime::System& host, const std::filesystem::path& file);
  ~AuditDatabase() override;  // commits

  // Whether a database of this build can go on behind that state.
  [[nodiscard]] static bool takes(const SnapshotSections& from) { return AuditProjection::takes(from); }
  // Goes on behind a state at or before committed(), not with the log's first record. Of one that was just opened.
  [[nodiscard]] Status restore(const SnapshotSections& from);

  // Every record of the log from the first, or from behind that state, in order.
  void apply(const Event& event) override { apply(event, false); }
  void apply_void(const Event& record, bool /*may_have_left*/) override { apply(record, true); }
  // Of the machines whose state the rows show.
  [[nodiscard]] Digest digest() const override;

  // Commits what was applied. Nothing to do if nothing was.
  void commit();

  // Called with the position behind each commit, and now if there was one.
  void on_committed(std::function<void(Seq)> f) {
    on_committed_ = std::move(f);
    on_committed_(committed_);
  }
  [[nodiscard]] Seq committed() const { return committed_; }  // its rows are in the file; 0: none
  [[nodiscard]] std::uint64_t transactions() const { return transactions_; }
  // Why the file that was found could not be used; empty if it could, or if there was none.
  [[nodiscard]] const std::string& rebuilt_because() const { return rebuilt_because_; }
  [[nodiscard]] bool failed() const { return failed_; }
  // False once somebody has removed or replaced the file: what is committed then reaches nobody.
  [[nodiscard]] bool file_is_there() const;

 private:
  struct Position {
    std::string venue;  // hexadecimal
    LogNumber log;
    Seq seq;
    Term term;
    std::string record_hash;  // hexadecimal
  };

  AuditDatabase(Connection connection, OnFailure on_failure)
      : connection_(std::move(connection)), on_failure_(std::move(on_failure)) {}

  static Result<std::unique_ptr<AuditDatabase>> open_existing(runtime::System& host, const std::filesystem::path& file,
                                                              eventlog::LogReader& log, const OnFailure& on_failure);
  static Result<std::unique_ptr<AuditDatabase>> make_new(runtime::System& host, const std::filesystem::path& file,
                                                         const OnFailure& on_failure);
  static Result<std::optional<Position>> read_position(Connection& connection);
  static Status compare(const Position& position, eventlog::LogReader& log);
  static Status compare_voided(Seq position, eventlog::LogReader& log);
  void apply(const Event& event, bool is_void);
  Status prepare();
  void note_file(runtime::Files& files, const std::filesystem::path& file);
  void begin();
  void fail(Error error);

  // The connection outlives every statement.
  Connection connection_;
  OnFailure on_failure_;
  std::function<void(Seq)> on_committed_;
  Statement upsert_position_;
  std::unique_ptr<AuditProjection> projection_;
  std::string rebuilt_because_;
  runtime::Files* files_ = nullptr;
  std::filesystem::path file_;
  std::optional<runtime::FileIdentity> file_identity_;
  Seq recorded_;  // rows up to here were in the file when it was opened
  Seq applied_;
  Seq committed_;
  std::vector<std::byte> last_record_;  // of this transaction: header and payload
  TimeNs begun_at_;                     // log time of the transaction's first record
  std::size_t in_transaction_ = 0;      // records; 0: none is open
  bool changed_ = false;                // in this transaction
  bool failed_ = false;
  std::uint64_t transactions_ = 0;
};

}  // namespace cantus::regreport
