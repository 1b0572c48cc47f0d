// KeyProof: that a prepared key is the one that was recorded.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <variant>

#include "custos/result.h"
#include "key/backend.h"
#include "key/hmac_secret.h"
#include "key/public_key.h"
#include "registry/registry.h"

namespace custos {

// kWrongSignature is the native code of the integrity status (Origin::key) for a signature that is not the key's.
inline constexpr std::uint32_t kWrongSignature = 1;

// KeyProof proves a prepared key once per generation of its handles: a MAC key by its check value, an asymmetric one by a fresh
// challenge that its recorded public key verifies. It detects mistakes, not a hostile module. Thread-safe.
class KeyProof {
 public:
  // of takes from the registry what the key is known by. Errors: integrity, when that is missing.
  static Result<std::unique_ptr<KeyProof>> of(std::shared_ptr<key::PreparedKey> key, key::KeyUse use,
                                              const registry::KeyView& view);

  // below is for a key below a proved one in its tree: the tree vouches for it, and for its public key.
  static std::unique_ptr<KeyProof> below(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, key::PublicKey known);

  // ensure proves the key when its generation is not the one proved last; prove does so in any case. integrity: it is another
  // key.
  SignStatus ensure(key::Deadline deadline) noexcept;
  SignStatus prove(key::Deadline deadline) noexcept;

  // sign proves the key when needed and signs. An asymmetric signature is verified before it is returned. Status besides those of
  // PreparedKey::sign: revoked, when the key is gone; integrity, with kWrongSignature when what the device answered is no
  // signature of the key: the key then signs no more until it is proved again, which the next call does.
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept;

  // sign_recoverable signs a digest by secp256k1, makes s low, and answers the recovery id: finding the key by it is what
  // verifies the signature.
  SignStatus sign_recoverable(const Digest32& digest, std::span<std::uint8_t, 64> out, std::uint8_t& recovery_id,
                              key::SignCall& call) noexcept;

  // is_proved tells whether the key was proved for the handles that it has now.
  [[nodiscard]] bool is_proved() const noexcept {
    return proved_generation_.load(std::memory_order_acquire) == key_->generation();
  }

  // Begun is a signature that the key's device is making in a thread of its own.
  struct Begun {
    key::PendingSign* pending = nullptr;  // absent: the key is not proved, or its device has no thread for it
    std::uint64_t generation = 0;
  };
  // begin begins one, as PreparedKey::begin_sign; take answers for a done one as sign does, but for busy: the key lost its
  // handles meanwhile, and sign may be called.
  [[nodiscard]] Begun begin(ByteView message, key::SignCall& call, Waker& waker) noexcept;
  SignStatus take(const Begun& begun, ByteView message, std::span<std::uint8_t> out) noexcept;

  [[nodiscard]] key::PreparedKey& key() noexcept { return *key_; }

 private:
  struct CheckRecord {
    key::CheckMessage message;
    key::CheckValue value;
  };
  using Record = std::variant<CheckRecord, key::PublicKey>;

  KeyProof(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, Record record)
      : key_(std::move(key)), use_(use), record_(std::move(record)) {}
  // sign_checked signs on a proved key, and keeps the signature when `check` finds it genuine.
  template <class Check>
  SignStatus sign_checked(ByteView message, std::span<std::uint8_t> out, key::SignCall& call, const Check& check) noexcept;
  [[nodiscard]] bool is_genuine(ByteView message, ByteView signature) const noexcept;
  void tell_wrong(std::uint64_t generation) const noexcept;

  static constexpr std::uint64_t kNeverProved = ~std::uint64_t{0};

  std::shared_ptr<key::PreparedKey> key_;
  const key::KeyUse use_;
  const Record record_;
  std::atomic<std::uint64_t> proved_generation_{kNeverProved};
};

// computed_check_value asks a MAC key for its check value over `salt`; prove_possession asks an asymmetric key for a signature of
// a fresh challenge, in its default scheme, which must be one of `known`. Both are for keys that were just made. Errors: as
// PreparedKey::sign; integrity.
[[nodiscard]] Result<key::CheckValue> computed_check_value(key::PreparedKey& key, key::Algorithm algorithm,
                                                           const key::CheckSalt& salt);
[[nodiscard]] Result<void> prove_possession(key::PreparedKey& key, const key::PublicKey& known);

// prove_same_secret shows that two MAC keys of one algorithm are the same secret, by one fresh salt on both. Errors: bad_input,
// when they are not; as PreparedKey::sign.
[[nodiscard]] Result<void> prove_same_secret(key::PreparedKey& one, key::PreparedKey& other, key::Algorithm algorithm);

}  // namespace custos
