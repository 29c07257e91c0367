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

bool read_rare(const std::vector<std::string>& words, Rare& rare) {
  const auto* const setting = std::ranges::find(rare_settings, words.size() == 3 ? words[1] : "", &RareSetting::name);
  std::uint64_t value = 0;
  if (setting == rare_settings.end() || !read_number(words[2], value)) {
    return false;
  }
  setting->set(rare, value);
  return setting->get(rare) == value;
}

bool read_count(const std::vector<std::string>& words, Plan& plan) {
  if (words.size() != 2) {
    return false;
  }
  if (words[0] == "layout") {
    const Result<cli::Layout> layout = cli::parse_layout(words[1]);
    plan.layout = layout.ok() ? *layout : plan.layout;
    return layout.ok() && *layout != cli::Layout::automatic;
  }
  return (words[0] == "seed" && read_number(words[1], plan.seed)) ||
         (words[0] == "orders" && read_number(words[1], plan.orders)) ||
         (words[0] == "desk-orders" && read_number(words[1], plan.desk_orders)) ||
         (words[0] == "commands" && read_number(words[1], plan.commands)) ||
         (words[0] == "oddities" && read_number(words[1], plan.oddities));
}

bool read_line(const std::vector<std::string>& words, Plan& plan) {
  if (words.size() >= 2 && words[0] == "fault") {
    return read_fault(words, plan);
  }
  return words[0] == "rare" ? read_rare(words, plan.rare) : read_count(words, plan);
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::ostringstream text;
  text << "seed " << plan.seed << "\nlayout " << cli::to_text(plan.layout) << "\norders " << plan.orders
       << "\ndesk-orders " << plan.desk_orders << '\n';
  if (plan.commands != 0) {
    text << "commands " << plan.commands << '\n';
  }
  if (plan.oddities != 0) {
    text << "oddities " << plan.oddities << '\n';
  }
  for (const RareSetting& setting : rare_settings) {
    if (setting.get(plan.rare) != setting.get(Rare{})) {
      text << "rare " << setting.name << ' ' << setting.get(plan.rare) << '\n';
    }
  }
  for (const Fault& fault : plan.faults) {
    text << "fault " << info_of(fault.kind).name << ' ' << fault.at_ns << ' ' << fault.arg << '\n';
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

// What nobody recovers from comes alone, as everywhere.
Plan draw_plan(std::uint64_t seed, const Draw& draw) {
  if (draw.kinds.empty()) {
    return draw_plan(seed, draw.trouble);
  }
  Plan plan = draw_plan(seed, Trouble::few);
  Draws kinds(seed, "kinds");
  for (Fault& fault : plan.faults) {
    fault.kind = draw.kinds[kinds.below(draw.kinds.size())];
  }
  const auto final = std::ranges::find_if(
      plan.faults, [](const Fault& fault) { return info_of(fault.kind).end != Expected::recovered; });
  if (final != plan.faults.end()) {
    plan.faults = {*final};
  }
  make_possible(plan);
  return plan;
}

}  // namespace cantus::sim
