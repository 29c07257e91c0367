#include "cli/failure.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace cantus::cli {

int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::refused:
    case ErrorCode::corrupt:
      return exit_difference;
    case ErrorCode::not_found:
      return exit_not_running;
    case ErrorCode::already_in_use:
      return exit_in_use;
    case ErrorCode::not_supported:
      return exit_too_old;
    case ErrorCode::failed:
    case ErrorCode::stale_term:
    case ErrorCode::no_space:
      break;
  }
  return exit_failed;
}

Error of_file(Error error) {
  error.code = error.code == ErrorCode::not_found ? ErrorCode::failed : error.code;
  return error;
}

void say_failure(std::string_view command, const std::string& why, bool json) {
  std::fprintf(stderr, "cantus %.*s: %s\n", static_cast<int>(command.size()), command.data(), why.c_str());
  if (json) {
    // A path may hold any bytes.
    const nlohmann::json object = {{"error", why}};
    std::printf("%s\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
}

int complain_of(std::string_view command, const Error& error) {
  say_failure(command, error.text, false);
  return exit_code_of(error);
}

int fail(const Arguments& arguments, std::string_view command, const Error& error) {
  return fail(arguments, command, error.text, exit_code_of(error));
}

int fail(const Arguments& arguments, std::string_view command, const std::string& why, int exit_code) {
  say_failure(command, why, arguments.has("json"));
  return exit_code;
}

}  // namespace cantus::cli
