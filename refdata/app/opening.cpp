#include "refdata/app/opening.h"

#include <algorithm>
#include <limits>

#include "eventlog/hash.h"

namespace cantus::refdata {
namespace {

class Publishers {
 public:
  explicit Publishers(OpeningContent& content) : content_(content) {}

  void define(PublisherId id, std::string_view name, std::uint16_t places, ServiceClass service_class,
              std::initializer_list<TopicId> topics, std::uint32_t endless_max = 0, std::uint32_t rate_per_second = 0,
              std::uint32_t burst = 0) {
    PublisherDefined defined;
    defined.publisher = id;
    defined.places = places;
    defined.service_class = service_class;
    defined.rate_per_second = rate_per_second;
    defined.burst = burst;
    defined.endless_max = endless_max;
    defined.name = FixedString<32>(name);
    content_.publishers.push_back(defined);
    for (const TopicId topic : topics) {
      PublishGranted granted;
      granted.publisher = id;
      granted.granted = topic;
      content_.grants.push_back(granted);
    }
  }

 private:
  OpeningContent& content_;
};

// Most records that a machine may add in a row: it may have to cancel every order of the venue, and do so behind what
// gateways may have sent while it was away.
std::uint32_t endless_max_of(const VenueDefined& venue) {
  const std::uint64_t records = std::uint64_t{4} * venue.open_orders_max + std::uint64_t{100} * venue.backlog_max;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(records, std::numeric_limits<std::uint32_t>::max()));
}

void define_publishers(const Configuration& configuration, OpeningContent& content) {
  Publishers publishers(content);
  const std::uint32_t endless_max = endless_max_of(configuration.venue);
  publishers.define(publisher::sequencer, "sequencer", 1, ServiceClass::operator_, {topic::control});
  publishers.define(publisher::config, "config", 1, ServiceClass::operator_, {topic::refdata, topic::secrets});
  publishers.define(publisher::matching, "matching", 2, ServiceClass::outcome, {topic::outcomes, topic::roll},
                    endless_max);
  publishers.define(publisher::reporter, "reporter", 1, ServiceClass::outcome, {topic::reports, topic::roll},
                    endless_max);
  publishers.define(publisher::scheduler, "scheduler", 1, ServiceClass::operator_,
                    {topic::refdata, topic::sessions, topic::roll}, endless_max);
  publishers.define(publisher::trade_reporter, "trade-reporter", 1, ServiceClass::input,
                    {topic::sessions, topic::report_acks});
  publishers.define(publisher::bench, "bench", 1, ServiceClass::input, {topic::bench});
  publishers.define(publisher::snapshots, "snapshots", 1, ServiceClass::input, {topic::snapshots});
  publishers.define(publisher::operators, "operators", 1, ServiceClass::operator_, {topic::operators, topic::secrets});
  publishers.define(publisher::keeper, "keeper", 1, ServiceClass::input, {topic::heads});
  for (const EdgeSettings& gateway : configuration.process.gateways) {
    publishers.define(gateway.publisher, gateway.name, 1, ServiceClass::input, {topic::sessions, topic::orders}, 0,
                      gateway.rate_per_second, gateway.burst);
  }
  for (const EdgeSettings& injector : configuration.process.market_data) {
    publishers.define(injector.publisher, injector.name, 1, ServiceClass::input, {topic::market_data}, 0,
                      injector.rate_per_second, injector.burst);
  }
}

}  // namespace

Hash256 configuration_digest(const Configuration& configuration) {
  eventlog::Sha256 sha;
  sha.add(payload_of(configuration.venue));
  const auto add_all = [&](const auto& messages) {
    for (const auto& message : messages) {
      sha.add(payload_of(message));
    }
  };
  add_all(configuration.instruments);
  add_all(configuration.parties);
  add_all(configuration.sessions);
  return sha.finish();
}

OpeningContent opening_of(const Configuration& configuration, VenueId venue, std::uint32_t date) {
  OpeningContent content;
  content.venue = venue;
  content.venue_name = configuration.venue.name.str();
  define_publishers(configuration, content);
  const auto add = [&](const auto& message) {
    content.records.push_back(InitialRecord::of(publisher::config, message));
  };
  add(configuration.venue);
  std::for_each(configuration.instruments.begin(), configuration.instruments.end(), add);
  std::for_each(configuration.parties.begin(), configuration.parties.end(), add);
  std::for_each(configuration.sessions.begin(), configuration.sessions.end(), add);
  std::for_each(configuration.verifiers.begin(), configuration.verifiers.end(), add);
  std::for_each(configuration.operators.begin(), configuration.operators.end(), add);
  TradingDayStarted day;
  day.date = date;
  add(day);
  ReferenceDataComplete complete;
  complete.records = content.records.size();
  complete.configuration = configuration_digest(configuration);
  add(complete);
  return content;
}

}  // namespace cantus::refdata
