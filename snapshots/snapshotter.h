// Takes snapshots: an application of its own, off everybody's way, that runs every machine of the venue, writes their
// state to a file now and then and names it on the log.
//
// The state is taken in memory behind some record and written once that record is stable, so that no file tells of what
// a power cut could take back. Behind what voids or quarantines records (messages/exceptions.h) one is taken at once,
// and those go whose states hold them. What is on the log must be what matching and reporter wish for; if it is not, no
// state is taken any more, and it is said.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "eventlog/snapshot_file.h"
#include "runtime/host/participant.h"
#include "snapshots/machines.h"

namespace cantus::snapshots {

struct SnapshotterOptions {
  std::filesystem::path folder;
  std::string build;                                          // named in file and record, for people
  std::uint64_t every_records = 500'000;                      // taken after so many records …
  std::int64_t every_ns = std::int64_t{900} * 1'000'000'000;  // … or so much log time, whichever comes first
  std::size_t keep = 3;                                       // files that are kept, the newest
};

class Snapshotter final : public host::EdgeApplication {
 public:
  // `files` outlives it.
  Snapshotter(runtime::Files& files, SnapshotterOptions options);

  // Before anything is applied.
  void use(host::EdgeProposer& proposer) { proposer_ = &proposer; }
  // One is taken at the next event, whether due or not.
  void want_one() { wanted_ = true; }
  // Why it takes none any more; empty while it does.
  [[nodiscard]] const std::string& given_up() const { return given_up_; }
  [[nodiscard]] Seq last_named() const { return last_named_; }

  void apply(const Event& event) override { apply(event, Machines::Record::counts); }
  [[nodiscard]] bool heeds_exceptions() const override { return true; }
  void apply_void(const Event& record, bool may_have_left) override {
    apply(record, may_have_left ? Machines::Record::is_void_and_may_have_left : Machines::Record::is_void);
  }
  [[nodiscard]] Status restore(const SnapshotSections& from) override;
  void on_stable(Seq stable) override;
  void on_attached(const host::Attachment& attachment) override;
  void on_lost() override;
  void on_refused(PublisherSeq number, const std::string& why) override;
  [[nodiscard]] bool waited_for() const override { return taken_ != nullptr; }

 private:
  struct Taken {
    eventlog::SnapshotInfo info;
    Digest digest;
    std::string machines;  // names and versions
    std::vector<std::byte> sections;
  };

  void apply(const Event& event, Machines::Record record);
  [[nodiscard]] bool due(const Event& event) const;
  void take(const Event& event);
  void write();
  void propose();
  void remove_old();
  void remove_unnamed();
  void remove_void();
  void give_up(const std::string& why);

  runtime::Files& files_;
  SnapshotterOptions options_;
  host::EdgeProposer* proposer_ = nullptr;
  std::unique_ptr<Machines> machines_;
  std::string given_up_;
  bool attached_ = false;
  bool looked_ = false;  // for files that the log does not name
  bool wanted_ = false;
  Seq last_;          // position of the last state taken
  TimeNs last_time_;  // its time
  Seq last_named_;
  LogSeq named_at_;  // the record that names one, until it is stable
  Seq stable_;
  std::unique_ptr<Taken> taken_;         // waits to be stable
  std::optional<SnapshotTaken> naming_;  // written, and not on the log yet
  bool proposed_ = false;                // it is in flight
};

}  // namespace cantus::snapshots
