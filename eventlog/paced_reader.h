// A reader that asks before every mebibyte of records that it hands out whether to go on, for work that gives way: an
// error refused once it shall not, and from then on.
#pragma once

#include <memory>

#include "eventlog/reader.h"
#include "runtime/files.h"

namespace cantus::eventlog {

[[nodiscard]] std::unique_ptr<LogReader> paced(std::unique_ptr<LogReader> reader, runtime::Pace pace);

}  // namespace cantus::eventlog
