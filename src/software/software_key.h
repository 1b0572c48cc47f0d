// SoftwareKey: an HMAC key in guarded memory of this process, ready to sign. The explicit fallback, never chosen silently.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "custos/result.h"
#include "custos/secret.h"
#include "hash/hmac_key.h"
#include "key/algorithm.h"
#include "key/backend.h"

namespace custos::software {

// SoftwareKey signs without sessions: it has no shelf, and its generation never changes.
class SoftwareKey final : public key::PreparedKey {
 public:
  // make takes the secret as key/hmac_secret.h normalises it, or raw: the MACs are the same. Errors: as hash::HmacKey::make.
  [[nodiscard]] static Result<std::shared_ptr<SoftwareKey>> make(key::Algorithm algorithm, const SecretBytes& secret);

  using PreparedKey::sign;
  // sign never waits. Status: revoked after close, deadline_exceeded when the deadline was over before it began.
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override;
  SignStatus exists(key::Deadline deadline) noexcept override;
  [[nodiscard]] std::uint64_t generation() const noexcept override { return 1; }
  void close() noexcept override { closed_.store(true, std::memory_order_release); }

 private:
  explicit SoftwareKey(hash::HmacKey key) noexcept : key_(std::move(key)) {}

  const hash::HmacKey key_;
  std::atomic<bool> closed_{false};
};

}  // namespace custos::software
