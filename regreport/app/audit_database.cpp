#include "regreport/app/audit_database.h"

#include <cstring>
#include <utility>

#include "base/civil_time.h"
#include "base/mutant.h"
#include "base/text.h"
#include "eventlog/hash.h"
#include "regreport/app/audit_schema.h"

namespace cantus::regreport {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

std::string hex(VenueId venue) {
  std::string text;
  append_hex(text, venue.get());
  return text;
}

// The write-ahead log is synced at checkpoints only: a power cut may take the last transactions, never half of one, and
// the log has them still.
constexpr const char* settings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;";

// It can be built anew.
Status can_begin(eventlog::LogReader& log) {
  if (log.first() == Seq(1)) {
    return {};
  }
  Status read = log.seek(Seq(1));
  if (read) {
    const Result<std::optional<Event>> first = log.next();
    read = first ? Status() : Status(first.error());
  }
  return read ? std::move(read)
              : Status(Error{ErrorCode::failed, read.error().text}.context(
                    "the audit database can only be built anew from the log's first record"));
}

void remove_database(runtime::Files& files, const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const Status ignored = files.remove(file.string() + suffix);
  }
}

}  // namespace

Result<std::unique_ptr<AuditDatabase>> AuditDatabase::open(runtime::System& host, const std::filesystem::path& file,
                                                           eventlog::LogReader& log, OnFailure on_failure) {
  if (!host.files().exists(file)) {
    if (Status readable = can_begin(log); !readable) {
      return std::move(readable).error();
    }
    remove_database(host.files(),
                    file);  // what SQLite keeps beside a file that is gone must not be taken for the new one's
    return make_new(host, file, on_failure);
  }
  auto existing = open_existing(host, file, log, on_failure);
  if (existing) {
    return existing;
  }
  if (existing.error().code != ErrorCode::corrupt && existing.error().code != ErrorCode::refused) {
    return existing;  // the environment's fault, not the file's
  }
  const std::string why = existing.error().text;
  if (Status readable = can_begin(log); !readable) {  // it is better than none
    return std::move(readable).error().context(why);
  }
  remove_database(host.files(), file);
  auto made = make_new(host, file, on_failure);
  if (made) {
    (*made)->rebuilt_because_ = why;
  }
  return made;
}

Result<Seq> AuditDatabase::position_in(runtime::System& host, const std::filesystem::path& file) {
  if (!host.files().exists(file)) {
    return Error{ErrorCode::not_found, "there is none"};
  }
  Result<Connection> connection = Connection::open(host, file);
  if (!connection) {
    return std::move(connection).error();
  }
  Result<std::optional<Position>> position = read_position(*connection);
  if (!position || !position->has_value()) {
    // A full disk may have no room for what SQLite's readers share. Alone it needs none.
    connection = Connection::open(host, file);
    if (connection && connection->execute("PRAGMA locking_mode = EXCLUSIVE")) {
      position = read_position(*connection);
    }
  }
  return !position ? Result<Seq>(position.error()) : position->has_value() ? (*position)->seq : Seq{};
}

Status AuditDatabase::try_to_write(runtime::System& host, const std::filesystem::path& file) {
  if (!host.files().exists(file)) {
    return {};
  }
  Result<Connection> connection = Connection::open(host, file);
  if (!connection) {
    return std::move(connection).error();
  }
  Status status = connection->execute(std::string(settings) + "UPDATE position SET seq = seq;");
  const bool passing =
      !status && (status.error().code == ErrorCode::no_space || status.error().code == ErrorCode::already_in_use);
  return passing ? std::move(status) : Status();
}

