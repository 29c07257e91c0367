#include "bench/log/venue.h"

#include <chrono>
#include <thread>

#include "messages/topics.h"
#include "runtime/scheduling.h"

namespace cantus::bench {
namespace {

PublishGranted grant_of(PublisherId publisher, TopicId granted) {
  PublishGranted grant;
  grant.publisher = publisher;
  grant.granted = granted;
  return grant;
}

void define(sequencer::SequencerOptions& options, const BenchPublisher& publisher, ServiceClass service_class,
            TopicId granted) {
  PublisherDefined defined;
  defined.publisher = publisher.id;
  defined.places = 1;
  defined.service_class = service_class;
  defined.name = FixedString<32>(publisher.name);
  options.publishers.push_back(defined);
  options.grants.push_back(grant_of(publisher.id, granted));
}

}  // namespace

Result<std::unique_ptr<LogVenue>> LogVenue::start(const LogBenchOptions& options, const LogSettings& settings,
                                                  const std::filesystem::path& data,
                                                  const std::filesystem::path& memory) {
  std::unique_ptr<LogVenue> venue(new LogVenue());
  // The journal's threads leave the core to a loop that spins, as in a venue.
  const runtime::OnCore on_core(settings.spinning ? settings.core : std::nullopt);
  venue->paths_ = host::VenuePaths{data, memory};
  venue->in_flight_max_ = settings.in_flight_max;
  venue->spinning_ = settings.spinning;
  venue->core_ = settings.core;
  if (Status status = runtime::system_files().make_directories(memory); !status) {
    return std::move(status).error();
  }
  const auto mode = settings.spinning ? runtime::WaitMode::spinning : runtime::WaitMode::adaptive;
  venue->publisher_loop_ = runtime::make_loop(mode);
  if (settings.layout == LogBenchLayout::two) {
    venue->sequencer_loop_ = runtime::make_loop(mode);
  }
  runtime::Loop& loop = venue->sequencer_loop_ ? *venue->sequencer_loop_ : *venue->publisher_loop_;

  sequencer::SequencerOptions made;
  made.paths = venue->paths_;
  made.build = options.build;
  made.identity = eventlog::LogIdentity{VenueId(1), LogNumber(1)};
  made.venue_name = "bench";
  define(made, {PublisherId(1), "sequencer"}, ServiceClass::operator_, topic::control);
  define(made, configuration, ServiceClass::operator_, topic::refdata);
  VenueDefined defined;
  defined.ack_level = settings.ack_level;
  made.records.push_back(InitialRecord::of(configuration.id, defined));
  made.segment_bytes = settings.segment_bytes;
  made.unsealed_max = unsealed_segments_max;
  define(made, bench_edge, ServiceClass::input, topic::bench);
  define(made, applied_machine, ServiceClass::outcome, topic::bench);
  define(made, synced_machine, ServiceClass::outcome, topic::bench);
  for (const TopicId granted : {topic::reports, topic::orders, topic::outcomes, topic::sessions}) {
    made.grants.push_back(grant_of(bench_edge.id, granted));
  }
  for (const BenchPublisher& speaker : settings.speakers) {
    define(made, speaker, ServiceClass::input, topic::bench);
  }
  made.mark_awaited = settings.ack_level != AckLevel::sequenced;  // as the venue's own
  made.writer_spins = settings.writer_spins;
  made.backlog_publisher = bench_edge.name;  // orders wait for who proposes them himself
  Result<std::unique_ptr<sequencer::SequencerTask>> task = sequencer::make_sequencer(
      loop, runtime::system_clock(), runtime::system_files(), std::move(made), venue->on_fatal());
  if (!task) {
    return std::move(task).error();
  }
  venue->sequencer_ = *std::move(task);
  if (Status reserved = venue->await_reserved(settings.segment_bytes); !reserved) {
    return std::move(reserved).error();
  }
  loop.add(*venue->sequencer_);
  if (venue->sequencer_loop_) {
    venue->thread_.emplace("sequencer", [&loop] { loop.run(); });
  }
  return venue;
}

// Space is reserved a segment ahead; a measurement begins when it is.
Status LogVenue::await_reserved(std::size_t segment_bytes) const {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!sequencer_->journal().has_room(segment_bytes, eventlog::RoomFor::client_messages)) {
    if (std::chrono::steady_clock::now() > give_up || sequencer_->journal().stopped()) {
      return Error{ErrorCode::no_space,
                   "no room for two segments of " + std::to_string(segment_bytes) + " bytes, in memory and on disk"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

LogVenue::~LogVenue() { static_cast<void>(close()); }

host::ParticipantOptions participant_options(const host::VenuePaths& paths, const BenchPublisher& publisher,
                                             std::size_t in_flight_max) {
  host::ParticipantOptions options;
  options.paths = paths;
  options.publisher = publisher.name;
  options.in_flight_max = in_flight_max;
  return options;
}

host::ParticipantOptions LogVenue::participant(const BenchPublisher& publisher) const {
  return participant_options(paths_, publisher, in_flight_max_);
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
  const runtime::OnCore on_core(core_);
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
