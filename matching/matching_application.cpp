#include "matching/matching_application.h"

namespace cantus {

MatchingApplication::MatchingApplication()
    : sessions_(refdata_), market_data_(refdata_), credit_(refdata_, market_data_), wishes_(0, 0) {
  own_sections_ = sections_of(*this);
}

void MatchingApplication::apply(const Event& event) {
  refdata_.apply(event);
  const Effect effect = sessions_.apply(event);
  market_data_.apply(event);
  credit_.apply(event, effect);
  if (!venue_) {
    if (!event.is<VenueDefined>()) {
      return;
    }
    open_venue(event.as<VenueDefined>(), event.header->venue);
  }
  if (event.handled_by(MachineName::matching)) {
    apply_own(event, effect);
  } else {
    apply_quarantined(event, effect);
  }
  CANTUS_ASSERT(wishes_.room() >= venue_->book.size(), "every open order keeps a slot for its end");
}

void MatchingApplication::apply_own(const Event& event, Effect effect) {
  const Seq seq = event.header->seq;
  for (const SessionId session : sessions_.cancels_due()) {
    end_all_of(session, CancelReason::disconnected, seq);
  }
  if (trading_date_ != refdata_.trading_date()) {
    trading_date_ = refdata_.trading_date();
    for (const SessionDefined& session : refdata_.sessions()) {
      end_all_of(session.session, CancelReason::trading_day_over, seq);
    }
    venue_->ids.clear();
  }
  if (says_void(event)) {
    answer_void();
  }
  for (const CommandPart& part : refdata_.changes()) {
    if (is_change<TradingBlocked>(part)) {
      end_all_of(change_of<TradingBlocked>(part), seq);
    }
  }
  if (effect == Effect::took) {
    if (event.is<NewOrder>()) {
      on(event, event.as<NewOrder>());
    } else if (event.is<CancelRequest>()) {
      on(event, event.as<CancelRequest>());
    } else if (event.is<ReplaceRequest>()) {
      on(event, event.as<ReplaceRequest>());
    } else if (event.is<StatusRequest>()) {
      on(event, event.as<StatusRequest>());
    }
  }
  if (event.is<RollDrained>() && spare_slots() > 0) {
    wishes_.push(RollDigest{seq, bytes_of(digest()), own_sections_});
  }
}

void MatchingApplication::open_venue(const VenueDefined& defined, VenueId id) {
  venue_.emplace(defined, id);
  wishes_ = WishQueue(venue_->room.wishes_max, sizeof(Trade));
}

const OrderView* MatchingApplication::open_order(OrderId order) const {
  const PoolIndex index = venue_ ? venue_->book.find(order) : no_index;
  return index == no_index ? nullptr : &venue_->book[index].view;
}

Digest MatchingApplication::digest() const {
  DigestBuilder digest;
  digest.add(refdata_.digest()).add(market_data_.digest());
  sessions_.digest_into(digest);
  credit_.digest_into(digest);
  wishes_.digest_into(digest);
  digest.add(trading_date_).add(unanswered_);
  if (venue_) {
    digest.add(static_cast<std::uint64_t>(venue_->book.size()));
    for (const InstrumentDefined& instrument : refdata_.instruments()) {
      for (const Side side : {Side::buy, Side::sell}) {
        venue_->book.for_each(instrument.instrument, side, [&](const Order& order) {
          digest.add_bytes(std::as_bytes(std::span(&order.view, 1))).add(order.priority);
        });
      }
    }
    venue_->ids.digest_into(digest);
    for (const TradeVoided& trade : venue_->told_trades) {
      digest.add_bytes(payload_of(trade));
    }
    for (const ToldOfOrder& told : venue_->told_of_orders) {
      digest.add(told.voided).add(told.order);
    }
  }
  return digest.digest();
}

}  // namespace cantus
