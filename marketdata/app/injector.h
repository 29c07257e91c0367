// Brings a feed of best prices elsewhere onto the log: `BestQuote` for each line of a feed source
// (docs/architecture.md, section 7). Each line carries the feed's own sequence number, so that a repeat changes
// nothing; the source is told where the log ends, and goes on from there, after whatever restart.
//
// Protocol: lines end in a line feed. Ours first: `next,<feed_seq>`. Then the source's, from that number on:
// `feed_seq,symbol,bid,bid_qty,ask,ask_qty`. A line that is not understood is answered by `error,<line>,<text>` and
// passed over. While lines cannot be taken (no sequencer, back-pressure) the socket is not read.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "marketdata/app/feed_connection.h"
#include "marketdata/market_data.h"
#include "runtime/host/participant.h"
#include "runtime/net.h"

namespace cantus::marketdata {

// Who opens the connection; the lines are the same.
enum class FeedSide {
  source_connects,  // we listen at the address
  source_listens,   // we connect to it, and again when the connection is lost
};

struct InjectorSettings {
  runtime::Address address;
  std::uint32_t feed = 1;  // 1 … 64: what the sequence numbers count within
  FeedSide side = FeedSide::source_connects;
  std::string name = "market data";  // of its publisher, for the process's log
};

class Injector final : public host::EdgeApplication, private LineTaker {
 public:
  static constexpr std::size_t connections_max = 8;
  // Pause before the next attempt to connect: doubled after each that brought no line, up to the second.
  static constexpr std::chrono::milliseconds retry_min{500};
  static constexpr std::chrono::milliseconds retry_max{4000};
  // A number further ahead is a mistake: taken, it would leave the feed nothing to go on with.
  static constexpr std::uint64_t skipped_max = 1'000'000;

  // Listens, or begins to connect. Errors: already_in_use, failed. `network` outlives the injector.
  [[nodiscard]] static Result<std::unique_ptr<Injector>> open(runtime::Network& network,
                                                              const InjectorSettings& settings);
  ~Injector() override;

  // As host_edge's `made`.
  void set_proposer(host::EdgeProposer& proposer) { proposer_ = &proposer; }

  void apply(const Event& event) override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override;
  void on_stable(Seq stable) override;
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override;
  void on_refused(PublisherSeq number, const std::string& why) override;
  [[nodiscard]] const runtime::FarEndState* far_end() const override {
    return settings_.side == FeedSide::source_listens ? &far_end_.state() : nullptr;
  }

  [[nodiscard]] std::uint16_t port() const { return listener_ ? listener_->port() : settings_.address.port; }
  [[nodiscard]] std::uint64_t next_feed_seq() const { return next_feed_seq_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  Injector(runtime::Network& network, const InjectorSettings& settings)
      : network_(network),
        settings_(settings),
        far_end_(settings.name, "the source of market data", settings.address.text()) {}

  bool can_take() const override;
  std::string take(std::string_view line) override;
  void on_connection_over(FeedConnection& connection) override;

  void connect();
  void connect_again(const std::string& why);  // after a pause
  void add(std::unique_ptr<runtime::Stream> stream);
  void serve();  // removes connections that are over, begins new ones, takes what can be taken
  void close_all();
  [[nodiscard]] bool ready() const { return attached_ && refdata_.complete(); }

  runtime::Network& network_;
  InjectorSettings settings_;
  runtime::FarEnd far_end_;
  std::chrono::milliseconds pause_ = retry_min;
  host::EdgeProposer* proposer_ = nullptr;
  ReferenceData refdata_;
  MarketData market_{refdata_};
  bool attached_ = false;
  std::uint64_t next_feed_seq_ = 1;
  std::unique_ptr<runtime::Listener> listener_;
  std::unique_ptr<runtime::Timer> retry_;
  std::vector<std::unique_ptr<FeedConnection>> connections_;
  // For callbacks of the network that may come after the end.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cantus::marketdata
