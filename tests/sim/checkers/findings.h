// What a play found broken. The first finding ends it: what comes behind is mostly its consequence.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace cantus::sim {

struct Broken {
  std::string invariant;  // a short fixed name: "one content per number"
  std::string what;       // with the numbers of the case
};

class Findings {
 public:
  void add(std::string invariant, std::string what) {
    if (!first_) {
      first_ = Broken{std::move(invariant), std::move(what)};
    }
  }
  [[nodiscard]] const std::optional<Broken>& first() const { return first_; }

 private:
  std::optional<Broken> first_;
};

}  // namespace cantus::sim
