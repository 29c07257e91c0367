#include "keeping/heads.h"

#include <openssl/pem.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "base/assert.h"
#include "base/text.h"
#include "keeping/text_file.h"
#include "runtime/openssl.h"

namespace cantus::keeping {
namespace {

constexpr const char* first_line = "cantus-heads 1";

// What a key is named by: bytes of their own kind, so that no head can be taken for one.
struct KeyStatement {
  std::array<char, 16> purpose{'c', 'a', 'n', 't', 'u', 's', '-', 'k', 'e', 'y', '-', '1', '\0', '\0', '\0', '\0'};
  VenueId venue;
  LogNumber log;
  std::uint32_t number = 0;
  SigningKey key;
};
static_assert(sizeof(KeyStatement) == 64 && std::has_unique_object_representations_v<KeyStatement>);

KeyStatement key_statement(eventlog::LogIdentity identity, std::size_t number, const SigningKey& key) {
  KeyStatement statement;
  statement.venue = identity.venue;
  statement.log = identity.log;
  statement.number = static_cast<std::uint32_t>(number);
  statement.key = key;
  return statement;
}

using PublicKey = std::unique_ptr<EVP_PKEY, runtime::FreeWith<EVP_PKEY_free>>;

bool read_key(std::istringstream& in, Heads& heads) {
  NamedKey named;
  std::string key;
  std::string signature;
  const bool good =
      in >> key >> signature && read_hex(key, named.key.bytes) && read_hex(signature, named.signature.bytes);
  heads.keys.push_back(named);
  return good;
}

bool read_head(std::istringstream& in, eventlog::LogIdentity identity, Heads& heads) {
  SignedHead head;
  HeadStatement& statement = head.statement;
  Seq::rep first{};
  Seq::rep last{};
  std::string before;
  std::string root;
  std::string signature;
  const bool good = in >> head.key >> statement.segment >> first >> last >> before >> root >> signature &&
                    read_hex(before, statement.before.bytes) && read_hex(root, statement.root.bytes) &&
                    read_hex(signature, head.signature.bytes);
  statement.venue = identity.venue;
  statement.log = identity.log;
  statement.first = Seq(first);
  statement.last = Seq(last);
  heads.heads.push_back(head);
  return good && head.key >= 1 && head.key <= heads.keys.size();
}

Result<HeadKey> read_own_key(runtime::Files& files, const std::filesystem::path& path) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, path);
  if (!bytes) {
    return Error(bytes.error());
  }
  Result<HeadKey> key =
      HeadKey::from_text(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  return key ? std::move(key) : std::move(key).error().context(path.string());
}

Status write_text(runtime::Files& files, const std::filesystem::path& path, const std::string& text) {
  return runtime::replace_file(files, path, std::as_bytes(std::span(text)));
}

// The next key, named by `by`; its secret half is durable before anybody hears of it.
Result<HeadKey> name_new_key(runtime::Files& files, const std::filesystem::path& data, eventlog::LogIdentity identity,
                             const HeadKey* by, Heads& heads) {
  Result<HeadKey> key = HeadKey::generate();
  if (!key) {
    return key;
  }
  NamedKey named;
  named.key = key->public_key();
  const KeyStatement statement = key_statement(identity, heads.keys.size() + 1, named.key);
  named.signature = (by == nullptr ? *key : *by).sign(payload_of(statement));
  heads.keys.push_back(named);
  const std::filesystem::path path = head_key_file(data);
  Status status = files.make_directories(path.parent_path());
  if (status) {
    status = write_text(files, path.string() + ".next", key->to_text());
  }
  if (status) {
    status = write_text(files, heads_file(data), to_text(heads));
  }
  if (status) {
    status = files.rename(path.string() + ".next", path);
  }
  if (status) {
    status = files.sync_directory(path.parent_path());
  }
  return status ? std::move(key) : Result<HeadKey>(std::move(status).error());
}

// The secret half of the newest key; of one that was named when its writer died, from the file that waits.
Result<HeadKey> newest_key(runtime::Files& files, const std::filesystem::path& data, const Heads& heads) {
  const std::filesystem::path path = head_key_file(data);
  Result<HeadKey> key = read_own_key(files, path);
  if (key && key->public_key() == heads.keys.back().key) {
    return key;
  }
  Result<HeadKey> waiting = read_own_key(files, path.string() + ".next");
  if (waiting && waiting->public_key() == heads.keys.back().key) {
    Status status = files.rename(path.string() + ".next", path);
    return status ? std::move(waiting) : Result<HeadKey>(std::move(status).error());
  }
  return Error{ErrorCode::refused, "the key that signs heads is not in " + path.string()};
}

}  // namespace

