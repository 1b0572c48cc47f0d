// The floor of HMAC-SHA256 in software.
#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>

#include "tools/bench/openssl_mac.h"

namespace custos::bench {

// Compressions is HMAC reduced to its four calls of the compression function: the chaining values after the padded keys are kept,
// and the padding of FIPS 180-4, section 5.1.1, is written by hand for exactly this length.
class Compressions {
 public:
  static constexpr std::size_t kMessage = 150;  // bytes

  explicit Compressions(const MacKey& key);

  void mac(ByteView message, Mac& mac) noexcept;

 private:
  using Block = std::array<std::uint8_t, SHA256_CBLOCK>;
  void write_state(std::uint8_t* out) const noexcept;

  SHA256_CTX inner_{}, outer_{}, state_{};
  Block last_{}, outer_block_{};
};

}  // namespace custos::bench
