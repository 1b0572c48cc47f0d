#include "custodian/key_proof.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "encode/secp256k1_signature.h"
#include "hash/hash.h"

namespace custos {
namespace {

// A key that loses its handles this often during one signature is reported as gone.
constexpr int kMaxLogins = 3;

constexpr SignStatus kAnotherKey{Errc::integrity, Origin::key, 0};
constexpr SignStatus kNoSignature{Errc::integrity, Origin::key, kWrongSignature};

key::CheckSalt fresh_salt() noexcept {
  key::CheckSalt salt;
  ::randombytes_buf(salt.data(), salt.size());
  return salt;
}

SignStatus mac_of_check(key::PreparedKey& key, key::Algorithm algorithm, const key::CheckMessage& message, key::CheckValue& value,
                        key::Deadline deadline) noexcept {
  std::array<std::uint8_t, key::kMaxSignature> mac{};
  const auto out = std::span(mac).first(key::facts_of(algorithm).signature_size);
  const SignStatus status = key.sign(message, out, deadline);
  if (status.ok()) value = key::check_value(out);
  return status;
}

bool equal(const key::CheckValue& one, const key::CheckValue& other) noexcept {
  return ::sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

// challenge has the key sign a check message that was never asked before; no request and no transaction begins with its 0x00. A
// scheme that signs digests gets its SHA-256, and where it takes a tweak, the same once more as such.
SignStatus challenge(key::PreparedKey& key, key::KeyUse use, const key::PublicKey& known, key::Deadline deadline) noexcept {
  const key::CheckMessage question = key::check_message(fresh_salt());
  const Digest32 digest = hash::sha256(question);
  std::array<std::uint8_t, 2 * sizeof(Digest32)> twice{};
  std::ranges::copy(digest, twice.begin());
  std::ranges::copy(digest, twice.begin() + sizeof(Digest32));
  ByteView message = question;
  if (use.scheme == key::Scheme::ecdsa_digest || use.scheme == key::Scheme::schnorr_digest) message = digest;
  if (use.scheme == key::Scheme::schnorr_tweaked) message = twice;
  std::array<std::uint8_t, key::kMaxSignature> signature{};
  const auto out = std::span(signature).first(key::facts_of(use.algorithm).signature_size);
  const SignStatus status = key.sign(message, out, deadline);
  if (!status.ok()) return status;
  return known.verifies(use.scheme, message, out) ? SignStatus{} : kAnotherKey;
}

// known_gone: a key that was found once and is no longer there was destroyed by another tool.
SignStatus known_gone(SignStatus status) noexcept {
  if (status.code == Errc::not_found) status.code = Errc::revoked;
  return status;
}

Unexpected cannot_use(const SignStatus& status) {
  return fail(status.code, status.origin, "the key could not be used (" + std::string(to_string(status.code)) + ")",
              status.native);
}

}  // namespace

Result<std::unique_ptr<KeyProof>> KeyProof::of(std::shared_ptr<key::PreparedKey> key, key::KeyUse use,
                                               const registry::KeyView& view) {
  if (!key::facts_of(use.algorithm).is_asymmetric()) {
    CheckRecord record{key::check_message(view.key.check_salt), view.key.check_value};
    return std::unique_ptr<KeyProof>(new KeyProof(std::move(key), use, record));
  }
  auto known = key::PublicKey::from_spki(use.algorithm, view.public_key);
  if (!known) {
    return fail(Errc::integrity, Origin::registry,
                "the public key of key " + view.key.token + ":" + view.key.name +
                    " in registry.db cannot be read: " + known.error().detail);
  }
  return std::unique_ptr<KeyProof>(new KeyProof(std::move(key), use, *std::move(known)));
}

std::unique_ptr<KeyProof> KeyProof::below(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, key::PublicKey known) {
  const std::uint64_t generation = key->generation();
  std::unique_ptr<KeyProof> proof(new KeyProof(std::move(key), use, std::move(known)));
  proof->proved_generation_.store(generation, std::memory_order_release);
  return proof;
}

SignStatus KeyProof::ensure(key::Deadline deadline) noexcept { return is_proved() ? SignStatus{} : prove(deadline); }

SignStatus KeyProof::prove(key::Deadline deadline) noexcept {
  const std::uint64_t generation = key_->generation();
  SignStatus status;
  if (const auto* recorded = std::get_if<CheckRecord>(&record_)) {
    key::CheckValue found{};
    status = mac_of_check(*key_, use_.algorithm, recorded->message, found, deadline);
    if (status.ok() && !equal(found, recorded->value)) status = kAnotherKey;
  } else {
    status = challenge(*key_, use_, *std::get_if<key::PublicKey>(&record_), deadline);
  }
  if (status.code == Errc::integrity && status.origin == Origin::key) tell_wrong(generation);
  if (status.ok()) proved_generation_.store(generation, std::memory_order_release);
  return known_gone(status);
}

SignStatus KeyProof::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  return sign_checked(message, out, call, [&] { return is_genuine(message, out); });
}

SignStatus KeyProof::sign_recoverable(const Digest32& digest, std::span<std::uint8_t, 64> out, std::uint8_t& recovery_id,
                                      key::SignCall& call) noexcept {
  const auto* known = std::get_if<key::PublicKey>(&record_);
  if (known == nullptr) return {Errc::internal, Origin::key, 0};
  return sign_checked(digest, out, call, [&] {
    const auto found = encode::make_low_s(out) ? encode::recovery_id(out, digest, known->raw(), call.recovery_id) : std::nullopt;
    recovery_id = static_cast<std::uint8_t>(found.value_or(0));
    return found.has_value();
  });
}

template <class Check>
SignStatus KeyProof::sign_checked(ByteView message, std::span<std::uint8_t> out, key::SignCall& call,
                                  const Check& check) noexcept {
  SignStatus status;
  for (int attempt = 0; attempt < kMaxLogins; ++attempt) {
    const std::uint64_t generation = key_->generation();
    status = ensure(call.deadline);
    if (status.ok()) status = known_gone(key_->sign(message, out, call));
    if (status.ok() && !check()) {
      status = kNoSignature;
      tell_wrong(generation);
    }
    if (status.code == Errc::integrity) proved_generation_.store(kNeverProved, std::memory_order_release);
    // When the token lost our sessions the backend has logged in anew: the key is proved again before it signs.
    if (key_->generation() == generation) return status;
  }
  return status.ok() ? SignStatus{Errc::busy, Origin::token, 0} : status;
}

KeyProof::Begun KeyProof::begin(ByteView message, key::SignCall& call, Waker& waker) noexcept {
  const std::uint64_t generation = key_->generation();
  if (proved_generation_.load(std::memory_order_acquire) != generation) return {};
  return {key_->begin_sign(message, call, waker), generation};
}

SignStatus KeyProof::take(const Begun& begun, ByteView message, std::span<std::uint8_t> out) noexcept {
  SignStatus status = known_gone(begun.pending->take(out));
  if (status.ok() && !is_genuine(message, out)) {
    status = kNoSignature;
    tell_wrong(begun.generation);
  }
  if (status.code == Errc::integrity) proved_generation_.store(kNeverProved, std::memory_order_release);
  const bool is_old = key_->generation() != begun.generation;  // the MAC of a handle that may have been another key's
  return status.ok() && is_old ? SignStatus{Errc::busy, Origin::token, 0} : status;
}

// tell_wrong says nothing of a key that has lost its handles: what it answered may be another key's by right.
void KeyProof::tell_wrong(std::uint64_t generation) const noexcept {
  if (key_->generation() == generation) key_->proved_wrong();
}

bool KeyProof::is_genuine(ByteView message, ByteView signature) const noexcept {
  const auto* known = std::get_if<key::PublicKey>(&record_);
  return known == nullptr || known->verifies(use_.scheme, message, signature);  // nobody without the key can verify a MAC
}

Result<key::CheckValue> computed_check_value(key::PreparedKey& key, key::Algorithm algorithm, const key::CheckSalt& salt) {
  key::CheckValue value{};
  const SignStatus status = mac_of_check(key, algorithm, key::check_message(salt), value, {});
  if (status.ok()) return value;
  return cannot_use(status);
}

Result<void> prove_possession(key::PreparedKey& key, const key::PublicKey& known) {
  const SignStatus status = challenge(key, known.algorithm(), known, {});
  if (status.ok()) return {};
  if (status.code != Errc::integrity) return cannot_use(status);
  return fail(Errc::integrity, Origin::key, "the key's signatures do not fit its public key");
}

Result<void> prove_same_secret(key::PreparedKey& one, key::PreparedKey& other, key::Algorithm algorithm) {
  const key::CheckSalt salt = fresh_salt();
  auto of_one = computed_check_value(one, algorithm, salt);
  if (!of_one) return of_one.failure();
  auto of_other = computed_check_value(other, algorithm, salt);
  if (!of_other) return of_other.failure();
  if (equal(*of_one, *of_other)) return {};
  return fail(Errc::bad_input, Origin::key, "the two keys are not the same secret");
}

}  // namespace custos
