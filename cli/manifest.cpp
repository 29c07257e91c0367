#include "cli/manifest.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/build.h"
#include "cli/child.h"
#include "cli/readings.h"
#include "runtime/attach.h"
#include "runtime/files.h"
#include "runtime/ring.h"

namespace cantus::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t manifest_bytes_max = 1u << 20;

// What the program prints when it is asked.
Result<std::string> ask(const std::filesystem::path& program) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return Error{ErrorCode::failed, std::string("a pipe: ") + std::strerror(errno)};
  }
  const std::string path = program.string();
  std::array<char*, 4> words{const_cast<char*>(path.c_str()), const_cast<char*>("version"), const_cast<char*>("--json"),
                             nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  pid_t child = -1;
  const int failed = ::posix_spawn(&child, path.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  std::string said;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; failed == 0 && said.size() < manifest_bytes_max &&
                        ((got = ::read(pipe[0], buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR));) {
    said.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  ::close(pipe[0]);
  if (failed != 0) {
    return Error{ErrorCode::failed, "start " + path + ": " + std::strerror(failed)};
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Error{ErrorCode::failed, path + " version --json " + describe_end(status)};
  }
  return said;
}

}  // namespace

bool Manifest::knows(const FormatAnnounced& format) const {
  return std::any_of(formats.begin(), formats.end(), [&](const FormatAnnounced& known) {
    return known.announced == format.announced && known.announced_version == format.announced_version &&
           known.layout == format.layout;
  });
}

bool Manifest::knows(const RuleActivated& activated) const {
  return std::any_of(rules.begin(), rules.end(), [&](const KnownRule& known) {
    return known.number == activated.rule && known.name == activated.name.view() && activated.set <= known.sets;
  });
}

Manifest own_manifest() {
  Manifest manifest{build_name(), {runtime::ring_version, runtime::attach_version}, known_formats(), {}};
  for (const RuleInfo& rule : all_rules()) {
    manifest.rules.push_back({static_cast<std::uint16_t>(rule.rule), std::string(rule.name), rule.sets});
  }
  return manifest;
}

std::string to_json(const Manifest& manifest) {
  Json json;
  json["build"] = manifest.build;
  json["interfaces"] = {{"rings", manifest.interfaces.rings}, {"attachments", manifest.interfaces.attachments}};
  json["formats"] = Json::array();
  for (const FormatAnnounced& format : manifest.formats) {
    json["formats"].push_back({{"type", format.announced.get()},
                               {"version", format.announced_version},
                               {"name", format.name.str()},
                               {"topic", format.on_topic.get()},
                               {"bytes", format.payload_bytes},
                               {"layout", to_hex(format.layout.bytes)}});
  }
  json["rules"] = Json::array();
  for (const Manifest::KnownRule& rule : manifest.rules) {
    json["rules"].push_back({{"number", rule.number}, {"name", rule.name}, {"sets", rule.sets}});
  }
  return json.dump(1) + "\n";
}

Result<Manifest> parse_manifest(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Manifest manifest;
    manifest.build = json.at("build").get<std::string>();
    manifest.interfaces.rings = json.at("interfaces").at("rings").get<std::uint32_t>();
    manifest.interfaces.attachments = json.at("interfaces").at("attachments").get<std::uint32_t>();
    for (const Json& one : json.at("formats")) {
      FormatAnnounced format;
      format.announced = MessageType(one.at("type").get<std::uint16_t>());
      format.announced_version = one.at("version").get<std::uint8_t>();
      format.name = FixedString<32>::cut(one.at("name").get<std::string>());
      format.on_topic = TopicId(one.at("topic").get<std::uint16_t>());
      format.payload_bytes = one.at("bytes").get<std::uint16_t>();
      if (!read_hex(one.at("layout").get<std::string>(), format.layout.bytes)) {
        return Error{ErrorCode::failed, "the layout of " + format.name.str() + " is no digest"};
      }
      manifest.formats.push_back(format);
    }
    for (const Json& one : json.at("rules")) {
      manifest.rules.push_back({one.at("number").get<std::uint16_t>(), one.at("name").get<std::string>(),
                                one.at("sets").get<std::uint16_t>()});
    }
    return manifest;
  } catch (const Json::exception& fault) {
    return Error{ErrorCode::failed, std::string("it is not what `cantus version --json` prints: ") + fault.what()};
  }
}

Result<Manifest> manifest_of(const std::filesystem::path& build) {
  Result<std::string> text = std::string();
  if (::access(build.c_str(), X_OK) == 0 && !std::filesystem::is_directory(build)) {
    text = ask(build);
  } else if (const auto bytes = runtime::read_file(runtime::system_files(), build); bytes) {
    text = std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  } else {
    text = bytes.error();
  }
  if (!text) {
    return std::move(text).error();
  }
  Result<Manifest> manifest = parse_manifest(*text);
  return manifest ? std::move(manifest) : Result<Manifest>(std::move(manifest).error().context(build.string()));
}

std::vector<Unknown> unknown_to(const Manifest& manifest, const Announcements& log) {
  std::vector<Unknown> unknown;
  const auto add = [&unknown](const auto& announced, std::string what, LogSeq position) {
    Unknown one{std::move(what), position, {}};
    for (const ApplicationReading& application : application_readings) {
      if (application.reading.concerns(announced)) {
        one.stops.emplace_back(application.kind);
      }
    }
    unknown.push_back(std::move(one));
  };
  for (const AnnouncedFormat& known : log.formats().all()) {
    if (!manifest.knows(known.format)) {
      add(known.format, text_of(known.format), known.position);
    }
  }
  for (const RuleActivated& activated : log.rules().activations()) {
    if (!manifest.knows(activated)) {
      add(activated, text_of(activated), log.rules().all()[activated.rule].position);
    }
  }
  return unknown;
}

std::vector<FormatAnnounced> not_announced(const Manifest& manifest, const Formats& log) {
  std::vector<FormatAnnounced> formats;
  std::copy_if(manifest.formats.begin(), manifest.formats.end(), std::back_inserter(formats),
               [&log](const FormatAnnounced& format) {
                 return log.find(format.announced, format.announced_version) == nullptr;
               });
  return formats;
}

}  // namespace cantus::cli
