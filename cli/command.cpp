#include "cli/command.h"

#include <algorithm>
#include <charconv>

namespace cantus::cli {
namespace {

bool is_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && end == text.data() + text.size();
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const Option& option : command.options) {
    if (option.name == name) {
      return &option;
    }
  }
  return nullptr;
}

Error usage(std::string text) { return Error{ErrorCode::refused, std::move(text)}; }

Error unknown_option(const Command& command, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Option& option : command.options) {
    names.push_back(option.name);
  }
  std::string text = "unknown option --" + std::string(name);
  if (const std::string_view meant = nearest(name, names); !meant.empty()) {
    text += "; did you mean --" + std::string(meant) + "?";
  }
  return usage(std::move(text));
}

}  // namespace

std::optional<std::string> Arguments::text(std::string_view option) const {
  const auto found = values_.find(std::string(option));
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::string Arguments::text_or(std::string_view option, std::string_view otherwise) const {
  return text(option).value_or(std::string(otherwise));
}

std::optional<std::uint64_t> Arguments::number(std::string_view option) const {
  const std::optional<std::string> value = text(option);
  if (!value) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(value->data(), value->data() + value->size(), number);
  CANTUS_ASSERT(fault == std::errc{}, "numbers are checked when the command line is read");
  return number;
}

std::uint64_t Arguments::number_or(std::string_view option, std::uint64_t otherwise) const {
  return number(option).value_or(otherwise);
}

Result<Arguments> parse_arguments(const Command& command, std::span<const std::string> line) {
  Arguments result;
  bool only_words = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::string& word = line[i];
    if (only_words || word.size() < 3 || !word.starts_with("--")) {
      if (word == "--" && !only_words) {
        only_words = true;
      } else {
        result.words_.push_back(word);
      }
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
    const Option* option = find_option(command, name);
    if (option == nullptr) {
      return unknown_option(command, name);
    }
    if (option->kind == OptionKind::flag) {
      if (equals != std::string::npos) {
        return usage("--" + name + " takes no value");
      }
      result.values_[name] = "";
      continue;
    }
    if (equals == std::string::npos && i + 1 == line.size()) {
      return usage("--" + name + " needs a value: --" + name + " " + std::string(option->value));
    }
    const std::string value = equals == std::string::npos ? line[++i] : word.substr(equals + 1);
    if (option->kind == OptionKind::number && !is_number(value)) {
      return usage("--" + name + " needs a whole number, not '" + value + "'");
    }
    result.values_[name] = value;
  }
  if (result.words_.size() < command.words_min) {
    return usage("something is missing: cantus " + std::string(command.name) + " " + std::string(command.words));
  }
  if (result.words_.size() > command.words_max) {
    return usage("'" + result.words_[command.words_max] + "' is one word too many");
  }
  return result;
}

std::string help_of(const Command& command) {
  std::string text = "cantus " + std::string(command.name);
  if (!command.words.empty()) {
    text += " " + std::string(command.words);
  }
  text += command.options.empty() ? "\n\n" : " [options]\n\n";
  text += std::string(command.summary) + "\n";
  if (!command.details.empty()) {
    text += "\n" + std::string(command.details);
    if (!text.ends_with('\n')) {
      text += '\n';
    }
  }
  if (command.options.empty()) {
    return text;
  }
  text += "\nOptions:\n";
  for (const Option& option : command.options) {
    std::string left = "  --" + std::string(option.name);
    if (option.kind != OptionKind::flag) {
      left += " " + std::string(option.value);
    }
    left.resize(std::max<std::size_t>(left.size() + 2, 28), ' ');
    text += left + std::string(option.summary) + "\n";
  }
  return text;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace cantus::cli
