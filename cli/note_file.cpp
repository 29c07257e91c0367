#include "cli/note_file.h"

#include <fstream>
#include <string>
#include <system_error>

namespace cantus::cli {

bool write_note(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path fresh = file.string() + ".new";
  std::ofstream out(fresh);
  out << text;
  out.close();
  std::error_code fault;
  if (out) {
    std::filesystem::rename(fresh, file, fault);
  }
  const bool written = out && !fault;
  if (!written) {
    std::filesystem::remove(fresh, fault);
  }
  return written;
}

}  // namespace cantus::cli
