#include "hash/hmac_key.h"

// OpenSSL's low-level calls run the same assembly as EVP, but from a chaining value of ours and in a context of ours.
#define OPENSSL_SUPPRESS_DEPRECATED  // they are, since 3.0
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/wipe_stack.h"

namespace custos::hash {
namespace {

constexpr InsecureSecretAccess kAccess{};
constexpr std::uint8_t kIpad = 0x36;  // RFC 2104, section 2
constexpr std::uint8_t kOpad = 0x5C;

// Sha256, Sha384 and Sha512 are what differs between the hashes (FIPS 180-4, section 1). kDepth covers the stack that a MAC uses
// below the frame of its Work: half a KiB of our own, unoptimised, and OpenSSL's. That was measured for OpenSSL 3.0 on x86-64: at
// most 1,688 bytes for SHA-256 and 3,464 for SHA-512 (AVX2; 320 without it).
struct Sha256 {
  using Context = SHA256_CTX;
  static constexpr std::size_t kBlock = SHA256_CBLOCK;
  static constexpr std::size_t kDigest = SHA256_DIGEST_LENGTH;
  static constexpr std::size_t kLengthField = 8;
  static constexpr std::size_t kDepth = 3 * 1024;
  static constexpr auto& kInit = SHA256_Init;
  static constexpr auto& kUpdate = SHA256_Update;
};
// Sha256Instructions: the SHA instructions need no stack for it (72 bytes with the call), and a wipe to Sha256's depth would cost
// a seventh of the MAC.
struct Sha256Instructions : Sha256 {
  static constexpr std::size_t kDepth = 1024;
};
struct Sha512 {
  using Context = SHA512_CTX;
  static constexpr std::size_t kBlock = SHA512_CBLOCK;
  static constexpr std::size_t kDigest = SHA512_DIGEST_LENGTH;
  static constexpr std::size_t kLengthField = 16;
  static constexpr std::size_t kDepth = 5 * 1024;
  static constexpr auto& kInit = SHA512_Init;
  static constexpr auto& kUpdate = SHA512_Update;
};
struct Sha384 : Sha512 {
  static constexpr std::size_t kDigest = SHA384_DIGEST_LENGTH;
  static constexpr auto& kInit = SHA384_Init;
};

template <class Hash>
constexpr std::size_t kStateSize = sizeof(Hash::Context::h);

template <class Word>
void store_big_endian(Word word, std::uint8_t* out) noexcept {
  for (std::size_t i = 0; i < sizeof(Word); ++i) out[i] = static_cast<std::uint8_t>(word >> (8 * (sizeof(Word) - 1 - i)));
}

// Work is what a MAC is computed in.
template <class Hash>
struct Work {
  typename Hash::Context context;
  std::array<std::uint8_t, 2 * Hash::kBlock> tail;  // the end of the message, padded
  std::array<std::uint8_t, Hash::kBlock> outer;     // the inner digest, padded

  // pad ends `blocks`, zero after their first `used` bytes, as FIPS 180-4, section 5.1 wants it after a padded key and
  // `message_size` bytes. The upper half of SHA-512's length stays zero.
  static void pad(std::span<std::uint8_t> blocks, std::size_t used, std::size_t message_size) noexcept {
    blocks[used] = 0x80;
    store_big_endian(std::uint64_t{Hash::kBlock + message_size} * 8, blocks.last(8).data());
  }

