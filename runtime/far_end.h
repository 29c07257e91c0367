// Whom an edge connects to outside the venue: a regulator, a source of market data. Whether it is there is said in the
// process's log, once for each change and not for each attempt, and published with the edge's progress (place.h).
#pragma once

#include <string>

namespace cantus::runtime {

struct FarEndState {
  std::string address;
  bool connected = false;
};

class FarEnd {
 public:
  // `owner`: the edge's name; `what`: whom it connects to, "the regulator"; `address` as it is configured.
  FarEnd(std::string owner, std::string what, std::string address);

  // True if that is news.
  bool connected();
  // An attempt failed, or the connection has ended, for this reason. True if that, or the reason, is news.
  bool lost(const std::string& why);

  [[nodiscard]] const FarEndState& state() const { return state_; }

 private:
  std::string title_;
  FarEndState state_;
  std::string last_why_;
};

}  // namespace cantus::runtime
