#include "refdata/app/json_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/nearest.h"

namespace cantus::refdata {
namespace {

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

// What stands before the words of the library's own message.
std::string without_prefix(const std::string& what) {
  const std::size_t end = what.find("] ");
  return end == std::string::npos ? what : what.substr(end + 2);
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const std::string_view meant = nearest(word, views);
  return meant.empty() ? std::string() : "; did you mean " + std::string(meant) + "?";
}

Result<Json> parse_json(std::string_view text) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  std::string twice;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second &&
               twice.empty()) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  try {
    Json document = Json::parse(text, watch);
    if (!twice.empty()) {
      return Error{ErrorCode::refused, "the key " + in_quotes(twice) + " stands twice in one object"};
    }
    return document;
  } catch (const Json::exception& fault) {
    return Error{ErrorCode::refused, "not JSON: " + without_prefix(fault.what())};
  }
}

ObjectReader::ObjectReader(const Json& value, std::string path, Faults& faults)
    : value_(value), path_(std::move(path)), faults_(faults), is_object_(value.is_object()) {
  if (!is_object_) {
    faults_.add(path_.empty() ? "configuration" : path_, "must be an object { … }");
  }
}

std::string ObjectReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const Json* ObjectReader::find(std::string_view key) {
  asked_.emplace_back(key);
  if (!is_object_) {
    return nullptr;
  }
  const auto found = value_.find(std::string(key));
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

bool ObjectReader::has(std::string_view key) { return find(key) != nullptr; }

const Json* ObjectReader::require(std::string_view key, bool optional) {
  const Json* value = find(key);
  if (value == nullptr && !optional && is_object_) {
    fault(key, "is missing");
  }
  return value;
}

std::string ObjectReader::text(std::string_view key, std::size_t length_max, std::optional<std::string> otherwise) {
  const Json* value = require(key, otherwise.has_value());
  if (value == nullptr) {
    return otherwise.value_or("");
  }
  if (!value->is_string()) {
    fault(key, "must be a text in quotes");
    return otherwise.value_or("");
  }
  std::string text = value->get<std::string>();
  if (text.empty() || text.size() > length_max || !printable(text)) {
    fault(key, "must have 1 to " + std::to_string(length_max) + " printable ASCII characters");
    return otherwise.value_or("");
  }
  return text;
}

std::int64_t ObjectReader::number(std::string_view key, Range range, std::optional<std::int64_t> otherwise) {
  const Json* value = require(key, otherwise.has_value());
  if (value == nullptr) {
    return otherwise.value_or(range.min);
  }
  const bool beyond =
      value->is_number_unsigned() &&
      value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!value->is_number_integer() || beyond || value->get<std::int64_t>() < range.min ||
      value->get<std::int64_t>() > range.max) {
    fault(key, value->dump() + " is not a whole number from " + std::to_string(range.min) + " to " +
                   std::to_string(range.max));
    return otherwise.value_or(range.min);
  }
  return value->get<std::int64_t>();
}

bool ObjectReader::flag(std::string_view key, bool otherwise) {
  const Json* value = find(key);
  if (value == nullptr) {
    return otherwise;
  }
  if (!value->is_boolean()) {
    fault(key, "must be true or false");
    return otherwise;
  }
  return value->get<bool>();
}

Price ObjectReader::price(std::string_view key, Price least, std::optional<Price> otherwise) {
  const Json* value = require(key, otherwise.has_value());
  if (value == nullptr) {
    return otherwise.value_or(Price{});
  }
  const std::optional<Price> price = value->is_string() ? parse_price(value->get<std::string>()) : std::nullopt;
  if (!price.has_value()) {
    fault(key, value->dump() + " is no price: write a decimal with at most 8 decimals in quotes, as \"190.25\"");
    return otherwise.value_or(Price{});
  }
  if (*price < least) {
    fault(key, to_text(*price) + " is below " + to_text(least));
    return otherwise.value_or(Price{});
  }
  return *price;
}

Notional ObjectReader::notional(std::string_view key, std::optional<Notional> otherwise) {
  const Json* value = require(key, otherwise.has_value());
  if (value == nullptr) {
    return otherwise.value_or(Notional{});
  }
  const std::optional<Notional> notional =
      value->is_string() ? parse_notional(value->get<std::string>()) : std::nullopt;
  if (!notional.has_value() || *notional < Notional{}) {
    fault(key, value->dump() + " is no amount: write a decimal with at most 8 decimals in quotes, as \"5000000\"");
    return otherwise.value_or(Notional{});
  }
  return *notional;
}

std::optional<std::size_t> ObjectReader::choice_index(std::string_view key, const std::vector<std::string>& known,
                                                      bool optional) {
  const Json* value = require(key, optional);
  if (value == nullptr) {
    return std::nullopt;
  }
  const std::string word = value->is_string() ? value->get<std::string>() : value->dump();
  const auto found = std::find(known.begin(), known.end(), word);
  if (value->is_string() && found != known.end()) {
    return static_cast<std::size_t>(found - known.begin());
  }
  std::string names;
  for (const std::string& name : known) {
    names += (names.empty() ? "" : ", ") + in_quotes(name);
  }
  fault(key, in_quotes(word) + " is none of " + names + did_you_mean(word, known));
  return std::nullopt;
}

void ObjectReader::elements(std::string_view key, std::size_t min, std::size_t max,
                            const std::function<void(const Json&, const std::string& path)>& f) {
  const Json* value = require(key, min == 0);
  if (value == nullptr) {
    return;
  }
  if (!value->is_array()) {
    fault(key, "must be a list [ … ]");
    return;
  }
  if (value->size() < min || value->size() > max) {
    fault(key, "has " + std::to_string(value->size()) + " elements, allowed are " + std::to_string(min) + " to " +
                   std::to_string(max));
    return;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    f((*value)[i], path_of(key) + "[" + std::to_string(i) + "]");
  }
}

void ObjectReader::finish() {
  if (!is_object_) {
    return;
  }
  for (const auto& [key, value] : value_.items()) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      fault(key, "is not a known key" + did_you_mean(key, asked_));
    }
  }
}

}  // namespace cantus::refdata
