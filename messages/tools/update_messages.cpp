// Writes what is derived from messages/table.def and committed: docs/messages.md and tests/messages/golden.
//
//   update_messages [--unreleased] SOURCE_DIRECTORY
//   update_messages --release VERSION SOURCE_DIRECTORY      keeps the golden files as they are now, for ever
//
// Run through the build targets `update_messages`, `update_messages_unreleased` and `release_messages`.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "messages/tools/documentation.h"
#include "messages/tools/golden.h"

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    std::fprintf(stderr, "update_messages: cannot write %s\n", path.c_str());
    return false;
  }
  return true;
}

int release(const std::string& version, const std::filesystem::path& source) {
  const std::filesystem::path golden = source / "tests" / "messages" / "golden";
  const std::filesystem::path folder = golden / "released" / version;
  const cantus::GoldenFiles files{read_file(golden / "layouts.txt"), read_file(golden / "golden.log"),
                                  read_file(golden / "golden.jsonl")};
  const std::string fault = cantus::fault_of_release(files);
  std::error_code failed;
  if (!fault.empty() || std::filesystem::exists(folder) || !std::filesystem::create_directories(folder, failed)) {
    std::fprintf(stderr, "update_messages: release %s: %s\n", version.c_str(),
                 fault.empty() ? "its folder is there, or cannot be made" : fault.c_str());
    return 1;
  }
  const bool written = write_file(folder / "layouts.txt", files.layouts) &&
                       write_file(folder / "golden.log", files.log) && write_file(folder / "golden.jsonl", files.json);
  return written ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--release") {
    return release(argv[2], argv[3]);
  }
  const bool unreleased = argc == 3 && std::string(argv[1]) == "--unreleased";
  if (argc != 2 && !unreleased) {
    std::fprintf(stderr, "usage: update_messages [--unreleased] SOURCE_DIRECTORY\n");
    return 2;
  }
  const std::filesystem::path source = argv[argc - 1];
  const std::filesystem::path golden = source / "tests" / "messages" / "golden";
  const auto files =
      cantus::update_golden({read_file(golden / "layouts.txt"), read_file(golden / "golden.log"), {}}, unreleased);
  if (!files.ok()) {
    std::fprintf(stderr, "update_messages: %s\n", files.error().text.c_str());
    return 1;
  }
  const bool written = write_file(golden / "layouts.txt", files->layouts) &&
                       write_file(golden / "golden.log", files->log) &&
                       write_file(golden / "golden.jsonl", files->json) &&
                       write_file(source / "docs" / "messages.md", cantus::messages_document());
  return written ? 0 : 1;
}
