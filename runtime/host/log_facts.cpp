#include "runtime/host/log_facts.h"

#include <algorithm>

namespace cantus::host {
namespace {

constexpr std::string_view section_name = "host";
constexpr std::uint16_t section_version = 4;
constexpr std::size_t publishers_max = 65'536;
constexpr std::size_t publisher_bytes = sizeof(PublisherId) + sizeof(FixedString<32>) + sizeof(ServiceClass);

}  // namespace

void LogFacts::take(const Event& event) {
  configured_ = configured_ || event.is<ReferenceDataComplete>();
  if (event.is<VenueDefined>() && !configured_) {  // what it takes of it stays for the log's life
    const auto& venue = event.as<VenueDefined>();
    ack_level_ = venue.ack_level;
    backlog_max_ = venue.backlog_max;
    replicas_agree_ = venue.replicas_agree != 0;
  } else if (event.is<PublisherDefined>()) {
    const auto& defined = event.as<PublisherDefined>();
    define({defined.publisher, defined.name, defined.service_class});
  } else if (event.is<LogContinued>()) {
    log_begin_ = event.as<LogContinued>().closed.next();
  } else if (event.is<PublisherSuspended>()) {
    const auto& suspended = event.as<PublisherSuspended>();
    if (!makes_outcomes(suspended.publisher)) {
      return;
    }
    const Seq hold = suspended.admitted.is_zero() ? no_hold : Seq(suspended.admitted.get() - 1);
    suspensions_.push_back({suspended.publisher, event.header->seq, hold});
  } else if (event.is<Resolved>()) {
    // Each answers the one that stands; a publisher that is suspended is not suspended again.
    std::erase_if(suspensions_, [&](const Suspension& one) {
      return one.publisher == event.as<Resolved>().publisher && one.position <= event.as<Resolved>().suspension;
    });
  } else {
    announcements_.apply(event);
  }
}

Seq LogFacts::hold() const {
  Seq hold = no_hold;
  for (const Suspension& one : suspensions_) {
    hold = std::min(hold, one.hold);
  }
  return hold;
}

void LogFacts::define(const Publisher& publisher) {
  const auto known = std::find_if(publishers_.begin(), publishers_.end(),
                                  [&](const Publisher& other) { return other.id == publisher.id; });
  if (known == publishers_.end()) {
    publishers_.push_back(publisher);
  } else {
    *known = publisher;
  }
}

bool LogFacts::makes_outcomes(PublisherId id) const {
  return std::any_of(publishers_.begin(), publishers_.end(), [id](const Publisher& publisher) {
    return publisher.id == id && publisher.service_class == ServiceClass::outcome;
  });
}

PublisherId LogFacts::publisher_named(std::string_view name) const {
  const auto found = std::find_if(publishers_.rbegin(), publishers_.rend(),
                                  [name](const Publisher& publisher) { return publisher.name.view() == name; });
  return found == publishers_.rend() ? PublisherId{} : found->id;
}

Digest LogFacts::digest() const {
  DigestBuilder digest;
  digest.add(venue_).add(static_cast<std::uint64_t>(ack_level_)).add(backlog_max_).add(replicas_agree_);
  digest.add(configured_).add(log_begin_);
  for (const Suspension& one : suspensions_) {
    digest.add(one.publisher).add(one.position).add(one.hold);
  }
  exceptions_.digest_into(digest);
  for (const Publisher& publisher : publishers_) {
    digest.add(publisher.id).add(publisher.name).add(static_cast<std::uint64_t>(publisher.service_class));
  }
  announcements_.digest_into(digest);
  return digest.digest();
}

void LogFacts::save(SnapshotWriter& out) const {
  exceptions_.save(out);
  out.section(section_name, section_version, digest(), [&] {
    out.put(ack_level_);
    out.put(backlog_max_);
    out.put_flag(replicas_agree_);
    out.put_flag(configured_);
    out.put(log_begin_);
    out.put_count(suspensions_.size());
    for (const Suspension& one : suspensions_) {
      out.put(one.publisher);
      out.put(one.position);
      out.put(one.hold);
    }
    out.put_count(publishers_.size());
    for (const Publisher& publisher : publishers_) {
      out.put(publisher.id);
      out.put(publisher.name);
      out.put(publisher.service_class);
    }
    announcements_.save(out);
  });
}

void LogFacts::restore_suspensions(SectionReader& in) {
  const std::size_t count =
      in.get_count(publishers_max, sizeof(PublisherId) + 2 * sizeof(Seq), "more suspensions than publishers");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    Suspension& one = suspensions_.emplace_back();
    one.publisher = in.get<PublisherId>();
    one.position = in.get<Seq>();
    one.hold = in.get<Seq>();
    in.require(in.known(LogSeq(in.taken_at().position.log(), one.position)), "a suspension lies behind the position");
  }
}

Status LogFacts::restore(const SnapshotSections& from) {
  if (Status restored = exceptions_.restore(from); !restored) {
    return restored;
  }
  const auto body = [this](SectionReader& in) {
    venue_ = in.taken_at().venue;
    ack_level_ = in.get<AckLevel>();
    backlog_max_ = in.get<std::uint64_t>();
    replicas_agree_ = in.get_flag();
    configured_ = in.get_flag();
    log_begin_ = in.get<Seq>();
    in.require(!log_begin_.is_zero() && log_begin_ <= in.taken_at().position.seq(), "its log begins behind it");
    restore_suspensions(in);
    in.require(!name_of(ack_level_).empty(), "there is no such level of acknowledgement");
    const std::size_t count = in.get_count(publishers_max, publisher_bytes, "more publishers than there are ids");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      Publisher publisher;
      publisher.id = in.get<PublisherId>();
      publisher.name = in.get<FixedString<32>>();
      publisher.service_class = in.get<ServiceClass>();
      in.require(publisher.name.well_formed(), "a publisher's name is not well-formed");
      in.require(!name_of(publisher.service_class).empty(), "a publisher is of no class");
      define(publisher);
      in.require(publishers_.size() == i + 1, "a publisher is there twice");
    }
    announcements_.restore(in);
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

}  // namespace cantus::host
