#include "cli/process_program.h"

#include <fstream>

#include "runtime/files.h"

namespace cantus::cli {
namespace {

std::filesystem::path file_of(const VenuePlace& place, const std::string& process) {
  return place.run() / (process + ".program");
}

}  // namespace

Status ask_for_program(const VenuePlace& place, const std::string& process, const std::filesystem::path& program) {
  const std::string text = program.string() + "\n";
  return runtime::replace_file(runtime::system_files(), file_of(place, process), std::as_bytes(std::span(text)));
}

bool program_is_asked_for(const VenuePlace& place, const std::string& process) {
  std::error_code ignored;
  return std::filesystem::exists(file_of(place, process), ignored);
}

std::optional<std::filesystem::path> take_program(const VenuePlace& place, const std::string& process) {
  std::string path;
  std::ifstream file(file_of(place, process));
  if (!std::getline(file, path) || path.empty()) {
    return std::nullopt;
  }
  std::error_code ignored;
  std::filesystem::remove(file_of(place, process), ignored);
  return path;
}

std::optional<pid_t> process_of(const VenuePlace& place, const std::string& process) {
  pid_t pid = 0;
  std::ifstream file(place.run() / (process + ".pid"));
  return file >> pid && pid > 0 ? std::optional(pid) : std::nullopt;
}

}  // namespace cantus::cli
