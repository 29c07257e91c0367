// What a command of the `cantus` program is. Each stands in a file of its own and is one constant; cli/main.cpp holds
// the table. The program parses the command line by the command's own declaration, so that help, checks and the
// suggestions for mistyped names all come from one place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "base/result.h"

namespace cantus::cli {

// What `cantus` ends with. Scripts and the supervisor rely on the numbers; what they mean stands below.
enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,
  exit_usage = 2,
  exit_difference = 3,
  exit_in_use = 4,
  exit_not_running = 5,
  exit_stopped = 6,  // never restarted by the supervisor
  exit_unreadable = 7,
  exit_too_old = 8,
  exit_out_of_memory = 9,  // what was in hand is not to blame
  exit_not_signed = 10,
};
struct ExitMeaning {
  ExitCode code;
  std::string_view text;
};
// The one place that says so: `cantus --help` prints it, and docs/operations.md has the same lines.
inline constexpr ExitMeaning exit_meanings[] = {
    {exit_ok, "done"},
    {exit_failed, "failed: a file, a socket, a process"},
    {exit_usage, "the command line is wrong"},
    {exit_difference, "what was asked about was examined and is not as it must be, or a rule forbids it"},
    {exit_in_use, "a directory or port is held by somebody else"},
    {exit_not_running, "no venue runs there, or none is there"},
    {exit_stopped, "a failed write or sync left a stop mark on the log (`cantus recover`)"},
    {exit_unreadable, "a file cannot be read or was cut short, as the last line on stderr says"},
    {exit_too_old, "the log announces what this build must know and does not: a newer one is needed"},
    {exit_out_of_memory, "out of memory"},
    {exit_not_signed, "nothing was signed: whoever was asked did not say yes"},
};

enum class OptionKind { flag, text, number };

struct Option {
  std::string_view name;  // without the dashes
  OptionKind kind = OptionKind::flag;
  std::string_view value;    // what its value is called in the help; empty for a flag
  std::string_view summary;  // one line
};
// Of every command that is about a venue on this host.
inline constexpr Option data_option{"data", OptionKind::text, "DIR", "the venue's directory (cantus-data)"};

// A command line that fits its command's declaration.
class Arguments {
 public:
  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(std::string(option)); }
  [[nodiscard]] std::optional<std::string> text(std::string_view option) const;
  [[nodiscard]] std::string text_or(std::string_view option, std::string_view otherwise) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view option) const;
  [[nodiscard]] std::uint64_t number_or(std::string_view option, std::uint64_t otherwise) const;
  // Words that belong to no option, in order; their count lies within the command's bounds.
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  friend Result<Arguments> parse_arguments(const struct Command&, std::span<const std::string>);
  std::map<std::string, std::string> values_;
  std::vector<std::string> words_;
};

struct Command {
  std::string_view name;       // "up"; "config check" where a verb follows
  std::string_view words{};    // "SESSION", "[FILE]"; empty if it takes none
  std::string_view summary;    // one line
  std::string_view details{};  // paragraphs below it; may be empty
  std::span<const Option> options{};
  std::size_t words_min = 0;
  std::size_t words_max = 0;
  int (*run)(const Arguments&) = nullptr;
};

// Reads `--name value`, `--name=value` and plain words; everything behind `--` is a word. A fault names the option.
[[nodiscard]] Result<Arguments> parse_arguments(const Command& command, std::span<const std::string> line);
// The parts between commas.
[[nodiscard]] std::vector<std::string> split_list(const std::string& text);
// Name, use, options: what `cantus COMMAND --help` prints.
[[nodiscard]] std::string help_of(const Command& command);

}  // namespace cantus::cli
