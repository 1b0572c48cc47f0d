#include "custodian/key_proof.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "hash/hash.h"

namespace custos {
namespace {

// A key that loses its handles this often during one signature is reported as gone.
constexpr int kMaxLogins = 3;

constexpr SignStatus kAnotherKey{Errc::integrity, Origin::key, 0};

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
// scheme that signs digests gets its SHA-256.
SignStatus challenge(key::PreparedKey& key, key::KeyUse use, const key::PublicKey& known, key::Deadline deadline) noexcept {
  const key::CheckMessage question = key::check_message(fresh_salt());
  const Digest32 digest = hash::sha256(question);
  const ByteView message = use.scheme == key::Scheme::ecdsa_digest ? ByteView(digest) : ByteView(question);
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

SignStatus KeyProof::ensure(key::Deadline deadline) noexcept {
  if (proved_generation_.load(std::memory_order_acquire) == key_->generation()) return {};
  return prove(deadline);
}

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
  if (status.ok()) proved_generation_.store(generation, std::memory_order_release);
  return known_gone(status);
}

SignStatus KeyProof::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  SignStatus status;
  for (int attempt = 0; attempt < kMaxLogins; ++attempt) {
    const std::uint64_t generation = key_->generation();
    status = ensure(call.deadline);
    if (status.ok()) status = known_gone(key_->sign(message, out, call));
    if (status.ok() && !is_genuine(message, out)) status = kAnotherKey;
    // When the token lost our sessions the backend has logged in anew: the key is proved again before it signs.
    if (key_->generation() == generation) return status;
  }
  return status.ok() ? SignStatus{Errc::busy, Origin::token, 0} : status;
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
