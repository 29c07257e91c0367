#include "tests/sim/database_files.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <span>

#include "base/assert.h"

namespace cantus::sim {
namespace {

// What SQLite keeps of an open file. It gives the room for it and knows the first member alone.
struct Opened {
  sqlite3_file base;
  struct State {
    DatabaseFiles* host;
    std::string path;
    std::unique_ptr<runtime::File> file;
    bool name_unsynced = false;
    bool removed_when_closed = false;
  };
  State* state;
};

Opened::State& state_of(sqlite3_file* file) { return *reinterpret_cast<Opened*>(file)->state; }
DatabaseLocks::OfFile& locks_of(sqlite3_file* file) {
  const Opened::State& state = state_of(file);
  return state.host->locks().files[state.path];
}
DatabaseFiles& host_of(sqlite3_vfs* vfs) { return *static_cast<DatabaseFiles*>(vfs->pAppData); }

int code_of(const Error& error, int otherwise) { return error.code == ErrorCode::no_space ? SQLITE_FULL : otherwise; }

// ---- bytes -------------------------------------------------------------------------------------------------------

int close_file(sqlite3_file* file) {
  Opened::State* const state = &state_of(file);
  locks_of(file).levels.erase(file);
  if (state->removed_when_closed) {
    const Status ignored = state->host->files().remove(state->path);
  }
  delete state;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int bytes, sqlite3_int64 offset) {
  const std::span whole(static_cast<std::byte*>(into), static_cast<std::size_t>(bytes));
  const Result<std::size_t> count = state_of(file).file->read_at(static_cast<std::uint64_t>(offset), whole);
  if (!count) {
    return SQLITE_IOERR_READ;
  }
  std::ranges::fill(whole.subspan(*count), std::byte{0});
  return *count == whole.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 offset) {
  const std::span whole(static_cast<const std::byte*>(from), static_cast<std::size_t>(bytes));
  const Status written = state_of(file).file->write_at(static_cast<std::uint64_t>(offset), whole);
  return written ? SQLITE_OK : code_of(written.error(), SQLITE_IOERR_WRITE);
}

// What is behind the end of a database or of its log is told by their headers.
int truncate_file(sqlite3_file*, sqlite3_int64) { return SQLITE_OK; }

int sync_file(sqlite3_file* file, int) {
  Opened::State& state = state_of(file);
  Status synced = state.file->sync();
  if (synced && state.name_unsynced) {
    synced = state.host->files().sync_directory(std::filesystem::path(state.path).parent_path());
    state.name_unsynced = false;
  }
  return synced ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  const Result<std::uint64_t> bytes = state_of(file).file->size();
  *size = bytes ? static_cast<sqlite3_int64>(*bytes) : 0;
  return bytes ? SQLITE_OK : SQLITE_IOERR_FSTAT;
}

// ---- locks -------------------------------------------------------------------------------------------------------

int highest_of_others(sqlite3_file* file) {
  int highest = SQLITE_LOCK_NONE;
  for (const auto& [holder, level] : locks_of(file).levels) {
    highest = holder == file ? highest : std::max(highest, level);
  }
  return highest;
}

int lock_file(sqlite3_file* file, int level) {
  int& own = locks_of(file).levels[file];
  if (own >= level) {
    return SQLITE_OK;
  }
  const int others = highest_of_others(file);
  const int most_beside = level == SQLITE_LOCK_SHARED     ? SQLITE_LOCK_RESERVED
                          : level == SQLITE_LOCK_RESERVED ? SQLITE_LOCK_SHARED
                                                          : SQLITE_LOCK_NONE;
  if (others <= most_beside) {
    own = level;
    return SQLITE_OK;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE && others == SQLITE_LOCK_SHARED) {
    own = SQLITE_LOCK_PENDING;  // no new reader comes
  }
  return SQLITE_BUSY;
}

int unlock_file(sqlite3_file* file, int level) {
  int& own = locks_of(file).levels[file];
  own = std::min(own, level);
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* file, int* result) {
  *result = highest_of_others(file) >= SQLITE_LOCK_RESERVED ? 1 : 0;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 512; }
int characteristics(sqlite3_file*) { return 0; }

// ---- shared memory -----------------------------------------------------------------------------------------------

int map_shared(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  DatabaseLocks::OfFile& locks = locks_of(file);
  locks.mapped_by.insert(file);
  const auto number = static_cast<std::size_t>(region);
  while (extend != 0 && locks.regions.size() <= number) {
    locks.regions.push_back(std::make_unique<std::vector<char>>(static_cast<std::size_t>(bytes)));
  }
  *memory = number < locks.regions.size() ? locks.regions[number]->data() : nullptr;
  return SQLITE_OK;
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  const std::span slots =
      std::span(locks_of(file).slots).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (auto& slot : slots) {
      slot.erase(file);
    }
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (const auto& slot : slots) {
    for (const auto& [holder, holds_all] : slot) {
      if (holder != file && (exclusive || holds_all)) {
        return SQLITE_BUSY;
      }
    }
  }
  for (auto& slot : slots) {
    slot[file] = exclusive;
  }
  return SQLITE_OK;
}

void barrier(sqlite3_file*) {}

// Whoever comes next finds nothing, and reads what is in the log's file.
int unmap_shared(sqlite3_file* file, int) {
  DatabaseLocks::OfFile& locks = locks_of(file);
  for (auto& slot : locks.slots) {
    slot.erase(file);
  }
  locks.mapped_by.erase(file);
  if (locks.mapped_by.empty()) {
    locks.regions.clear();
  }
  return SQLITE_OK;
}

constexpr sqlite3_io_methods methods{.iVersion = 2,
                                     .xClose = close_file,
                                     .xRead = read_file,
                                     .xWrite = write_file,
                                     .xTruncate = truncate_file,
                                     .xSync = sync_file,
                                     .xFileSize = size_of_file,
                                     .xLock = lock_file,
                                     .xUnlock = unlock_file,
                                     .xCheckReservedLock = is_reserved,
                                     .xFileControl = control_file,
                                     .xSectorSize = sector_size,
                                     .xDeviceCharacteristics = characteristics,
                                     .xShmMap = map_shared,
                                     .xShmLock = lock_shared,
                                     .xShmBarrier = barrier,
                                     .xShmUnmap = unmap_shared,
                                     .xFetch = nullptr,
                                     .xUnfetch = nullptr};

// ---- the file system ---------------------------------------------------------------------------------------------

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* const opened = reinterpret_cast<Opened*>(file);
  opened->base.pMethods = nullptr;  // nothing is to be closed
  DatabaseFiles& host = host_of(vfs);
  CANTUS_ASSERT(name != nullptr, "what is temporary is kept in memory");
  const bool exists = host.files().exists(name);
  if (!exists && (flags & SQLITE_OPEN_CREATE) == 0) {
    return SQLITE_CANTOPEN;
  }
  Result<std::unique_ptr<runtime::File>> made =
      exists ? host.files().open(name, runtime::Access::write) : host.files().create(name);
  if (!made) {
    return code_of(made.error(), SQLITE_CANTOPEN);
  }
  opened->state = new Opened::State{&host, name, *std::move(made), !exists, (flags & SQLITE_OPEN_DELETEONCLOSE) != 0};
  opened->base.pMethods = &methods;
  if (flags_out != nullptr) {
    *flags_out = flags;
  }
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  runtime::Files& files = host_of(vfs).files();
  if (!files.exists(name)) {
    return SQLITE_IOERR_DELETE_NOENT;
  }
  Status removed = files.remove(name);
  if (removed && sync_directory != 0) {
    removed = files.sync_directory(std::filesystem::path(name).parent_path());
  }
  return removed ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int has_access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  *result = host_of(vfs).files().exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int room, char* into) {
  const std::size_t size = std::strlen(name) + 1;
  if (size > static_cast<std::size_t>(room)) {
    return SQLITE_CANTOPEN;
  }
  std::memcpy(into, name, size);
  return SQLITE_OK;
}

int random_bytes(sqlite3_vfs* vfs, int bytes, char* into) {
  for (int i = 0; i < bytes; ++i) {
    into[i] = static_cast<char>(host_of(vfs).draws().next());
  }
  return bytes;
}

int sleep_for(sqlite3_vfs*, int microseconds) { return microseconds; }  // nobody else would do anything meanwhile

int time_in_ms(sqlite3_vfs* vfs, sqlite3_int64* time) {
  constexpr sqlite3_int64 of_1970 = 210'866'760'000'000;  // Julian day times milliseconds
  *time = host_of(vfs).clock().utc().get() / 1'000'000 + of_1970;
  return SQLITE_OK;
}

int time_in_days(sqlite3_vfs* vfs, double* time) {
  sqlite3_int64 ms = 0;
  time_in_ms(vfs, &ms);
  *time = static_cast<double>(ms) / 86'400'000.0;
  return SQLITE_OK;
}

int no_error(sqlite3_vfs*, int, char*) { return SQLITE_OK; }

}  // namespace

DatabaseFiles::DatabaseFiles(runtime::Files& files, const runtime::Clock& clock, DatabaseLocks& locks, Draws draws)
    : files_(files), clock_(clock), locks_(locks), draws_(draws), vfs_(std::make_unique<sqlite3_vfs>()) {
  static std::atomic<std::uint64_t> made{0};
  name_ = "sim-" + std::to_string(++made);
  *vfs_ = {};
  vfs_->iVersion = 2;
  vfs_->szOsFile = sizeof(Opened);
  vfs_->mxPathname = 1024;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = open_file;
  vfs_->xDelete = delete_file;
  vfs_->xAccess = has_access;
  vfs_->xFullPathname = full_name;
  vfs_->xRandomness = random_bytes;
  vfs_->xSleep = sleep_for;
  vfs_->xCurrentTime = time_in_days;
  vfs_->xGetLastError = no_error;
  vfs_->xCurrentTimeInt64 = time_in_ms;
  const int registered = sqlite3_vfs_register(vfs_.get(), 0);
  CANTUS_ASSERT(registered == SQLITE_OK, "a file system is registered under a new name");
}

DatabaseFiles::~DatabaseFiles() { sqlite3_vfs_unregister(vfs_.get()); }

}  // namespace cantus::sim