HeadStatement statement_of(const eventlog::Directory& directory, const eventlog::SealedSegment& listed) {
  HeadStatement statement;
  statement.venue = directory.identity.venue;
  statement.log = directory.identity.log;
  statement.segment = listed.number;
  statement.first = listed.first;
  statement.last = listed.last;
  statement.before = listed.number == 1 ? directory.predecessor_chain : directory.segments[listed.number - 2].chain;
  statement.root = listed.root;
  return statement;
}

Result<HeadKey> HeadKey::generate() {
  Result<runtime::KeyPair> key = runtime::KeyPair::generate();
  return key ? Result<HeadKey>(HeadKey(*std::move(key))) : Result<HeadKey>(std::move(key).error());
}

Result<HeadKey> HeadKey::from_text(std::string_view pem) {
  std::optional<runtime::KeyPair> key = runtime::KeyPair::from_pem(pem, {});
  if (!key) {
    return Error{ErrorCode::refused, "it is no Ed25519 key"};
  }
  return HeadKey(*std::move(key));
}

std::string HeadKey::to_text() const {
  const runtime::Bio bio(BIO_new(BIO_s_mem()));
  const int written = PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  CANTUS_ASSERT(written == 1, "a key has a text");
  return runtime::text_in(bio);
}

std::string public_pem(const SigningKey& key) {
  const PublicKey made(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(key.bytes.data()), key.bytes.size()));
  const runtime::Bio bio(BIO_new(BIO_s_mem()));
  CANTUS_ASSERT(made && PEM_write_bio_PUBKEY(bio.get(), made.get()) == 1, "a key has a text");
  return runtime::text_in(bio);
}

const SignedHead* Heads::of(std::uint64_t segment) const {
  const auto at =
      std::ranges::find_if(heads, [&](const SignedHead& head) { return head.statement.segment == segment; });
  return at == heads.end() ? nullptr : &*at;
}

bool Heads::begins_anew(std::size_t number, eventlog::LogIdentity identity) const {
  const NamedKey& named = keys[number - 1];
  return is_signed(named.key, named.signature, payload_of(key_statement(identity, number, named.key)));
}

std::optional<std::string> Heads::fault(eventlog::LogIdentity identity) const {
  for (std::size_t number = 1; number <= keys.size(); ++number) {
    const NamedKey& named = keys[number - 1];
    const KeyStatement statement = key_statement(identity, number, named.key);
    if (!begins_anew(number, identity) &&
        (number == 1 || !is_signed(keys[number - 2].key, named.signature, payload_of(statement)))) {
      return "key " + std::to_string(number) + " is named neither by the one before it nor by itself";
    }
  }
  for (const SignedHead& head : heads) {
    if (!is_signed(keys[head.key - 1].key, head.signature, payload_of(head.statement))) {
      return "the head of segment " + std::to_string(head.statement.segment) + " is not signed by its key";
    }
  }
  return std::nullopt;
}

