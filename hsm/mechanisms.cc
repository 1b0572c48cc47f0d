#include "hsm/mechanisms.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <string_view>

#include "hsm/bip32.h"
#include "hsm/ck_rv.h"

namespace custos::hsm {
namespace {

using key::Algorithm;
using key::Family;
using key::Scheme;

// CKA_EC_PARAMS, DER: RFC 5480, section 2.1.1.1; SEC 2, section A.2.1; RFC 8410, section 3; PKCS#11 3.0, section 2.3.5 (the name
// as a PrintableString).
constexpr std::array<std::uint8_t, 10> kP256{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::array<std::uint8_t, 7> kSecp256k1{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};
constexpr std::array<std::uint8_t, 5> kEd25519{0x06, 0x03, 0x2b, 0x65, 0x70};
constexpr std::array<std::uint8_t, 14> kEdwards25519{0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};

// Needed is a mechanism that a token must have.
struct Needed {
  CK_MECHANISM_TYPE type;
  CK_FLAGS flag;
  std::string_view name;
};

constexpr Needed kSeedGeneration{CKM_GENERIC_SECRET_KEY_GEN, CKF_GENERATE, "CKM_GENERIC_SECRET_KEY_GEN"};

Needed needed_to_generate(Family family) {
  switch (family) {
    case Family::ed25519: return {CKM_EC_EDWARDS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR, "CKM_EC_EDWARDS_KEY_PAIR_GEN"};
    case Family::ecdsa: return {CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR, "CKM_EC_KEY_PAIR_GEN"};
    default: return {CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR, "CKM_RSA_PKCS_KEY_PAIR_GEN"};
  }
}

Needed needed_to_use(Family family, key::Usage usage) {
  if (usage == key::Usage::seal) return {CKM_RSA_PKCS_OAEP, CKF_DECRYPT, "CKM_RSA_PKCS_OAEP"};
  switch (family) {
    case Family::ed25519: return {CKM_EDDSA, CKF_SIGN, "CKM_EDDSA"};
    case Family::ecdsa: return {CKM_ECDSA, CKF_SIGN, "CKM_ECDSA"};
    default: return {CKM_RSA_PKCS, CKF_SIGN, "CKM_RSA_PKCS"};
  }
}

Unexpected lacking(const key::AlgorithmFacts& facts, std::string_view lack) {
  return fail(
      Errc::bad_input, Origin::token,
      fmt::format("this token cannot keep {} keys: {}; choose another algorithm, or the software keystore", facts.name, lack));
}

// check_has asks for one mechanism. Only RSA's sizes are looked at: for curves tokens count in different units.
Result<void> check_has(const Module& module, CK_SLOT_ID slot, const Needed& needed, const key::AlgorithmFacts& facts) {
  CK_MECHANISM_INFO info{};
  const CK_RV rv = module.functions().C_GetMechanismInfo(slot, needed.type, &info);
  if (rv == CKR_MECHANISM_INVALID || (rv == CKR_OK && (info.flags & needed.flag) == 0)) {
    return lacking(facts, fmt::format("it has no {}", needed.name));
  }
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot ask the token for {}", needed.name));
  const CK_ULONG bits = facts.signature_size * 8;
  if (facts.family == Family::rsa && info.ulMaxKeySize != 0 && (bits < info.ulMinKeySize || bits > info.ulMaxKeySize)) {
    return lacking(facts, fmt::format("its {} takes {} to {} bits", needed.name, info.ulMinKeySize, info.ulMaxKeySize));
  }
  return {};
}

Result<void> check_usage(const key::KeyTemplate& key, Birth birth) {
  const auto& facts = key::facts_of(key.algorithm);
  if (key.usage == key::Usage::sign) {
    if (facts.family != Family::aes) return {};
    return fail(Errc::bad_input, Origin::token, fmt::format("an {} key seals and does not sign", facts.name));
  }
  if (facts.family != Family::aes && facts.family != Family::rsa) {
    return fail(Errc::bad_input, Origin::token,
                fmt::format("{} keys sign and do not seal: choose aes-256, or rsa-2048 to rsa-4096 where a token has no AES",
                            facts.name));
  }
  if (birth == Birth::generated) return {};
  return fail(Errc::bad_input, Origin::token, "a key that seals is generated in its token and never imported");
}

// check_can_make_mac_key: keys are generated as GENERIC_SECRET of the digest's size.
Result<void> check_can_make_mac_key(const Profile& profile, const key::AlgorithmFacts& facts, Birth birth) {
  if (birth == Birth::imported || facts.algorithm == Algorithm::hmac_sha256 || profile.hmac_384_512_by_generic) return {};
  return fail(Errc::bad_input, Origin::token,
              fmt::format("this token makes wrong MACs with the {} keys that it generates: import one", facts.name));
}

Result<void> check_can_derive(const Module& module, CK_SESSION_HANDLE session, const key::KeyTemplate& key, Birth birth) {
  if (auto by = find_bip32(module, session, key.algorithm); !by) return by.failure();
  if (birth == Birth::generated) return {};
  return fail(
      Errc::bad_input, Origin::token,
      "a tree of keys is generated in its token and never imported: for one from words or a seed choose the software keystore");
}

}  // namespace

std::optional<CK_MECHANISM_TYPE> sign_mechanism(key::KeyUse use) noexcept {
  const auto only_of = [&](Family family, CK_MECHANISM_TYPE type) {
    return key::facts_of(use.algorithm).family == family ? std::optional(type) : std::nullopt;
  };
  switch (use.scheme) {
    case Scheme::ed25519: return only_of(Family::ed25519, CKM_EDDSA);
    case Scheme::ecdsa_sha256:
    case Scheme::ecdsa_digest: return only_of(Family::ecdsa, CKM_ECDSA);
    case Scheme::rsa_pkcs1_sha256: return only_of(Family::rsa, CKM_RSA_PKCS);
    case Scheme::schnorr_digest:
    case Scheme::schnorr_tweaked:
    case Scheme::mac: break;
  }
  switch (use.algorithm) {
    case Algorithm::hmac_sha256: return CKM_SHA256_HMAC;
    case Algorithm::hmac_sha384: return CKM_SHA384_HMAC;
    case Algorithm::hmac_sha512: return CKM_SHA512_HMAC;
    default: return std::nullopt;
  }
}

Result<CK_MECHANISM_TYPE> choose_sign_mechanism(key::KeyUse use) {
  if (key::is_schnorr(use.scheme)) {
    return fail(
        Errc::bad_input, Origin::token,
        "this token makes no Schnorr signatures: PKCS#11 has no mechanism for them; for taproot keep the key in the software "
        "keystore");
  }
  if (const auto mechanism = sign_mechanism(use)) return *mechanism;
  return fail(Errc::bad_input, Origin::key, fmt::format("an {} key does not sign like that", key::facts_of(use.algorithm).name));
}

CK_KEY_TYPE key_type_of(Algorithm algorithm) noexcept {
  switch (key::facts_of(algorithm).family) {
    case Family::ed25519: return CKK_EC_EDWARDS;
    case Family::ecdsa: return CKK_EC;
    default: return CKK_RSA;
  }
}

CK_MECHANISM_TYPE pair_mechanism_of(Algorithm algorithm) noexcept {
  return needed_to_generate(key::facts_of(algorithm).family).type;
}

ByteView curve_of(Algorithm algorithm, const Profile& profile) noexcept {
  switch (algorithm) {
    case Algorithm::ed25519: return profile.edwards_by_name ? ByteView(kEdwards25519) : ByteView(kEd25519);
    case Algorithm::ecdsa_p256: return kP256;
    case Algorithm::ecdsa_secp256k1: return kSecp256k1;
    default: return {};
  }
}

Result<void> check_can_make(const Module& module, CK_SESSION_HANDLE session, const Profile& profile, const key::KeyTemplate& key,
                            Birth birth) {
  if (auto fits = check_usage(key, birth); !fits) return fits;
  const auto& facts = key::facts_of(key.algorithm);
  if (facts.family == Family::hmac) return check_can_make_mac_key(profile, facts, birth);
  if (!facts.is_asymmetric()) return {};
  if (facts.family == Family::rsa && key.usage == key::Usage::sign && !profile.rsa_signs) {
    return lacking(facts, "its CKM_RSA_PKCS wants a key that may decrypt, too");
  }
  if (key.algorithm == Algorithm::ecdsa_secp256k1 && !profile.secp256k1) return lacking(facts, "it does not know the curve");
  const bool is_tree = key::is_tree(key.algorithm);
  if (is_tree) {
    if (auto can = check_can_derive(module, session, key, birth); !can) return can;
  }
  CK_SESSION_INFO info{};
  if (const CK_RV rv = module.functions().C_GetSessionInfo(session, &info); rv != CKR_OK) {
    return token_failure(rv, "cannot ask the token for its mechanisms");
  }
  if (auto has = check_has(module, info.slotID, needed_to_use(facts.family, key.usage), facts); !has) return has;
  if (birth == Birth::imported) return {};
  return check_has(module, info.slotID, is_tree ? kSeedGeneration : needed_to_generate(facts.family), facts);
}

}  // namespace custos::hsm
