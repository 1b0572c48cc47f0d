#include "hsm/token_key.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/wipe_stack.h"
#include "hsm/ck_rv.h"
#include "hsm/key_search.h"

namespace custos::hsm {
namespace {

// input gives what C_Sign reads: not const in PKCS#11, and never null, which modules refuse even for no bytes (seen: SoftHSM2).
CK_BYTE* input(ByteView message) {
  static constexpr CK_BYTE kNothing = 0;
  return const_cast<CK_BYTE*>(message.empty() ? &kNothing : message.data());
}

constexpr SignStatus kRevoked{Errc::revoked, Origin::token, 0};

CK_MECHANISM_TYPE mechanism_of(key::Algorithm algorithm) {
  switch (algorithm) {
    case key::Algorithm::hmac_sha256: return CKM_SHA256_HMAC;
    case key::Algorithm::hmac_sha384: return CKM_SHA384_HMAC;
    case key::Algorithm::hmac_sha512: return CKM_SHA512_HMAC;
  }
  return CKM_SHA256_HMAC;
}

}  // namespace

TokenKey::TokenKey(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::Algorithm algorithm)
    : pool_(std::move(pool)), id_(id), mechanism_(mechanism_of(algorithm)), digest_size_(key::facts_of(algorithm).digest_size) {}

Result<std::shared_ptr<TokenKey>> TokenKey::prepare(std::shared_ptr<SessionPool> pool, const key::KeyId& id,
                                                    key::Algorithm algorithm) {
  std::shared_ptr<TokenKey> key(new TokenKey(std::move(pool), id, algorithm));
  Session session;
  SignStatus status = key->pool_->acquire(session, std::nullopt);
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  if (status.ok()) status = key->look_up(session, handle);
  if (status.ok()) return key;
  if (status.code == Errc::not_found)
    return fail(Errc::not_found, Origin::token, fmt::format("the token has no key {}", id.text()));
  return fail(status.code, status.origin, fmt::format("cannot find the key {}: {}", id.text(), explain_status(status)),
              status.native);
}

SignStatus TokenKey::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (closed_.load(std::memory_order_acquire)) return kRevoked;
  if (out.size() != digest_size_) return {Errc::internal, Origin::token, CKR_BUFFER_TOO_SMALL};

  Session session;
  if (const SignStatus status = pool_->acquire(session, call.deadline); !status.ok()) return status;
  CK_OBJECT_HANDLE handle = known_handle(session.generation());
  if (handle == CK_INVALID_HANDLE) {
    if (const SignStatus status = look_up(session, handle); !status.ok()) return status;
  }
  if (const SignStatus status = sign_on(session, handle, message, out); !status.ok()) return status;
  return closed_.load(std::memory_order_acquire) ? kRevoked : SignStatus{};
}

SignStatus TokenKey::sign_on(Session& session, CK_OBJECT_HANDLE handle, ByteView message, std::span<std::uint8_t> out) noexcept {
  const CK_FUNCTION_LIST& call = pool_->module().functions();
  CK_MECHANISM mechanism{mechanism_, nullptr, 0};
  CK_RV rv = call.C_SignInit(session.handle(), &mechanism, handle);
  if (rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID) return key_vanished(session, rv);
  if (rv != CKR_OK) return failed(session, rv);

  std::array<std::uint8_t, key::kMaxSignature> mac;  // full size, whatever the mechanism: devices.md 1.7
  CK_ULONG size = mac.size();
  rv = call.C_Sign(session.handle(), input(message), message.size(), mac.data(), &size);
  wipe_stack();  // an in-process module leaves HMAC states there
  if (rv != CKR_OK) return failed(session, rv);
  if (size != digest_size_) {
    session.discard();
    return {Errc::integrity, Origin::token, CKR_SIGNATURE_LEN_RANGE};
  }
  std::copy_n(mac.begin(), digest_size_, out.begin());
  return {};
}

SignStatus TokenKey::exists(key::Deadline deadline) noexcept {
  if (closed_.load(std::memory_order_acquire)) return kRevoked;
  for (bool again = true;; again = false) {
    Session session;
    if (const SignStatus status = pool_->acquire(session, deadline); !status.ok()) return status;
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    std::size_t count = 0;
    const CK_RV rv = find_key_by_id(pool_->module(), session.handle(), id_, handle, count);
    if (rv == CKR_OK) return count > 0 ? SignStatus{} : token_status(CKR_KEY_HANDLE_INVALID);
    if (!pool_->note(session, rv) || !again) return token_status(rv);
  }
}

// known_handle reads the two atomics in an order that never pairs a handle with another generation: generations do not return.
CK_OBJECT_HANDLE TokenKey::known_handle(std::uint64_t generation) const noexcept {
  if (handle_generation_.load() != generation) return CK_INVALID_HANDLE;
  const CK_OBJECT_HANDLE handle = handle_.load();
  return handle_generation_.load() == generation ? handle : CK_INVALID_HANDLE;
}

SignStatus TokenKey::look_up(Session& session, CK_OBJECT_HANDLE& handle) noexcept {
  std::size_t count = 0;
  const CK_RV rv = find_key_by_id(pool_->module(), session.handle(), id_, handle, count);
  if (rv != CKR_OK) return failed(session, rv);
  if (count == 0) return token_status(CKR_KEY_HANDLE_INVALID);
  if (count > 1) return {Errc::integrity, Origin::token, 0};
  const std::lock_guard lock(look_up_mutex_);
  if (handle_generation_.load() > session.generation()) return {};  // found for a later login meanwhile
  handle_generation_.store(0);
  handle_.store(handle);
  handle_generation_.store(session.generation());
  return {};
}

SignStatus TokenKey::failed(Session& session, CK_RV rv) noexcept {
  pool_->note(session, rv);
  if (is_session_loss(rv)) return {Errc::device_gone, Origin::token, static_cast<std::uint32_t>(rv)};
  if (rv == CKR_CRYPTOKI_NOT_INITIALIZED) return {Errc::integrity, Origin::token, static_cast<std::uint32_t>(rv)};
  return token_status(rv);
}

// key_vanished: the token does not know the handle any more. Either the key was destroyed, or it lost its handles; then a new
// login makes the custodian prove the key before it signs again.
SignStatus TokenKey::key_vanished(Session& session, CK_RV rv) noexcept {
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  std::size_t count = 0;
  if (const CK_RV found = find_key_by_id(pool_->module(), session.handle(), id_, handle, count); found != CKR_OK) {
    return failed(session, found);
  }
  if (count == 0) return token_status(rv);
  pool_->note(session, CKR_SESSION_HANDLE_INVALID);
  return {Errc::device_gone, Origin::token, static_cast<std::uint32_t>(rv)};
}

}  // namespace custos::hsm
