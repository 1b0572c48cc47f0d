#include "hsm/key_search.h"

#include <spdlog/fmt/fmt.h>

#include "hsm/ck_rv.h"

namespace custos::hsm {
namespace {

// check_login: without a login a token shows no private objects, which would look as if the keys had been destroyed.
CK_RV check_login(const Module& module, CK_SESSION_HANDLE session) noexcept {
  CK_SESSION_INFO info{};
  if (const CK_RV rv = module.functions().C_GetSessionInfo(session, &info); rv != CKR_OK) return rv;
  return info.state == CKS_RW_USER_FUNCTIONS ? CKR_OK : CKR_USER_NOT_LOGGED_IN;
}

}  // namespace

CK_RV find_some(const Module& module, CK_SESSION_HANDLE session, Template& wanted, std::span<CK_OBJECT_HANDLE> found,
                std::size_t& count) noexcept {
  const CK_FUNCTION_LIST& call = module.functions();
  count = 0;
  if (const CK_RV rv = call.C_FindObjectsInit(session, wanted.data(), wanted.size()); rv != CKR_OK) return rv;
  while (count < found.size()) {  // a module may answer fewer than asked for and still have more
    CK_ULONG got = 0;
    if (const CK_RV rv = call.C_FindObjects(session, found.data() + count, found.size() - count, &got); rv != CKR_OK) return rv;
    if (got == 0) break;
    if (got > found.size() - count) return CKR_GENERAL_ERROR;  // no module that can count
    count += got;
  }
  if (const CK_RV rv = call.C_FindObjectsFinal(session); rv != CKR_OK) return rv;
  return check_login(module, session);
}

Result<std::vector<CK_OBJECT_HANDLE>> find_all(const Module& module, CK_SESSION_HANDLE session, Template& wanted) {
  for (std::vector<CK_OBJECT_HANDLE> found(64);; found.resize(found.size() * 4)) {
    std::size_t count = 0;
    if (const CK_RV rv = find_some(module, session, wanted, found, count); rv != CKR_OK) {
      return token_failure(rv, "cannot search the token");
    }
    if (count == found.size()) continue;
    found.resize(count);
    return found;
  }
}

CK_RV find_key_by_id(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_CLASS of, const key::KeyId& id,
                     CK_OBJECT_HANDLE& handle, std::size_t& count) noexcept {
  Template wanted;
  wanted.number(CKA_CLASS, of).flag(CKA_TOKEN, true).flag(CKA_PRIVATE, true).bytes(CKA_ID, id.bytes);
  std::array<CK_OBJECT_HANDLE, 2> found{};
  const CK_RV rv = find_some(module, session, wanted, found, count);
  handle = found[0];
  return rv;
}

Unexpected no_key(const key::KeyId& id) {
  return fail(Errc::not_found, Origin::token, fmt::format("the token has no key {}", id.text()));
}

Result<CK_OBJECT_HANDLE> the_key_by_id(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_CLASS of,
                                       const key::KeyId& id) {
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  std::size_t count = 0;
  if (const CK_RV rv = find_key_by_id(module, session, of, id, handle, count); rv != CKR_OK) {
    return token_failure(rv, "cannot search the token for a key");
  }
  if (count == 0) return no_key(id);
  if (count > 1) {
    return fail(
        Errc::integrity, Origin::token,
        fmt::format("the token has more than one key {}: remove the stranger's copy with the token's own tool", id.text()));
  }
  return handle;
}

}  // namespace custos::hsm
