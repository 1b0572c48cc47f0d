// KeyStore: making keys in their backend together with their registry rows, so that neither is left without the other.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "custodian/custodian_impl.h"
#include "custodian/key_spec.h"
#include "custos/administration.h"
#include "key/backend.h"
#include "key/lifecycle.h"

namespace custos {

// KeyMaker makes one key: its object in the backend first, then its rows inside the caller's change. Unless `keep` is called
// after the change was committed, the destructor destroys the object again.
class KeyMaker {
 public:
  explicit KeyMaker(Custodian::Impl& home) : home_(home) {}
  ~KeyMaker();
  KeyMaker(const KeyMaker&) = delete;
  KeyMaker& operator=(const KeyMaker&) = delete;

  // open opens the key's backend; call it before the change, so that no write lock is held while a device or a person is waited
  // for.
  Result<void> open(const NewKey& key);

  // generate and import make the key, prove it, and write its rows. import takes key/key_material.h's form, but for an HMAC
  // secret any. Errors: already_exists, bad_input, integrity, device_gone.
  Result<registry::KeyRow> generate(registry::Change& change, const NewKey& key);
  Result<registry::KeyRow> import(registry::Change& change, const NewKey& key, const SecretBytes& secret);

  // adopt records the key that stands in an OpenSSL store. Errors: as import.
  Result<registry::KeyRow> adopt(registry::Change& change, const NewKey& key);

  // MadeKey is a key that stands in its backend and is not yet recorded.
  struct MadeKey {
    registry::KeyRow row;
    registry::CopyRow copy;
    Bytes public_key;  // SubjectPublicKeyInfo; empty for a secret key
  };
  // create makes and proves the object alone, record writes its rows: for the seal key, which must stand before anything can be
  // recorded. `material` absent: generated.
  Result<MadeKey> create(const NewKey& key, std::uint32_t version, const std::optional<SecretBytes>& material,
                         const std::optional<key::SealReference>& sealed_under = {});
  static Result<void> record(registry::Change& change, const MadeKey& made);

  // free_version is the first from `least` on that the backend does not hold: another home, or an interrupted init, may have left
  // keys of this name behind.
  [[nodiscard]] Result<std::uint32_t> free_version(std::string_view name, std::uint32_t least);

  void keep() noexcept { made_.reset(); }

  // warning says what a person should know of the key that was made, and is empty when there is nothing.
  [[nodiscard]] std::string warning(const NewKey& key) const { return backend_->creation_warning(key.algorithm); }

 private:
  Result<registry::KeyRow> make(registry::Change& change, const NewKey& key, const std::optional<SecretBytes>& material);
  Result<std::uint32_t> next_version(registry::Change& change, const NewKey& key);
  [[nodiscard]] MadeKey describe(const NewKey& key, const key::KeyId& id, std::uint32_t version, key::Origin origin,
                                 key::MadeKey object) const;
  Result<void> prove(const NewKey& key, const key::KeyId& id, const std::optional<SecretBytes>& material, MadeKey& made);

  Custodian::Impl& home_;
  std::shared_ptr<key::Backend> backend_;
  std::optional<key::KeyId> made_;
};

// KeyDirectory knows the home's keys by their ids: what they are called, and the credentials that use them.
struct KeyDirectory {
  std::map<std::string, KeyName, std::less<>> names;
  std::multimap<std::string, std::string, std::less<>> users;

  [[nodiscard]] static Result<KeyDirectory> read(registry::Registry& registry);

  // sealed_under names the token key that sealed the key at this URI: by its id, where it has no name. Empty: none did.
  [[nodiscard]] std::string sealed_under(const std::string& uri) const;
};

// describe_key tells a key as people see it, without asking its backend.
[[nodiscard]] Result<KeyInfo> describe_key(registry::Registry& registry, const registry::KeyRow& row,
                                           const KeyDirectory& directory);

// describe_key_named describes a key that is not destroyed. Errors: not_found.
[[nodiscard]] Result<KeyInfo> describe_key_named(Custodian::Impl& home, const KeyName& name);

// seal_reference_of names a token key for what it seals. Errors: refused when its purpose is another.
[[nodiscard]] Result<key::SealReference> seal_reference_of(const registry::KeyRow& row);
// no_seal_key is the error of a seal key that is not there.
[[nodiscard]] Unexpected no_seal_key(const KeyName& under);

// recoverability_of is that of a key with such a copy.
[[nodiscard]] key::Recoverability recoverability_of(key::Custody custody) noexcept;

}  // namespace custos
