// What the first log begins with, and how a configuration is compared with what a log holds.
#include "refdata/app/opening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "messages/validate.h"
#include "refdata/app/recorded.h"
#include "tests/refdata/app/valid_configuration.h"

namespace cantus::refdata::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A log that holds these records, as a reader shows it.
class ListReader final : public eventlog::LogReader {
 public:
  explicit ListReader(const OpeningContent& content) {
    for (const PublisherDefined& defined : content.publishers) {
      add(InitialRecord::of(publisher::sequencer, defined));
    }
    for (const InitialRecord& record : content.records) {
      add(record);
    }
  }
  void add(const InitialRecord& record) {
    RecordHeader header;
    header.type = record.type;
    header.version = record.version;
    header.topic = record.topic;
    header.publisher = record.publisher;
    header.seq = Seq(records_.size() + 1);
    build_record(records_.emplace_back(), header, record.payload);
  }

  [[nodiscard]] eventlog::LogIdentity identity() const override { return {}; }
  Result<std::optional<Event>> next() override {
    if (position_ == records_.size()) {
      return std::optional<Event>();
    }
    const auto& record = records_[position_++];
    return std::optional(
        Event{reinterpret_cast<const RecordHeader*>(record.data()), record.data() + sizeof(RecordHeader)});
  }
  Status seek(Seq seq) override {
    position_ = seq.get() - 1;
    return {};
  }
  Result<Seq> find(TimeNs) override { return Seq(1); }
  [[nodiscard]] Seq position() const override { return Seq(position_); }
  [[nodiscard]] Seq last() const override { return Seq(records_.size()); }
  [[nodiscard]] Seq synced() const override { return last(); }

 private:
  std::deque<std::vector<std::byte>> records_;
  std::size_t position_ = 0;
};

OpeningContent opening() { return opening_of(valid_configuration(), VenueId(7), 20261121); }

std::vector<std::string> differences_of(const json& document, const OpeningContent& log_content = opening()) {
  ListReader log(log_content);
  RecordedConfiguration recorded;
  EXPECT_TRUE(read_recorded(log, recorded).ok());
  const Result<Configuration> configuration = parse_configuration(document.dump());
  EXPECT_TRUE(configuration.ok()) << (configuration.ok() ? "" : configuration.error().text);
  return differences(*configuration, recorded);
}

TEST(OpeningTest, CanStandOnALog) {
  const Result<Opening> made = Opening::make(opening(), SequencerLimits{});
  EXPECT_TRUE(made.ok()) << made.error().text;
}

TEST(OpeningTest, DefinesPublishersWithTheirGrants) {
  const OpeningContent content = opening();
  std::vector<std::string> lines;
  for (const PublisherDefined& defined : content.publishers) {
    EXPECT_EQ(validate(defined), std::nullopt);
    std::string line = std::to_string(defined.publisher.get()) + " " + defined.name.str() + " x" +
                       std::to_string(defined.places) + " " + std::to_string(static_cast<int>(defined.service_class));
    for (const PublishGranted& granted : content.grants) {
      line += granted.publisher == defined.publisher ? " " + std::string(topic::path_of(granted.granted)) : "";
    }
    lines.push_back(line);
  }
  EXPECT_THAT(lines,
              ElementsAre("1 sequencer x1 3 control", "2 config x1 3 venue/refdata venue/secrets",
                          "3 matching x2 2 venue/outcomes venue/roll", "4 reporter x1 2 venue/reports venue/roll",
                          "5 scheduler x1 3 venue/refdata venue/sessions venue/roll",
                          "6 trade-reporter x1 1 venue/sessions venue/report-acks", "7 bench x1 1 bench",
                          "8 snapshots x1 1 venue/snapshots", "9 operators x1 3 venue/operators venue/secrets",
                          "60 keeper x1 1 venue/heads", "10 gateway-1 x1 1 venue/sessions venue/orders",
                          "11 gateway-2 x1 1 venue/sessions venue/orders", "40 md-1 x1 1 md/quotes"));
}

