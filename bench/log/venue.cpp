#include "bench/log/venue.h"

#include "messages/topics.h"

namespace cantus::bench {
namespace {

void define(sequencer::SequencerOptions& options, const BenchPublisher& publisher, ServiceClass service_class,
            TopicId granted) {
  PublisherDefined defined;
  defined.publisher = publisher.id;
  defined.places = 1;
  defined.service_class = service_class;
  defined.name = FixedString<32>(publisher.name);
  options.publishers.push_back(defined);
  PublishGranted grant;
  grant.publisher = publisher.id;
  grant.granted = granted;
  options.grants.push_back(grant);
}

}  // namespace

Result<std::unique_ptr<LogVenue>> LogVenue::start(const LogBenchOptions& options, const std::filesystem::path& data,
                                                  const std::filesystem::path& memory) {
  std::unique_ptr<LogVenue> venue(new LogVenue());
  venue->paths_ = host::VenuePaths{data, memory};
  if (Status status = runtime::system_files().make_directories(memory); !status) {
    return std::move(status).error();
  }
  const auto mode = options.spinning ? runtime::WaitMode::spinning : runtime::WaitMode::adaptive;
  venue->publisher_loop_ = runtime::make_loop(mode);
  if (options.layout == LogBenchLayout::two) {
    venue->sequencer_loop_ = runtime::make_loop(mode);
  }
  runtime::Loop& loop = venue->sequencer_loop_ ? *venue->sequencer_loop_ : *venue->publisher_loop_;

  sequencer::SequencerOptions made;
  made.paths = venue->paths_;
  made.build = options.build;
  made.identity = eventlog::LogIdentity{VenueId(1), LogNumber(1)};
  made.venue_name = "bench";
  define(made, {PublisherId(1), "sequencer"}, ServiceClass::operator_, topic::control);
  define(made, bench_edge, ServiceClass::input, topic::bench);
  define(made, applied_machine, ServiceClass::outcome, topic::bench);
  define(made, synced_machine, ServiceClass::outcome, topic::bench);
  made.backlog_publisher = applied_machine.name;
  Result<std::unique_ptr<sequencer::SequencerTask>> task = sequencer::make_sequencer(
      loop, runtime::system_clock(), runtime::system_files(), std::move(made), venue->on_fatal());
  if (!task) {
    return std::move(task).error();
  }
  venue->sequencer_ = *std::move(task);
  loop.add(*venue->sequencer_);
  if (venue->sequencer_loop_) {
    venue->thread_.emplace("sequencer", [&loop] { loop.run(); });
  }
  return venue;
}

LogVenue::~LogVenue() { static_cast<void>(close()); }

host::ParticipantOptions LogVenue::participant(const BenchPublisher& publisher) const {
  host::ParticipantOptions options;
  options.paths = paths_;
  options.publisher = publisher.name;
  options.in_flight_max = 8192;
  return options;
}

host::OnFatal LogVenue::on_fatal() {
  return [this](const std::string& why) {
    if (!failed_.load()) {
      why_ = why;
      failed_.store(true);
    }
    publisher_loop_->stop();
  };
}

Status LogVenue::run() {
  publisher_loop_->run();
  return failed_.load() ? Status(Error{ErrorCode::failed, why_}) : Status();
}

Status LogVenue::close() {
  if (!sequencer_) {
    return {};
  }
  if (thread_) {
    sequencer_loop_->stop();
    thread_.reset();
  }
  Status status = sequencer_->close();
  (sequencer_loop_ ? *sequencer_loop_ : *publisher_loop_).remove(*sequencer_);
  sequencer_.reset();
  return status;
}

}  // namespace cantus::bench
