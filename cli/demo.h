// The demo venue, as it lies in config/ and is built into the program: what `cantus up` runs without a configuration.
#pragma once

#include <string>
#include <string_view>

namespace cantus::cli {

[[nodiscard]] std::string_view demo_configuration();  // config/demo.json
[[nodiscard]] std::string_view
demo_participants();  // config/demo-participants.json, see examples/participant/settings.h
[[nodiscard]] std::string_view example_configuration();  // config/example.json: every field written out
// Passwords of the demo's sessions are public (config/README.md).
[[nodiscard]] inline std::string demo_password(const std::string& comp_id) { return "demo-" + comp_id; }

}  // namespace cantus::cli
