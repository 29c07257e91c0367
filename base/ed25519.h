// Ed25519 (RFC 8032): whether a signature is good. Only what is public is computed here, so nothing can leak by timing;
// signing is done at the edges, by a library.
//
// Machines judge signatures while they apply the log, now and in every replay, so the judgement must never change, also
// at the edges of the standard where libraries and their versions differ. Hence our own: the check without cofactor, on
// encoded bytes; S below the group's order; coordinates below the field's prime; no key of small order.
#pragma once

#include <cstddef>
#include <span>

#include "base/fixed_string.h"

namespace cantus {

using SigningKey = FixedBytes<32>;  // the public half
using Signature = FixedBytes<64>;

// The key decodes, and is of more than small order: for one of those anybody can sign.
[[nodiscard]] bool is_signing_key(const SigningKey& key);
// True if the holder of the key signed exactly these bytes; never for what is no signing key. Takes some 0.1 ms.
[[nodiscard]] bool is_signed(const SigningKey& key, const Signature& signature, std::span<const std::byte> bytes);

}  // namespace cantus
