// KeyStore: making and destroying keys in a token together with their registry rows, so that neither is left without the other.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "custodian/custodian_impl.h"
#include "custos/administration.h"
#include "key/algorithm.h"
#include "key/backend.h"

namespace custos {

// NewKey is a key about to be made: a checked KeySpec.
struct NewKey {
  KeyName name;
  key::Algorithm algorithm = key::Algorithm::hmac_sha256;
  std::string purpose;
};

// check_key_spec refuses names, algorithms, purposes and custody classes that nobody may ask for. Errors: bad_input, refused.
[[nodiscard]] Result<NewKey> check_key_spec(const Custodian::Impl& home, const KeySpec& spec);

// KeyMaker makes one key: its object in the token first, then its rows inside the caller's change. Unless `keep` is called after
// the change was committed, the destructor destroys the object again.
class KeyMaker {
 public:
  explicit KeyMaker(Custodian::Impl& home) : home_(home) {}
  ~KeyMaker();
  KeyMaker(const KeyMaker&) = delete;
  KeyMaker& operator=(const KeyMaker&) = delete;

  // open logs in to the token; call it before the change, so that no write lock is held meanwhile.
  Result<void> open(const NewKey& key);

  // generate and import make the key, prove it by its check value, and write its rows. Errors: already_exists, integrity,
  // device_gone.
  Result<registry::KeyRow> generate(registry::Change& change, const NewKey& key);
  Result<registry::KeyRow> import(registry::Change& change, const NewKey& key, const SecretBytes& secret);

  // MadeKey is a key that stands in the token and is not yet recorded.
  struct MadeKey {
    registry::KeyRow row;
    registry::CopyRow copy;
  };
  // create makes and proves the object alone, record writes its rows: for the seal key, which must stand before anything can be
  // recorded. `secret` absent: generated.
  Result<MadeKey> create(const NewKey& key, std::uint32_t version, const std::optional<SecretBytes>& secret);
  static Result<void> record(registry::Change& change, const MadeKey& made);

  // free_version is the first from `least` on that the token does not hold: another home, or an interrupted init, may have left
  // keys of this name behind.
  [[nodiscard]] Result<std::uint32_t> free_version(std::string_view name, std::uint32_t least);

  void keep() noexcept { made_.reset(); }

 private:
  Result<registry::KeyRow> make(registry::Change& change, const NewKey& key, const std::optional<SecretBytes>& secret);

  Custodian::Impl& home_;
  std::shared_ptr<key::Backend> backend_;
  std::optional<key::KeyId> made_;
};

// KeyUsers maps a key's id to the labels of the credentials that use it.
using KeyUsers = std::multimap<std::string, std::string>;
[[nodiscard]] Result<KeyUsers> key_users(registry::Registry& registry);

// describe_key tells a key as people see it, without asking its token.
[[nodiscard]] Result<KeyInfo> describe_key(registry::Registry& registry, const registry::KeyRow& row, const KeyUsers& users);

}  // namespace custos
