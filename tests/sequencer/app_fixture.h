// A running sequencer with real sockets and rings over a journal in the test's hand, and publishers that speak to it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventlog/simulated.h"
#include "runtime/attach.h"
#include "runtime/doorbell.h"
#include "runtime/ring.h"
#include "sequencer/app/sequencer_task.h"
#include "sequencer/app/status_page.h"
#include "tests/sequencer/core_fixture.h"

namespace cantus::test {

class TestClock final : public runtime::Clock {
 public:
  [[nodiscard]] TimeNs utc() const override { return TimeNs(1'000'000'000'000 + now_ns + utc_step_ns); }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return now_ns; }
  std::int64_t now_ns = 5'000;
  std::int64_t utc_step_ns = 0;
};

// The test's journal outlives the sequencers that write it.
class JournalHandle final : public eventlog::Journal {
 public:
  explicit JournalHandle(eventlog::SimulatedJournal& journal) : journal_(journal) {}
  Status append(Term term, Seq expected_last, std::span<const std::byte> records) override {
    return journal_.append(term, expected_last, records);
  }
  [[nodiscard]] bool has_room(std::size_t bytes, eventlog::RoomFor whom) const override {
    return journal_.has_room(bytes, whom);
  }
  [[nodiscard]] bool end_segment() override { return journal_.end_segment(); }
  [[nodiscard]] bool segment_ready() const override { return journal_.segment_ready(); }
  [[nodiscard]] Seq last() const override { return journal_.last(); }
  [[nodiscard]] Seq synced() const override { return journal_.synced(); }
  [[nodiscard]] bool stopped() const override { return journal_.stopped(); }
  [[nodiscard]] eventlog::LogIdentity identity() const override { return journal_.identity(); }
  [[nodiscard]] eventlog::LastRecord opened_at() const override { return journal_.opened_at(); }
  [[nodiscard]] std::optional<SegmentSealed> sealed_after(std::uint64_t segment) const override {
    return journal_.sealed_after(segment);
  }

 private:
  eventlog::SimulatedJournal& journal_;
};

// A process that speaks for a publisher, as the sequencer sees it.
class Speaker final : public runtime::AttachClientHandler {
 public:
  Speaker(runtime::Loop& loop, std::filesystem::path socket, const std::string& publisher, std::uint16_t place = 0)
      : loop_(loop), socket_(std::move(socket)), bell_(std::move(runtime::make_doorbell()).value()) {
    request.venue = venue;
    request.topics = TopicSet::all().bits();
    request.as = runtime::AttachAs::publisher;
    request.place = PlaceId(place);
    request.publisher = FixedString<32>(publisher);
    request.build = FixedString<40>("test");
  }

  // False: nobody listens.
  bool connect() {
    answer.reset();
    refused.reset();
    ring.reset();
    gone.clear();
    auto client = runtime::attach_to(loop_, socket_, request, bell_.get(), *this);
    client_ = client.ok() ? std::move(client).value() : nullptr;
    return client_ != nullptr;
  }
  void push(const Proposal& proposal) { ASSERT_TRUE(ring->push(proposal.header, proposal.payload)); }
  void detach() { client_->detach(); }
  // The end of the process: the kernel closes its connection.
  void die() { client_.reset(); }
  [[nodiscard]] bool attached() const { return answer && answer->status == runtime::AttachStatus::attached; }
  // True if the doorbell was rung since the last question.
  [[nodiscard]] bool rung() const { return runtime::quiet_doorbell(bell_.get()); }

  runtime::AttachRequest request;
  std::optional<runtime::AttachAnswer> answer;
  std::optional<runtime::StreamRefused> refused;
  std::optional<runtime::RingProducer> ring;
  std::string gone;

 private:
  void on_answer(const runtime::AttachAnswer& answer_in, runtime::UniqueFd ring_in, runtime::UniqueFd) override {
    answer = answer_in;
    if (attached()) {
      ring.emplace(std::move(runtime::RingProducer::open(std::move(ring_in))).value());
    }
  }
  void on_refused(const runtime::StreamRefused& refused_in) override { refused = refused_in; }
  void on_lost(const runtime::StreamLost&) override { gone = "lost"; }
  void on_gone(const std::string& why) override { gone = why; }

