// Finding objects in a token.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "hsm/attributes.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "key/key_id.h"

namespace custos::hsm {

// find_some fills `found` with handles of objects that fit `wanted` and says how many there are, at most found.size(). Allocates
// nothing of ours. CKR_USER_NOT_LOGGED_IN when the login is gone, which a token itself answers with an empty list. The session
// has no search active afterwards, unless the answer is a failure: discard it then.
[[nodiscard]] CK_RV find_some(const Module& module, CK_SESSION_HANDLE session, Template& wanted,
                              std::span<CK_OBJECT_HANDLE> found, std::size_t& count) noexcept;

// find_all gives every object that fits. Errors: as token_failure.
[[nodiscard]] Result<std::vector<CK_OBJECT_HANDLE>> find_all(const Module& module, CK_SESSION_HANDLE session, Template& wanted);

// find_key_by_id looks for secret or private keys (`of`) with this CKA_ID: `count` is 0, 1, or 2 for more than one. Only private
// token objects count, because whoever has no PIN can still plant public ones.
[[nodiscard]] CK_RV find_key_by_id(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_CLASS of, const key::KeyId& id,
                                   CK_OBJECT_HANDLE& handle, std::size_t& count) noexcept;

// no_key is the failure of those who look for a key that is not there.
[[nodiscard]] Unexpected no_key(const key::KeyId& id);

// the_key_by_id gives the one key of class `of` with this CKA_ID. Errors: not_found, integrity when there are two, as
// token_failure.
[[nodiscard]] Result<CK_OBJECT_HANDLE> the_key_by_id(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_CLASS of,
                                                     const key::KeyId& id);

}  // namespace custos::hsm
