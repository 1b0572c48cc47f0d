// HmacEngine: HMAC with the chaining values of hash::HmacKey.
#pragma once

#include <utility>

#include "hash/hmac_key.h"
#include "software/engine.h"

namespace custos::software {

class HmacEngine final : public Engine {
 public:
  explicit HmacEngine(hash::HmacKey key) noexcept : key_(std::move(key)) {}

  using Engine::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, RecoveryId&) const noexcept override {
    if (out.size() != hash::digest_size(key_.algorithm())) return {Errc::internal, Origin::crypto, 0};
    key_.mac(message, out);
    return {};
  }

 private:
  const hash::HmacKey key_;
};

}  // namespace custos::software
