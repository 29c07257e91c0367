// A machine that is easy to follow, for tests of hosting: it answers each BenchPayload with a number of outcomes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/machine.h"

namespace cantus::test {

inline BenchPayload question(std::uint64_t stamp) {
  BenchPayload payload;
  payload.stamp = stamp;
  return payload;
}

class Answerer final : public Application {
 public:
  explicit Answerer(std::uint64_t answers = 1, const std::string& word = "same")
      : answers_(answers), word_(word), wishes_(4096, 128) {}

  void apply(const Event& event) override {
    applied = event.header->seq;
    if (event.is<BenchPayload>()) {
      for (std::uint64_t i = 0; i < answers_; ++i) {
        CancelRejected answer;
        answer.cause = event.header->seq;
        answer.order_id = OrderId::from_raw(event.as<BenchPayload>().stamp * 1000 + i);
        answer.cl_ord_id = FixedString<32>(word_);
        if (forbidden) {
          wishes_.push(MessageType(22), 1, topic::refdata, payload_of(PartyDefined{}));
        } else {
          wishes_.push(answer);
        }
      }
    } else if (event.is<CancelRejected>()) {
      seen.push_back(event.as<CancelRejected>().order_id.raw());
    }
  }
  [[nodiscard]] Digest digest() const override {
    DigestBuilder builder;
    for (const std::uint64_t raw : seen) {
      builder.add(raw);
    }
    wishes_.digest_into(builder);
    return builder.digest();
  }
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }
  void save(SnapshotWriter& out) const override {
    out.section("answerer", 1, digest(), [&] {
      out.put(applied);
      out.put_count(seen.size());
      for (const std::uint64_t raw : seen) {
        out.put(raw);
      }
      wishes_.save_into(out);
    });
  }
  [[nodiscard]] Status restore(const SnapshotSections& from) override {
    const auto body = [this](SectionReader& in) {
      applied = in.get<Seq>();
      const std::size_t count = in.get_count(1'000'000, sizeof(std::uint64_t), "too many");
      for (std::size_t i = 0; i < count; ++i) {
        seen.push_back(in.get<std::uint64_t>());
      }
      wishes_.restore_from(in);
    };
    return from.restore("answerer", 1, body, [this] { return digest(); });
  }

  bool forbidden = false;
  Seq applied;
  std::vector<std::uint64_t> seen;

 private:
  std::uint64_t answers_;
  std::string word_;
  WishQueue wishes_;
};

}  // namespace cantus::test
