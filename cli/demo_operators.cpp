#include "cli/demo_operators.h"

#include <array>
#include <nlohmann/json.hpp>

#include "cli/demo.h"
#include "cli/signing.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

struct DemoOperator {
  const char* name;
  std::array<const char*, 2> roles;
};
constexpr std::array<DemoOperator, 4> demo_operators = {{{"ops", {"operations", "administrator"}},
                                                         {"compliance", {"compliance", "administrator"}},
                                                         {"risk", {"risk", nullptr}},
                                                         {"trader", {"trader", nullptr}}}};

fs::path key_file(const VenuePlace& place, const std::string& name) {
  return place.paths().data / "operators" / (name + ".key");
}

Result<std::string> read_text(const fs::path& path) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(runtime::system_files(), path);
  if (!bytes) {
    return std::move(bytes).error();
  }
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::string demo_name() {
  return Json::parse(demo_configuration(), nullptr, true, true).at("venue").at("name").get<std::string>();
}

}  // namespace

Status make_demo_keys(const VenuePlace& place) {
  if (Status made = runtime::system_files().make_directories(place.paths().data / "operators"); !made) {
    return made;
  }
  for (const DemoOperator& person : demo_operators) {
    const fs::path file = key_file(place, person.name);
    if (runtime::system_files().exists(file)) {
      continue;
    }
    const Result<refdata::OperatorKey> key = refdata::OperatorKey::generate();
    if (!key) {
      return key.error();
    }
    const Result<std::string> text = key->to_text(demo_password(person.name));
    if (!text) {
      return text.error();
    }
    if (Status written = write_new_secret(file, *text); !written) {
      return written;
    }
  }
  return {};
}

Result<std::string> demo_text(const VenuePlace& place) {
  if (place.has_log()) {
    const Result<std::string> used = read_text(place.configuration());
    const Json json = used ? Json::parse(*used, nullptr, false, true) : Json();
    if (json.is_object() && json.value("venue", Json::object()).value("name", std::string()) == demo_name()) {
      return *used;
    }
  }
  Json json = Json::parse(demo_configuration(), nullptr, true, true);
  Json operators = Json::array();
  for (const DemoOperator& person : demo_operators) {
    const Result<std::string> text = read_text(key_file(place, person.name));
    if (!text) {
      continue;
    }
    const Result<refdata::OperatorKey> key = refdata::OperatorKey::from_text(*text, demo_password(person.name));
    if (!key) {
      return Error(key.error()).context(key_file(place, person.name).string());
    }
    Json roles = Json::array();
    for (const char* role : person.roles) {
      if (role != nullptr) {
        roles.push_back(role);
      }
    }
    operators.push_back({{"name", person.name}, {"roles", roles}, {"key", refdata::to_text(key->public_key())}});
  }
  // As before the first key was made, where somebody ended a first start in the middle: the rest is made now.
  if (operators.size() == demo_operators.size()) {
    json["operators"] = operators;
  }
  return json.dump(2) + "\n";
}

}  // namespace cantus::cli
