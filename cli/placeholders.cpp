#include "cli/placeholders.h"

#include <algorithm>

#include "base/assert.h"
#include "cli/demo.h"

namespace cantus::cli {

std::vector<std::string> placeholders_in(const refdata::Configuration& configuration) {
  const Result<refdata::Configuration> example = refdata::parse_configuration(example_configuration());
  CANTUS_ASSERT(example.ok(), "the example is a good configuration");
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < configuration.operators.size(); ++i) {
    const OperatorDefined& person = configuration.operators[i];
    if (std::ranges::any_of(example->operators, [&](const OperatorDefined& one) { return one.key == person.key; })) {
      lines.push_back("operators[" + std::to_string(i) +
                      "].key: the example's, whose secret half nobody has: `cantus operator keygen " +
                      person.name.str() + "` makes one");
    }
  }
  for (std::size_t i = 0; i < configuration.sessions.size(); ++i) {
    const auto own =
        std::ranges::find(configuration.verifiers, configuration.sessions[i].session, &PasswordVerifier::session);
    if (own != configuration.verifiers.end() &&
        std::ranges::any_of(example->verifiers, [&](const PasswordVerifier& one) {
          return one.salt == own->salt && one.verifier == own->verifier;
        })) {
      lines.push_back(
          "sessions[" + std::to_string(i) +
          "].password_verifier: the example's, whose password nobody knows: `cantus config password` makes one");
    }
  }
  return lines;
}

bool has_placeholder_regulator(const refdata::Configuration& configuration) {
  const auto& own = configuration.process.trade_reporter;
  const Result<refdata::Configuration> example = refdata::parse_configuration(example_configuration());
  CANTUS_ASSERT(example.ok(), "the example is a good configuration");
  return own && example->process.trade_reporter && own->text() == example->process.trade_reporter->text();
}

Status no_placeholders(const refdata::Configuration& configuration, const std::filesystem::path& file) {
  const std::vector<std::string> placeholders = placeholders_in(configuration);
  if (placeholders.empty()) {
    return {};
  }
  std::string text = file.string() + ":";
  for (const std::string& line : placeholders) {
    text += "\n" + line;
  }
  return Error{ErrorCode::refused, text};
}

}  // namespace cantus::cli
