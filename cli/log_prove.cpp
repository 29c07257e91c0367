// `cantus log prove` and `cantus log key`: that a record stands on the log, for somebody who trusts nothing but the
// venue's public key (keeping/proof.h).
#include <charconv>
#include <cstdio>
#include <string>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/venue_place.h"
#include "keeping/proof.h"

namespace cantus::cli {
namespace {

int complain(const char* command, const Error& error) {
  std::fprintf(stderr, "cantus log %s: %s\n", command, error.text.c_str());
  return error.code == ErrorCode::corrupt || error.code == ErrorCode::refused ? exit_difference : exit_failed;
}

Result<Seq> position_from(const std::string& text) {
  Seq::rep number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return Error{ErrorCode::refused, "'" + text + "' is no position"};
  }
  return Seq(number);
}

int run_prove(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  const Result<Seq> seq = position_from(arguments.words().front());
  if (!place || !seq) {
    return complain("prove", !place ? place.error() : seq.error());
  }
  const std::string out = arguments.text_or("out", "");
  if (out.empty()) {
    std::fprintf(stderr, "cantus log prove: --out FILE says where to\n");
    return exit_usage;
  }
  runtime::Files& files = runtime::system_files();
  const host::VenuePaths& paths = place->paths();
  const Result<keeping::Proof> proof = keeping::prove(files, paths.data, paths.journal(), *seq);
  if (!proof) {
    return complain("prove", proof.error());
  }
  const std::vector<std::byte> bytes = keeping::to_bytes(*proof);
  if (Status written = runtime::replace_file(files, std::filesystem::absolute(out), bytes); !written) {
    return complain("prove", written.error());
  }
  std::printf("%s: record %llu in segment %llu, %zu bytes beside the record; docs/check-proof %s KEY.pem checks it\n",
              out.c_str(), static_cast<unsigned long long>(seq->get()),
              static_cast<unsigned long long>(proof->statement.segment), bytes.size() - proof->record.size(),
              out.c_str());
  return exit_ok;
}

int run_key(const Arguments& arguments) {
  const Result<VenuePlace> place = VenuePlace::at(arguments.text_or("data", default_data_directory));
  if (!place) {
    return complain("key", place.error());
  }
  runtime::Files& files = runtime::system_files();
  const std::filesystem::path& data = place->paths().data;
  const Result<eventlog::Directory> directory = eventlog::read_directory(files, place->paths().journal());
  if (!directory) {
    return complain("key", directory.error());
  }
  if (arguments.has("rotate") || arguments.has("anew")) {
    const Result<SigningKey> key = keeping::rotate_head_key(files, data, directory->identity, arguments.has("anew"));
    if (!key) {
      return complain("key", key.error());
    }
  }
  const Result<keeping::Heads> heads = keeping::read_heads(files, data, directory->identity);
  if (!heads) {
    return complain("key", heads.error());
  }
  if (const std::optional<std::string> fault = heads->fault(directory->identity)) {
    return complain("key", Error{ErrorCode::corrupt, *fault});
  }
  if (heads->keys.empty()) {
    std::fprintf(stderr, "cantus log key: no segment is sealed yet, so there is no key\n");
    return exit_failed;
  }
  std::fprintf(stderr, "key %zu, named by %s\n", heads->keys.size(),
               heads->begins_anew(heads->keys.size(), directory->identity) ? "nobody but itself" : "the one before it");
  std::printf("%s", keeping::public_pem(heads->keys.back().key).c_str());
  return exit_ok;
}

constexpr Option prove_options[] = {
    data_option,
    {"out", OptionKind::text, "FILE", "the proof"},
};
constexpr Option key_options[] = {
    data_option,
    {"rotate", OptionKind::flag, "", "make a new key, which the present one names; then print it"},
    {"anew", OptionKind::flag, "", "make a new key that nobody names: the old one is lost"},
};

}  // namespace

const Command log_prove_command = {
    .name = "log prove",
    .words = "SEQ",
    .summary = "Write a proof that a record stands on the log.",
    .details =
        "The record, the hashes from it to the root of its sealed segment, and that root as the venue's key signed "
        "it.\n"
        "Whoever has the public key (`cantus log key`) checks it with docs/check-proof and OpenSSL alone. Ends with 3\n"
        "if the record is in no sealed segment yet.",
    .options = prove_options,
    .words_min = 1,
    .words_max = 1,
    .run = run_prove};

const Command log_key_command = {
    .name = "log key",
    .summary = "Print the public key that signs what was sealed.",
    .details = "As OpenSSL takes it. Every signature of the file of heads is checked before.",
    .options = key_options,
    .run = run_key};

}  // namespace cantus::cli
