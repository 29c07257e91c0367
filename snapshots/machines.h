// Every machine of the venue on one log, of which snapshots are made: what any application of the venue starts from.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "matching/matching_application.h"
#include "refdata/app/session_days.h"
#include "refdata/due_permissions.h"
#include "refdata/password_verifiers.h"
#include "regreport/report_application.h"
#include "runtime/host/log_facts.h"
#include "sessions/outbound_index.h"
#include "sessions/session_machine.h"

namespace cantus::snapshots {

// What a whole state consists of.
struct Parts {
  const host::LogFacts& facts;
  const MatchingApplication& matching;
  const ReportApplication& reports;
  const SessionMachine& sessions;
  const OutboundIndex& index;
  const PasswordVerifiers& passwords;
  const refdata::SessionDays& days;
  const DuePermissions& due;
};
// Every section, in the order in which a state is named by its digest. An error: machines that include the same one
// disagree about it.
[[nodiscard]] Result<std::vector<std::byte>> save_all(const Parts& parts);

class Machines {
 public:
  // An error: the log holds something else than matching or reporter wish for. Then a state is nothing to go by, and
  // this is not to be used any more.
  // Void records (messages/exceptions.h) are to be said so.
  enum class Record { counts, is_void, is_void_and_may_have_left };
  [[nodiscard]] Status apply(const Event& event, Record record = Record::counts);
  [[nodiscard]] Result<std::vector<std::byte>> save() const {
    return save_all({facts_, matching_, reports_, sessions_, index_, passwords_, days_, due_});
  }
  // Of machines that have applied nothing; after an error they are not to be used any more.
  [[nodiscard]] Status restore(const SnapshotSections& from);

  [[nodiscard]] const host::LogFacts& facts() const { return facts_; }
  [[nodiscard]] const MatchingApplication& matching() const { return matching_; }
  [[nodiscard]] const ReportApplication& reports() const { return reports_; }
  [[nodiscard]] const ReferenceData& refdata() const { return refdata_; }
  [[nodiscard]] const SessionMachine& sessions() const { return sessions_; }
  [[nodiscard]] const OutboundIndex& index() const { return index_; }

 private:
  [[nodiscard]] Status settle(Application& application, PublisherId publisher, const Event& event, Record record);
  void learn_publishers();

  host::LogFacts facts_;
  ReferenceData refdata_;
  PasswordVerifiers passwords_;
  SessionMachine sessions_{refdata_};
  OutboundIndex index_{refdata_, sessions_};
  refdata::SessionDays days_{refdata_};
  DuePermissions due_;
  MatchingApplication matching_;
  ReportApplication reports_;
  PublisherId matching_publisher_;
  PublisherId reporter_;
};

}  // namespace cantus::snapshots
