#include "snapshots/service.h"

#include <utility>

#include "runtime/logging.h"
#include "snapshots/begin.h"

namespace cantus::snapshots {
namespace {

constexpr std::chrono::milliseconds look_every{500};
constexpr std::int64_t retry_after_ns = 5'000'000'000;

}  // namespace

Service::Service(runtime::System& system, host::VenuePaths paths, SnapshotterOptions options,
                 std::function<void(const std::string& why)> too_old)
    : system_(system),
      paths_(std::move(paths)),
      options_(std::move(options)),
      too_old_(std::move(too_old)),
      aside_(system.run_aside("snapshots", runtime::Share::least,
                              {[this](runtime::Aside& aside) { begin(aside); }, [this] { end(); }})) {}

void Service::begin(runtime::Aside& aside) {
  loop_ = &aside.loop();
  look_ = loop_->network().every(look_every, [this] { look(); });
  look();
}

void Service::end() {
  look_.reset();
  participant_.reset();
}

void Service::look() {
  if (std::exchange(rebuild_, false)) {
    participant_.reset();
    snapshotter_.reset();
  } else if (std::exchange(failed_, false)) {
    participant_.reset();
    snapshotter_.reset();
    not_before_ns_ = system_.clock().monotonic_ns() + retry_after_ns;
  }
  if (participant_ == nullptr && system_.clock().monotonic_ns() >= not_before_ns_) {
    if (Status begun = begin_again(); !begun) {
      runtime::log_error("no snapshots for now: " + begun.error().text);
      failed_ = true;
      return;
    }
  }
  runtime::Files& files = system_.files();
  const std::filesystem::path wanted = options_.folder / wanted_file;
  if (participant_ != nullptr && files.exists(wanted) && files.remove(wanted)) {
    snapshotter_->want_one();
  }
}

Status Service::begin_again() {
  host::ParticipantOptions options;
  options.paths = paths_;
  options.publisher = "snapshots";
  options.build = options_.build;
  options.too_old = too_old_;
  // Nobody waits for it: it reads on when its own record is there, and now and then.
  options.topics = TopicSet::of(topic::snapshots);
  options.events_per_poll = 4096;
  options.rebuild = [this](const std::string&) { rebuild_ = true; };  // the host has said why
  Starts starts = starts_of(system_.files(), paths_);
  snapshotter_ = snapshots::begin<Snapshotter>(
      starts, "snapshots", options, [this] { return std::make_unique<Snapshotter>(system_.files(), options_); });
  auto participant = host::host_edge(
      *loop_, system_, std::move(options), *snapshotter_,
      [this](host::EdgeProposer& proposer) { snapshotter_->use(proposer); },
      [this](const std::string&) { failed_ = true; });  // the host has said why
  if (!participant) {
    return std::move(participant).error();
  }
  participant_ = std::move(*participant);
  return {};
}

}  // namespace cantus::snapshots
