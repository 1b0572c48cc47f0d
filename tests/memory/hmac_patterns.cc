#include "memory/hmac_patterns.h"

#include <sodium.h>

#include <array>
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

}  // namespace custos::memory
