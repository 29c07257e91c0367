#include "regreport/app/audit_service.h"

#include <algorithm>
#include <utility>

#include "runtime/logging.h"

namespace cantus::regreport {
namespace {

constexpr std::chrono::milliseconds look_every{200};
constexpr std::int64_t first_retry_ns = 1'000'000'000;
constexpr std::int64_t last_retry_ns = 30'000'000'000;

}  // namespace

AuditService::AuditService(runtime::System& system, AuditOptions options)
    : system_(system),
      options_(std::move(options)),
      aside_(system.run_aside("audit", runtime::Share::less,
                              {[this](runtime::Aside& aside) { begin(aside); }, [this] { end(); }})) {}

void AuditService::begin(runtime::Aside& aside) {
  loop_ = &aside.loop();
  look_ = loop_->network().every(look_every, [this] { look(); });
  look();
}

void AuditService::end() {
  look_.reset();
  participant_.reset();
  database_.reset();
}

// Opens what is not open, when it is time for it; leaves what is of no use any more.
void AuditService::look() {
  const bool removed = !failed_ && database_ != nullptr && !database_->file_is_there();
  if (removed) {
    runtime::log_warning("the audit database " + options_.file.string() +
                         " was removed or replaced; it is built anew from the log");
    committed_.store(0, std::memory_order_release);
  }
  const bool rebuild = std::exchange(rebuild_, false);
  if (std::exchange(failed_, false) || removed || rebuild) {
    participant_.reset();
    database_.reset();
    failed_ = false;  // what it could not commit at its end is no news
  }
  if (removed || rebuild) {
    not_before_ns_ = retry_ns_ = 0;
    trouble_.clear();
  }
  if (participant_ != nullptr || system_.clock().monotonic_ns() < not_before_ns_) {
    return;
  }
  // Reading the log again is for nothing as long as nothing can be written.
  if (!trouble_.empty()) {
    if (Status writable = AuditDatabase::try_to_write(system_, options_.file); !writable) {
      return fail(writable.error().text);
    }
  }
  if (Status opened = open(); !opened) {
    fail(opened.error().text);
  }
}

Status AuditService::open() {
  Result<std::unique_ptr<eventlog::LogReader>> log =
      eventlog::open_log(system_.files(), options_.paths.journal(), options_.paths.memory);
  if (!log) {
    return log.error().code == ErrorCode::not_found ? Status() : Status(std::move(log).error());
  }
  auto database = AuditDatabase::open(system_, options_.file, **log, [this](const Error& error) { fail(error.text); });
  if (!database) {
    return std::move(database).error();
  }
  database_ = std::move(*database);
  committed_.store(database_->committed().get(), std::memory_order_release);
  database_->on_committed([this](Seq seq) { on_committed(seq); });
  if (!database_->rebuilt_because().empty()) {
    runtime::log_info("the audit database is built anew: " + database_->rebuilt_because());
  }
  host::ParticipantOptions options;
  options.paths = options_.paths;
  options.publisher = "audit";
  if (((*log)->first() > Seq(1) || unreadable_) && options_.find_state) {
    if (Status begun = begin_behind_state(options); !begun) {
      database_.reset();
      if ((*log)->first() > Seq(1)) {
        return begun;
      }
      // What ended the reader may have been another thing than a place of the log.
      unreadable_ = false;
      return open();
    }
  }
  options.rebuild = [this](const std::string&) { rebuild_ = true; };  // the host has said why
  options.build = options_.build;
  options.reading = options_.reading;
  options.too_old = options_.too_old;
  auto participant =
      host::host_reader(*loop_, system_, std::move(options), *database_, true, [this](const std::string& why) {
        unreadable_ = true;  // an old place of the log may be damaged
        fail(why);
      });
  if (!participant) {
    database_.reset();
    return std::move(participant).error();
  }
  participant_ = std::move(*participant);
  return {};
}

Status AuditService::begin_behind_state(host::ParticipantOptions& options) {
  const std::shared_ptr<const SnapshotSections> state = options_.find_state(database_->committed());
  if (state == nullptr) {
    unreadable_ = false;
    return {};  // the log is read from its first record, if it can be
  }
  auto from = std::make_shared<host::StartFrom>();
  from->position = state->taken_at().position.seq();
  Status restored = from->facts.restore(*state);
  if (restored) {
    restored = database_->restore(*state);
  }
  options.start_from = std::move(from);
  return restored ? std::move(restored) : Status(std::move(restored).error().context("the audit database's start"));
}

void AuditService::on_committed(Seq seq) {
  if (participant_ == nullptr) {
    return;  // what an earlier process wrote
  }
  committed_.store(seq.get(), std::memory_order_release);
  retry_ns_ = 0;
  if (!std::exchange(trouble_, std::string()).empty()) {
    runtime::log_info("the audit database is written again, through " + std::to_string(seq.get()));
  }
}

// May be called by what is open, which therefore goes only when it is looked at next.
void AuditService::fail(const std::string& why) {
  failed_ = true;
  ++failures_;
  retry_ns_ = std::clamp(2 * retry_ns_, first_retry_ns, last_retry_ns);
  not_before_ns_ = system_.clock().monotonic_ns() + retry_ns_;
  if (std::exchange(trouble_, why) != why) {
    runtime::log_error("the audit database cannot be written and is tried again: " + why);
  }
}

}  // namespace cantus::regreport
