#include "runtime/host/log_facts.h"

#include <algorithm>

namespace cantus::host {
namespace {

constexpr std::string_view section_name = "host";
constexpr std::uint16_t section_version = 1;
constexpr std::size_t publishers_max = 65'536;

}  // namespace

void LogFacts::take(const Event& event) {
  configured_ = configured_ || event.is<ReferenceDataComplete>();
  if (event.is<VenueDefined>() && !configured_) {  // what it takes of it stays for the log's life
    const auto& venue = event.as<VenueDefined>();
    ack_level_ = venue.ack_level;
    backlog_max_ = venue.backlog_max;
    replicas_agree_ = venue.replicas_agree != 0;
  } else if (event.is<PublisherDefined>()) {
    define(event.as<PublisherDefined>().publisher, event.as<PublisherDefined>().name);
  } else if (event.is<PublisherSuspended>()) {
    suspension_ = true;
    const Seq admitted = event.as<PublisherSuspended>().admitted;
    if (!admitted.is_zero()) {
      hold_ = std::min(hold_, Seq(admitted.get() - 1));
    }
  }
}

void LogFacts::define(PublisherId id, const FixedString<32>& name) {
  const auto known = std::find_if(publishers_.begin(), publishers_.end(),
                                  [id](const Publisher& publisher) { return publisher.id == id; });
  if (known == publishers_.end()) {
    publishers_.push_back({id, name});
  } else {
    known->name = name;
  }
}

PublisherId LogFacts::publisher_named(std::string_view name) const {
  const auto found = std::find_if(publishers_.rbegin(), publishers_.rend(),
                                  [name](const Publisher& publisher) { return publisher.name.view() == name; });
  return found == publishers_.rend() ? PublisherId{} : found->id;
}

Digest LogFacts::digest() const {
  DigestBuilder digest;
  digest.add(venue_).add(static_cast<std::uint64_t>(ack_level_)).add(backlog_max_).add(replicas_agree_);
  digest.add(configured_).add(suspension_).add(hold_);
  for (const Publisher& publisher : publishers_) {
    digest.add(publisher.id).add(publisher.name);
  }
  return digest.digest();
}

void LogFacts::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put(ack_level_);
    out.put(backlog_max_);
    out.put_flag(replicas_agree_);
    out.put_flag(configured_);
    out.put_flag(suspension_);
    out.put(hold_);
    out.put_count(publishers_.size());
    for (const Publisher& publisher : publishers_) {
      out.put(publisher.id);
      out.put(publisher.name);
    }
  });
}

Status LogFacts::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    venue_ = in.taken_at().venue;
    ack_level_ = in.get<AckLevel>();
    backlog_max_ = in.get<std::uint64_t>();
    replicas_agree_ = in.get_flag();
    configured_ = in.get_flag();
    suspension_ = in.get_flag();
    hold_ = in.get<Seq>();
    in.require(!name_of(ack_level_).empty(), "there is no such level of acknowledgement");
    const std::size_t count = in.get_count(publishers_max, sizeof(Publisher), "more publishers than there are ids");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      const auto id = in.get<PublisherId>();
      const auto name = in.get<FixedString<32>>();
      in.require(name.well_formed(), "a publisher's name is not well-formed");
      define(id, name);
      in.require(publishers_.size() == i + 1, "a publisher is there twice");
    }
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

}  // namespace cantus::host
