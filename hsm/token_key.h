// TokenKey: a key in a token, found and ready to sign, with sessions armed ahead.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "custos/request.h"
#include "custos/result.h"
#include "hsm/canary.h"
#include "hsm/cryptoki.h"
#include "hsm/profile.h"
#include "hsm/session.h"
#include "hsm/session_pool.h"
#include "hsm/shelf.h"
#include "key/backend.h"

namespace custos::hsm {

// TokenKey looks its handle up by CKA_ID once per generation of the pool. A sign that meets a lost session logs in anew and
// answers device_gone without signing: generation() has changed by then, so that the custodian proves the key before the next
// signature.
//
// sign takes a session from the shelf on which rearm has called C_SignInit, and only calls C_Sign. With no such session it calls
// both, on one of the shelf's spent sessions or on one of the pool.
//
// A MAC key whose module strangers share is guarded: by a canary that is read before and after each MAC, and where it is wished
// (Profile::verify_always) by making each MAC twice. Nothing of such a key is armed.
class TokenKey final : public key::PreparedKey {
 public:
  // prepare finds the key. Errors: bad_input (the algorithm has not that scheme), not_found, integrity (two keys with this id),
  // as SessionPool::acquire.
  static Result<std::shared_ptr<TokenKey>> prepare(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::KeyUse use,
                                                   std::shared_ptr<Canary> canary = nullptr);
  ~TokenKey() override;

  // find asks again whether the key is there, as prepare does. A key that is gone is disarmed.
  [[nodiscard]] Result<void> find();

  // deepen lets up to `shelf` sessions wait armed, if the token's arming allows.
  void deepen(std::size_t shelf);

  using PreparedKey::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override;
  std::size_t rearm(std::size_t max_sessions) noexcept override;
  void disarm() noexcept override { shelf_.give_up(); }
  [[nodiscard]] std::size_t shelf() const noexcept override { return shelf_.armed(); }
  SignStatus exists(key::Deadline deadline) noexcept override;
  // A changed object under our CKA_ID counts as a new generation too. Both parts only grow.
  [[nodiscard]] std::uint64_t generation() const noexcept override { return pool_->generation() + replaced_.load(); }
  void close() noexcept override;
  [[nodiscard]] bool spreads() const noexcept override { return pool_->profile().spreads; }
  [[nodiscard]] std::shared_ptr<const key::DeviceHealth> health() const noexcept override { return {pool_, &pool_->health()}; }
  void proved_wrong() noexcept override { pool_->health().failed(TokenReason::key_integrity, CKR_OK); }
  [[nodiscard]] key::KeyUse use() const noexcept { return use_; }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

 private:
  TokenKey(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::KeyUse use, CK_MECHANISM_TYPE mechanism,
           std::shared_ptr<Canary> canary);

  [[nodiscard]] SignStatus sign_input(ByteView input, std::span<std::uint8_t> out, key::SignCall& call) noexcept;
  [[nodiscard]] std::optional<SignStatus> sign_shelved(ByteView input, std::span<std::uint8_t> out, key::SignCall& call) noexcept;
  [[nodiscard]] SignStatus sign_armed(Shelf::Place& place, ByteView input, std::span<std::uint8_t> out) noexcept;
  [[nodiscard]] SignStatus sign_unshelved(ByteView input, std::span<std::uint8_t> out, key::Deadline deadline) noexcept;
  [[nodiscard]] bool may_sign_again(const SignStatus& failure) const noexcept;
  [[nodiscard]] bool guarded() const noexcept { return canary_ != nullptr || (makes_macs() && pool_->profile().verify_always); }
  [[nodiscard]] SignStatus sign_guarded(Session& session, ByteView input, std::span<std::uint8_t> out,
                                        key::Deadline deadline) noexcept;
  [[nodiscard]] SignStatus watch(Session& session) noexcept;
  [[nodiscard]] SignStatus check_canary(Session& session, CK_OBJECT_HANDLE known, std::uint64_t& planting) noexcept;
  [[nodiscard]] SignStatus sign_again(Session& first, ByteView input, std::span<std::uint8_t> out,
                                      key::Deadline deadline) noexcept;
  [[nodiscard]] CK_RV start(const Session& session, CK_OBJECT_HANDLE object) const noexcept;
  [[nodiscard]] CK_RV finish(const Session& session, ByteView input, std::span<std::uint8_t> out) const noexcept;
  [[nodiscard]] bool makes_macs() const noexcept { return use_.scheme == key::Scheme::mac; }

  [[nodiscard]] bool arm_next(std::int64_t patience_ns) noexcept;
  [[nodiscard]] SignStatus arm(Shelf::Place& place) noexcept;
  [[nodiscard]] Armoury make_armoury(std::int64_t patience_ns) noexcept;
  [[nodiscard]] CK_OBJECT_HANDLE sound_copy(const Session& session, CK_OBJECT_HANDLE key) const noexcept;

  [[nodiscard]] CK_OBJECT_HANDLE known_handle(std::uint64_t generation) const noexcept;
  [[nodiscard]] SignStatus look_up(Session& session, CK_OBJECT_HANDLE& handle) noexcept;
  [[nodiscard]] bool is_current(const Shelf::Place& place) const noexcept;
  void drop(Shelf::Place& place) noexcept;
  [[nodiscard]] SignStatus gone() noexcept;
  [[nodiscard]] SignStatus lost(Shelf::Place& place, CK_RV rv) noexcept;
  [[nodiscard]] SignStatus failed(Session& session, CK_RV rv) noexcept;
  [[nodiscard]] SignStatus noted(Session& session, CK_RV rv) noexcept;
  [[nodiscard]] SignStatus key_vanished(Session& session, CK_RV rv) noexcept;

  const std::shared_ptr<SessionPool> pool_;
  const key::KeyId id_;
  const key::KeyUse use_;
  const CK_MECHANISM_TYPE mechanism_;
  const std::size_t signature_size_;
  const bool shallow_;                    // C_Sign takes little stack
  const std::shared_ptr<Canary> canary_;  // absent: no stranger can reset the module, or the key makes no MACs
  std::atomic<bool> closed_{false};

  std::mutex look_up_mutex_;
  std::atomic<std::uint64_t> handle_generation_{0};  // 0 while handle_ changes
  std::atomic<CK_OBJECT_HANDLE> handle_{CK_INVALID_HANDLE};
  std::atomic<std::uint64_t> replaced_{0};  // how often another object had our CKA_ID under one login

  std::atomic<std::uint64_t> planting_{0};  // of the canary under which the handle was found

  Shelf shelf_;
};

}  // namespace custos::hsm
