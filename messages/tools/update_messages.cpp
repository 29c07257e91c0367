// Writes what is derived from messages/table.def and committed: docs/messages.md and tests/messages/golden.
//
//   update_messages [--unreleased] SOURCE_DIRECTORY
//
// Run through the build targets `update_messages` and `update_messages_unreleased`.
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

}  // namespace

int main(int argc, char** argv) {
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
