#include "refdata/password_verifiers.h"

#include <algorithm>

#include "messages/validate.h"

namespace cantus {
namespace {

constexpr std::string_view section_name = "passwords";
constexpr std::uint16_t section_version = 1;

}  // namespace

PasswordVerifiers::PasswordVerifiers() { verifiers_.reserve(ReferenceDataBounds::sessions_max); }

void PasswordVerifiers::apply(const Event& event, const ReferenceData& refdata) {
  if (event.is<PasswordVerifier>() && !refdata.complete()) {
    keep(event.as<PasswordVerifier>());
  }
  for (const CommandPart& part : refdata.changes()) {
    if (is_change<PasswordVerifier>(part)) {
      keep(change_of<PasswordVerifier>(part));
    }
  }
}

void PasswordVerifiers::keep(const PasswordVerifier& verifier) {
  const std::size_t place = place_of(verifier.session);
  if (place < verifiers_.size() && verifiers_[place].session == verifier.session) {
    verifiers_[place] = verifier;
  } else if (verifiers_.size() < ReferenceDataBounds::sessions_max) {
    verifiers_.insert(verifiers_.begin() + static_cast<std::ptrdiff_t>(place), verifier);
  }
}

std::size_t PasswordVerifiers::place_of(SessionId session) const {
  const auto found =
      std::lower_bound(verifiers_.begin(), verifiers_.end(), session,
                       [](const PasswordVerifier& verifier, SessionId id) { return verifier.session < id; });
  return static_cast<std::size_t>(found - verifiers_.begin());
}

const PasswordVerifier* PasswordVerifiers::find(SessionId session) const {
  const std::size_t place = place_of(session);
  return place < verifiers_.size() && verifiers_[place].session == session ? &verifiers_[place] : nullptr;
}

Digest PasswordVerifiers::digest() const {
  DigestBuilder digest;
  for (const PasswordVerifier& verifier : verifiers_) {
    digest.add_bytes(payload_of(verifier));
  }
  return digest.digest();
}

void PasswordVerifiers::save(SnapshotWriter& out) const {
  out.section(section_name, section_version, digest(), [&] {
    out.put_count(verifiers_.size());
    for (const PasswordVerifier& verifier : verifiers_) {
      out.put(verifier);
    }
  });
}

Status PasswordVerifiers::restore(const SnapshotSections& from) {
  const auto body = [this](SectionReader& in) {
    const std::size_t count =
        in.get_count(ReferenceDataBounds::sessions_max, sizeof(PasswordVerifier), "more verifiers than sessions");
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
      const auto verifier = in.get<PasswordVerifier>();
      in.require(!validate(verifier), "a verifier is not well-formed");
      in.require(verifiers_.empty() || verifiers_.back().session < verifier.session, "verifiers do not ascend");
      if (in.ok()) {
        verifiers_.push_back(verifier);
      }
    }
  };
  return from.restore(section_name, section_version, body, [this] { return digest(); });
}

}  // namespace cantus