std::string to_text(const Heads& heads) {
  std::ostringstream out;
  out << first_line << "\n";
  for (const NamedKey& named : heads.keys) {
    out << "key " << to_hex(named.key.bytes) << ' ' << to_hex(named.signature.bytes) << "\n";
  }
  for (const SignedHead& head : heads.heads) {
    const HeadStatement& statement = head.statement;
    out << "head " << head.key << ' ' << statement.segment << ' ' << statement.first.get() << ' '
        << statement.last.get() << ' ' << to_hex(statement.before.bytes) << ' ' << to_hex(statement.root.bytes) << ' '
        << to_hex(head.signature.bytes) << "\n";
  }
  return with_crc(out.str());
}

Result<Heads> heads_from(std::string_view text, eventlog::LogIdentity identity) {
  const std::optional<std::string_view> content = checked(text);
  std::istringstream in{std::string(content.value_or(""))};
  std::string line;
  if (!std::getline(in, line) || line != first_line) {
    return Error{ErrorCode::corrupt, "not a file of heads, or damaged"};
  }
  Heads heads;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (!(kind == "key" && read_key(words, heads)) && !(kind == "head" && read_head(words, identity, heads))) {
      return Error{ErrorCode::corrupt, "cannot read '" + line + "'"};
    }
  }
  return heads;
}

Result<Heads> read_heads(runtime::Files& files, const std::filesystem::path& data, eventlog::LogIdentity identity) {
  const std::filesystem::path path = heads_file(data);
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, path);
  if (!bytes) {
    return bytes.error().code == ErrorCode::not_found ? Result<Heads>(Heads{}) : Error(bytes.error());
  }
  Result<Heads> heads =
      heads_from(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), identity);
  return heads ? std::move(heads) : std::move(heads).error().context(path.string());
}

Result<std::size_t> sign_heads(runtime::Files& files, const std::filesystem::path& data,
                               const eventlog::Directory& directory) {
  Result<Heads> heads = read_heads(files, data, directory.identity);
  if (!heads) {
    return std::move(heads).error();
  }
  std::vector<const eventlog::SealedSegment*> unsigned_ones;
  for (const eventlog::SealedSegment& listed : directory.segments) {
    if (heads->of(listed.number) == nullptr) {
      unsigned_ones.push_back(&listed);
    }
  }
  if (unsigned_ones.empty()) {
    return std::size_t{0};
  }
  const Result<HeadKey> key = heads->keys.empty() ? name_new_key(files, data, directory.identity, nullptr, *heads)
                                                  : newest_key(files, data, *heads);
  if (!key) {
    return Error(key.error());
  }
  for (const eventlog::SealedSegment* listed : unsigned_ones) {
    SignedHead head;
    head.key = heads->keys.size();
    head.statement = statement_of(directory, *listed);
    head.signature = key->sign(payload_of(head.statement));
    heads->heads.push_back(head);
  }
  Status status = write_text(files, heads_file(data), to_text(*heads));
  return status ? Result<std::size_t>(unsigned_ones.size()) : Result<std::size_t>(std::move(status).error());
}

Result<SigningKey> rotate_head_key(runtime::Files& files, const std::filesystem::path& data,
                                   eventlog::LogIdentity identity, bool anew) {
  Result<Heads> heads = read_heads(files, data, identity);
  if (!heads) {
    return std::move(heads).error();
  }
  if (heads->keys.empty()) {
    return Error{ErrorCode::refused, "no key has signed anything yet"};
  }
  if (anew) {
    const Result<HeadKey> made = name_new_key(files, data, identity, nullptr, *heads);
    return made ? Result<SigningKey>(made->public_key()) : Result<SigningKey>(Error(made.error()));
  }
  const Result<HeadKey> old = newest_key(files, data, *heads);
  if (!old) {
    return Error(old.error());
  }
  const Result<HeadKey> made = name_new_key(files, data, identity, &*old, *heads);
  return made ? Result<SigningKey>(made->public_key()) : Result<SigningKey>(Error(made.error()));
}

}  // namespace cantus::keeping
