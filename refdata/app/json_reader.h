// Reads a JSON document strictly: every fault is noted with its path ("sessions[3].party: …") and reading goes on, so
// that a person sees all faults at once. Keys that nobody asked for are faults, too.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.h"
#include "base/result.h"

namespace cantus::refdata {

using Json = nlohmann::json;

class Faults {
 public:
  void add(const std::string& path, const std::string& what) { texts_.push_back(path + ": " + what); }
  [[nodiscard]] bool empty() const { return texts_.empty(); }
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
};

// "; did you mean ALPHA?", or nothing if no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// The document; a syntax error names line and column, a key that stands twice in an object its name.
[[nodiscard]] Result<Json> parse_json(std::string_view text);

struct Range {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

// An object at a path. Each getter notes a fault where the value is missing (and not optional), of another type or out
// of range, and then returns something harmless. The document and the faults must outlive it.
class ObjectReader {
 public:
  ObjectReader(const Json& value, std::string path, Faults& faults);

  // Null stands for a key that is not there.
  [[nodiscard]] bool has(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void fault(std::string_view key, const std::string& what) { faults_.add(path_of(key), what); }

  // `otherwise` makes the key optional.
  std::string text(std::string_view key, std::size_t length_max, std::optional<std::string> otherwise = {});
  std::int64_t number(std::string_view key, Range range, std::optional<std::int64_t> otherwise = {});
  bool flag(std::string_view key, bool otherwise);
  Price price(std::string_view key, Price least, std::optional<Price> otherwise = {});  // written as a text
  Notional notional(std::string_view key, std::optional<Notional> otherwise = {});
  // The value that belongs to the name; E{} where a fault is noted.
  template <class E>
  E choice(std::string_view key, const std::vector<std::pair<std::string, E>>& names, std::optional<E> otherwise = {}) {
    std::vector<std::string> known;
    for (const auto& [name, value] : names) {
      known.push_back(name);
    }
    const std::optional<std::size_t> index = choice_index(key, known, otherwise.has_value());
    return index.has_value() ? names[*index].second : otherwise.value_or(E{});
  }
  // The elements of an array with their paths; a fault if there are fewer than `min` or more than `max`.
  void elements(std::string_view key, std::size_t min, std::size_t max,
                const std::function<void(const Json&, const std::string& path)>& f);
  // The object or other value under the key; null if it is not there.
  const Json* find(std::string_view key);
  // After everything was asked for: other keys are faults.
  void finish();

 private:
  std::optional<std::size_t> choice_index(std::string_view key, const std::vector<std::string>& known, bool optional);
  const Json* require(std::string_view key, bool optional);

  const Json& value_;
  std::string path_;
  Faults& faults_;
  bool is_object_;
  std::vector<std::string> asked_;
};

}  // namespace cantus::refdata
