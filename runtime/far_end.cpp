#include "runtime/far_end.h"

#include <utility>

#include "runtime/logging.h"

namespace cantus::runtime {

FarEnd::FarEnd(std::string owner, std::string what, std::string address)
    : title_(std::move(owner) + ": " + std::move(what) + " at " + address), state_{std::move(address), false} {}

bool FarEnd::connected() {
  if (std::exchange(state_.connected, true)) {
    return false;
  }
  last_why_.clear();
  log_info(title_ + " is connected");
  return true;
}

bool FarEnd::lost(const std::string& why) {
  if (!std::exchange(state_.connected, false) && why == last_why_) {
    return false;
  }
  last_why_ = why;
  log_warning(title_ + " is not connected: " + why + "; it is tried again and again");
  return true;
}

}  // namespace cantus::runtime
