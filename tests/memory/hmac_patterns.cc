#include "memory/hmac_patterns.h"

#include <sodium.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/wipe_stack.h"

namespace custos::memory {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::uint8_t kIpad = 0x36;
constexpr std::uint8_t kOpad = 0x5C;
constexpr InsecureSecretAccess kAccess{};

using Words = std::array<std::size_t, 8>;
constexpr Words kInOrder{0, 1, 2, 3, 4, 5, 6, 7};
// The order of the words a…h from the lowest address on, when registers ABEF and CDGH are stored one after the other (Intel SHA
// extensions, SHA256RNDS2: the highest word is named first).
constexpr Words kShaInstructions{5, 4, 1, 0, 7, 6, 3, 2};

// Scratch is guarded memory for what is computed on the way.
SecretBytes scratch(std::size_t size) {
  auto memory = SecretBytes::allocate(size);
  if (!memory) std::abort();
  return *std::move(memory);
}

SecretBytes padded_block(const SecretBytes& key, std::uint8_t pad) {
  auto block = scratch(kBlock);
  const auto bytes = block.mutable_view(kAccess);
  for (std::size_t i = 0; i < kBlock; ++i) {
    bytes[i] = static_cast<std::uint8_t>((i < key.size() ? key.view(kAccess)[i] : 0) ^ pad);
  }
  return block;
}

// state_after gives the eight words of SHA-256's state after one block; libsodium shows them in its public state type.
SecretBytes state_after(const SecretBytes& block) {
  auto memory = scratch(sizeof(crypto_hash_sha256_state));
  auto* state = reinterpret_cast<crypto_hash_sha256_state*>(memory.mutable_view(kAccess).data());
  crypto_hash_sha256_init(state);
  crypto_hash_sha256_update(state, block.view(kAccess).data(), kBlock);
  auto words = scratch(sizeof state->state);
  std::memcpy(words.mutable_view(kAccess).data(), state->state, words.size());
  return words;
}

SecretBytes reordered(const SecretBytes& words, const Words& order, bool swap_bytes) {
  auto out = scratch(words.size());
  const auto to = out.mutable_view(kAccess);
  const auto from = words.view(kAccess);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[order[i / 4] * 4 + (swap_bytes ? 3 - i % 4 : i % 4)];
  return out;
}

// add_halves adds both halves of `bytes`: either alone suffices to know them again, and registers hold 16 bytes.
void add_halves(std::vector<Pattern>& patterns, const std::string& name, const SecretBytes& bytes) {
  const auto view = bytes.view(kAccess);
  patterns.emplace_back(name + ", first half", view.first(view.size() / 2));
  patterns.emplace_back(name + ", second half", view.subspan(view.size() / 2));
}

void add_padded(std::vector<Pattern>& patterns, const SecretBytes& key, std::uint8_t pad, const std::string& pad_name,
                const std::string& state_name) {
  const auto block = padded_block(key, pad);
  patterns.emplace_back("key ^ " + pad_name, block.view(kAccess).first(key.size()));
  const auto state = state_after(block);
  add_halves(patterns, state_name + " state, words", reordered(state, kInOrder, false));
  add_halves(patterns, state_name + " state, big-endian", reordered(state, kInOrder, true));
  add_halves(patterns, state_name + " state, ABEF CDGH", reordered(state, kShaInstructions, false));
}

// round_constants are the first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
std::array<std::uint32_t, 64> round_constants() {
  std::array<std::uint32_t, 64> constants{};
  std::size_t found = 0;
  for (unsigned candidate = 2; found < constants.size(); ++candidate) {
    bool prime = true;
    for (unsigned divisor = 2; divisor * divisor <= candidate; ++divisor) prime = prime && candidate % divisor != 0;
    if (!prime) continue;
    const double root = std::cbrt(static_cast<double>(candidate));
    constants[found++] = static_cast<std::uint32_t>((root - std::floor(root)) * 0x1p32);
  }
  return constants;
}

std::uint32_t small_sigma(std::uint32_t word, int first, int second, int shift) {
  return std::rotr(word, first) ^ std::rotr(word, second) ^ (word >> shift);
}

void add_schedule(std::vector<Pattern>& patterns, const std::string& name, const SecretBytes& block) {
  auto memory = scratch(64 * sizeof(std::uint32_t));
  auto with_constants = scratch(memory.size());
  auto* words = reinterpret_cast<std::uint32_t*>(memory.mutable_view(kAccess).data());
  auto* sums = reinterpret_cast<std::uint32_t*>(with_constants.mutable_view(kAccess).data());
  const auto constants = round_constants();
  for (std::size_t i = 0; i < 64; ++i) {
    if (i < 16) {
      for (std::size_t j = 0; j < 4; ++j) words[i] = words[i] << 8U | block.view(kAccess)[4 * i + j];
    } else {
      words[i] = small_sigma(words[i - 2], 17, 19, 10) + words[i - 7] + small_sigma(words[i - 15], 7, 18, 3) + words[i - 16];
    }
    sums[i] = words[i] + constants[i];
  }
  const auto is_padding = [&](std::size_t i) { return i < 16 && words[i + 1] == 0 && words[i + 2] == 0; };
  for (std::size_t i = 0; i < 64; i += 4) {
    if (is_padding(i)) continue;
    const std::string which = ", schedule from word " + std::to_string(i);
    patterns.emplace_back(name + which, memory.view(kAccess).subspan(4 * i, 16));
    patterns.emplace_back(name + which + " with constants", with_constants.view(kAccess).subspan(4 * i, 16));
  }
}

}  // namespace

std::vector<Pattern> hmac_sha256_patterns(const SecretBytes& key) {
  if (key.size() > kBlock) std::abort();
  std::vector<Pattern> patterns;
  add_halves(patterns, "key", key);
  add_padded(patterns, key, kIpad, "ipad", "inner");
  add_padded(patterns, key, kOpad, "opad", "outer");
  wipe_stack();
  return patterns;
}

std::vector<Pattern> hmac_sha256_work_patterns(const SecretBytes& key, ByteView message) {
  std::vector<Pattern> patterns;
  const auto inner_key = padded_block(key, kIpad);
  add_schedule(patterns, "key ^ ipad", inner_key);
  add_schedule(patterns, "key ^ opad", padded_block(key, kOpad));

  auto memory = scratch(sizeof(crypto_hash_sha256_state));
  auto* state = reinterpret_cast<crypto_hash_sha256_state*>(memory.mutable_view(kAccess).data());
  crypto_hash_sha256_init(state);
  crypto_hash_sha256_update(state, inner_key.view(kAccess).data(), kBlock);
  crypto_hash_sha256_update(state, message.data(), message.size());
  auto block = scratch(kBlock);
  const auto bytes = block.mutable_view(kAccess);
  crypto_hash_sha256_final(state, bytes.data());
  patterns.emplace_back("inner digest, first half", block.view(kAccess).first(16));
  patterns.emplace_back("inner digest, second half", block.view(kAccess).subspan(16, 16));
  bytes[32] = 0x80;
  bytes[62] = 0x03;  // 96 bytes are 0x300 bits
  add_schedule(patterns, "inner digest", block);
  wipe_stack();
  return patterns;
}

}  // namespace custos::memory
