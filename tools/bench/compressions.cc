#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_Transform is what there is to call
#include "tools/bench/compressions.h"

#include <bit>
#include <cstring>
#include <utility>

namespace custos::bench {
namespace {

constexpr std::size_t kTail = Compressions::kMessage % SHA256_CBLOCK;
static_assert(Compressions::kMessage / SHA256_CBLOCK == 2 && kTail < SHA256_CBLOCK - 8);

void pad(std::array<std::uint8_t, SHA256_CBLOCK>& block, std::size_t used, std::size_t bytes_in_all) {
  block[used] = 0x80;
  const std::size_t bits = 8 * bytes_in_all;
  block[62] = static_cast<std::uint8_t>(bits >> 8U);
  block[63] = static_cast<std::uint8_t>(bits);
}

}  // namespace

Compressions::Compressions(const MacKey& key) {
  Block block{};
  for (auto [state, mask] : {std::pair{&inner_, 0x36}, std::pair{&outer_, 0x5c}}) {  // ipad and opad, RFC 2104 section 2
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint8_t>(key[i] ^ mask);
    SHA256_Init(state);
    SHA256_Transform(state, block.data());
  }
  pad(last_, kTail, SHA256_CBLOCK + kMessage);
  pad(outer_block_, SHA256_DIGEST_LENGTH, SHA256_CBLOCK + SHA256_DIGEST_LENGTH);
}

void Compressions::mac(ByteView message, Mac& mac) noexcept {
  std::memcpy(state_.h, inner_.h, sizeof state_.h);
  SHA256_Transform(&state_, message.data());
  SHA256_Transform(&state_, message.data() + SHA256_CBLOCK);
  std::memcpy(last_.data(), message.data() + std::size_t{2 * SHA256_CBLOCK}, kTail);
  SHA256_Transform(&state_, last_.data());
  write_state(outer_block_.data());
  std::memcpy(state_.h, outer_.h, sizeof state_.h);
  SHA256_Transform(&state_, outer_block_.data());
  write_state(mac.data());
}

// write_state writes the chaining value big-endian (FIPS 180-4, section 3.1).
void Compressions::write_state(std::uint8_t* out) const noexcept {
  for (const SHA_LONG word : state_.h) {
    const std::uint32_t turned = std::endian::native == std::endian::little ? __builtin_bswap32(word) : word;
    std::memcpy(out, &turned, sizeof turned);
    out += sizeof turned;
  }
}

}  // namespace custos::bench
