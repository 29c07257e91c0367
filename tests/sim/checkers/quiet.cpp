#include "tests/sim/checkers/quiet.h"

#include <string>

#include "messages/describe.h"
#include "refdata/app/configuration.h"

namespace cantus::sim {
namespace {

constexpr std::int64_t tick_ns = 100'000'000;

template <class Message>
bool of_snapshots(const Event& event) {
  return event.carries<Message>() && event.as<Message>().publisher == refdata::publisher::snapshots;
}

}  // namespace

void Quiet::on_stable(const Event& event) {
  if (event.carries<SnapshotTaken>()) {
    const Seq position = event.as<SnapshotTaken>().position;
    if (quiet_ && position > before_ && position.get() < last_snapshot_.get() + snapshot_records_) {
      findings_.add("the venue is quiet when it is left alone", "snapshots come too often");
    }
    last_snapshot_ = position;
    return;
  }
  if (event.carries<SegmentSealed>() || event.carries<HeadSigned>()) {
    return;  // time messages fill segments, too
  }
  // Who could not take a snapshot, because the disk was full, attaches anew when the next one is due; over a new term
  // its place does not wait so long. So it may go once, and come once.
  if (of_snapshots<PublisherAttached>(event) || of_snapshots<PublisherLost>(event)) {
    snapshotter_moved_ += quiet_ ? 1 : 0;
    if (snapshotter_moved_ > 2) {
      findings_.add("the venue is quiet when it is left alone", "the snapshotter comes and goes");
    }
    return;
  }
  now_ = event.header->time;
  const bool news = !event.carries<TimeTick>() && event.header->topic != topic::sessions;
  last_news_ = news ? now_ : last_news_;
  if (!quiet_) {
    if (resting_ && news && event.header->topic != topic::report_acks) {
      report(event);
    }
    before_ = event.header->seq;
    return;
  }
  if (event.carries<TimeTick>()) {
    if (event.header->time.get() - last_tick_.get() < tick_ns) {
      findings_.add("the venue is quiet when it is left alone", "time messages come too often");
    }
    last_tick_ = event.header->time;
  } else if (news) {
    report(event);
  }
}

void Quiet::report(const Event& event) {
  const MessageInfo* const info = describe(event.header->type, event.header->version);
  findings_.add("the venue is quiet when it is left alone",
                "at " + std::to_string(event.header->seq.get()) + " there is a " +
                    (info != nullptr ? std::string(info->layout.name) : std::string("message of no known type")) +
                    ", and it was left alone behind " + std::to_string(before_.get()));
}

}  // namespace cantus::sim
