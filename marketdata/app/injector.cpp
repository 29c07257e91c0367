#include "marketdata/app/injector.h"

#include <algorithm>

#include "marketdata/app/feed_line.h"

namespace cantus::marketdata {

Result<std::unique_ptr<Injector>> Injector::open(runtime::Network& network, const InjectorSettings& settings) {
  std::unique_ptr<Injector> injector(new Injector(network, settings));
  if (settings.side == FeedSide::source_listens) {
    injector->connect();
    return injector;
  }
  auto listener = network.listen(
      settings.address, [at = injector.get()](std::unique_ptr<runtime::Stream> stream) { at->add(std::move(stream)); });
  if (!listener) {
    return std::move(listener).error().context("listen for market data");
  }
  injector->listener_ = *std::move(listener);
  return injector;
}

Injector::~Injector() { *alive_ = false; }

// ---- the log ------------------------------------------------------------------------------------------------------

void Injector::apply(const Event& event) {
  refdata_.apply(event);
  market_.apply(event);
  next_feed_seq_ = std::max(next_feed_seq_, market_.last_feed_seq(settings_.feed) + 1);
  serve();
}

Status Injector::restore(const SnapshotSections& from) {
  Status restored = restore_in_order(from, refdata_, market_);
  next_feed_seq_ = market_.last_feed_seq(settings_.feed) + 1;
  return restored;
}

void Injector::on_stable(Seq) { serve(); }

void Injector::on_attached(const host::Attachment&) {
  attached_ = true;
  serve();
}

// What was proposed and not admitted is gone: the source is told anew where the log ends.
void Injector::on_lost() {
  attached_ = false;
  next_feed_seq_ = market_.last_feed_seq(settings_.feed) + 1;
  close_all();
}

void Injector::on_refused(PublisherSeq, const std::string&) { on_lost(); }

// ---- the source ---------------------------------------------------------------------------------------------------

void Injector::connect() {
  network_.connect(settings_.address, [this, alive = alive_](Result<std::unique_ptr<runtime::Stream>> stream) {
    if (!*alive) {
      return;
    }
    if (stream) {
      far_end_.connected();
      add(*std::move(stream));
    } else {
      connect_again(stream.error().text);
    }
  });
}

void Injector::connect_again(const std::string& why) {
  if (settings_.side != FeedSide::source_listens) {
    return;
  }
  far_end_.lost(why);
  retry_ = network_.after(pause_, [this] { connect(); });
  pause_ = std::min(pause_ * 2, retry_max);
}

void Injector::add(std::unique_ptr<runtime::Stream> stream) {
  serve();
  if (connections_.size() == connections_max) {
    return;  // closed by its end
  }
  LineTaker& taker = *this;
  connections_.push_back(std::make_unique<FeedConnection>(std::move(stream), taker));
  serve();
}

void Injector::serve() {
  std::erase_if(connections_, [](const auto& connection) { return connection->over(); });
  if (!ready()) {
    return;
  }
  for (const auto& connection : connections_) {
    if (connection->begun()) {
      connection->pump();
    } else {
      connection->begin(next_feed_seq_);
    }
  }
}

void Injector::close_all() {
  connections_.clear();
  connect_again("the sequencer took this injector for lost");
}

// It is removed later: this is called from within it.
void Injector::on_connection_over(FeedConnection&) { connect_again("the connection has ended"); }

bool Injector::can_take() const { return ready() && proposer_->can_propose() && proposer_->client_input_open(); }

std::string Injector::take(std::string_view line) {
  const Result<BestQuote> quote = parse_feed_line(line, refdata_, settings_.feed);
  if (!quote) {
    return quote.error().text;
  }
  pause_ = retry_min;
  if (quote->feed_seq >= next_feed_seq_ + skipped_max) {
    return "feed_seq is far beyond the next one, " + std::to_string(next_feed_seq_);
  }
  if (quote->feed_seq >= next_feed_seq_) {
    next_feed_seq_ = quote->feed_seq + 1;
    proposer_->propose(*quote);
  }
  return {};
}

}  // namespace cantus::marketdata