  runtime::Loop& loop_;
  std::filesystem::path socket_;
  runtime::UniqueFd bell_;
  std::unique_ptr<runtime::AttachClient> client_;
};

class SequencerApp : public ::testing::Test {
 protected:
  SequencerApp() {
    const auto name = "cantus-seq-" + std::to_string(::getpid());
    options_.paths.data = std::filesystem::temp_directory_path() / name;
    options_.paths.memory = options_.paths.data / "memory";
    std::filesystem::remove_all(options_.paths.data);
    std::filesystem::create_directories(options_.paths.memory);
    const OpeningContent content = small_venue();
    options_.venue_name = content.venue_name;
    options_.publishers = content.publishers;
    options_.grants = content.grants;
    options_.records = content.records;
    options_.limits = small_limits();
    options_.ring_bytes = 64 << 10;
    options_.build = "test";
    options_.backlog_max = 10;
  }
  ~SequencerApp() override {
    sequencer_.reset();
    std::filesystem::remove_all(options_.paths.data);
  }

  void start() {
    auto made = sequencer::make_sequencer(*loop_, clock_, runtime::system_files(), options_,
                                          std::make_unique<JournalHandle>(journal_), journal_.reader(),
                                          [this](const std::string& why) { fatal_ = why; });
    ASSERT_TRUE(made.ok()) << made.error().text;
    sequencer_ = std::move(made).value();
  }
  // The death of the process, and the next one.
  void restart() {
    sequencer_.reset();
    journal_.reopen();
    start();
  }

  // Until nothing is left to do.
  void settle() {
    for (int idle = 0; idle < 3;) {
      idle = loop_->run_once() ? 0 : idle + 1;
    }
  }
  void advance(std::int64_t ns) {
    clock_.now_ns += ns;
    settle();
  }
  // Until the sequencer has looked at what its participants publish.
  void look() { advance(20'000); }
  [[nodiscard]] std::unique_ptr<Speaker> speaker(const std::string& publisher, std::uint16_t place = 0) {
    return std::make_unique<Speaker>(*loop_, options_.paths.attach_socket(), publisher, place);
  }
  [[nodiscard]] std::unique_ptr<Speaker> attach(const std::string& publisher, std::uint16_t place = 0) {
    auto made = speaker(publisher, place);
    EXPECT_TRUE(made->connect());
    settle();
    EXPECT_TRUE(made->attached());
    return made;
  }

  [[nodiscard]] Event last() const { return journal_.at(journal_.last()); }
  [[nodiscard]] Event from_last(std::uint64_t back) const { return journal_.at(Seq(journal_.last().get() - back)); }
  // "publisher:number" of everything that is not the sequencer's, behind `after`.
  [[nodiscard]] std::vector<std::string> said_after(Seq after) const {
    std::vector<std::string> said;
    for (Seq seq = after.next(); seq <= journal_.last(); seq = seq.next()) {
      const RecordHeader& header = *journal_.at(seq).header;
      if (header.publisher != sequencer_publisher) {
        said.push_back(std::to_string(header.publisher.get()) + ":" + std::to_string(header.publisher_seq.get()));
      }
    }
    return said;
  }
  [[nodiscard]] std::size_t count_of(MessageType type) const {
    std::size_t count = 0;
    for (Seq seq(1); seq <= journal_.last(); seq = seq.next()) {
      count += journal_.at(seq).header->type == type ? 1 : 0;
    }
    return count;
  }
  [[nodiscard]] sequencer::StatusFigures status() {
    clock_.now_ns += 20'000'000;
    settle();
    auto reader = sequencer::StatusReader::open(runtime::system_files(), options_.paths.memory);
    EXPECT_TRUE(reader.ok());
    auto figures = reader->read();
    EXPECT_TRUE(figures.ok());
    return figures.value();
  }

  TestClock clock_;
  std::unique_ptr<runtime::Loop> loop_ = runtime::make_loop(runtime::WaitMode::adaptive);
  eventlog::SimulatedJournal journal_{eventlog::LogIdentity{venue, LogNumber(1)}};
  sequencer::SequencerOptions options_;
  std::unique_ptr<sequencer::SequencerTask> sequencer_;
  std::string fatal_;
};

}  // namespace cantus::test
