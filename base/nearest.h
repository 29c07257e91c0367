// "Did you mean …?": what a mistyped name most likely stands for.
#pragma once

#include <span>
#include <string_view>

namespace cantus {

// The candidate that is nearest to `word` by edits; empty if none is near enough to be meant.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace cantus
