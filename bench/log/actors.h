// Who takes part in a measurement of the log: an edge that speaks when it is told to, a machine that wishes, and the
// times that are taken of them. Beside a venue's own participants they do nothing but count.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/log/venue.h"
#include "messages/machine.h"
#include "runtime/clock.h"

namespace cantus::bench {

inline constexpr std::size_t record_bytes = sizeof(RecordHeader) + sizeof(BenchPayload);

[[nodiscard]] inline std::int64_t now_ns() { return runtime::system_clock().monotonic_ns(); }

// Latencies of `count` samples behind as many, at most 2,000, that are measured first and forgotten.
class Samples {
 public:
  explicit Samples(std::uint64_t count) : warm_up_(std::min(count, std::uint64_t{2000})), wanted_(count + warm_up_) {
    taken_.resize(wanted_);  // their pages are there before anything is measured
    taken_.clear();
  }
  void add(std::int64_t ns) { taken_.push_back(ns); }
  [[nodiscard]] bool full() const { return taken_.size() >= wanted_; }
  [[nodiscard]] std::uint64_t wanted() const { return wanted_; }
  [[nodiscard]] std::vector<std::int64_t> latencies() const {
    return {taken_.begin() + static_cast<std::ptrdiff_t>(warm_up_), taken_.end()};
  }

 private:
  std::uint64_t warm_up_;
  std::uint64_t wanted_;
  std::vector<std::int64_t> taken_;
};

// An edge that speaks whenever `on_turn` says so and sees its own words come back.
class Speaker final : public host::EdgeApplication, public runtime::Task {
 public:
  explicit Speaker(PublisherId publisher = bench_edge.id) : publisher_(publisher) {}
  host::EdgeProposer* proposer = nullptr;
  host::OnFatal fatal;
  std::function<void()> on_own;      // one of ours was applied
  std::function<void()> on_payload;  // anybody's, ours too; may be empty
  std::function<bool()> on_turn;     // once in each round of the loop, while proposals may be made

  void apply(const Event& event) override {
    if (event.header->publisher == publisher_) {
      on_own();
    }
    if (on_payload && event.is<BenchPayload>()) {
      on_payload();
    }
  }
  void on_stable(Seq) override {}
  void on_attached(const host::Attachment&) override { attached_ = true; }
  void on_lost() override { attached_ = false; }
  void on_refused(PublisherSeq number, const std::string& why) override {
    fatal("the proposal " + std::to_string(number.get()) + " was refused: " + why);
  }
  bool poll() override { return attached_ && on_turn(); }

 private:
  PublisherId publisher_;
  bool attached_ = false;
};

// A machine that wishes for one payload at a time. It reads a clock, which no machine of the venue may.
class Wisher final : public Application {
 public:
  explicit Wisher(PublisherId publisher) : publisher_(publisher) {}
  std::function<void()> on_own;
  void wish() {
    BenchPayload payload;
    payload.stamp = static_cast<std::uint64_t>(now_ns());
    wishes_.push(payload);
  }
  void apply(const Event& event) override {
    if (event.header->publisher == publisher_ && event.is<BenchPayload>()) {
      own = event.header->seq;
      on_own();
    }
  }
  [[nodiscard]] Digest digest() const override { return DigestBuilder().add(own).digest(); }
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }

  Seq own;  // position of the last one that was applied

 private:
  PublisherId publisher_;
  WishQueue wishes_{16, sizeof(BenchPayload)};
};

// A task that is only a function.
class Turn final : public runtime::Task {
 public:
  explicit Turn(std::function<bool()> f) : f_(std::move(f)) {}
  bool poll() override { return f_(); }

 private:
  std::function<bool()> f_;
};

struct Hosted {
  Hosted(runtime::Loop& loop_in, std::unique_ptr<host::Participant> participant_in)
      : loop(loop_in), participant(std::move(participant_in)) {}
  Hosted(const Hosted&) = delete;
  Hosted& operator=(const Hosted&) = delete;
  ~Hosted() { loop.remove(*participant); }
  runtime::Loop& loop;
  std::unique_ptr<host::Participant> participant;
};

// The speaker must outlive what is returned; it is no task of the loop yet.
[[nodiscard]] inline Result<std::unique_ptr<Hosted>> host_speaker(runtime::Loop& loop, host::ParticipantOptions options,
                                                                  Speaker& speaker, host::OnFatal fatal) {
  speaker.fatal = fatal;
  auto participant = host::host_edge(
      loop, runtime::host_system(), std::move(options), speaker,
      [&speaker](host::EdgeProposer& proposer) { speaker.proposer = &proposer; }, std::move(fatal));
  if (!participant) {
    return std::move(participant).error();
  }
  return std::make_unique<Hosted>(loop, *std::move(participant));
}

}  // namespace cantus::bench
