#include "tests/sim/process.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace cantus::sim {
namespace {

constexpr std::uint64_t what_works = 0x776f726b;
constexpr std::int64_t time_of_a_wait_ns = 20'000;
constexpr int steps_to_end_max = 1'000'000;
constexpr std::int64_t never_ns = INT64_MAX;

}  // namespace

// Steps of a worker are events: how long each takes and how late it begins is drawn.
class SimWorker final : public runtime::Worker {
 public:
  SimWorker(ProcessSystem& system, Draws draws) : system_(system), draws_(draws) {}
  ~SimWorker() override { SimWorker::join(); }
  SimWorker(const SimWorker&) = delete;
  SimWorker& operator=(const SimWorker&) = delete;

  void begin(std::function<runtime::Next()> step) override {
    step_ = std::move(step);
    schedule(draws_.between(1'000, 50'000));
  }
  void wake() override {
    woken_ = true;
    if (step_ && waits_) {
      schedule(draws_.between(1'000, 50'000));
    }
  }
  void join() override {
    for (int i = 0; step_ && !system_.dead(); ++i) {
      CANTUS_ASSERT(i < steps_to_end_max, "a worker that was told to end ends");
      step();
    }
    step_ = nullptr;
    ++turn_;
  }

 private:
  void schedule(std::int64_t in_ns) {
    waits_ = false;
    const std::int64_t now_ns = system_.ground_.queue.now_ns();
    const std::int64_t when_ns = system_.pace_.late(now_ns, now_ns + in_ns);
    system_.ground_.queue.at(when_ns, what_works, [alive = std::weak_ptr<bool>(alive_), this, mine = ++turn_] {
      if (!alive.expired() && turn_ == mine && step_ && !system_.dead()) {
        step();
      }
    });
  }
  // It may die within a call; then whoever waits for it waits for nobody.
  void step() {
    const CodeOf code(&system_);
    try {
      step_alive();
    } catch (const Died&) {
      waits_ = true;
    }
  }
  void step_alive() {
    if (system_.pace_.is_stuck(system_.ground_.queue.now_ns())) {
      schedule(1);
      return;
    }
    woken_ = false;
    const runtime::Next next = step_();
    if (next.is_nothing()) {
      step_ = nullptr;
    } else if (next.is_step() || woken_) {
      schedule(draws_.between(1'000, 100'000));
    } else {
      wait(next);
    }
  }
  void wait(const runtime::Next& next) {
    std::int64_t in_ns = next.at_most() ? std::chrono::nanoseconds(*next.at_most()).count() : never_ns;
    if (system_.pace_.wakes_for_nothing && draws_.one_in(4)) {
      in_ns = std::min(in_ns, draws_.between(1'000, ProcessPace::woken_within_ns));
    }
    if (in_ns != never_ns) {
      schedule(in_ns);
    }
    waits_ = true;
  }

  ProcessSystem& system_;
  Draws draws_;
  std::function<runtime::Next()> step_;
  bool woken_ = false;
  bool waits_ = false;
  std::uint64_t turn_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class SimAside final : public runtime::Aside {
 public:
  SimAside(ProcessSystem& system, std::uint64_t seed, const std::string& name, runtime::AsideWork work)
      : system_(system),
        work_(std::move(work)),
        loop_(system.ground_, system.host_.clock, seed, name, &system.pace_, &system) {
    system_.asides_.push_back(this);
    loop_.soon([this] {
      begun_ = true;
      if (work_.begin) {
        work_.begin(*this);
      }
    });
  }
  ~SimAside() override {
    ending_ = true;
    if (begun_ && work_.end) {
      work_.end();
    }
    std::erase(system_.asides_, this);
  }
  SimAside(const SimAside&) = delete;
  SimAside& operator=(const SimAside&) = delete;

  [[nodiscard]] runtime::Loop& loop() override { return loop_; }
  // Nobody else could do anything meanwhile, so time would not pass.
  [[nodiscard]] bool rest(std::chrono::nanoseconds) override { return !ending_; }
  void die() { loop_.die(); }

 private:
  ProcessSystem& system_;
  const runtime::AsideWork work_;
  SimLoop loop_;
  bool begun_ = false;
  bool ending_ = false;
};

ProcessSystem::ProcessSystem(Ground& ground, SimHost& host, std::uint64_t seed, const std::string& name,
                             OnDeath on_death)
    : ground_(ground),
      host_(host),
      name_(name),
      seed_(seed),
      draws_(seed, name + " random"),
      on_death_(std::move(on_death)),
      files_(host.files, host.disk, on_death_),
      files_of_database_(files_, false),
      database_files_(files_of_database_, host.clock, host.database_locks, Draws(seed, name + " database")) {}
ProcessSystem::~ProcessSystem() = default;

std::unique_ptr<runtime::Worker> ProcessSystem::make(const std::string& name, runtime::Share) {
  return std::make_unique<SimWorker>(*this, Draws(seed_ + ++made_, name_ + " " + name));
}

std::unique_ptr<runtime::Aside> ProcessSystem::run_aside(const std::string& name, runtime::Share,
                                                         runtime::AsideWork work) {
  return std::make_unique<SimAside>(*this, seed_ + ++made_, name_ + " " + name, std::move(work));
}

void ProcessSystem::let_work() {
  const CodeOf others(nullptr);
  bool passed = false;
  ground_.queue.after(time_of_a_wait_ns, what_works, [&passed] { passed = true; });
  while (!passed) {
    ground_.step();
  }
  if (dead_) {
    throw Died();
  }
}

void ProcessSystem::die() {
  dead_ = true;
  files_.die();
  for (SimAside* const aside : asides_) {
    aside->die();
  }
}

void ProcessSystem::die_of_record() {
  die();
  if (on_death_) {
    on_death_(std::nullopt);
  }
}

SimProcess::SimProcess(Ground& ground, SimHost& host, std::uint64_t seed, const std::string& name, OnDeath on_death)
    : on_death_(std::move(on_death)),
      system_(ground, host, seed, name,
              [this](std::optional<CallEnd> call) {
                fall();
                on_death_(call);
              }),
      loop_(ground, host.clock, seed, name, &system_.pace(), &system_) {}

SimProcess::~SimProcess() {
  if (applications_) {
    die();
  }
}

Status SimProcess::start(const host::VenuePaths& paths, const refdata::Configuration& configuration,
                         const std::vector<std::string>& applications, const std::string& build,
                         std::vector<Seq> avoided) try {
  const CodeOf code(&system_);
  place_.emplace(system_, paths);
  applications_.emplace(system_, loop_, *place_, configuration, build, std::move(avoided));
  for (const std::string& name : applications) {
    if (Status added = applications_->add(name); !added) {
      return std::move(added).error().context(name);
    }
  }
  applications_->added();
  return {};
} catch (const Died&) {
  return Error{ErrorCode::failed, "it died in its start"};
}

void SimProcess::close() {
  loop_.stop();
  loop_.go_on();
  applications_->close();
  applications_.reset();
}

void SimProcess::fall() {
  dead_ = true;
  loop_.die();
  system_.die();
}

void SimProcess::die() {
  fall();
  applications_.reset();
}

}  // namespace cantus::sim
