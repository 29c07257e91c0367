// The one table from the machines' reject reasons to FIX codes and texts. Only the edges know FIX; machines state a
// RejectReason. A text or code here is part of the bytes that replay re-creates: an entry is never changed once a log
// may hold it; a new meaning is a new RejectReason.
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/enums.h"

namespace cantus::fix {

struct ReasonText {
  RejectReason reason = RejectReason::none;
  std::uint32_t ord_rej_reason = 99;  // OrdRejReason (103), of FIX 4.4
  std::uint32_t cxl_rej_reason = 99;  // CxlRejReason (102), of FIX 4.4
  std::string_view text;              // Text (58)
};

[[nodiscard]] const ReasonText& text_of(RejectReason reason);

// Text (58) of an OrderCancelled; empty where the client itself asked.
[[nodiscard]] std::string_view text_of(CancelReason reason);

}  // namespace cantus::fix
