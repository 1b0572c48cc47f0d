#include "hsm/key_pairs.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "encode/der.h"
#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/mechanisms.h"
#include "hsm/new_objects.h"
#include "hsm/sign_operation.h"
#include "key/key_material.h"
#include "key/rsa_material.h"

namespace custos::hsm {
namespace {

using key::Family;
using key::PublicKey;
using key::Usage;

// private_flags and public_flags name every use, because tokens switch on what is not mentioned (devices.md 1.23).
constexpr std::array<Flag, 10> private_flags(Usage usage) {
  return {{{CKA_TOKEN, true, "TOKEN"},
           {CKA_PRIVATE, true, "PRIVATE"},
           {CKA_SENSITIVE, true, "SENSITIVE"},
           {CKA_EXTRACTABLE, false, "EXTRACTABLE"},
           {CKA_SIGN, usage == Usage::sign, "SIGN"},
           {CKA_SIGN_RECOVER, false, "SIGN_RECOVER"},
           {CKA_DECRYPT, usage == Usage::seal, "DECRYPT"},
           {CKA_UNWRAP, false, "UNWRAP"},
           {CKA_DERIVE, false, "DERIVE"},
           {CKA_MODIFIABLE, false, "MODIFIABLE"}}};
}

// public_flags: tpm2-pkcs11 takes the TPM's bit "sign or encrypt" for CKA_ENCRYPT of the public half, and "decrypt" for
// CKA_VERIFY, and answers any other wish with CKR_GENERAL_ERROR (seen, 1.9). It harms nobody: tokens neither verify nor encrypt
// for Custos.
constexpr std::array<Flag, 8> public_flags(Usage usage, const Profile& profile) {
  const bool verifies = (usage == Usage::sign) != profile.swaps_public_uses;
  return {{{CKA_TOKEN, true, "TOKEN"},
           {CKA_PRIVATE, false, "PRIVATE"},
           {CKA_VERIFY, verifies, "VERIFY"},
           {CKA_VERIFY_RECOVER, false, "VERIFY_RECOVER"},
           {CKA_ENCRYPT, !verifies, "ENCRYPT"},
           {CKA_WRAP, false, "WRAP"},
           {CKA_DERIVE, false, "DERIVE"},
           {CKA_MODIFIABLE, false, "MODIFIABLE"}}};
}

constexpr std::array<std::uint8_t, 3> kExponent{0x01, 0x00, 0x01};  // 65537, FIPS 186-5, section A.1.1

// kPairCheck is what a new pair signs; like check messages it begins with a byte that no canonicaliser emits.
constexpr std::string_view kPairCheck("\0custos-pair-v1", 15);

template <std::size_t kCount>
void describe_half(Template& half, CK_OBJECT_CLASS of, const key::KeyTemplate& key, const std::array<Flag, kCount>& flags) {
  half.number(CKA_CLASS, of).number(CKA_KEY_TYPE, key_type_of(key.algorithm));
  half.bytes(CKA_ID, key.id.bytes).text(CKA_LABEL, key.label);
  for (const Flag& flag : flags) half.flag(flag.type, flag.value);
}

Unexpected odd_public_key(std::string_view why) {
  return fail(Errc::integrity, Origin::token, fmt::format("the token's public key is not sound: {}", why));
}

Result<Bytes> read_part(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  auto value = read_bytes(module, session, object, type);
  if (!value) return value.failure();
  if (!*value) return odd_public_key("the token does not tell it");
  return std::move(**value);
}

// point_of takes a point out of its OCTET STRING, or as it is (devices.md 1.9); sizes tell them apart, since a point may look
// like an OCTET STRING.
Bytes point_of(Bytes attribute) {
  const bool is_raw = attribute.size() == 32 || attribute.size() == 33 || attribute.size() == 65;
  if (is_raw) return attribute;
  const ByteView inner = encode::DerReader(attribute).take_octet_string();
  return {inner.begin(), inner.end()};
}

Bytes octet_string(ByteView point) {  // of less than 128 bytes
  Bytes der{static_cast<std::uint8_t>(encode::DerTag::octet_string), static_cast<std::uint8_t>(point.size())};
  der.insert(der.end(), point.begin(), point.end());
  return der;
}

// check_signature lets a private key that signs prove that it is the other half of `known`: a token may take a key that it cannot
// use (devices.md 2).
Result<void> check_signature(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, const PublicKey& known) {
  const key::KeyUse use(known.algorithm());
  const SignInput input(use.scheme, as_bytes(kPairCheck));
  Bytes signature(key::facts_of(use.algorithm).signature_size);
  CK_RV rv = begin_sign(module, session, *sign_mechanism(use), handle);
  if (rv == CKR_OK) rv = end_sign(module, session, input.view(), signature);
  if (rv != CKR_OK) return token_failure(rv, "the new key does not sign");
  if (known.verifies(use.scheme, as_bytes(kPairCheck), signature)) return {};
  return fail(Errc::integrity, Origin::token, "the new key's signature does not verify: this token cannot keep keys for Custos");
}

// check_curve: the public half tells on which curve the key is. `wanted` is empty for RSA.
Result<void> check_curve(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, ByteView wanted) {
  if (wanted.empty()) return {};
  auto told = read_part(module, session, object, CKA_EC_PARAMS);
  if (!told) return told.failure();
  if (std::equal(told->begin(), told->end(), wanted.begin(), wanted.end())) return {};
  return odd_public_key("it is on another curve");
}

// Pair is the handles of a new pair.
struct Pair {
  CK_OBJECT_HANDLE own, open;
};

// prove_pair reads the public key back and, of a pair that signs, proves it.
Result<PublicKey> prove_pair(const Module& module, CK_SESSION_HANDLE session, Pair pair, const key::KeyTemplate& key,
                             ByteView curve) {
  if (auto right = check_curve(module, session, pair.open, curve); !right) return right.failure();
  auto known = read_public_key(module, session, pair.open, key.algorithm);
  if (!known || key.usage == Usage::seal) return known;
  if (auto proved = check_signature(module, session, pair.own, *known); !proved) return proved.failure();
  return known;
}

// add_rsa adds an RSA key's numbers to both halves (PKCS#11 2.40, sections 2.1.2 and 2.1.3).
void add_rsa(Template& own, Template& open, const key::RsaNumbers& numbers) {
  for (Template* half : {&own, &open}) {
    half->bytes(CKA_MODULUS, numbers.modulus).bytes(CKA_PUBLIC_EXPONENT, numbers.public_exponent);
  }
  own.bytes(CKA_PRIVATE_EXPONENT, numbers.private_exponent).bytes(CKA_PRIME_1, numbers.prime1).bytes(CKA_PRIME_2, numbers.prime2);
  own.bytes(CKA_EXPONENT_1, numbers.exponent1)
      .bytes(CKA_EXPONENT_2, numbers.exponent2)
      .bytes(CKA_COEFFICIENT, numbers.coefficient);
}

Result<CK_OBJECT_HANDLE> create(const Module& module, CK_SESSION_HANDLE session, Template& wanted, const std::string& label) {
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_CreateObject(session, wanted.data(), wanted.size(), &made);
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot import the key \"{}\"", label));
  return made;
}

}  // namespace

