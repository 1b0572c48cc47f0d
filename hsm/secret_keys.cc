#include "hsm/secret_keys.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/log.h"
#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/key_search.h"
#include "hsm/token_uri.h"

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

constexpr CK_ULONG kSealingKeySize = 32;  // AES-256

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

Unexpected no_key(const key::KeyId& id) {
  return fail(Errc::not_found, Origin::token, fmt::format("the token has no key {}", id.text()));
}

// keep_if_sound destroys a new key whose attributes are not what was asked for. On a full disk SoftHSM2 answers CKR_OK and has no
// object.
Result<void> keep_if_sound(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const std::string& label,
                           std::span<const Flag> flags) {
  auto checked = check_flags(module, session, key, flags);
  if (checked) return checked;
  const CK_RV rv = module.functions().C_DestroyObject(session, key);
  if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID) {
    log::warning("the unsound key \"{}\" could not be destroyed ({}): destroy it with the token's own tool", label,
                 ck_rv_name(rv));
  }
  if (!is_gone(checked.error())) return checked;
  return fail(Errc::system, Origin::token, fmt::format("the token did not keep the key \"{}\": is its disk full?", label));
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

Result<void> check_is_new(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id, const std::string& label) {
  Template same_id;
  same_id.number(CKA_CLASS, CKO_SECRET_KEY).bytes(CKA_ID, id.bytes);
  Template same_label;
  same_label.number(CKA_CLASS, CKO_SECRET_KEY).text(CKA_LABEL, label);
  for (Template* same : {&same_id, &same_label}) {
    auto found = find_all(module, session, *same);
    if (!found) return found.failure();
    if (found->empty()) continue;
    return fail(Errc::already_exists, Origin::token,
                same == &same_label ? fmt::format("the token already has a key labelled \"{}\": choose another label", label)
                                    : fmt::format("the token already has a key {}", id.text()));
  }
  return {};
}

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

Result<void> generate_aes_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id, const std::string& label) {
  Template wanted;
  describe_key(wanted, CKK_AES, id, label, kSealingFlags);
  wanted.number(CKA_VALUE_LEN, kSealingKeySize);
  return generate_key(module, session, CKM_AES_KEY_GEN, wanted, label, kSealingFlags);
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

Result<std::vector<key::StoredKey>> list_secret_keys(const Module& module, CK_SESSION_HANDLE session,
                                                     const std::string& token_label) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).flag(CKA_TOKEN, true);
  auto found = find_all(module, session, wanted);
  if (!found) return found.failure();
  std::vector<key::StoredKey> keys;
  for (const CK_OBJECT_HANDLE handle : *found) {
    auto id = read_bytes(module, session, handle, CKA_ID);
    if (!id && is_gone(id.error())) continue;
    if (!id) return id.failure();
    auto label = read_bytes(module, session, handle, CKA_LABEL);
    if (!label && is_gone(label.error())) continue;
    if (!label) return label.failure();
    const Bytes id_bytes = id->value_or(Bytes());
    const Bytes label_bytes = label->value_or(Bytes());
    key::StoredKey key;
    key.label = as_text(label_bytes);
    key.uri = key_uri(token_label, key.label, id_bytes);
    if (key::KeyId known; id_bytes.size() == known.bytes.size()) {
      std::copy(id_bytes.begin(), id_bytes.end(), known.bytes.begin());
      key.id = known;
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<void> destroy_secret_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).bytes(CKA_ID, id.bytes);
  auto found = find_all(module, session, wanted);
  if (!found) return found.failure();
  if (found->empty()) return no_key(id);
  for (const CK_OBJECT_HANDLE handle : *found) {
    const CK_RV rv = module.functions().C_DestroyObject(session, handle);
    if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID) {  // the latter: somebody else has just destroyed it
      return token_failure(rv, fmt::format("cannot destroy the key {}", id.text()));
    }
  }
  return {};
}

Result<key::KeyAttestation> attest_secret_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id) {
  auto handle = the_key_by_id(module, session, id);
  if (!handle) return handle.failure();
  key::KeyAttestation told;
  struct Wanted {
    CK_ATTRIBUTE_TYPE type;
    std::optional<bool>& into;
  };
  const std::array<Wanted, 5> all{{{CKA_SENSITIVE, told.sensitive},
                                   {CKA_EXTRACTABLE, told.extractable},
                                   {CKA_ALWAYS_SENSITIVE, told.always_sensitive},
                                   {CKA_NEVER_EXTRACTABLE, told.never_extractable},
                                   {CKA_LOCAL, told.local}}};
  for (const Wanted& wanted : all) {
    auto flag = read_flag(module, session, *handle, wanted.type);
    if (!flag && is_gone(flag.error())) return no_key(id);
    if (!flag) return flag.failure();
    wanted.into = *flag;
  }
  return told;
}

}  // namespace custos::hsm