// Corrupt or refused: the file is there but is not this log's database.
Result<std::unique_ptr<AuditDatabase>> AuditDatabase::open_existing(runtime::System& host,
                                                                    const std::filesystem::path& file,
                                                                    eventlog::LogReader& log,
                                                                    const OnFailure& on_failure) {
  Result<Connection> connection = Connection::open(host, file);
  if (!connection) {
    return std::move(connection).error();
  }
  Result<Statement> check = connection->prepare("PRAGMA quick_check(1)");
  if (!check) {
    return std::move(check).error();
  }
  check->start();
  if (!check->step() || check->text(0) != "ok") {
    return Error{ErrorCode::corrupt, "the database is damaged"};
  }
  check = Statement{};
  Result<std::optional<Position>> position = read_position(*connection);
  if (!position) {
    return std::move(position).error();
  }
  if (position->has_value()) {
    if (Status same = compare(**position, log); !same) {
      return std::move(same).error();
    }
  }
  std::unique_ptr<AuditDatabase> database(new AuditDatabase(std::move(*connection), on_failure));
  if (Status prepared = database->prepare(); !prepared) {
    return std::move(prepared).error();
  }
  database->recorded_ = position->has_value() ? (*position)->seq : Seq{};
  database->committed_ = database->recorded_;
  database->note_file(host.files(), file);
  return database;
}

Result<std::unique_ptr<AuditDatabase>> AuditDatabase::make_new(runtime::System& host, const std::filesystem::path& file,
                                                               const OnFailure& on_failure) {
  Result<Connection> connection = Connection::open(host, file);
  if (!connection) {
    return std::move(connection).error();
  }
  const std::string make = std::string(settings) +
                           "BEGIN; PRAGMA user_version = " + std::to_string(audit_schema_version) + ";" + audit_schema +
                           "COMMIT;";
  if (Status made = connection->execute(make); !made) {
    return std::move(made).error().context("making the audit database " + file.string());
  }
  std::unique_ptr<AuditDatabase> database(new AuditDatabase(std::move(*connection), on_failure));
  if (Status prepared = database->prepare(); !prepared) {
    return std::move(prepared).error();
  }
  database->note_file(host.files(), file);
  return database;
}

void AuditDatabase::note_file(runtime::Files& files, const std::filesystem::path& file) {
  files_ = &files;
  file_ = file;
  file_identity_ = files.identity(file);
}

bool AuditDatabase::file_is_there() const { return files_->identity(file_) == file_identity_; }

Status AuditDatabase::prepare() {
  if (Status set = connection_.execute(settings); !set) {
    return set;
  }
  Result<Statement> upsert = connection_.prepare("INSERT OR REPLACE INTO position VALUES (1, ?, ?, ?, ?, ?, ?)");
  if (!upsert) {
    return std::move(upsert).error();
  }
  upsert_position_ = std::move(*upsert);
  Result<std::unique_ptr<AuditProjection>> projection = AuditProjection::make(connection_);
  if (!projection) {
    return std::move(projection).error();
  }
  projection_ = std::move(*projection);
  return {};
}

Result<std::optional<AuditDatabase::Position>> AuditDatabase::read_position(Connection& connection) {
  Result<Statement> version = connection.prepare("PRAGMA user_version");
  if (!version) {
    return std::move(version).error();
  }
  version->start();
  if (!version->step() || version->number(0) != audit_schema_version) {
    return Error{ErrorCode::refused, "the database's tables are those of another version"};
  }
  Result<Statement> query = connection.prepare("SELECT venue, log, seq, term, record_hash FROM position");
  if (!query) {
    return Error{ErrorCode::refused, "the database has no position"};
  }
  query->start();
  if (!query->step()) {
    return std::optional<Position>();
  }
  Position position;
  position.venue = query->text(0);
  position.log = LogNumber(static_cast<std::uint32_t>(query->number(1)));
  position.seq = Seq(static_cast<std::uint64_t>(query->number(2)));
  position.term = Term(static_cast<std::uint32_t>(query->number(3)));
  position.record_hash = query->text(4);
  return std::optional(position);
}

Status AuditDatabase::compare(const Position& position, eventlog::LogReader& log) {
  if (position.venue != hex(log.identity().venue)) {
    return Error{ErrorCode::refused, "the database belongs to another venue"};
  }
  if (position.seq.is_zero() || position.seq > log.synced()) {
    return Error{ErrorCode::refused, "the database is ahead of the log"};
  }
  if (Status found = log.seek(position.seq); !found) {
    return Error{ErrorCode::failed, found.error().text}.context("comparing the audit database with the log");
  }
  Result<std::optional<Event>> event = log.next();
  if (!event) {
    return Error{ErrorCode::failed, event.error().text}.context("comparing the audit database with the log");
  }
  if (!event->has_value() || (*event)->header->term != position.term ||
      hex(eventlog::record_hash(**event).bytes) != position.record_hash) {
    return Error{ErrorCode::refused,
                 "the log holds another record " + std::to_string(position.seq.get()) + " than the database"};
  }
  return compare_voided(position.seq, log);
}

