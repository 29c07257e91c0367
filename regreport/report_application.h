// The life of every trade report to the regulator: the machine of publisher `reporter`. For each Trade it wishes for a
// ReportSubmit, whose record is the cause of the bytes that are sent (docs/architecture.md, section 7); answers close
// reports or mark them as rejected; after a reset of the regulator's session whatever was submitted and is unanswered
// is submitted again, as a new attempt under the same TradeReportID.
//
// A report of a trade that the log voids, and that may have left, is withdrawn once matching says TradeVoided: by a
// report of its own, which is answered, repeated and settled like any other.
//
// What is wished for is fixed where it is caused. Of a long queue (a reset while thousands are unanswered, a reporter
// that was away for an hour) only the head is rendered into wishes at a time, in order; content and order do not depend
// on when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bounded.h"
#include "base/pool.h"
#include "messages/machine.h"
#include "refdata/reference_data.h"
#include "sessions/inbound.h"

namespace cantus {

// A report that is not settled.
struct OpenReport {
  ReportSubmit submit;     // the latest attempt
  bool submitted = false;  // that attempt is on the log; else it is still wished for
  bool rejected = false;   // the regulator refused it: it waits to be repaired and is not sent again by itself
};

struct ReportCounts {
  std::uint64_t trades = 0;       // that were to be reported
  std::uint64_t attempts = 0;     // wished for, first and further ones
  std::uint64_t accepted = 0;     // settled by the regulator, "duplicate" included
  std::uint64_t outstanding = 0;  // not yet answered
  std::uint64_t rejected = 0;     // answered by a refusal and not yet accepted
  std::uint64_t untracked = 0;    // trades that found no room, see reports_max, or are quarantined
  std::uint64_t withdrawn = 0;    // reports of void trades that were to be taken back
  friend constexpr bool operator==(const ReportCounts&, const ReportCounts&) = default;
};

class ReportApplication final : public Application {
 public:
  // Wishes rendered at a time.
  static constexpr std::size_t rendered_max = 4096;
  // Void reports that are remembered until matching says that their trades are void; one more is counted in
  // `untracked`.
  static constexpr std::size_t told_max = 4096;
  // Room for unsettled reports is that of ClOrdIDs (VenueDefined): each trade fills an order, so a trading day has at
  // most as many trades as it has ClOrdIDs. Rejected ones give way, the oldest first; a trade that finds only
  // unanswered ones is counted in `untracked` and not reported.
  ReportApplication();

  void apply(const Event& event) override;
  void apply_void(const Event& record, bool may_have_left) override;
  [[nodiscard]] Digest digest() const override;
  [[nodiscard]] WishQueue& wishes() override { return wishes_; }
  void save(SnapshotWriter& out) const override;
  [[nodiscard]] Status restore(const SnapshotSections& from) override;
  [[nodiscard]] const WishQueue& wishes() const { return wishes_; }

  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  [[nodiscard]] const InboundSessions& sessions() const { return sessions_; }
  [[nodiscard]] const ReportCounts& counts() const { return counts_; }

  // Calls f(const OpenReport&) for the unanswered reports in order of their trades, then for the rejected ones in order
  // of their rejection.
  template <class F>
  void for_each_open(F&& f) const {
    if (store_) {
      store_->outstanding.for_each(store_->reports, f);
      store_->rejected.for_each(store_->reports, f);
    }
  }

 private:
  struct Report {
    OpenReport open;
    bool queued = false;   // in the queue of what is to be rendered
    bool settled = false;  // of no interest any more, but still queued
    PoolLinks of_state;
    PoolLinks in_queue;
  };
  struct Reports : PoolList<Report, &Report::of_state> {
    template <class F>
    void for_each(const Pool<Report>& pool, F&& f) const {
      for (PoolIndex at = first(); at != no_index; at = next(pool, at)) {
        f(pool[at].open);
      }
    }
  };
  struct HashTradeId {
    std::uint64_t operator()(TradeId trade) const { return mix_bits(trade.raw()); }
  };
  struct Store {
    explicit Store(const VenueDefined& defined)
        : made_of(defined), reports(defined.cl_ord_ids_max), by_trade(defined.cl_ord_ids_max) {
      told.reserve(told_max);
    }
    VenueDefined made_of;
    Pool<Report> reports;
    HashIndex<TradeId, PoolIndex, HashTradeId> by_trade;
    Reports outstanding;
    Reports rejected;
    PoolList<Report, &Report::in_queue> queue;  // to be rendered
    std::vector<ReportSubmit> told;             // void and may have left, each once, in the order of the log
  };

  void on(const Event& event, const Trade& trade);
  void on(const ReportSubmit& submit);
  void on(const ReportAnswered& answer);
  void withdraw(const Event& event);
  [[nodiscard]] std::optional<ReportSubmit> take_told(const Event& event);
  void track(const ReportSubmit& submit);
  void submit_again();
  void enqueue(PoolIndex index);
  void settle(PoolIndex index);
  void give_back(PoolIndex index);
  void render();
  [[nodiscard]] bool make_room();

  // report_snapshot.cpp
  void save_store(SnapshotWriter& out) const;
  void restore_from(SectionReader& in);
  void restore_reports(SectionReader& in, Reports& list, bool rejected);
  void restore_told(SectionReader& in);
  void restore_queue(SectionReader& in);
  [[nodiscard]] PoolIndex restore_report(SectionReader& in);  // no_index after a fault

  ReferenceData refdata_;
  InboundSessions sessions_;
  WishQueue wishes_;
  std::uint64_t own_sections_ = 0;  // of any state of this build
  std::optional<Store> store_;
  ReportCounts counts_;
};

}  // namespace cantus
