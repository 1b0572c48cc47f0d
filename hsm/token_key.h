// TokenKey: an HMAC key in a token, found and ready to sign.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "custos/request.h"
#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/session.h"
#include "hsm/session_pool.h"
#include "key/backend.h"

namespace custos::hsm {

// TokenKey looks its handle up by CKA_ID once per generation of the pool. A sign that meets a lost session logs in anew and
// answers device_gone without signing: generation() has changed by then, so that the custodian proves the key before the next
// signature.
class TokenKey final : public key::PreparedKey {
 public:
  // prepare finds the key. Errors: not_found, integrity (two keys with this id), as SessionPool::acquire.
  static Result<std::shared_ptr<TokenKey>> prepare(std::shared_ptr<SessionPool> pool, const key::KeyId& id,
                                                   key::Algorithm algorithm);

  using PreparedKey::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override;
  SignStatus exists(key::Deadline deadline) noexcept override;
  [[nodiscard]] std::uint64_t generation() const noexcept override { return pool_->generation(); }
  void close() noexcept override { closed_.store(true, std::memory_order_release); }

 private:
  TokenKey(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::Algorithm algorithm);
  [[nodiscard]] CK_OBJECT_HANDLE known_handle(std::uint64_t generation) const noexcept;
  [[nodiscard]] SignStatus look_up(Session& session, CK_OBJECT_HANDLE& handle) noexcept;
  [[nodiscard]] SignStatus sign_on(Session& session, CK_OBJECT_HANDLE handle, ByteView message,
                                   std::span<std::uint8_t> out) noexcept;
  [[nodiscard]] SignStatus failed(Session& session, CK_RV rv) noexcept;
  [[nodiscard]] SignStatus key_vanished(Session& session, CK_RV rv) noexcept;

  const std::shared_ptr<SessionPool> pool_;
  const key::KeyId id_;
  const CK_MECHANISM_TYPE mechanism_;
  const std::size_t digest_size_;
  std::atomic<bool> closed_{false};

  std::mutex look_up_mutex_;
  std::atomic<std::uint64_t> handle_generation_{0};  // 0 while handle_ changes
  std::atomic<CK_OBJECT_HANDLE> handle_{CK_INVALID_HANDLE};
};

}  // namespace custos::hsm
