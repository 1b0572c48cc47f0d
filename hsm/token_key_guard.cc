// TokenKey where strangers may reset the module: each MAC under a canary, or made twice.
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/wipe_stack.h"
#include "hsm/ck_rv.h"
#include "hsm/token_key.h"

namespace custos::hsm {

SignStatus TokenKey::sign_guarded(Session& session, ByteView input, std::span<std::uint8_t> out,
                                  key::Deadline deadline) noexcept {
  CK_OBJECT_HANDLE handle = known_handle(session.generation());
  std::uint64_t planting = 0;
  if (canary_ != nullptr) {
    if (const SignStatus status = check_canary(session, handle, planting); !status.ok()) return status;
  }
  if (handle == CK_INVALID_HANDLE) {
    if (const SignStatus status = look_up(session, handle); !status.ok()) return status;
  }
  std::array<std::uint8_t, key::kMaxSignature> made{};  // not the caller's before it is known to be his key's
  const auto mac = std::span(made).first(out.size());
  CK_RV rv = start(session, handle);
  if (rv == CKR_OK) rv = finish(session, input, mac);
  wipe_stack();
  if (rv != CKR_OK) return failed(session, rv);
  SignStatus status;
  if (canary_ != nullptr) {
    if (rv = canary_->still_sings(session, planting); rv != CKR_OK) status = noted(session, rv);
  }
  if (status.ok() && pool_->profile().verify_always) status = sign_again(session, input, mac, deadline);
  if (status.ok()) std::ranges::copy(mac, out.begin());
  ::sodium_memzero(made.data(), made.size());
  return status;
}

// check_canary has a key that was found under another planting proved again: nobody saw what happened in between.
SignStatus TokenKey::check_canary(Session& session, CK_OBJECT_HANDLE known, std::uint64_t& planting) noexcept {
  if (const CK_RV rv = canary_->check(session, planting); rv != CKR_OK) return noted(session, rv);
  if (known != CK_INVALID_HANDLE && planting_.load() != planting) {
    replaced_.fetch_add(1);  // before anybody passes by the new number
    const std::lock_guard lock(look_up_mutex_);
    handle_generation_.store(0);
    planting_.store(planting);
    return {Errc::device_gone, Origin::token, CKR_OBJECT_HANDLE_INVALID};
  }
  planting_.store(planting);
  return {};
}

// watch sees to it that a canary stands before the key is looked up.
SignStatus TokenKey::watch(Session& session) noexcept {
  std::uint64_t planting = 0;
  const SignStatus status = check_canary(session, known_handle(session.generation()), planting);
  return status.native == CKR_OBJECT_HANDLE_INVALID ? SignStatus{} : status;  // it is about to be found anew
}

// sign_again makes the MAC once more, on another session where the device lends two at once, with the key looked up anew: after a
// reset a stranger's key may lie under the old handle, but not under the key's CKA_ID. A difference ends the trust in the module.
SignStatus TokenKey::sign_again(Session& first, ByteView input, std::span<std::uint8_t> out, key::Deadline deadline) noexcept {
  Session second;
  if (pool_->profile().threads_at_once > 1) {
    if (const SignStatus status = pool_->acquire(second, deadline); !status.ok()) return status;
  }
  Session& session = second.valid() ? second : first;
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  if (const SignStatus status = look_up(session, handle); !status.ok()) return status;
  std::array<std::uint8_t, key::kMaxSignature> made{};
  const auto mac = std::span(made).first(out.size());
  CK_RV rv = start(session, handle);
  if (rv == CKR_OK) rv = finish(session, input, mac);
  wipe_stack();
  const bool agree = rv == CKR_OK && ::sodium_memcmp(mac.data(), out.data(), out.size()) == 0;
  ::sodium_memzero(made.data(), made.size());
  if (rv != CKR_OK) return failed(session, rv);
  return agree ? SignStatus{} : noted(session, CKR_CRYPTOKI_NOT_INITIALIZED);
}

}  // namespace custos::hsm
