#include "keeping/heads.h"

#include <openssl/pem.h>

#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "runtime/openssl.h"

namespace cantus::keeping {
namespace {

using PublicKey = std::unique_ptr<EVP_PKEY, runtime::FreeWith<EVP_PKEY_free>>;

std::filesystem::path key_folder(const std::filesystem::path& data) { return data / "keys"; }

Result<HeadKey> read_key(runtime::Files& files, const std::filesystem::path& path) {
  const Result<std::vector<std::byte>> bytes = runtime::read_file(files, path);
  if (!bytes) {
    return Error(bytes.error());
  }
  Result<HeadKey> key =
      HeadKey::from_text(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
  return key ? std::move(key) : std::move(key).error().context(path.string());
}

}  // namespace

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

std::filesystem::path head_key_file(const std::filesystem::path& data, const SigningKey& key) {
  return key_folder(data) / ("head-" + to_hex(std::span(key.bytes).first(8)) + ".pem");
}

Result<HeadKey> make_head_key(runtime::Files& files, const std::filesystem::path& data) {
  Result<HeadKey> key = HeadKey::generate();
  if (!key) {
    return key;
  }
  Status status = files.make_directories(key_folder(data));
  if (status) {
    status = runtime::sync_way_to(files, key_folder(data));
  }
  if (status) {
    const std::string text = key->to_text();
    status = runtime::replace_file(files, head_key_file(data, key->public_key()), std::as_bytes(std::span(text)));
  }
  return status ? std::move(key) : Result<HeadKey>(std::move(status).error());
}

Result<HeadKey> read_head_key(runtime::Files& files, const std::filesystem::path& data, const SigningKey& key) {
  const std::filesystem::path path = head_key_file(data, key);
  Result<HeadKey> secret = read_key(files, path);
  if (!secret) {
    return secret.error().code == ErrorCode::not_found
               ? Error{ErrorCode::refused, "the key that signs heads is not in " + path.string()}
               : std::move(secret).error();
  }
  return secret->public_key() == key ? std::move(secret)
                                     : Error{ErrorCode::refused, path.string() + " holds another key"};
}

std::optional<HeadKey> some_head_key(runtime::Files& files, const std::filesystem::path& data) {
  const Result<std::vector<std::string>> names = files.list(key_folder(data));
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    Result<HeadKey> key = read_key(files, key_folder(data) / name);
    if (key && head_key_file(data, key->public_key()).filename() == name) {
      return *std::move(key);
    }
  }
  return std::nullopt;
}

HeadKeyDefined name_key(VenueId venue, std::uint32_t number, const HeadKey& key, const HeadKey* before) {
  HeadKeyDefined defined;
  defined.number = number;
  defined.key = key.public_key();
  const HeadKeyStatement statement = cantus::statement_of(venue, defined);
  defined.voucher = (before == nullptr ? key : *before).sign(payload_of(statement));
  return defined;
}

HeadStatement statement_of(const eventlog::Directory& directory, const eventlog::SealedSegment& listed) {
  HeadStatement statement;
  statement.venue = directory.identity.venue;
  statement.segment = listed.number;
  statement.first = listed.first;
  statement.last = listed.last;
  statement.before = listed.number == 1 ? directory.predecessor_chain : directory.segments[listed.number - 2].chain;
  statement.root = listed.root;
  return statement;
}

HeadSigned sign_head(const HeadStatement& statement, std::uint32_t number, const HeadKey& key) {
  HeadSigned head;
  head.segment = statement.segment;
  head.first = statement.first;
  head.last = statement.last;
  head.before = statement.before;
  head.root = statement.root;
  head.key = number;
  head.signature = key.sign(payload_of(statement));
  return head;
}

}  // namespace cantus::keeping