Result<PublicKey> read_public_key(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                  key::Algorithm algorithm) {
  const bool is_rsa = key::facts_of(algorithm).family == Family::rsa;
  auto first = read_part(module, session, object, is_rsa ? CKA_MODULUS : CKA_EC_POINT);
  if (!first) return first.failure();
  auto known = [&]() -> Result<PublicKey> {
    if (!is_rsa) {
      const Bytes point = point_of(std::move(*first));
      return algorithm == key::Algorithm::ed25519 ? PublicKey::ed25519(point) : PublicKey::ecdsa(algorithm, point);
    }
    auto exponent = read_part(module, session, object, CKA_PUBLIC_EXPONENT);
    if (!exponent) return exponent.failure();
    return PublicKey::rsa(algorithm, *first, *exponent);
  }();
  if (!known && known.error().code == Errc::bad_input) return odd_public_key(known.error().detail);
  return known;
}

Result<PublicKey> generate_key_pair(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                    const key::KeyTemplate& key) {
  const auto own_flags = private_flags(key.usage);
  const auto open_flags = public_flags(key.usage, profile);
  Template own, open;
  describe_half(own, CKO_PRIVATE_KEY, key, own_flags);
  describe_half(open, CKO_PUBLIC_KEY, key, open_flags);
  const ByteView curve = curve_of(key.algorithm, profile);
  if (curve.empty()) {
    open.number(CKA_MODULUS_BITS, key::facts_of(key.algorithm).signature_size * 8).bytes(CKA_PUBLIC_EXPONENT, kExponent);
  } else {
    open.bytes(CKA_EC_PARAMS, curve);
  }
  CK_MECHANISM mechanism{pair_mechanism_of(key.algorithm), nullptr, 0};
  CK_OBJECT_HANDLE own_half = CK_INVALID_HANDLE, open_half = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_GenerateKeyPair(session, &mechanism, open.data(), open.size(), own.data(), own.size(),
                                                        &open_half, &own_half);
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot generate the key \"{}\"", key.label));

  NewObjects made(module, session, key.label);
  if (auto sound = made.add_pair(own_half, own_flags, open_half, open_flags); !sound) return sound.failure();
  auto known = prove_pair(module, session, {own_half, open_half}, key, curve);
  if (known) made.keep();
  return known;
}

Result<PublicKey> import_key_pair(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                                  const key::KeyTemplate& key, const SecretBytes& material) {
  if (auto sound = key::check_material(key.algorithm, material); !sound) return sound.failure();
  auto known = key::public_key_of(key.algorithm, material);
  if (!known) return known;

  const auto own_flags = private_flags(key.usage);
  const auto open_flags = public_flags(key.usage, profile);
  Template own, open;
  describe_half(own, CKO_PRIVATE_KEY, key, own_flags);
  describe_half(open, CKO_PUBLIC_KEY, key, open_flags);
  const ByteView secret = material.view(InsecureSecretAccess{});
  const ByteView curve = curve_of(key.algorithm, profile);
  const Bytes point = octet_string(known->raw());
  if (const auto rsa = curve.empty() ? key::read_rsa(secret) : std::nullopt) {
    add_rsa(own, open, *rsa);
  } else {
    own.bytes(CKA_EC_PARAMS, curve).bytes(CKA_VALUE, secret);
    open.bytes(CKA_EC_PARAMS, curve).bytes(CKA_EC_POINT, point);
  }

  NewObjects made(module, session, key.label);
  auto own_half = create(module, session, own, key.label);
  if (!own_half) return own_half.failure();
  if (auto sound = made.add(*own_half, own_flags); !sound) return sound.failure();
  auto open_half = create(module, session, open, key.label);
  if (!open_half) return open_half.failure();
  if (auto sound = made.add(*open_half, open_flags); !sound) return sound.failure();
  auto told = prove_pair(module, session, {*own_half, *open_half}, key, curve);
  if (!told) return told;
  if (told->spki() != known->spki()) return odd_public_key("it is not the one that was imported");
  made.keep();
  return known;
}

}  // namespace custos::hsm
