// `cantus log prove`, `cantus log key`, `cantus log rotate-key`: that a record stands on the log, for somebody who
// trusts nothing but the venue's public key (keeping/proof.h).
#include <charconv>
#include <cstdio>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/later_begin.h"
#include "cli/signing.h"
#include "cli/venue_place.h"
#include "keeping/heads.h"
#include "keeping/heads_on_log.h"
#include "keeping/proof.h"

namespace cantus::cli {
namespace {

Result<Seq> position_from(const std::string& text) {
  Seq::rep number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return Error{ErrorCode::refused, "'" + text + "' is no position"};
  }
  return Seq(number);
}

int run_prove(const Arguments& arguments) {
  const Result<LogFolders> folders = log_folders_at(arguments.text_or("data", default_data_directory));
  const Result<Seq> seq = position_from(arguments.words().front());
  if (!seq) {
    say_failure("log prove", seq.error().text, false);
    return exit_usage;
  }
  if (!folders) {
    return complain_of("log prove", folders.error());
  }
  const std::string out = arguments.text_or("out", "");
  if (out.empty()) {
    std::fprintf(stderr, "cantus log prove: --out FILE says where to\n");
    return exit_usage;
  }
  runtime::Files& files = runtime::system_files();
  const auto begin = later_begin_in(arguments.text_or("data", default_data_directory));
  const Result<keeping::Proof> proof =
      begin ? keeping::prove(files, folders->journal, folders->memory, *seq, sections_of(*begin)) : begin.error();
  if (!proof) {
    return complain_of("log prove", proof.error());
  }
  const std::vector<std::byte> bytes = keeping::to_bytes(*proof);
  if (Status written = runtime::replace_file(files, std::filesystem::absolute(out), bytes); !written) {
    return complain_of("log prove", written.error());
  }
  std::printf("%s: record %llu in segment %llu, %zu bytes beside the record; docs/check-proof %s KEY.pem checks it\n",
              out.c_str(), static_cast<unsigned long long>(seq->get()),
              static_cast<unsigned long long>(proof->statement.segment), bytes.size() - proof->record.size(),
              out.c_str());
  return exit_ok;
}

int run_key(const Arguments& arguments) {
  const Result<LogFolders> folders = log_folders_at(arguments.text_or("data", default_data_directory));
  if (!folders) {
    return complain_of("log key", folders.error());
  }
  const auto log = eventlog::open_log(folders->journal, folders->memory);
  const auto begin = later_begin_in(arguments.text_or("data", default_data_directory));
  const Result<keeping::HeadsOnLog> heads = !log     ? Error(log.error())
                                            : !begin ? Error(begin.error())
                                                     : keeping::HeadsOnLog::read(**log, sections_of(*begin));
  if (!heads) {
    return complain_of("log key", heads.error());
  }
  const std::span<const HeadKeys::Key> keys = heads->keys().all();
  if (keys.empty()) {
    std::fprintf(stderr, "cantus log key: no key is on the log yet\n");
    return exit_failed;
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::fprintf(stderr, "key %zu, since record %llu, %s: %s\n", i + 1,
                 static_cast<unsigned long long>(keys[i].since.seq().get()),
                 i == 0                ? "the first"
                 : keys[i].vouched_for ? "vouched for by the one before"
                                       : "vouched for by nobody but itself",
                 to_hex(keys[i].key.bytes).c_str());
  }
  const std::uint64_t number = arguments.number("number").value_or(keys.size());
  if (number < 1 || number > keys.size()) {
    std::fprintf(stderr, "cantus log key: there is no key %llu\n", static_cast<unsigned long long>(number));
    return exit_failed;
  }
  std::printf("%s", keeping::public_pem(keys[number - 1].key).c_str());
  return exit_ok;
}

// The new key's secret half is durable before anybody signs for it; one that nobody signs for in the end is of no use
// and does no harm.
Result<std::vector<CommandPart>> rotation(const VenueState& state, bool lost) {
  runtime::Files& files = runtime::system_files();
  const std::filesystem::path& data = state.place.paths().data;
  const HeadKeys& keys = state.refdata().head_keys();
  if (keys.current() == 0) {
    return Error{ErrorCode::refused, "no key is on the log yet"};
  }
  std::optional<keeping::HeadKey> before;
  if (!lost) {
    Result<keeping::HeadKey> read = keeping::read_head_key(files, data, keys.all().back().key);
    if (!read) {
      return std::move(read).error().context("to go on without it say --lost");
    }
    before = *std::move(read);
  }
  const Result<keeping::HeadKey> fresh = keeping::make_head_key(files, data);
  if (!fresh) {
    return Error(fresh.error());
  }
  const HeadKeyDefined defined =
      keeping::name_key(keys.venue(), keys.current() + 1, *fresh, before ? &*before : nullptr);
  return std::vector<CommandPart>{part_of(defined, 0)};
}

int run_rotate(const Arguments& arguments) {
  return sign_parts(arguments, "log rotate-key",
                    [&](const VenueState& state) { return rotation(state, arguments.has("lost")); });
}

constexpr Option prove_options[] = {
    {"data", OptionKind::text, "DIR", log_folder_summary},
    {"out", OptionKind::text, "FILE", "the proof"},
};
constexpr Option key_options[] = {
    {"data", OptionKind::text, "DIR", log_folder_summary},
    {"number", OptionKind::number, "N", "key N instead of the one in force"},
};
constexpr auto rotate_options = sign_options_behind(
    Option{"lost", OptionKind::flag, "", "the present key's file is lost: nobody vouches for the new one"});

}  // namespace

const Command log_prove_command = {
    .name = "log prove",
    .words = "SEQ",
    .summary = "Write a proof that a record stands on the log.",
    .details =
        "The record, the hashes from it to the root of its sealed segment, and that root as the venue's key signed "
        "it.\n"
        "Whoever has the public key (`cantus log key`) checks it with docs/check-proof and OpenSSL alone. Ends with 3\n"
        "if the record is in no sealed segment yet, or the head of that is not signed yet.",
    .options = prove_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_prove};

const Command log_key_command = {.name = "log key",
                                 .summary = "Print the public key that signs what was sealed.",
                                 .details = "As OpenSSL takes it; to stderr all keys that the log names.",
                                 .options = key_options,
                                 .run = run_key};

const Command log_rotate_key_command = {
    .name = "log rotate-key",
    .summary = "Have another key sign what is sealed from now on.",
    .details =
        "Makes a new key in DIR/keys and signs for it in role operations; an administrator or compliance approves.\n"
        "The present key vouches for the new one, so who trusts that one comes to trust this one.",
    .options = rotate_options,
    .run = run_rotate};

}  // namespace cantus::cli
