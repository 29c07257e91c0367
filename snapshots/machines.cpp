#include "snapshots/machines.h"

#include <string>

namespace cantus::snapshots {

Result<std::vector<std::byte>> save_all(const Parts& parts) {
  SnapshotWriter out;
  parts.facts.save(out);
  parts.matching.save(out);
  parts.reports.save(out);
  parts.sessions.save(out);
  parts.index.save(out);
  parts.passwords.save(out);
  parts.days.save(out);
  parts.due.save(out);
  return std::move(out).finish();
}

Status Machines::apply(const Event& event, Record record) {
  facts_.apply(event);
  if (event.is<PublisherDefined>()) {
    learn_publishers();
  }
  if (Status settled = settle(matching_, matching_publisher_, event, record); !settled) {
    return settled;
  }
  if (Status settled = settle(reports_, reporter_, event, record); !settled) {
    return settled;
  }
  if (record == Record::counts) {
    matching_.apply(event);
    reports_.apply(event);
  } else {
    matching_.apply_void(event, record == Record::is_void_and_may_have_left);
    reports_.apply_void(event, record == Record::is_void_and_may_have_left);
  }
  refdata_.apply(event);
  passwords_.apply(event, refdata_);
  sessions_.apply(event);
  index_.apply(event);
  days_.apply(event, sessions_.effect());
  due_.apply(event, refdata_);
  return {};
}

Status Machines::settle(Application& application, PublisherId publisher, const Event& event, Record record) {
  if (publisher.is_zero() || event.header->publisher != publisher) {
    return {};
  }
  if (record == Record::counts ? application.wishes().settle(event) == WishQueue::Settled::equal
                               : application.wishes().pass(event)) {
    return {};
  }
  return Error{ErrorCode::corrupt, "record " + std::to_string(event.header->seq.get()) + " of publisher " +
                                       std::to_string(publisher.get()) + " is not what its machine wishes for"};
}

void Machines::learn_publishers() {
  matching_publisher_ = facts_.publisher_named("matching");
  reporter_ = facts_.publisher_named("reporter");
}

Status Machines::restore(const SnapshotSections& from) {
  Status restored =
      restore_in_order(from, facts_, refdata_, passwords_, sessions_, index_, days_, due_, matching_, reports_);
  learn_publishers();
  return restored;
}

}  // namespace cantus::snapshots
