#include "messages/enums.h"

namespace cantus {
namespace {

constexpr std::string_view printed(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

#define ENUM(Name, doc)                  \
  std::string_view name_of(Name value) { \
    using E = Name;                      \
    switch (value) {
#define VALUE(name, number) \
  case E::name:             \
    return printed(#name);
#define END_ENUM(Name) \
  }                    \
  return {};           \
  }
#include "messages/enums.def"
#undef ENUM
#undef VALUE
#undef END_ENUM

}  // namespace cantus
