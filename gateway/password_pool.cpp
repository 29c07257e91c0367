#include "gateway/password_pool.h"

#include <openssl/crypto.h>

#include <utility>

#include "refdata/app/password.h"

namespace cantus::gateway {

void AttemptLimit::forget_old(Failures& failures, std::int64_t now_ns) const {
  while (failures.count > 0 && now_ns - failures.since_ns >= options_.refill_ns) {
    --failures.count;
    failures.since_ns += options_.refill_ns;
  }
}

// Makes room, if there is none, by forgetting the addresses whose failures are over; not more often than one can end.
void AttemptLimit::forget_all_old(std::int64_t now_ns) {
  if (by_address_.size() < options_.addresses_max || now_ns < look_again_ns_) {
    return;
  }
  look_again_ns_ = now_ns + options_.refill_ns;
  for (auto entry = by_address_.begin(); entry != by_address_.end();) {
    forget_old(entry->second, now_ns);
    entry = entry->second.count == 0 ? by_address_.erase(entry) : std::next(entry);
  }
}

bool AttemptLimit::may_try(const std::string& address, std::int64_t now_ns) {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) {
    forget_all_old(now_ns);
    return by_address_.size() < options_.addresses_max;
  }
  forget_old(found->second, now_ns);
  if (found->second.count == 0) {
    by_address_.erase(found);
    return true;
  }
  return found->second.count < options_.attempts_per_address;
}

void AttemptLimit::failed(const std::string& address, std::int64_t now_ns) {
  if (!by_address_.contains(address)) {
    forget_all_old(now_ns);
    if (by_address_.size() >= options_.addresses_max) {
      return;  // the newcomer goes uncounted, but may_try refuses it
    }
  }
  Failures& failures = by_address_[address];
  forget_old(failures, now_ns);
  if (failures.count == 0) {
    failures.since_ns = now_ns;
  }
  ++failures.count;
}

struct PasswordPool::Job {
  Job(const PasswordVerifier& verifier_in, std::string password_in, Answer answer_in)
      : verifier(verifier_in), password(std::move(password_in)), answer(std::move(answer_in)) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() { OPENSSL_cleanse(password.data(), password.size()); }

  PasswordVerifier verifier;
  std::string password;
  Answer answer;
};

PasswordPool::PasswordPool(runtime::System& system, runtime::Loop& loop, PasswordPoolOptions options)
    : loop_(loop),
      options_(options),
      aside_(system.run_aside("passwords", runtime::Share::ordinary,
                              {[this](runtime::Aside& aside) { on_ = &aside; }, {}})) {}

PasswordPool::~PasswordPool() { *alive_ = false; }

bool PasswordPool::check(const PasswordVerifier& verifier, std::string password, Answer answer) {
  const auto job = std::make_shared<Job>(verifier, std::move(password), std::move(answer));
  if (queued_.load() >= options_.queued_max) {
    return false;
  }
  ++queued_;
  aside_->loop().post([this, job] { work(*job); });
  return true;
}

void PasswordPool::work(Job& job) {
  --queued_;
  if (!on_->rest({})) {
    return;
  }
  const bool right = refdata::verify_password(job.verifier, job.password);
  loop_.post([alive = alive_, answer = std::move(job.answer), right] {
    if (*alive) {
      answer(right);
    }
  });
}

}  // namespace cantus::gateway
