#include "keeping/proof.h"

#include <bit>

#include "eventlog/hash.h"
#include "eventlog/layout.h"
#include "eventlog/sealed_file.h"
#include "keeping/heads_on_log.h"

namespace cantus::keeping {
namespace {

using eventlog::Sha256;

constexpr std::array<std::byte, 1> leaf_prefix{std::byte{0}};
constexpr std::array<std::byte, 1> node_prefix{std::byte{1}};

template <class T>
void append(std::vector<std::byte>& out, const T& value) {
  const auto bytes = payload_of(value);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Hash256 root_of(std::span<const Hash256> leaves) {
  if (leaves.size() == 1) {
    return leaves.front();
  }
  const std::size_t left = std::bit_floor(leaves.size() - 1);
  return Sha256()
      .add(node_prefix)
      .add(root_of(leaves.first(left)).bytes)
      .add(root_of(leaves.subspan(left)).bytes)
      .finish();
}

// From the leaf's sibling up.
void path_to(std::span<const Hash256> leaves, std::size_t index, std::vector<Hash256>& path) {
  if (leaves.size() == 1) {
    return;
  }
  const std::size_t left = std::bit_floor(leaves.size() - 1);
  const bool is_left = index < left;
  path_to(is_left ? leaves.first(left) : leaves.subspan(left), is_left ? index : index - left, path);
  path.push_back(root_of(is_left ? leaves.subspan(left) : leaves.first(left)));
}

Result<HeadsOnLog> heads_of(runtime::Files& files, const std::filesystem::path& journal,
                            const std::filesystem::path& memory, Seq seq, const SnapshotSections* begin) {
  const Result<std::unique_ptr<eventlog::LogReader>> log = eventlog::open_log(files, journal, memory);
  if (!log) {
    return Error(log.error());
  }
  return HeadsOnLog::read(**log, seq < (*log)->first() ? nullptr : begin);  // a head stands behind what it is of
}

}  // namespace

std::vector<std::byte> to_bytes(const Proof& proof) {
  constexpr std::array<char, 16> magic{'c', 'a', 'n', 't', 'u', 's', '-', 'p', 'r', 'o', 'o', 'f', '-', '1'};
  std::vector<std::byte> out;
  append(out, magic);
  append(out, proof.index);
  append(out, proof.records);
  append(out, proof.statement);
  append(out, proof.key);
  append(out, proof.signature);
  append(out, static_cast<std::uint32_t>(proof.path.size()));
  append(out, static_cast<std::uint32_t>(proof.record.size()));
  for (const Hash256& hash : proof.path) {
    append(out, hash);
  }
  out.insert(out.end(), proof.record.begin(), proof.record.end());
  return out;
}

Result<Proof> prove(runtime::Files& files, const std::filesystem::path& journal, const std::filesystem::path& memory,
                    Seq seq, const SnapshotSections* begin) {
  const Result<eventlog::Directory> directory = eventlog::read_directory(files, journal);
  if (!directory) {
    return Error(directory.error());
  }
  const eventlog::SealedSegment* const listed = directory->holding(seq);
  if (listed == nullptr) {
    return seq.is_zero() ? Error{ErrorCode::not_found, "there is no record 0"}
                         : Error{ErrorCode::refused, "record " + std::to_string(seq.get()) +
                                                         " is in no sealed segment: those end at record " +
                                                         std::to_string(directory->last().get()) +
                                                         "; a segment is sealed when it is full, or by `cantus down`"};
  }
  const Result<HeadsOnLog> heads = heads_of(files, journal, memory, seq, begin);
  if (!heads) {
    return Error(heads.error());
  }
  const HeadSigned* const head = heads->of(listed->number);
  if (head == nullptr) {
    return Error{ErrorCode::refused, "the head of segment " + std::to_string(listed->number) +
                                         " is not signed on the log yet: a running venue does it soon after the seal"};
  }
  const HeadStatement statement = statement_of(*directory, *listed);
  if (cantus::statement_of(directory->identity.venue, *head) != statement) {
    return Error{ErrorCode::corrupt, "the signed head of segment " + std::to_string(listed->number) +
                                         " is another one than the directory record lists"};
  }
  Proof proof;
  proof.index = seq.get() - listed->first.get();
  proof.records = listed->last.get() - listed->first.get() + 1;
  proof.statement = statement;
  proof.key = heads->keys().all()[head->key - 1].key;
  proof.signature = head->signature;
  const Result<eventlog::SealedBytes> bytes = eventlog::SealedBytes::open(files, journal, directory->identity, *listed);
  if (!bytes) {
    return Error(bytes.error());
  }
  std::vector<Hash256> leaves;
  Status read = eventlog::read_sealed(bytes->bytes(), false, directory->identity, *listed, [&](const Event& record) {
    const std::span<const std::byte> whole = eventlog::record_bytes(record);
    leaves.push_back(Sha256().add(leaf_prefix).add(whole).finish());
    if (record.header->seq == seq) {
      proof.record.assign(whole.begin(), whole.end());
    }
    return Status();
  });
  if (!read) {
    return std::move(read).error().context("segment " + std::to_string(listed->number));
  }
  path_to(leaves, proof.index, proof.path);
  return proof;
}

}  // namespace cantus::keeping