TEST(OpeningTest, MakesReferenceDataComplete) {
  ListReader log(opening());
  RecordedConfiguration recorded;
  ASSERT_TRUE(read_recorded(log, recorded).ok());
  const Configuration configuration = valid_configuration();
  const ReferenceData& refdata = recorded.reference_data();
  EXPECT_TRUE(refdata.complete());
  EXPECT_EQ(refdata.configuration(), configuration_digest(configuration));
  EXPECT_EQ(refdata.trading_date(), 20261121U);
  EXPECT_EQ(refdata.venue(), configuration.venue);
  EXPECT_TRUE(std::ranges::equal(refdata.instruments(), configuration.instruments));
  EXPECT_TRUE(std::ranges::equal(refdata.parties(), configuration.parties));
  EXPECT_TRUE(std::ranges::equal(refdata.sessions(), configuration.sessions));
  EXPECT_EQ(recorded.verifiers(), configuration.verifiers);
  const OpeningContent content = opening();
  EXPECT_EQ(content.records.size(), 1U + 2 + 2 + 4 + 1 + 1 + 1);
  for (const InitialRecord& record : content.records) {
    EXPECT_EQ(validate(record.type, record.version, record.payload), std::nullopt);
    EXPECT_EQ(record.publisher, publisher::config);
  }
}

TEST(OpeningTest, SameConfigurationDiffersInNothing) { EXPECT_THAT(differences_of(valid_document()), IsEmpty()); }

TEST(OpeningTest, WhatProcessesDecideMayDiffer) {
  json document = valid_document();
  document["gateways"][0]["port"] = 1234;
  document["gateways"].erase(1);
  document["layout"] = "one";
  document["wait"] = "spinning";
  document["sequencer_core"] = 1;
  document["journal"] = {{"unsealed_max", 4}};
  document["rings"] = {{"bytes", 4096}};
  document["expected_restart_ms"] = 3000;
  EXPECT_THAT(differences_of(document), IsEmpty());
}

TEST(OpeningTest, DifferencesAreNamedFieldByField) {
  json document = valid_document();
  document["venue"]["cancel_grace_ms"] = 20'000;
  document["instruments"][0]["tick"] = "0.05";
  document["parties"][0]["gross_notional_max"] = "95000";
  document["sessions"][1]["cancel_on_disconnect"] = true;
  document["sessions"][0]["password_verifier"] = verifier_text("ff");
  EXPECT_THAT(differences_of(document),
              ElementsAre("venue.cancel_grace_ms: log 10000, file 20000", "instruments[AAPL].tick: log 0.01, file 0.05",
                          "parties[ALPHA].gross_notional_max: log 90000.5, file 95000",
                          "sessions[CANTUS/DESK1].cancel_on_disconnect: log false, file true",
                          "sessions[CANTUS/ALPHA1].password_verifier: another one"));
}

TEST(OpeningTest, ElementsAreComparedByName) {
  json document = valid_document();
  std::swap(document["instruments"][0], document["instruments"][1]);
  document["parties"].push_back({{"name", "BRAVO"}, {"kind", "client"}});
  document["sessions"].erase(2);
  document["gateways"].push_back({{"name", "gateway-3"}, {"host", "127.0.0.1"}, {"port", 9882}});
  EXPECT_THAT(differences_of(document),
              ElementsAre("instruments: in another order: log AAPL MSFT, file MSFT AAPL",
                          "parties[BRAVO]: only in the file", "sessions[CANTUS/DESK1DC]: only in the log",
                          "gateways[gateway-3]: only in the file, the log has no publisher of that name"));
}

TEST(OpeningTest, HalfAnOpeningIsNoConfiguration) {
  OpeningContent half = opening();
  half.records.pop_back();
  EXPECT_THAT(differences_of(valid_document(), half), ElementsAre("the log does not hold a whole configuration"));
}

TEST(OpeningTest, PasswordsDoNotCountInTheDigest) {
  json document = valid_document();
  document["sessions"][0]["password_verifier"] = verifier_text("ff");
  EXPECT_EQ(configuration_digest(*parse_configuration(document.dump())), configuration_digest(valid_configuration()));
  document["venue"]["name"] = "other";
  EXPECT_NE(configuration_digest(*parse_configuration(document.dump())), configuration_digest(valid_configuration()));
}

}  // namespace
}  // namespace cantus::refdata::test
