// The `cantus` program: finds the command, reads its arguments, runs it. Nothing else happens here.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/failure.h"
#include "runtime/mapped_files.h"
#include "runtime/out_of_memory.h"

namespace cantus::cli {
namespace {

void print_commands(std::FILE* out, std::string_view prefix) {
  for (const Command* command : all_commands) {
    if (!command->name.starts_with(prefix)) {
      continue;
    }
    std::string left = "  " + std::string(command->name);
    if (!command->words.empty()) {
      left += " " + std::string(command->words);
    }
    left.resize(std::max<std::size_t>(left.size() + 2, 28), ' ');
    std::fprintf(out, "%s%s\n", left.c_str(), std::string(command->summary).c_str());
  }
}

void print_help(std::FILE* out) {
  std::fprintf(out, "cantus COMMAND [options]      a FIX trading venue: state machines over one ordered log\n\n");
  print_commands(out, "");
  std::fprintf(out,
               "\n`cantus COMMAND --help` says more. `./cantus build` and `./cantus test` belong to the script of\n");
  std::fprintf(out, "the source tree.\n\nExit codes:\n");
  for (const ExitMeaning& meaning : exit_meanings) {
    std::fprintf(out, "  %2d  %s\n", meaning.code, std::string(meaning.text).c_str());
  }
}

// The command whose words stand at the beginning of the line; of several the one with most words. `used`: how many.
const Command* find_command(const std::vector<std::string>& line, std::size_t& used) {
  const Command* best = nullptr;
  used = 0;
  for (const Command* command : all_commands) {
    std::string joined;
    for (std::size_t count = 1; count <= line.size() && count <= 2; ++count) {
      joined += (count == 1 ? "" : " ") + line[count - 1];
      if (joined == command->name && count > used) {
        best = command;
        used = count;
      }
    }
  }
  return best;
}

int unknown_command(const std::vector<std::string>& line) {
  std::vector<std::string_view> names;
  for (const Command* command : all_commands) {
    names.push_back(command->name);
    if (command->name.starts_with(line[0] + " ")) {
      std::fprintf(stderr, "cantus %s what?\n", line[0].c_str());
      print_commands(stderr, line[0] + " ");
      return exit_usage;
    }
  }
  const std::string typed = line.size() > 1 && !line[1].starts_with("-") ? line[0] + " " + line[1] : line[0];
  std::string_view meant = nearest(typed, names);
  meant = meant.empty() ? nearest(line[0], names) : meant;
  std::fprintf(
      stderr, "cantus: unknown command '%s'%s\n", typed.c_str(),
      meant.empty() ? "; `cantus --help` lists them" : ("; did you mean '" + std::string(meant) + "'?").c_str());
  return exit_usage;
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

int run(const std::vector<std::string>& line) {
  if (line.empty()) {
    print_help(stderr);
    return exit_usage;
  }
  if (asks_for_help(line[0])) {
    if (line.size() == 1) {
      print_help(stdout);
      return exit_ok;
    }
    std::vector<std::string> turned(line.begin() + 1, line.end());
    turned.push_back("--help");
    return run(turned);
  }
  std::size_t used = 0;
  const Command* command = find_command(line, used);
  if (command == nullptr) {
    if (line.size() == 2 && asks_for_help(line[1])) {
      print_commands(stdout, line[0] + " ");
    }
    return unknown_command(line);
  }
  const std::vector<std::string> rest(line.begin() + static_cast<std::ptrdiff_t>(used), line.end());
  for (const std::string& word : rest) {
    if (word == "--") {
      break;
    }
    if (word == "--help" || word == "-h") {
      std::printf("%s", help_of(*command).c_str());
      return exit_ok;
    }
  }
  Result<Arguments> arguments = parse_arguments(*command, rest);
  if (!arguments) {
    say_failure(command->name, arguments.error().text, std::find(rest.begin(), rest.end(), "--json") != rest.end());
    std::fprintf(stderr, "`cantus %s --help` says more.\n", std::string(command->name).c_str());
    return exit_usage;
  }
  return command->run(*arguments);
}

}  // namespace
}  // namespace cantus::cli

int main(int argc, char** argv) {
  cantus::runtime::end_out_of_memory(cantus::cli::exit_out_of_memory);
  cantus::runtime::end_on_unreadable_pages(cantus::cli::exit_unreadable);
  return cantus::cli::run(std::vector<std::string>(argv + 1, argv + argc));
}
