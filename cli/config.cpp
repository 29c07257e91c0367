// `cantus config check|example|password`: configurations, before anything runs.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>

#include "cli/commands.h"
#include "cli/demo.h"
#include "cli/failure.h"
#include "cli/placeholders.h"
#include "refdata/app/configuration.h"
#include "refdata/app/password.h"
#include "runtime/clock.h"

namespace cantus::cli {
namespace {

int check(const Arguments& arguments) {
  const std::string& file = arguments.words()[0];
  const Result<refdata::Configuration> configuration = refdata::load_configuration(file);
  if (!configuration) {
    std::fprintf(stderr, "%s\n", configuration.error().text.c_str());
    return exit_code_of(of_file(configuration.error()));
  }
  if (const std::vector<std::string> placeholders = placeholders_in(*configuration); !placeholders.empty()) {
    for (const std::string& line : placeholders) {
      std::fprintf(stderr, "%s: %s\n", file.c_str(), line.c_str());
    }
    return exit_code_of(Error{ErrorCode::refused, {}});
  }
  std::printf("%s: venue '%s', %zu instruments, %zu parties, %zu sessions, %zu gateways, %zu operators: good\n",
              file.c_str(), configuration->venue.name.str().c_str(), configuration->instruments.size(),
              configuration->parties.size(), configuration->sessions.size(), configuration->process.gateways.size(),
              configuration->operators.size());
  if (has_placeholder_regulator(*configuration)) {
    std::printf("its regulator is the example's, at whose address nobody is: nothing would be reported\n");
  }
  if (configuration->operators.empty()) {
    std::printf("without operators nothing of it can be changed once it is on a log (`cantus operator keygen`)\n");
  }
  for (const std::string& line : refdata::changes_out_of_reach(configuration->operators)) {
    std::printf("out of its operators' reach: %s\n", line.c_str());
  }
  return exit_ok;
}

int example(const Arguments&) {
  std::cout << example_configuration();
  std::fprintf(stderr,
               "Placeholders: every password_verifier (make your own: `cantus config password`), every operator's key\n"
               "(`cantus operator keygen`) and the regulator's address 192.0.2.10, which is nobody's.\n");
  return exit_ok;
}

// A line from the terminal, which does not show it. Ctrl-C meanwhile leaves a terminal without echo: `stty echo`.
std::string ask(const char* what) {
  std::fprintf(stderr, "%s", what);
  termios before{};
  const bool known = ::tcgetattr(STDIN_FILENO, &before) == 0;
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (known) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string text;
  std::getline(std::cin, text);
  if (known) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  }
  std::fprintf(stderr, "\n");
  return text;
}

int password(const Arguments&) {
  std::string text;
  if (::isatty(STDIN_FILENO) == 1) {
    text = ask("password: ");
    if (ask("again: ") != text) {
      std::fprintf(stderr, "cantus config password: the two are not the same\n");
      return exit_usage;
    }
  } else {
    std::getline(std::cin, text);
  }
  std::array<std::byte, 16> salt{};
  for (std::size_t i = 0; i < salt.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = runtime::system_random().next();
    std::memcpy(salt.data() + i, &bits, sizeof(bits));
  }
  const Result<PasswordVerifier> verifier = refdata::make_verifier(text, {}, salt);
  if (!verifier) {
    std::fprintf(stderr, "cantus config password: %s\n", verifier.error().text.c_str());
    return exit_usage;
  }
  std::printf("%s\n", refdata::to_text(*verifier).c_str());
  return exit_ok;
}

}  // namespace

const Command config_check_command = {.name = "config check",
                                      .words = "FILE",
                                      .summary = "Check a configuration; every fault is named.",
                                      .details =
                                          "Keys and passwords that still are the example's are faults. What its "
                                          "operators could never sign for, because\nsomebody is missing, is named, "
                                          "too; that is no fault:\nwhoever changes operators can add somebody "
                                          "while the venue runs.\n",
                                      .words_min = 1,
                                      .words_max = 1,
                                      .run = check};

const Command config_example_command = {.name = "config example",
                                        .summary = "Print a configuration with every field, to begin one's own with.",
                                        .run = example};

const Command config_password_command = {
    .name = "config password",
    .summary = "Read a password and print the verifier for a session of the configuration.",
    .details = "The verifier is salted scrypt; the password itself stands nowhere.\n",
    .run = password};

}  // namespace cantus::cli
