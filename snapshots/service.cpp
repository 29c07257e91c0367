#include "snapshots/service.h"

#include <utility>

#include "runtime/logging.h"
#include "runtime/scheduling.h"
#include "snapshots/begin.h"

namespace cantus::snapshots {
namespace {

constexpr std::chrono::milliseconds look_every{500};
constexpr std::int64_t retry_after_ns = 5'000'000'000;
constexpr int least_share = 19;

}  // namespace

Service::Service(const runtime::Clock& clock, host::VenuePaths paths, SnapshotterOptions options,
                 std::function<void(const std::string& why)> too_old)
    : clock_(clock),
      paths_(std::move(paths)),
      options_(std::move(options)),
      too_old_(std::move(too_old)),
      loop_(runtime::make_loop(runtime::WaitMode::adaptive)),
      thread_("snapshots", [this] { run(); }) {}

Service::~Service() { loop_->stop(); }

void Service::run() {
  runtime::give_way(least_share);
  const auto timer = loop_->network().every(look_every, [this] { look(); });
  look();
  loop_->run();
  participant_.reset();
}

void Service::look() {
  if (std::exchange(rebuild_, false)) {
    participant_.reset();
    snapshotter_.reset();
  } else if (std::exchange(failed_, false)) {
    participant_.reset();
    snapshotter_.reset();
    not_before_ns_ = clock_.monotonic_ns() + retry_after_ns;
  }
  if (participant_ == nullptr && clock_.monotonic_ns() >= not_before_ns_) {
    if (Status begun = begin_again(); !begun) {
      runtime::log_error("no snapshots for now: " + begun.error().text);
      failed_ = true;
      return;
    }
  }
  runtime::Files& files = runtime::system_files();
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
  Starts starts = starts_of(paths_);
  snapshotter_ = begin<Snapshotter>(starts, "snapshots", options, [this] {
    return std::make_unique<Snapshotter>(runtime::system_files(), options_);
  });
  auto participant = host::host_edge(
      *loop_, clock_, std::move(options), *snapshotter_,
      [this](host::EdgeProposer& proposer) { snapshotter_->use(proposer); },
      [this](const std::string&) { failed_ = true; });  // the host has said why
  if (!participant) {
    return std::move(participant).error();
  }
  participant_ = std::move(*participant);
  return {};
}

}  // namespace cantus::snapshots
