// Retention: what the venue's own disk need not hold any more goes, oldest first, and never what no verified copy
// holds.
//
// A sealed segment is removed only when
//  - nothing needs it: every record of it and the one behind lie before `needed` (a reader that begins at `needed`
//  stands
//    behind the record before it);
//  - its last record is older than the setting allows, and it is not the last sealed one;
//  - a backup's directory record lists it as ours does, and the backup's own file of it, read from the device just now,
//    has the root that was sealed.
// That it went, and where it is, is durable before it goes (eventlog/removed.h). May be cut short anywhere and done
// again.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"
#include "eventlog/sealed_file.h"
#include "runtime/files.h"

namespace cantus::keeping {

struct RetentionBounds {
  // First record that anything has use for; asked when everything else speaks for it, and asks the pace meanwhile.
  std::function<Seq(const eventlog::Pace& pace)> needed;
  TimeNs older_than;  // log time: what is as old or younger stays
};

struct RetentionStep {
  std::uint64_t removed = 0;  // number of the segment that went; 0: none did
  std::string kept_because;   // why the oldest one stays; empty if it is young, or the last one
};

// Removes the oldest sealed segment that is here, if it may go. Errors: corrupt (directory record or list of removed
// ones), refused (the pace said so), no_space, failed: then nothing is gone that is not listed.
[[nodiscard]] Result<RetentionStep> remove_oldest(runtime::Files& files, const std::filesystem::path& data,
                                                  const std::filesystem::path& journal, const RetentionBounds& bounds,
                                                  TimeNs now, const eventlog::Pace& pace = {});

// Makes a damaged list of removed segments anew, out of the backups that hold what is not here; nothing is done to one
// that is good, or not there. Errors: corrupt (another file), refused (the pace said so), failed: a segment is in no
// backup that is known, and the list stays as it is; no_space.
[[nodiscard]] Status renew_list(runtime::Files& files, const std::filesystem::path& data,
                                const std::filesystem::path& journal, TimeNs now, const eventlog::Pace& pace = {});

}  // namespace cantus::keeping
