#include "regreport/report_application.h"

#include <algorithm>

#include "base/mutant.h"
#include "messages/validate.h"

namespace cantus {

ReportApplication::ReportApplication() : sessions_(refdata_), wishes_(rendered_max, sizeof(ReportSubmit)) {
  own_sections_ = sections_of(*this);
}

void ReportApplication::apply(const Event& event) {
  refdata_.apply(event);
  const Effect effect = sessions_.apply(event);
  if (!store_) {
    if (event.is<VenueDefined>()) {
      store_.emplace(event.as<VenueDefined>());
    }
    return;
  }
  if (event.is<RollDrained>() && wishes_.room() > 0) {
    wishes_.push(RollDigest{event.header->seq, bytes_of(digest()), own_sections_});
  }
  const SessionDefined* regulator = refdata_.regulator_session();
  if (regulator == nullptr) {
    return;
  }
  if (!event.handled_by(MachineName::reporter)) {
    if (event.is<Trade>()) {  // to be reported by hand
      ++counts_.trades;
      ++counts_.untracked;
    } else if (event.is<TradeVoided>() && take_told(event)) {  // likewise to be withdrawn
      ++counts_.withdrawn;
      ++counts_.untracked;
    }
    return;
  }
  const auto& opened = sessions_.opened();
  if (std::any_of(opened.begin(), opened.end(),
                  [&](const InboundSessions::Opened& one) { return one.session == regulator->session; })) {
    submit_again();
  }
  if (CANTUS_MUTANT(small_trade_unreported) && event.is<Trade>() && event.as<Trade>().qty == Qty(1)) {
    return;
  }
  if (event.is<Trade>()) {
    on(event, event.as<Trade>());
  } else if (event.is<TradeVoided>()) {
    withdraw(event);
  } else if (event.is<ReportSubmit>()) {
    on(event.as<ReportSubmit>());
  } else if (effect == Effect::took && event.is<ReportAnswered>() &&
             event.as<ReportAnswered>().client.session == regulator->session) {
    on(event.as<ReportAnswered>());
  }
  render();
}

void ReportApplication::on(const Event& event, const Trade& trade) {
  ++counts_.trades;
  const OrderView& buy = trade.first.side == Side::buy ? trade.first : trade.second;
  const OrderView& sell = trade.first.side == Side::buy ? trade.second : trade.first;
  ReportSubmit submit;
  submit.trade = event.position();
  submit.price = trade.price;
  submit.qty = trade.qty;
  submit.trade_time = event.header->time;
  submit.buy_order_id = buy.order_id;
  submit.sell_order_id = sell.order_id;
  submit.buyer = buy.party;
  submit.seller = sell.party;
  submit.instrument = trade.instrument;
  submit.session = refdata_.regulator_session()->session;
  submit.trade_date = refdata_.trading_date();
  track(submit);
}

void ReportApplication::track(const ReportSubmit& submit) {
  if (!make_room()) {
    ++counts_.untracked;
    return;
  }
  const PoolIndex index = store_->reports.take();
  store_->reports[index] = Report{};
  store_->reports[index].open.submit = submit;
  store_->by_trade.insert(submit.trade, index);
  store_->outstanding.push_back(store_->reports, index);
  ++counts_.outstanding;
  enqueue(index);
}

// What may have left is remembered until its trade is said to be void, under a number of matching's. The first attempt
// has all that there is to say.
void ReportApplication::apply_void(const Event& record, bool may_have_left) {
  Application::apply_void(record, may_have_left);
  if (!may_have_left || !store_ || !record.is<ReportSubmit>() ||
      !is_well_formed(record.header->type, record.header->version, record.bytes())) {
    return;
  }
  const auto& submit = record.as<ReportSubmit>();
  std::vector<ReportSubmit>& told = store_->told;
  const bool known =
      std::any_of(told.begin(), told.end(), [&](const ReportSubmit& one) { return one.trade == submit.trade; });
  if (!known && told.size() < told_max) {
    told.push_back(submit);
  } else if (!known) {
    ++counts_.untracked;
  }
}

// What was told of the trade that this TradeVoided names; it is not remembered any longer.
std::optional<ReportSubmit> ReportApplication::take_told(const Event& event) {
  std::vector<ReportSubmit>& told = store_->told;
  const TradeId trade = event.as<TradeVoided>().trade;
  const auto found =
      std::find_if(told.begin(), told.end(), [&](const ReportSubmit& one) { return one.trade == trade; });
  if (found == told.end()) {
    return std::nullopt;
  }
  const ReportSubmit submit = *found;
  told.erase(found);
  return submit;
}

void ReportApplication::withdraw(const Event& event) {
  std::optional<ReportSubmit> submit = take_told(event);
  if (!submit) {
    return;  // nobody was told
  }
  submit->withdraws = submit->trade;
  submit->trade = event.position();
  submit->session = refdata_.regulator_session()->session;
  submit->attempt = {};
  ++counts_.withdrawn;
  track(*submit);
}

// A rejected report gives way to a new one: it stays on the log and in the audit database. One that is still queued for
// rendering goes when that is done, so the next is tried.
bool ReportApplication::make_room() {
  Pool<Report>& reports = store_->reports;
  while (reports.full() && !store_->rejected.empty()) {
    const PoolIndex oldest = store_->rejected.first();
    store_->rejected.erase(reports, oldest);
    --counts_.rejected;
    reports[oldest].settled = true;
    if (!reports[oldest].queued) {
      give_back(oldest);
    }
  }
  return !reports.full();
}

void ReportApplication::on(const ReportSubmit& submit) {
  const PoolIndex* found = store_->by_trade.find(submit.trade);
  if (found != nullptr && store_->reports[*found].open.submit.attempt == submit.attempt) {
    store_->reports[*found].open.submitted = true;
  }
}

// The last word counts: a report that was refused may be accepted later.
void ReportApplication::on(const ReportAnswered& answer) {
  const PoolIndex* found = store_->by_trade.find(answer.trade);
  if (found == nullptr || store_->reports[*found].settled) {
    return;
  }
  const PoolIndex index = *found;
  OpenReport& open = store_->reports[index].open;
  if (CANTUS_MUTANT(duplicate_not_accepted) && answer.status == ReportStatus::duplicate) {
    return;
  }
  if (CANTUS_MUTANT(acceptance_forgotten) && answer.status == ReportStatus::accepted && open.rejected) {
    return;
  }
  if (answer.status != ReportStatus::rejected) {
    settle(index);
  } else if (!open.rejected) {
    open.rejected = true;
    store_->outstanding.erase(store_->reports, index);
    store_->rejected.push_back(store_->reports, index);
    --counts_.outstanding;
    ++counts_.rejected;
  }
}

void ReportApplication::settle(PoolIndex index) {
  Report& report = store_->reports[index];
  (report.open.rejected ? store_->rejected : store_->outstanding).erase(store_->reports, index);
  --(report.open.rejected ? counts_.rejected : counts_.outstanding);
  ++counts_.accepted;
  report.settled = true;
  if (!report.queued) {
    give_back(index);
  }
}

void ReportApplication::give_back(PoolIndex index) {
  store_->by_trade.erase(store_->reports[index].open.submit.trade);
  store_->reports.give_back(index);
}

// What is not on the log yet will be, in the new generation, and needs no further attempt.
void ReportApplication::submit_again() {
  for (PoolIndex at = store_->outstanding.first(); at != no_index; at = Reports::next(store_->reports, at)) {
    OpenReport& open = store_->reports[at].open;
    if (open.submitted) {
      open.submitted = false;
      enqueue(at);
    }
  }
}

void ReportApplication::enqueue(PoolIndex index) {
  Report& report = store_->reports[index];
  report.open.submit.attempt = report.open.submit.attempt.next();
  report.queued = true;
  store_->queue.push_back(store_->reports, index);
  ++counts_.attempts;
}

void ReportApplication::render() {
  while (wishes_.room() > 0 && !store_->queue.empty()) {
    const PoolIndex index = store_->queue.first();
    Report& report = store_->reports[index];
    wishes_.push(report.open.submit);
    store_->queue.erase(store_->reports, index);
    report.queued = false;
    if (report.settled) {
      give_back(index);
    }
  }
}

Digest ReportApplication::digest() const {
  DigestBuilder digest;
  digest.add(refdata_.digest());
  sessions_.digest_into(digest);
  wishes_.digest_into(digest);
  digest.add(counts_.trades).add(counts_.attempts).add(counts_.accepted).add(counts_.outstanding);
  digest.add(counts_.rejected).add(counts_.untracked).add(counts_.withdrawn);
  for_each_open([&](const OpenReport& open) {
    digest.add_bytes(payload_of(open.submit)).add(open.submitted).add(open.rejected);
  });
  if (store_) {
    for (const ReportSubmit& one : store_->told) {
      digest.add_bytes(payload_of(one));
    }
    const auto& queue = store_->queue;
    for (PoolIndex at = queue.first(); at != no_index; at = queue.next(store_->reports, at)) {
      digest.add(store_->reports[at].open.submit.trade).add(store_->reports[at].settled);
    }
  }
  return digest.digest();
}

}  // namespace cantus
