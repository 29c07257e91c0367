// The configuration of a venue as its log holds it, written as a file that `cantus up` takes.
#pragma once

#include <string>

#include "base/result.h"
#include "refdata/app/recorded.h"

namespace cantus::cli {

// `file` with what stands on the log in place of its venue, instruments, parties, sessions, operators and rates; what
// the processes alone decide stays as it is. Refused: the file is no configuration.
[[nodiscard]] Result<std::string> recorded_configuration(const std::string& file,
                                                         const refdata::RecordedConfiguration& recorded);

}  // namespace cantus::cli
