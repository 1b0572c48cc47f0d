#include "hsm/stored_keys.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <optional>

#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/key_search.h"
#include "hsm/token_uri.h"

namespace custos::hsm {
namespace {

constexpr std::array<CK_OBJECT_CLASS, 3> kKeyClasses{CKO_SECRET_KEY, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
constexpr std::array<CK_OBJECT_CLASS, 2> kOwnClasses{CKO_SECRET_KEY, CKO_PRIVATE_KEY};  // without what anybody may see

Result<void> list_class(const Module& module, CK_SESSION_HANDLE session, const std::string& token_label, CK_OBJECT_CLASS of,
                        std::vector<key::StoredKey>& keys) {
  Template wanted;
  wanted.number(CKA_CLASS, of).flag(CKA_TOKEN, true);
  auto found = find_all(module, session, wanted);
  if (!found) return found.failure();
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
    key.uri = key_uri(token_label, key.label, id_bytes, of);
    if (key::KeyId known; id_bytes.size() == known.bytes.size()) {
      std::copy(id_bytes.begin(), id_bytes.end(), known.bytes.begin());
      key.id = known;
    }
    keys.push_back(std::move(key));
  }
  return {};
}

}  // namespace

Result<void> check_is_new(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id, const std::string& label) {
  for (const CK_OBJECT_CLASS of : kKeyClasses) {
    Template same_id;
    same_id.number(CKA_CLASS, of).bytes(CKA_ID, id.bytes);
    Template same_label;
    same_label.number(CKA_CLASS, of).text(CKA_LABEL, label);
    for (Template* same : {&same_id, &same_label}) {
      auto found = find_all(module, session, *same);
      if (!found) return found.failure();
      if (found->empty()) continue;
      return fail(Errc::already_exists, Origin::token,
                  same == &same_label ? fmt::format("the token already has a key labelled \"{}\": choose another label", label)
                                      : fmt::format("the token already has a key {}", id.text()));
    }
  }
  return {};
}

Result<std::vector<key::StoredKey>> list_keys(const Module& module, CK_SESSION_HANDLE session, const std::string& token_label) {
  std::vector<key::StoredKey> keys;
  for (const CK_OBJECT_CLASS of : kOwnClasses) {
    if (auto listed = list_class(module, session, token_label, of, keys); !listed) return listed.failure();
  }
  return keys;
}

Result<void> destroy_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id) {
  bool any = false;
  for (const CK_OBJECT_CLASS of : kKeyClasses) {
    Template wanted;
    wanted.number(CKA_CLASS, of).bytes(CKA_ID, id.bytes);
    auto found = find_all(module, session, wanted);
    if (!found) return found.failure();
    for (const CK_OBJECT_HANDLE handle : *found) {
      any = true;
      const CK_RV rv = module.functions().C_DestroyObject(session, handle);
      if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID) {  // the latter: somebody else has just destroyed it
        return token_failure(rv, fmt::format("cannot destroy the key {}", id.text()));
      }
    }
  }
  return any ? Result<void>() : no_key(id);
}

Result<key::KeyAttestation> attest_key(const Module& module, CK_SESSION_HANDLE session, const key::KeyId& id) {
  auto handle = the_key_by_id(module, session, CKO_SECRET_KEY, id);
  if (!handle && handle.error().code == Errc::not_found) handle = the_key_by_id(module, session, CKO_PRIVATE_KEY, id);
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
