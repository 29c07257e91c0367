#include "runtime/same_place.h"

#include <sys/stat.h>

#include <optional>

namespace cantus::runtime {
namespace {

struct Identity {
  dev_t device;
  ino_t number;
  bool operator==(const Identity&) const = default;
};

std::optional<Identity> identity_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return Identity{status.st_dev, status.st_ino};
}

std::filesystem::path as_written(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();  // without a slash at its end
}

}  // namespace

bool is_same_place(const std::filesystem::path& one, const std::filesystem::path& other) {
  const std::optional<Identity> identity = identity_of(one);
  return as_written(one) == as_written(other) || (identity && identity == identity_of(other));
}

bool are_on_one_device(const std::filesystem::path& one, const std::filesystem::path& other) {
  const std::optional<Identity> first = identity_of(one);
  const std::optional<Identity> second = identity_of(other);
  return first && second && first->device == second->device;
}

bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  // What is not there yet will be made below the nearest that is.
  std::filesystem::path at = as_written(inner);
  std::optional<Identity> here = identity_of(at);
  for (; !here && at != at.root_path() && !at.empty(); here = identity_of(at)) {
    if (is_same_place(at, outer)) {
      return true;
    }
    at = at.parent_path();
  }
  // Up as the host sees it: a link's own way is not that of what it leads to.
  const std::optional<Identity> wanted = identity_of(outer);
  while (here) {
    if (here == wanted) {
      return true;
    }
    at /= "..";
    const std::optional<Identity> above = identity_of(at);
    if (above == here) {  // the root
      break;
    }
    here = above;
  }
  return false;
}

}  // namespace cantus::runtime