  void begin(const std::uint8_t* state) noexcept {
    std::memcpy(context.h, state, sizeof context.h);
    context.Nl = context.Nh = 0;
    context.num = 0;
  }
  // compress takes whole blocks: as no bytes wait in the context, OpenSSL gives them to its assembly in one call.
  void compress(ByteView blocks) noexcept { Hash::kUpdate(&context, blocks.data(), blocks.size()); }
  void store_digest(std::uint8_t* out) const noexcept {
    constexpr std::size_t kWord = sizeof context.h[0];
    for (std::size_t i = 0; i < Hash::kDigest / kWord; ++i) store_big_endian(context.h[i], out + i * kWord);
  }
};

// compute has a frame of its own, for the wipe to reach. It pads before it compresses: a compression that reads what was just
// written in smaller pieces waits for it.
template <class Hash>
[[gnu::noinline]] void compute(Work<Hash>& work, const std::uint8_t* states, ByteView message, std::uint8_t* out) noexcept {
  const std::size_t rest = message.size() % Hash::kBlock;
  const bool fits = rest + 1 + Hash::kLengthField <= Hash::kBlock;
  const std::span tail(work.tail.data(), fits ? Hash::kBlock : 2 * Hash::kBlock);
  std::ranges::fill(tail, std::uint8_t{0});
  work.outer.fill(0);
  std::ranges::copy(message.last(rest), tail.begin());
  work.pad(tail, rest, message.size());
  work.pad(work.outer, Hash::kDigest, Hash::kDigest);

  work.begin(states);
  work.compress(message.first(message.size() - rest));
  work.compress(tail);
  work.store_digest(work.outer.data());
  work.begin(states + kStateSize<Hash>);
  work.compress(work.outer);
  work.store_digest(out);
}

template <class Hash>
void compute_and_wipe(const std::uint8_t* states, ByteView message, std::uint8_t* out) noexcept {
  Work<Hash> work;
  compute(work, states, message, out);
  sodium_memzero(&work, sizeof work);
  wipe_stack_below<Hash::kDepth>();
}

// padded_key gives the secret, or its digest if it is longer than a block, and zeroes (RFC 2104, section 2).
template <class Hash>
Result<SecretBytes> padded_key(Algorithm algorithm, const SecretBytes& secret) {
  auto key = SecretBytes::allocate(Hash::kBlock);
  if (!key) return key;
  const auto bytes = key->mutable_view(kAccess);
  if (secret.size() > Hash::kBlock) {
    if (auto hashed = digest_secret(algorithm, secret, bytes.first(Hash::kDigest)); !hashed) return hashed.failure();
  } else {
    std::ranges::copy(secret.view(kAccess), bytes.begin());
  }
  return key;
}

// chaining_values gives the inner and the outer one.
template <class Hash>
Result<SecretBytes> chaining_values(Algorithm algorithm, const SecretBytes& secret) {
  auto key = padded_key<Hash>(algorithm, secret);
  if (!key) return key;
  auto states = SecretBytes::allocate(2 * kStateSize<Hash>);
  if (!states) return states;

  const auto block = key->mutable_view(kAccess);
  std::uint8_t* state = states->mutable_view(kAccess).data();
  typename Hash::Context context;
  for (const unsigned change : {unsigned{kIpad}, unsigned{kIpad ^ kOpad}}) {
    for (auto& byte : block) byte = static_cast<std::uint8_t>(byte ^ change);
    Hash::kInit(&context);
    Hash::kUpdate(&context, block.data(), block.size());
    std::memcpy(state, context.h, sizeof context.h);
    state += sizeof context.h;
  }
  sodium_memzero(&context, sizeof context);
  wipe_stack();
  return states;
}

// has_sha_instructions tells whether OpenSSL computes SHA-256 by them: bit 29 of the second word of OPENSSL_ia32cap(3).
bool has_sha_instructions() noexcept {
  const char* settings = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
  unsigned long long second = 0;
  return settings != nullptr && std::sscanf(settings, "OPENSSL_ia32cap=%*x:%llx", &second) == 1 && (second >> 29U & 1U) != 0;
}

}  // namespace

Result<HmacKey> HmacKey::make(Algorithm algorithm, const SecretBytes& secret) {
  const auto make_with = [&]<class Hash>(Hash) -> Result<HmacKey> {
    auto states = chaining_values<Hash>(algorithm, secret);
    if (!states) return states.failure();
    return HmacKey(algorithm, compute_and_wipe<Hash>, *std::move(states));
  };
  switch (algorithm) {
    case Algorithm::sha256: return has_sha_instructions() ? make_with(Sha256Instructions{}) : make_with(Sha256{});
    case Algorithm::sha384: return make_with(Sha384{});
    case Algorithm::sha512: return make_with(Sha512{});
  }
  std::abort();
}

void HmacKey::mac(ByteView message, std::span<std::uint8_t> out) const noexcept {
  if (out.size() != digest_size(algorithm_)) std::abort();
  compute_(states_.view(kAccess).data(), message, out.data());
}

}  // namespace custos::hash
