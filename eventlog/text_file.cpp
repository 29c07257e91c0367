#include "eventlog/text_file.h"

#include <array>
#include <cstdio>
#include <span>

#include "base/crc32c.h"

namespace cantus::eventlog {
namespace {

std::string crc_line(std::string_view text) {
  std::array<char, 32> line{};
  std::snprintf(line.data(), line.size(), "crc %08x\n", crc32c(std::as_bytes(std::span(text))));
  return line.data();
}

}  // namespace

std::string with_crc(std::string text) {
  text += crc_line(text);
  return text;
}

std::optional<std::string_view> checked(std::string_view text) {
  text = text.substr(0, text.find_last_not_of('\0') + 1);
  const std::size_t crc_at = text.rfind("crc ");
  if (crc_at == std::string_view::npos || text.substr(crc_at) != crc_line(text.substr(0, crc_at))) {
    return std::nullopt;
  }
  return text.substr(0, crc_at);
}

std::filesystem::path spare_of(const std::filesystem::path& path) { return path.string() + ".spare"; }

Status keep_spare(runtime::Files& files, const std::filesystem::path& path) {
  const std::filesystem::path spare = spare_of(path);
  if (files.exists(spare)) {
    return {};
  }
  const std::filesystem::path fresh = spare.string() + ".new";
  if (files.exists(fresh)) {  // of a process that died in here
    if (Status status = files.remove(fresh); !status) {
      return status;
    }
  }
  const Result<std::unique_ptr<runtime::File>> file = files.create(fresh);
  if (!file) {
    return Error(file.error());
  }
  Status status = (*file)->reserve(spare_bytes);
  if (status) {
    status = (*file)->sync();
  }
  if (status) {
    status = files.rename(fresh, spare);
  }
  if (!status) {
    const Status ignored = files.remove(fresh);  // it would only take space
    return status;
  }
  return files.sync_directory(spare.parent_path());
}

Status replace_text(runtime::Files& files, const std::filesystem::path& path, const std::string& text) {
  Status replaced = runtime::replace_file(files, path, std::as_bytes(std::span(text)));
  if (replaced || replaced.error().code != ErrorCode::no_space || text.size() > spare_bytes) {
    return replaced;
  }
  const Result<std::unique_ptr<runtime::File>> spare = files.open(spare_of(path), runtime::Access::write);
  if (!spare) {
    return replaced;
  }
  std::string whole = text;
  whole.resize(spare_bytes);  // nothing stays of a filling that was cut short
  Status status = (*spare)->write_at(0, std::as_bytes(std::span(whole)));
  if (status) {
    status = (*spare)->sync();
  }
  if (status) {
    status = files.rename(spare_of(path), path);
  }
  return status ? files.sync_directory(path.parent_path()) : std::move(status);
}

}  // namespace cantus::eventlog
