// Failures of the environment (files, sockets, configuration) are values. Each layer adds what it was doing with
// `context`, so that the text a person reads says what was wrong, where, and what to do.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace cantus {

// What a caller can react to differently; everything else is `failed`.
enum class ErrorCode {
  failed,          // no reaction but to report it
  not_found,       // the thing asked for is not there
  already_in_use,  // a directory, port or lock is held by somebody else
  corrupt,         // bytes that were promised are not there or not these
  refused,         // a rule forbids it; retrying the same does not help
  stale_term,      // a newer term has fenced the caller
  no_space,        // disk, kept space, memory or descriptors are exhausted: later there may be some
  not_supported,   // a type, version or option that this build does not know
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::failed;
  std::string text;

  // The same failure, seen from one layer further out.
  Error context(const std::string& doing) && { return Error{code, doing + ": " + text}; }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : value_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  // A success that is made where it will stand, for hot paths: see base/copy_words.h.
  template <class... Arguments>
  explicit Result(std::in_place_t /*unused*/, Arguments&&... arguments)
      : value_(std::in_place_index<0>, std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] bool ok() const { return value_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    CANTUS_ASSERT(ok(), "value() is asked only of a success");
    return std::get<0>(value_);
  }
  const T& value() const& {
    CANTUS_ASSERT(ok(), "value() is asked only of a success");
    return std::get<0>(value_);
  }
  T&& value() && {
    CANTUS_ASSERT(ok(), "value() is asked only of a success");
    return std::get<0>(std::move(value_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }  // by value: a loop over what a call returned keeps it
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const& {
    CANTUS_ASSERT(!ok(), "error() is asked only of a failure");
    return std::get<1>(value_);
  }
  [[nodiscard]] Error&& error() && {
    CANTUS_ASSERT(!ok(), "error() is asked only of a failure");
    return std::get<1>(std::move(value_));
  }

 private:
  std::variant<T, Error> value_;
};

// A failure or nothing.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const& {
    CANTUS_ASSERT(!ok(), "error() is asked only of a failure");
    return *error_;
  }
  [[nodiscard]] Error&& error() && {
    CANTUS_ASSERT(!ok(), "error() is asked only of a failure");
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace cantus
