// How a difference between the log and what replay makes of it is named: where, whose, and in which field.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "messages/record.h"
#include "messages/wish_queue.h"

namespace cantus::replay {

struct Difference {
  Seq position;  // of the record at fault; of a message to a client its cause
  std::string text;
};

// What the log holds under a publisher's number, against the wish of `whose` for it (nothing: it wished for none).
[[nodiscard]] std::string text_of_difference(const Event& on_log, const std::optional<WishView>& wish,
                                             const std::string& whose = "replayed");

// The first field in which two FIX messages differ: "31: sent 190.25, re-created 190.26".
[[nodiscard]] std::string text_of_difference(std::string_view sent, std::string_view recreated);

}  // namespace cantus::replay