// Rows of what the log voids behind the database's position are of no worth. The log stands behind that position.
Status AuditDatabase::compare_voided(Seq position, eventlog::LogReader& log) {
  Exceptions behind;
  while (log.position() < log.synced()) {
    const Result<std::optional<Event>> event = log.next();
    if (!event) {
      return Error{ErrorCode::failed, event.error().text}.context("comparing the audit database with the log");
    }
    if (!event->has_value()) {
      break;
    }
    behind.apply(**event);
  }
  return behind.unsound(position) ? Status(Error{ErrorCode::refused, "the log voids what the database holds"})
                                  : Status();
}

Status AuditDatabase::restore(const SnapshotSections& from) {
  const Seq position = from.taken_at().position.seq();
  if (position > recorded_) {
    return Error{ErrorCode::refused, "the state is of a later position than the rows are"};
  }
  Status restored = projection_->restore(connection_, from);
  applied_ = restored ? position : applied_;
  return restored;
}

AuditDatabase::~AuditDatabase() { commit(); }

void AuditDatabase::apply(const Event& event, bool is_void) {
  const RecordHeader& header = *event.header;
  CANTUS_ASSERT(header.seq == applied_.next(), "the audit database reads every record in order");
  applied_ = header.seq;
  const bool write = header.seq > (CANTUS_MUTANT(audit_skips_a_record) ? recorded_.next() : recorded_) && !failed_;
  if (write && in_transaction_ == 0) {
    begin();
    begun_at_ = header.time;
  }
  const bool changed = projection_->apply(event, write, is_void);
  if (!write) {
    return;
  }
  if (!projection_->ok()) {
    return fail(connection_.last_error("writing record " + std::to_string(header.seq.get())));
  }
  changed_ = changed_ || changed;
  ++in_transaction_;
  last_record_.resize(header.length);
  std::memcpy(last_record_.data(), &header, sizeof(header));
  std::memcpy(last_record_.data() + sizeof(header), event.payload, event.payload_size());
  const bool late = changed_ && (header.time.get() - begun_at_.get() >= transaction_ns || event.is<TimeTick>());
  if (late || in_transaction_ >= records_max) {
    commit();
  }
}

Digest AuditDatabase::digest() const {
  return DigestBuilder().add(projection_->reference_data().digest()).add(projection_->sessions().digest()).digest();
}

void AuditDatabase::begin() {
  if (Status begun = connection_.execute("BEGIN IMMEDIATE"); !begun) {
    fail(std::move(begun).error());
  }
}

void AuditDatabase::commit() {
  if (in_transaction_ == 0 || failed_) {
    return;
  }
  projection_->finish_batch();
  RecordHeader last;
  std::memcpy(&last, last_record_.data(), sizeof(last));
  const Hash256 hash = eventlog::record_hash(Event{&last, last_record_.data() + sizeof(last)});
  const bool positioned = upsert_position_.run(hex(last.venue), last.log.get(), last.seq.get(), last.term.get(),
                                               hex(hash.bytes), utc_text(last.time));
  if (!projection_->ok() || !positioned) {
    return fail(connection_.last_error("writing the position"));
  }
  if (Status committed = connection_.execute("COMMIT"); !committed) {
    return fail(std::move(committed).error());
  }
  committed_ = last.seq;
  in_transaction_ = 0;
  changed_ = false;
  ++transactions_;
  if (on_committed_) {
    on_committed_(committed_);
  }
}

void AuditDatabase::fail(Error error) {
  if (!std::exchange(failed_, true) && on_failure_) {
    on_failure_(std::move(error).context("the audit database"));
  }
}

}  // namespace cantus::regreport
