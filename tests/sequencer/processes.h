// A sequencer as a process of its own, and honest participants for it: tests that kill, or that attack, run them as
// they run in a venue.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "messages/wish_queue.h"
#include "runtime/host/participant.h"
#include "sequencer/app/sequencer_task.h"
#include "tests/sequencer/core_fixture.h"

namespace cantus::test {

[[nodiscard]] inline host::VenuePaths paths_in(const std::string& name) {
  return {std::filesystem::temp_directory_path() / name, std::filesystem::path("/dev/shm") / name};
}

// Until it is killed.
inline int run_sequencer(const std::string& name, const OpeningContent& content = small_venue(),
                         std::size_t ring_bytes = runtime::ring_bytes_default) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sequencer::SequencerOptions options;
  options.paths = paths_in(name);
  options.identity = eventlog::LogIdentity{venue, LogNumber(1)};
  options.segment_bytes = 1 << 20;
  options.venue_name = content.venue_name;
  options.publishers = content.publishers;
  options.grants = content.grants;
  options.records = content.records;
  options.build = "test";
  options.ring_bytes = ring_bytes;
  options.backlog_max = 1'000'000;
  const auto loop = runtime::make_loop(runtime::WaitMode::adaptive);
  auto sequencer = sequencer::make_sequencer(*loop, runtime::system_clock(), runtime::system_files(), options,
                                             [&loop](const std::string&) { loop->stop(); });
  if (!sequencer) {
    std::fprintf(stderr, "the sequencer does not start: %s\n", sequencer.error().text.c_str());
    return 1;
  }
  loop->run();
  return sequencer::exit_stopped;
}

// Enters so many orders, which carry 1, 2, 3 … as their quantity, with at most `unseen_max` that it has not seen yet.
class Enterer final : public host::EdgeApplication, public runtime::Task {
 public:
  Enterer(PublisherId self, std::int64_t orders, std::int64_t unseen_max)
      : self_(self), orders_(orders), unseen_max_(unseen_max) {}

  void made(host::EdgeProposer& proposer) { proposer_ = &proposer; }
  bool poll() override {
    bool worked = false;
    while (made_ < orders_ && made_ < seen_ + unseen_max_ && proposer_->can_propose()) {
      NewOrder message;
      message.order_qty = Qty(++made_);
      proposer_->propose(message);
      worked = true;
    }
    return worked;
  }
  void apply(const Event& event) override {
    if (event.header->publisher == self_ && event.is<NewOrder>()) {
      seen_ = event.as<NewOrder>().order_qty.get();
    }
    terms_ += event.is<TermStarted>() ? 1 : 0;
    orders_of_others_ += event.header->publisher != self_ && event.is<NewOrder>() ? 1 : 0;
    attachments_ += event.is<PublisherAttached>() ? 1 : 0;
  }
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment& attachment) override { incarnation_ = attachment.incarnation; }
  // Taken for lost on a slow machine: what the log does not hold by now it never will.
  void on_lost() override { made_ = seen_; }
  void on_refused(PublisherSeq, const std::string& why) override { ADD_FAILURE() << why; }
  // No more than what was made.
  void end() { orders_ = made_; }
  [[nodiscard]] bool done() const { return seen_ == orders_; }
  [[nodiscard]] Incarnation incarnation() const { return incarnation_; }
  [[nodiscard]] std::int64_t seen() const { return seen_; }
  [[nodiscard]] int terms() const { return terms_; }
  [[nodiscard]] std::int64_t orders_of_others() const { return orders_of_others_; }
  [[nodiscard]] std::int64_t attachments() const { return attachments_; }

 private:
  PublisherId self_;
  std::int64_t orders_;
  std::int64_t unseen_max_;
  host::EdgeProposer* proposer_ = nullptr;
  Incarnation incarnation_;
  std::int64_t made_ = 0;
  std::int64_t seen_ = 0;
  int terms_ = 0;
  std::int64_t orders_of_others_ = 0;
  std::int64_t attachments_ = 0;
};

// Wishes for one outcome for each order.
class Echo final : public Application {
 public:
  void apply(const Event& event) override {
    if (event.is<NewOrder>()) {
      ++orders_;
      OrderRejected outcome;
      outcome.order_id = event.position();
      wishes_.push(outcome);
    } else if (event.is<OrderRejected>()) {
      ++outcomes_;
    }
  }
  [[nodiscard]] Digest digest() const override { return DigestBuilder().add(outcomes_).digest(); }
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }
  [[nodiscard]] std::uint64_t orders() const { return orders_; }
  [[nodiscard]] std::uint64_t outcomes() const { return outcomes_; }

 private:
  WishQueue wishes_{1 << 15, sizeof(OrderRejected)};
  std::uint64_t orders_ = 0;
  std::uint64_t outcomes_ = 0;
};

inline host::ParticipantOptions participant_options(const host::VenuePaths& paths, const char* publisher,
                                                    std::uint16_t place = 0) {
  host::ParticipantOptions options;
  options.paths = paths;
  options.publisher = publisher;
  options.place = PlaceId(place);
  return options;
}

inline std::unique_ptr<host::Participant> host_enterer(runtime::Loop& loop, const host::VenuePaths& paths,
                                                       const char* publisher, Enterer& enterer,
                                                       const host::OnFatal& fatal) {
  auto hosted = host::host_edge(
      loop, runtime::host_system(), participant_options(paths, publisher), enterer,
      [&enterer](host::EdgeProposer& proposer) { enterer.made(proposer); }, fatal);
  CANTUS_ASSERT(hosted.ok(), "an edge can be hosted");
  return std::move(hosted).value();
}

inline std::unique_ptr<host::Participant> host_echo(runtime::Loop& loop, const host::VenuePaths& paths,
                                                    std::uint16_t place, Echo& echo, const host::OnFatal& fatal) {
  auto hosted =
      host::host_machine(loop, runtime::host_system(), participant_options(paths, "matching", place), echo, fatal);
  CANTUS_ASSERT(hosted.ok(), "a machine can be hosted");
  return std::move(hosted).value();
}

}  // namespace cantus::test
