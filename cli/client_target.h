// Which session a client command is about: found in a venue's configuration by its CompID.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "cli/client_settings.h"
#include "cli/command.h"

namespace cantus::cli {

inline constexpr Option target_config_option{"config", OptionKind::text, "FILE",
                                             "the venue's configuration; else that of --data, else the demo's"};
inline constexpr Option target_password_option{"password", OptionKind::text, "TEXT",
                                               "password of the session; the demo's are known"};

// From the options --config, --data, --password and the first word, the session's CompID. Refused: no such session, or
// one that clients do not log on to; the text lists those there are.
[[nodiscard]] Result<ClientTarget> find_client_target(const Arguments& arguments);
// What a person is told who did not give a password that is needed and not known.
[[nodiscard]] std::string password_unknown_text(const ClientTarget& target);
// Where the engine of `cantus client` keeps its numbers.
[[nodiscard]] Result<std::filesystem::path> client_directory(const Arguments& arguments);

}  // namespace cantus::cli
