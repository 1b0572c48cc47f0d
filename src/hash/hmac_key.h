// HmacKey: HMAC with a key of our own, at the price of its compression calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "hash/hash.h"

namespace custos::hash {

// HmacKey keeps the chaining values of the hash after the inner and after the outer padded key (RFC 2104, section 4), so that a
// MAC costs one compression for each block of the message and one or two more. Those values are as good as the key: they live in
// SecretBytes. Immutable; safe from many threads at once. Move-only.
class HmacKey {
 public:
  // make takes a secret of any length, the empty one too (RFC 2104: longer than a block, it is hashed first). Errors: system when
  // no guarded memory is left; internal when OpenSSL cannot hash.
  [[nodiscard]] static Result<HmacKey> make(Algorithm algorithm, const SecretBytes& secret);

  [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }

  // mac writes HMAC(secret, message) into `out` (digest_size bytes; another size aborts), which may overlap the message. No
  // allocation, no system call; what the computation leaves on the stack and in registers is wiped.
  void mac(ByteView message, std::span<std::uint8_t> out) const noexcept;

 private:
  using Compute = void(const std::uint8_t* states, ByteView message, std::uint8_t* out) noexcept;

  HmacKey(Algorithm algorithm, Compute& compute, SecretBytes states) noexcept
      : algorithm_(algorithm), compute_(&compute), states_(std::move(states)) {}

  Algorithm algorithm_;
  Compute* compute_;    // for the algorithm, on this machine
  SecretBytes states_;  // inner, then outer chaining value
};

}  // namespace custos::hash
