// What the boxes of all sealers have in common.
#pragma once

#include <cstddef>
#include <cstdint>

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/ck_rv.h"

namespace custos::hsm {

// BoxVersion is the first byte of a box: how the rest was encrypted.
enum class BoxVersion : std::uint8_t { aes_gcm = 1, rsa_oaep_sha256 = 2, rsa_oaep_sha1 = 3 };

inline constexpr std::size_t kLongestSealed = 1 << 20;

// check_sealable refuses what is empty or longer than kLongestSealed. Errors: bad_input.
[[nodiscard]] Result<void> check_sealable(const SecretBytes& plaintext);

// changed_box is the one failure of a box that does not open, whatever was changed.
[[nodiscard]] Unexpected changed_box(CkRv rv = 0);

// is_broken_seal tells the values by which tokens refuse a ciphertext.
[[nodiscard]] bool is_broken_seal(CkRv rv) noexcept;

}  // namespace custos::hsm
