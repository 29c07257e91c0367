#include "regreport/app/audit_service.h"

#include <csignal>
#include <utility>

#include "runtime/logging.h"
#include "runtime/scheduling.h"

namespace cantus::regreport {
namespace {

constexpr std::chrono::milliseconds look_every{200};

// Signals are for the process's own loop.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

AuditService::AuditService(runtime::Loop& owner, const runtime::Clock& clock, AuditOptions options, host::OnFatal fatal)
    : owner_(owner),
      clock_(clock),
      options_(std::move(options)),
      fatal_(std::move(fatal)),
      loop_(runtime::make_loop(runtime::WaitMode::adaptive)),
      thread_([this] { run(); }) {}

AuditService::~AuditService() {
  loop_->stop();
  thread_.join();
}

void AuditService::run() {
  block_signals();
  runtime::give_way();
  // Until the log is there, and whether the file still is.
  const auto look = loop_->network().every(look_every, [this] {
    leave_removed_file();
    try_to_open();
  });
  try_to_open();
  loop_->run();
  participant_.reset();
  database_.reset();
}

void AuditService::leave_removed_file() {
  if (failed_ || database_ == nullptr || database_->file_is_there()) {
    return;
  }
  runtime::log_warning("the audit database " + options_.file.string() +
                       " was removed or replaced; it is built anew from the log");
  participant_.reset();
  database_.reset();
  committed_.store(0, std::memory_order_release);
}

void AuditService::try_to_open() {
  if (failed_ || participant_ != nullptr) {
    return;
  }
  Result<std::unique_ptr<eventlog::LogReader>> log =
      eventlog::open_log(options_.paths.journal(), options_.paths.memory);
  if (!log) {
    return log.error().code == ErrorCode::not_found ? void() : fail(log.error().text);
  }
  auto database = AuditDatabase::open(options_.file, **log, [this](const Error& error) { fail(error.text); });
  if (!database) {
    return fail(database.error().text);
  }
  database_ = std::move(*database);
  database_->on_committed([this](Seq seq) { committed_.store(seq.get(), std::memory_order_release); });
  if (!database_->rebuilt_because().empty()) {
    runtime::log_info("the audit database is built anew: " + database_->rebuilt_because());
  }
  host::ParticipantOptions options;
  options.paths = options_.paths;
  options.publisher = "audit";
  auto participant = host::host_reader(*loop_, clock_, std::move(options), *database_, true,
                                       [this](const std::string& why) { fail(why); });
  if (!participant) {
    return fail(participant.error().text);
  }
  participant_ = std::move(*participant);
}

void AuditService::fail(const std::string& why) {
  if (!std::exchange(failed_, true)) {
    owner_.post([fatal = fatal_, why] { fatal(why); });
    loop_->stop();
  }
}

}  // namespace cantus::regreport
