// MasterKey: the key of a keystore, under which its entries are encrypted; a passphrase wraps it.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/key_id.h"
#include "software/keystore_format.h"

namespace custos::software {

// MasterKey is 32 random bytes. A subkey of its own (keyed BLAKE2b) encrypts entries, with XChaCha20-Poly1305 and random nonces,
// and another computes the file's MAC. Immutable; thread-safe.
class MasterKey {
 public:
  [[nodiscard]] static Result<MasterKey> generate();
  // unwrap opens a slot with the key that derive_key made of the passphrase. Errors: authentication, without a detail: whether
  // the passphrase is wrong or the slot was changed, nobody can tell.
  [[nodiscard]] static Result<MasterKey> unwrap(const PassphraseSlot& slot, const key::KeyId& home, const SecretBytes& key);
  // wrap fills the slot's nonce and box; the rest of it is authenticated.
  void wrap(PassphraseSlot& slot, const key::KeyId& home, const SecretBytes& key) const;

  [[nodiscard]] Bytes seal(const SecretBytes& material, ByteView context) const;
  // open answers what was sealed. Errors: integrity when box or context were changed; system.
  [[nodiscard]] Result<SecretBytes> open(ByteView box, ByteView context) const;

  // authenticate computes the file's MAC (Authenticate).
  [[nodiscard]] Mac authenticate(std::span<const ByteView> parts) const;
  // authenticates tells whether the file is one that a holder of this key wrote.
  [[nodiscard]] bool authenticates(const KeystoreImage& image) const;

 private:
  [[nodiscard]] static Result<MasterKey> with(SecretBytes master);
  MasterKey(SecretBytes master, SecretBytes subkeys) noexcept : master_(std::move(master)), subkeys_(std::move(subkeys)) {}
  [[nodiscard]] const std::uint8_t* entry_key() const noexcept;
  [[nodiscard]] const std::uint8_t* mac_key() const noexcept;

  SecretBytes master_;   // to be wrapped again
  SecretBytes subkeys_;  // for entries, then for the MAC
};

}  // namespace custos::software
