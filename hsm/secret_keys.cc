#include "hsm/secret_keys.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <span>

#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/new_objects.h"

namespace custos::hsm {
namespace {

// hmac_flags and kSealingFlags name every use, because tokens switch on what is not mentioned (devices.md 1.23). They are what
// is asked for and what is read back.
constexpr std::array<Flag, 12> hmac_flags(bool token, bool modifiable) {
  return {{{CKA_TOKEN, token, "TOKEN"},
           {CKA_PRIVATE, true, "PRIVATE"},
           {CKA_SENSITIVE, true, "SENSITIVE"},
           {CKA_EXTRACTABLE, false, "EXTRACTABLE"},
           {CKA_SIGN, true, "SIGN"},
           {CKA_VERIFY, false, "VERIFY"},
           {CKA_ENCRYPT, false, "ENCRYPT"},
           {CKA_DECRYPT, false, "DECRYPT"},
           {CKA_WRAP, false, "WRAP"},
           {CKA_UNWRAP, false, "UNWRAP"},
           {CKA_DERIVE, false, "DERIVE"},
           {CKA_MODIFIABLE, modifiable, "MODIFIABLE"}}};
}

constexpr std::array<Flag, 12> kSealingFlags{{{CKA_TOKEN, true, "TOKEN"},
                                              {CKA_PRIVATE, true, "PRIVATE"},
                                              {CKA_SENSITIVE, true, "SENSITIVE"},
                                              {CKA_EXTRACTABLE, false, "EXTRACTABLE"},
                                              {CKA_SIGN, false, "SIGN"},
                                              {CKA_VERIFY, false, "VERIFY"},
                                              {CKA_ENCRYPT, true, "ENCRYPT"},
                                              {CKA_DECRYPT, true, "DECRYPT"},
                                              {CKA_WRAP, false, "WRAP"},
                                              {CKA_UNWRAP, false, "UNWRAP"},
                                              {CKA_DERIVE, false, "DERIVE"},
                                              {CKA_MODIFIABLE, false, "MODIFIABLE"}}};

CK_KEY_TYPE hmac_key_type(HmacKeyType as, key::Algorithm algorithm) {
  if (as == HmacKeyType::generic_secret) return CKK_GENERIC_SECRET;
  switch (algorithm) {
    case key::Algorithm::hmac_sha256: return CKK_SHA256_HMAC;
    case key::Algorithm::hmac_sha384: return CKK_SHA384_HMAC;
    case key::Algorithm::hmac_sha512: return CKK_SHA512_HMAC;
    default: return CKK_GENERIC_SECRET;
  }
}

void describe_key(Template& made, CK_KEY_TYPE type, const key::KeyId& id, const std::string& label, std::span<const Flag> flags) {
  made.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, type).bytes(CKA_ID, id.bytes).text(CKA_LABEL, label);
  for (const Flag& flag : flags) made.flag(flag.type, flag.value);
}

// keep_if_sound keeps a key whose attributes are what was asked for.
Result<void> keep_if_sound(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const std::string& label,
                           std::span<const Flag> flags) {
  NewObjects made(module, session, label);
  auto sound = made.add(key, flags);
  if (sound) made.keep();
  return sound;
}

Result<void> generate_key(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type, Template& wanted,
                          const std::string& label, std::span<const Flag> flags) {
  CK_MECHANISM mechanism{type, nullptr, 0};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_GenerateKey(session, &mechanism, wanted.data(), wanted.size(), &key);
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot generate the key \"{}\"", label));
  return keep_if_sound(module, session, key, label, flags);
}

}  // namespace

Result<void> generate_hmac_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile,
                               const key::KeyTemplate& key) {
  const auto flags = hmac_flags(true, profile.modifiable_keys());
  Template wanted;
  describe_key(wanted, CKK_GENERIC_SECRET, key.id, key.label, flags);
  wanted.number(CKA_VALUE_LEN, key::facts_of(key.algorithm).secret_size);  // full strength, RFC 2104 section 3
  return generate_key(module, session, CKM_GENERIC_SECRET_KEY_GEN, wanted, key.label, flags);
}

Result<void> import_hmac_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile, const key::KeyTemplate& key,
                             const SecretBytes& secret) {
  const auto& facts = key::facts_of(key.algorithm);
  if (secret.size() < facts.secret_size || secret.size() > facts.block_size) {
    return fail(Errc::bad_input, Origin::token,
                fmt::format("a secret of {} bytes is not normalised for {}", secret.size(), facts.name));
  }
  const auto flags = hmac_flags(true, profile.modifiable_keys());
  Template wanted;
  describe_key(wanted, hmac_key_type(profile.hmac_import, key.algorithm), key.id, key.label, flags);
  wanted.bytes(CKA_VALUE, secret.view(InsecureSecretAccess{}));
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_CreateObject(session, wanted.data(), wanted.size(), &made);
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot import the key \"{}\"", key.label));
  return keep_if_sound(module, session, made, key.label, flags);
}

Result<void> generate_aes_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyTemplate& key) {
  Template wanted;
  describe_key(wanted, CKK_AES, key.id, key.label, kSealingFlags);
  wanted.number(CKA_VALUE_LEN, key::facts_of(key.algorithm).secret_size);
  return generate_key(module, session, CKM_AES_KEY_GEN, wanted, key.label, kSealingFlags);
}

Result<CK_OBJECT_HANDLE> copy_hmac_key(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  Template wanted;
  wanted.flag(CKA_TOKEN, false).flag(CKA_MODIFIABLE, false);
  CK_OBJECT_HANDLE copy = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_CopyObject(session, key, wanted.data(), wanted.size(), &copy);
  if (rv != CKR_OK) return token_failure(rv, "cannot copy a key into a session");
  if (auto checked = check_flags(module, session, copy, hmac_flags(false, false)); !checked) return checked.failure();
  return copy;
}

}  // namespace custos::hsm
