// Mechanisms: what PKCS#11 calls the algorithms of Custos, and whether a token has what they need.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "key/backend.h"

namespace custos::hsm {

// class_of gives the class of the object that signs or opens with a key of that algorithm; of a tree, that of its seed.
[[nodiscard]] constexpr CK_OBJECT_CLASS class_of(key::Algorithm algorithm) noexcept {
  return key::facts_of(algorithm).is_asymmetric() && !key::is_tree(algorithm) ? CKO_PRIVATE_KEY : CKO_SECRET_KEY;
}

// sign_mechanism gives what C_SignInit is asked for. Nothing for a scheme that the algorithm does not have.
[[nodiscard]] std::optional<CK_MECHANISM_TYPE> sign_mechanism(key::KeyUse use) noexcept;

// choose_sign_mechanism is sign_mechanism for those who prepare keys. Errors: bad_input, for a scheme that the algorithm or
// PKCS#11 has not.
[[nodiscard]] Result<CK_MECHANISM_TYPE> choose_sign_mechanism(key::KeyUse use);

// key_type_of and pair_mechanism_of are for asymmetric algorithms only.
[[nodiscard]] CK_KEY_TYPE key_type_of(key::Algorithm algorithm) noexcept;
[[nodiscard]] CK_MECHANISM_TYPE pair_mechanism_of(key::Algorithm algorithm) noexcept;

// curve_of gives CKA_EC_PARAMS of a curve: its object identifier, or its name where the device wants that. Empty for RSA.
[[nodiscard]] ByteView curve_of(key::Algorithm algorithm, const Profile& profile) noexcept;

// Birth is how a key comes to be in its token.
enum class Birth : unsigned char { generated, imported };

// check_can_make refuses a usage that the algorithm has not, and an asymmetric algorithm for which the token lacks a mechanism or
// a size. Errors: bad_input, naming what is missing; as token_failure.
[[nodiscard]] Result<void> check_can_make(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                          const key::KeyTemplate& key, Birth birth);

}  // namespace custos::hsm
