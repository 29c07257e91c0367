#include "sequencer/opening.h"

#include <algorithm>
#include <utility>

namespace cantus {

Result<Opening> Opening::make(const OpeningContent& content, const SequencerLimits& limits) {
  if (content.venue.is_zero() || content.log.is_zero() || content.venue_name.empty() ||
      !FixedString<32>::fits(content.venue_name)) {
    return Error{ErrorCode::refused, "a log is opened with a venue's id, its number, and a name of 1 to 32 bytes"};
  }
  Opening opening;
  auto& records = opening.records_;
  LogOpened opened;
  opened.venue = content.venue;
  opened.venue_name = FixedString<32>(content.venue_name);
  opened.log = content.log;
  records.push_back(InitialRecord::of(sequencer_publisher, opened));
  for (const FormatAnnounced& format : content.formats) {
    records.push_back(InitialRecord::of(sequencer_publisher, format));
  }
  for (const RuleActivated& rule : content.rules) {
    records.push_back(InitialRecord::of(sequencer_publisher, rule));
  }
  for (const PublisherDefined& publisher : content.publishers) {
    records.push_back(InitialRecord::of(sequencer_publisher, publisher));
  }
  for (const PublishGranted& grant : content.grants) {
    records.push_back(InitialRecord::of(sequencer_publisher, grant));
  }
  for (const InitialRecord& record : content.records) {
    if (record.publisher == sequencer_publisher) {
      return Error{ErrorCode::refused, "the configuration's records cannot be the sequencer's own"};
    }
    records.push_back(record);
  }
  records.push_back(InitialRecord::of(sequencer_publisher, OpeningComplete{records.size() + 1}));

  SequencerCore trial(limits);
  Batch batch(stage_bytes_max);
  trial.set_venue(content.venue, content.log);
  trial.open_term(PassView{}, Hash256{}, "", batch);
  for (std::size_t i = 0; i < records.size(); ++i) {
    batch.clear();
    const InitialRecord& record = records[i];
    Status status =
        trial.append_opening({record.publisher, record.type, record.version, record.topic, record.payload}, batch);
    if (!status) {
      return std::move(status).error().context("record " + std::to_string(i + 1) + " of the log's opening");
    }
  }
  return opening;
}

void Opening::observe(const Event& event) {
  const RecordHeader& header = *event.header;
  const bool own = header.publisher == sequencer_publisher;
  if (complete_ || (own && (header.type == TermStarted::type || header.type == TimeTick::type ||
                            header.type == SegmentSealed::type))) {
    return;
  }
  complete_ = own && header.type == OpeningComplete::type;
  const bool ours = next_ < records_.size() && records_[next_].publisher == header.publisher &&
                    records_[next_].type == header.type && records_[next_].version == header.version &&
                    records_[next_].topic == header.topic && std::ranges::equal(records_[next_].payload, event.bytes());
  ++next_;
  if (!ours && differs_at_ == 0) {
    differs_at_ = next_;
  }
}

Status Opening::resumable() const {
  if (complete_ || differs_at_ == 0) {
    return {};
  }
  return Error{ErrorCode::refused, "the log's opening was cut short behind record " + std::to_string(next_) +
                                       ", and record " + std::to_string(differs_at_) +
                                       " of it is not what this configuration begins with: start with the "
                                       "configuration that began the log, or remove the log"};
}

void Opening::append_to(SequencerCore& core, Batch& batch) {
  while (!complete_ && batch.room() >= stage_bytes_max) {
    const InitialRecord& record = records_[next_];
    const Status status =
        core.append_opening({record.publisher, record.type, record.version, record.topic, record.payload}, batch);
    CANTUS_ASSERT(status.ok(), "the opening was tried before");
    complete_ = ++next_ == records_.size();
  }
}

}  // namespace cantus
