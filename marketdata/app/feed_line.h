// One line of a feed: `feed_seq,symbol,bid,bid_qty,ask,ask_qty`. A price of 0 or an empty one means that nothing is
// quoted on that side.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "messages/messages.h"
#include "refdata/reference_data.h"

namespace cantus::marketdata {

inline constexpr std::size_t feed_line_bytes_max = 160;  // without its line break

// What the line says, with `feed` filled in. The error's text is what the source is told.
[[nodiscard]] Result<BestQuote> parse_feed_line(std::string_view line, const ReferenceData& refdata,
                                                std::uint32_t feed);

}  // namespace cantus::marketdata
