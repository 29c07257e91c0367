// `cantus operator keygen`: keys of operators, before they are named in a configuration.
#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/signing.h"
#include "runtime/files.h"

namespace cantus::cli {
namespace {

namespace fs = std::filesystem;

// It is a file's name, too, and stands in a line of JSON. Else as the configuration takes it.
bool is_plain_name(const std::string& name) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '/' && c != '\\' && c != '"'; };
  return !name.empty() && name.size() <= decltype(OperatorDefined::name)::length_max && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), plain);
}

Result<std::string> new_passphrase(const Arguments& arguments, const std::string& name) {
  if (const std::optional<std::string> file = arguments.text(passphrase_option.name)) {
    Result<std::vector<std::byte>> bytes = runtime::read_file(runtime::system_files(), *file);
    if (!bytes) {
      return std::move(bytes).error();
    }
    std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    return text.substr(0, text.find_first_of("\r\n"));
  }
  Result<std::string> first = ask_passphrase("passphrase for the key of " + name);
  if (!first) {
    return first;
  }
  const Result<std::string> again = ask_passphrase("the same again");
  if (!again || *again != *first) {
    return Error{ErrorCode::refused, "the two are not the same"};
  }
  return first;
}

int keygen(const Arguments& arguments) {
  const std::string& name = arguments.words()[0];
  if (!is_plain_name(name)) {
    say_failure("operator keygen",
                "'" + name + "' is no plain name: 1 to 32 ASCII characters without / \\ \" and not '.' first", false);
    return exit_usage;
  }
  const fs::path file = arguments.text_or("out", name + ".key");
  const Result<std::string> passphrase = new_passphrase(arguments, name);
  if (!passphrase) {
    return complain_of("operator keygen", passphrase.error());
  }
  const Result<refdata::OperatorKey> key = refdata::OperatorKey::generate();
  if (!key) {
    return complain_of("operator keygen", key.error());
  }
  const Result<std::string> text = key->to_text(*passphrase);
  if (!text) {
    return complain_of("operator keygen", text.error());
  }
  if (const Status written = write_new_secret(file, *text); !written) {
    return complain_of("operator keygen", written.error());
  }
  std::fprintf(stderr, "the secret half is in %s, for its owner alone. In the configuration:\n", file.c_str());
  std::printf("{\"name\": \"%s\", \"roles\": [], \"key\": \"%s\"}\n", name.c_str(),
              refdata::to_text(key->public_key()).c_str());
  return exit_ok;
}

constexpr Option options[] = {
    {"out", OptionKind::text, "FILE", "where the key goes (NAME.key); it must not be there yet"},
    {"passphrase-file", OptionKind::text, "FILE", "its first line is the passphrase; else it is asked for"},
};

}  // namespace

Status write_new_secret(const fs::path& file, const std::string& text) {
  Result<std::unique_ptr<runtime::File>> created = runtime::system_files().create(file);  // mode 0600
  if (!created) {
    return std::move(created).error();
  }
  Status written = (*created)->write_at(0, std::as_bytes(std::span(text)));
  return written ? (*created)->sync() : std::move(written);
}

const Command operator_keygen_command = {
    .name = "operator keygen",
    .words = "NAME",
    .summary = "Make a key for an operator; prints its public half.",
    .details =
        "The secret half is encrypted under a passphrase and never shown. The public half goes into the\n"
        "configuration, with the operator's roles: trader, risk, compliance, operations, administrator.\n",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = keygen};

}  // namespace cantus::cli
