// Small things in a token that are no keys: CKO_DATA objects, all of them private.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"

namespace custos::hsm {

inline constexpr std::size_t kMaxRecord = 256;

// read_record gives the newest record of that name, or nothing. write_record makes the new object before it destroys the old
// ones, so that a crash leaves the old, the new, or both; each carries a sequence number, and the highest is the newest. Both use
// a session that is logged in; after a failure the caller discards it. Errors: as token_failure; write: bad_input for a name that
// is not printable or a value above kMaxRecord bytes.
[[nodiscard]] Result<std::optional<Bytes>> read_record(const Module& module, CK_SESSION_HANDLE session, std::string_view name);
[[nodiscard]] Result<void> write_record(const Module& module, CK_SESSION_HANDLE session, std::string_view name, ByteView value);

// write_secret, read_secret and remove_secret are those of key::Backend, on a session that is logged in. Errors: as
// token_failure; write: bad_input for a name that is not printable or a value of 0 or more than key::Backend::kMaxSecret bytes;
// read: integrity for one that is there twice.
[[nodiscard]] Result<void> write_secret(const Module& module, CK_SESSION_HANDLE session, std::string_view name,
                                        const SecretBytes& value);
[[nodiscard]] Result<std::optional<SecretBytes>> read_secret(const Module& module, CK_SESSION_HANDLE session,
                                                             std::string_view name);
[[nodiscard]] Result<void> remove_secret(const Module& module, CK_SESSION_HANDLE session, std::string_view name);

}  // namespace custos::hsm
