#include "tests/sim/program/plan_text.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <vector>

#include "cli/command.h"
#include "tests/sim/draws.h"

namespace cantus::sim {
namespace {

const FaultKindInfo* kind_named(std::string_view name) {
  const auto* const found = std::ranges::find(all_fault_kinds, name, &FaultKindInfo::name);
  return found == all_fault_kinds.end() ? nullptr : found;
}

std::string_view name_of(FaultKind kind) {
  return std::ranges::find(all_fault_kinds, kind, &FaultKindInfo::kind)->name;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream text(line.substr(0, line.find('#')));
  std::vector<std::string> words;
  for (std::string word; text >> word;) {
    words.push_back(word);
  }
  return words;
}

template <class Number>
bool read_number(const std::string& word, Number& into) {
  const char* const end = word.data() + word.size();
  const auto [behind, error] = std::from_chars(word.data(), end, into);
  return error == std::errc{} && behind == end;
}

bool read_fault(const std::vector<std::string>& words, Plan& plan) {
  Fault fault;
  const FaultKindInfo* const info = kind_named(words[1]);
  if (words.size() != 4 || info == nullptr || !read_number(words[2], fault.at_ns) ||
      !read_number(words[3], fault.arg) || fault.at_ns < 0) {
    return false;
  }
  fault.kind = info->kind;
  plan.faults.push_back(fault);
  return true;
}

bool read_line(const std::vector<std::string>& words, Plan& plan) {
  if (words.size() < 2) {
    return false;
  }
  if (words[0] == "fault") {
    return read_fault(words, plan);
  }
  if (words[0] == "layout") {
    const Result<cli::Layout> layout = cli::parse_layout(words[1]);
    plan.layout = layout.ok() ? *layout : plan.layout;
    return layout.ok() && words.size() == 2 && *layout != cli::Layout::automatic;
  }
  if (words[0] == "seed" || words[0] == "orders") {
    return words.size() == 2 &&
           (words[0] == "seed" ? read_number(words[1], plan.seed) : read_number(words[1], plan.orders));
  }
  return false;
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::ostringstream text;
  text << "seed " << plan.seed << "\nlayout " << cli::to_text(plan.layout) << "\norders " << plan.orders << '\n';
  for (const Fault& fault : plan.faults) {
    text << "fault " << name_of(fault.kind) << ' ' << fault.at_ns << ' ' << fault.arg << '\n';
  }
  return text.str();
}

Result<Plan> parse_plan(std::string_view text) {
  Plan plan;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (!words.empty() && !read_line(words, plan)) {
      return Error{ErrorCode::refused, "line " + std::to_string(number) + " is no part of a plan: " + line};
    }
  }
  std::ranges::stable_sort(plan.faults, {}, &Fault::at_ns);
  return plan;
}

Result<Draw> parse_draw(const std::string& text) {
  if (text.empty()) {
    return Draw{};
  }
  if (text == "none" || text == "few" || text == "all") {
    return Draw{text == "none" ? Trouble::none : text == "few" ? Trouble::few : Trouble::all, {}};
  }
  Draw draw;
  for (const std::string& name : cli::split_list(text)) {
    const FaultKindInfo* const info = kind_named(name);
    if (info == nullptr) {
      std::string known;
      for (const FaultKindInfo& one : all_fault_kinds) {
        known += " " + std::string(one.name);
      }
      return Error{ErrorCode::refused, "there is no fault '" + name + "'; there are: none few all" + known};
    }
    draw.kinds.push_back(info->kind);
  }
  return draw;
}

Plan draw_plan(std::uint64_t seed, const Draw& draw) {
  Plan plan = draw_plan(seed, draw.trouble);
  Draws kinds(seed, "kinds");
  for (Fault& fault : plan.faults) {
    fault.kind = draw.kinds.empty() ? fault.kind : draw.kinds[kinds.below(draw.kinds.size())];
  }
  return plan;
}

}  // namespace cantus::sim
