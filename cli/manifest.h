// What a build knows, so that another one can be asked before it is let onto a log: `cantus version --json` prints it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "messages/formats.h"

namespace cantus::cli {

struct Manifest {
  struct KnownRule {
    std::uint16_t number = 0;
    std::string name;
    std::uint16_t sets = 0;  // 1 to this one
  };
  // How processes of a host talk to each other; builds that differ in it do not run side by side.
  struct Interfaces {
    std::uint32_t rings = 0;
    std::uint32_t attachments = 0;
    friend bool operator==(const Interfaces&, const Interfaces&) = default;
  };
  std::string build;
  Interfaces interfaces;
  std::vector<FormatAnnounced> formats;
  std::vector<KnownRule> rules;

  [[nodiscard]] bool knows(const FormatAnnounced& format) const;  // with that layout
  [[nodiscard]] bool knows(const RuleActivated& activated) const;
};

[[nodiscard]] Manifest own_manifest();
[[nodiscard]] std::string to_json(const Manifest& manifest);
[[nodiscard]] Result<Manifest> parse_manifest(const std::string& json);
// Of a `cantus` program, which is asked, or of a file that holds what one printed.
[[nodiscard]] Result<Manifest> manifest_of(const std::filesystem::path& build);

// Of what a log announces and activates what the build does not know; `stops` names the kinds of application that
// would not go on behind it, none if nobody of the venue reads it.
struct Unknown {
  std::string what;
  LogSeq position;
  std::vector<std::string> stops;
};
[[nodiscard]] std::vector<Unknown> unknown_to(const Manifest& manifest, const Announcements& log);
// What the build knows and the log does not announce.
[[nodiscard]] std::vector<FormatAnnounced> not_announced(const Manifest& manifest, const Formats& log);

}  // namespace cantus::cli
