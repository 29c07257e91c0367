#include "cli/venue_place.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>

#include "base/digest.h"
#include "base/text.h"
#include "eventlog/file_journal.h"
#include "runtime/files.h"
#include "runtime/place.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;

Error failure(const std::string& doing, int number) {
  return Error{number == ENOSPC ? ErrorCode::no_space : ErrorCode::failed, doing + ": " + std::strerror(number)};
}

std::string hex16(std::uint64_t value) {
  std::string text;
  append_hex(text, value);
  return text;
}

// FNV-1a: the folder's name must be the same in every build, so it is fixed here and not a library's hash.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

Result<std::string> read_text(runtime::Files& files, const fs::path& path) {
  Result<std::vector<std::byte>> bytes = runtime::read_file(files, path);
  if (!bytes) {
    return std::move(bytes).error();
  }
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

fs::path id_file(const VenuePlace& place) { return place.paths().data / "venue-id"; }
fs::path lock_file(const VenuePlace& place) { return place.run() / "supervisor.pid"; }

pid_t pid_in(int fd) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size() - 1, 0);
  pid_t pid = 0;
  if (size > 0) {
    std::from_chars(text.data(), text.data() + size, pid);
  }
  return pid;
}

}  // namespace

Status VenuePlace::check_owner() const {
  struct stat folder {};
  if (::stat(paths_.data.c_str(), &folder) != 0 || folder.st_uid == ::geteuid()) {
    return {};
  }
  const passwd* const owner = ::getpwuid(folder.st_uid);
  const std::string name = owner == nullptr ? "#" + std::to_string(folder.st_uid) : owner->pw_name;
  return Error{ErrorCode::refused, paths_.data.string() + " belongs to the user " + name + ", and this is user " +
                                       std::to_string(::geteuid()) + ": be the venue's own user (`sudo -u " + name +
                                       " cantus …`), or give the folder to this one"};
}

Result<VenuePlace> VenuePlace::at(const fs::path& data) {
  if (data.empty()) {
    return Error{ErrorCode::refused, "the venue's directory has no name: --data is empty"};
  }
  std::error_code fault;
  const fs::path whole = fs::weakly_canonical(fs::absolute(data, fault), fault);
  if (fault) {
    return Error{ErrorCode::failed, data.string() + ": " + fault.message()};
  }
  return VenuePlace(runtime::host_system(),
                    {whole, fs::path("/dev/shm") / ("cantus-" + hex16(hash_of(whole.string())))});
}

Result<VenuePlace> VenuePlace::with_log(const fs::path& data) {
  Result<VenuePlace> place = at(data);
  if (place && !place->has_log()) {
    return Error{ErrorCode::not_found, "there is no log in " + place->paths().data.string()};
  }
  return place;
}

bool VenuePlace::has_log() const { return files().exists(paths_.journal() / "directory"); }

Status VenuePlace::give_up_memory() const {
  if (!has_log()) {
    return {};
  }
  if (Status given = eventlog::give_up_memory(files(), paths_.journal(), paths_.memory); !given) {
    return given;
  }
  for (const runtime::PlaceReading& place : runtime::read_places(files(), paths_.memory)) {
    if (place.lease_held) {
      return Error{ErrorCode::refused, "process " + std::to_string(place.process) + " still runs " + place.name};
    }
  }
  std::error_code fault;
  fs::remove_all(paths_.memory, fault);
  return fault ? Status(Error{ErrorCode::failed, paths_.memory.string() + ": " + fault.message()}) : Status();
}

Status VenuePlace::make_data_folders() const {
  for (const fs::path& folder :
       {paths_.data, paths_.journal(), run(), logs(), paths_.data / "audit", fix_logs(), evidence()}) {
    if (Status made = files().make_directories(folder); !made) {
      return made;
    }
  }
  return {};
}

Status VenuePlace::make_folders() const {
  Status made = make_data_folders();
  return made ? files().make_directories(paths_.memory) : std::move(made);
}

Result<VenueId> VenuePlace::venue_id() const {
  Result<std::string> text = read_text(files(), id_file(*this));
  if (!text) {
    return std::move(text).error();
  }
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), value, 16);
  if (fault != std::errc{} || end != text->data() + 16 || value == 0) {
    return Error{ErrorCode::corrupt, id_file(*this).string() + ": not 16 hexadecimal digits"};
  }
  return VenueId(value);
}

Result<VenueId> VenuePlace::venue_id(runtime::Random& random) const {
  Result<VenueId> known = venue_id();
  if (known || known.error().code != ErrorCode::not_found) {
    return known;
  }
  std::uint64_t value = 0;
  while (value == 0) {
    value = random.next();
  }
  const std::string text = hex16(value) + "\n";
  if (Status written = runtime::replace_file(files(), id_file(*this), std::as_bytes(std::span(text))); !written) {
    return std::move(written).error();
  }
  return VenueId(value);
}

Result<LogFolders> log_folders_at(const fs::path& data) {
  std::error_code ignored;
  if (fs::exists(data / "directory", ignored)) {
    return LogFolders{data, {}, {}};
  }
  const Result<VenuePlace> place = VenuePlace::with_log(data);
  if (!place) {
    return place.error();
  }
  return LogFolders{place->paths().journal(), place->paths().memory, place->fix_logs()};
}

Result<std::unique_ptr<runtime::FileLock>> lock_beside(runtime::Files& files, const fs::path& file,
                                                       std::chrono::seconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto taken = files.lock(file.string() + ".lock");
    if (taken || taken.error().code != ErrorCode::already_in_use || std::chrono::steady_clock::now() >= give_up) {
      return taken;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

Result<SupervisorLock> SupervisorLock::take(const VenuePlace& place) {
  if (Status ours = place.check_owner(); !ours) {
    return std::move(ours).error();
  }
  const fs::path path = lock_file(place);
  runtime::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (fd.get() < 0) {
    return failure(path.string(), errno);
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return in_use(place, pid_in(fd.get()));
  }
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), text.data(), text.size(), 0) < 0) {
    return failure(path.string(), errno);
  }
  return SupervisorLock(std::move(fd));
}

Error SupervisorLock::in_use(const VenuePlace& place, pid_t holder) {
  return Error{ErrorCode::already_in_use, "a venue is running on " + place.paths().data.string() +
                                              ": `cantus up`, process " + std::to_string(holder) +
                                              "; `cantus down` ends it, --data chooses another directory"};
}

std::optional<pid_t> SupervisorLock::holder(const VenuePlace& place) {
  const runtime::UniqueFd fd(::open(lock_file(place).c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) {
    return std::nullopt;
  }
  const pid_t pid = pid_in(fd.get());
  return pid > 0 ? std::optional(pid) : std::nullopt;
}

}  // namespace cantus::cli
