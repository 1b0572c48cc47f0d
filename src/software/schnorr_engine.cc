#include "software/schnorr_engine.h"

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>
#include <sodium.h>

#include <array>

#include "base/wipe_stack.h"
#include "key/elliptic_curve.h"

namespace custos::software {
namespace {

constexpr std::size_t kBlock = 32;
constexpr std::size_t kSignature = 64;

}  // namespace

[[gnu::noinline]] bool sign_schnorr(Block scalar, Block digest, std::optional<Block> tweak, Block auxiliary,
                                    std::span<std::uint8_t, 64> out) noexcept {
  const secp256k1_context* context = key::secp256k1_own_context();
  secp256k1_keypair pair;
  const bool done = secp256k1_keypair_create(context, &pair, scalar.data()) == 1 &&
                    (!tweak || secp256k1_keypair_xonly_tweak_add(context, &pair, tweak->data()) == 1) &&
                    secp256k1_schnorrsig_sign32(context, out.data(), digest.data(), &pair, auxiliary.data()) == 1;
  sodium_memzero(&pair, sizeof pair);
  return done;
}

SignStatus SchnorrEngine::sign(ByteView message, std::span<std::uint8_t> out, RecoveryId&) const noexcept {
  constexpr SignStatus kFailed{Errc::internal, Origin::crypto, 0};
  if (message.size() != (is_tweaked_ ? 2 * kBlock : kBlock) || out.size() != kSignature) return kFailed;
  std::array<std::uint8_t, kBlock> auxiliary;
  randombytes_buf(auxiliary.data(), auxiliary.size());
  const auto tweak = is_tweaked_ ? std::optional<Block>(message.last<kBlock>()) : std::nullopt;
  const bool done = sign_schnorr(scalar_.view(InsecureSecretAccess{}).first<kBlock>(), message.first<kBlock>(), tweak, auxiliary,
                                 out.first<kSignature>());
  wipe_stack();
  return done ? SignStatus{} : kFailed;
}

}  // namespace custos::software
