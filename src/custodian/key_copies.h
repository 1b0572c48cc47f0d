// KeyCopies: putting a key into a further token, so that both sign with it, and ending such a copy.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_lock.h"
#include "custodian/custodian_impl.h"
#include "custos/administration.h"
#include "key/backend.h"
#include "registry/registry.h"

namespace custos {

// lock_copies has one at a time make, withdraw or destroy copies of the home's keys, among all threads and processes: all copies
// of a key have its CKA_ID, so that what one makes looks like another's. Errors: busy.
[[nodiscard]] Result<FileLock> lock_copies(const Custodian::Impl& home);

// was_changed is the failure of a command that looked at `key` ("key dev:main") before another process changed it.
[[nodiscard]] Unexpected was_changed(const std::string& key);

// same_copies tells whether a key's copies are those that were looked at before.
[[nodiscard]] bool same_copies(const std::vector<registry::CopyRow>& one, const std::vector<registry::CopyRow>& other);

// CopyMaker makes one more copy of a key that stands in tokens. What it imports it destroys again, unless it was recorded.
class CopyMaker {
 public:
  explicit CopyMaker(Custodian::Impl& home) : home_(home) {}
  ~CopyMaker();
  CopyMaker(const CopyMaker&) = delete;
  CopyMaker& operator=(const CopyMaker&) = delete;

  // open reads the key verified, and refuses what has no copies: seals, trees, keys that are not in tokens. Errors: not_found,
  // bad_input, refused, already_exists; those of opening the token.
  Result<void> open(const KeyName& name, std::string_view token);

  // import moves `secret`, in the form that import_key takes, into the token under the key's own id; an object that stands there
  // with that id, left by one that was interrupted, it takes. find takes the key that stands there under `label`. Both then prove
  // it, and no other copies change until this is gone. Errors: bad_input, when it is another key; busy.
  Result<void> import(SecretBytes secret, KeyEncoding encoding, const SecretPrompt& passphrase);
  Result<void> find(std::string_view label);

  // record writes the copy's row: from then on it signs. Errors: busy, when the key was changed meanwhile.
  Result<void> record();

  // notice says that import took what stood there; else it is empty.
  [[nodiscard]] const std::string& notice() const { return notice_; }

 private:
  Result<void> look();
  Result<void> take_turn();
  Result<void> check_key() const;
  Result<void> check_device();
  Result<void> make(const key::KeyId& id, const std::vector<key::StoredKey>& standing, const SecretBytes& material);
  Result<void> take(const std::vector<key::StoredKey>& keys, const key::StoredKey& standing);
  Result<void> take_labelled(const std::vector<key::StoredKey>& keys, std::string_view label);
  Result<void> destroy_made();
  Result<SecretBytes> material_of(SecretBytes secret, KeyEncoding encoding, const SecretPrompt& passphrase) const;
  Result<void> prove(const key::KeyId& id);
  Result<void> prove_same_as_standing(key::PreparedKey& copy);
  [[nodiscard]] std::string name() const { return "key " + view_.key.token + ":" + view_.key.name; }

  Custodian::Impl& home_;
  registry::KeyView view_;
  key::Algorithm algorithm_ = key::Algorithm::hmac_sha256;
  std::shared_ptr<key::Backend> backend_;
  registry::CopyRow copy_;
  FileLock turn_;
  std::string notice_;

  // Made is what the token was asked to make, and may have made also where it failed.
  struct Made {
    key::KeyId id;
    std::string label;
  };
  std::optional<Made> made_;
};

// id_of_copy is the CKA_ID of a copy in a token, which its URI names: that of a key which a device's own backup brought there may
// be another than the key's. Elsewhere it is the key's own. Errors: integrity.
[[nodiscard]] Result<key::KeyId> id_of_copy(const Custodian::Impl& home, const registry::KeyRow& key,
                                            const registry::CopyRow& copy);

// destroy_copy destroys the object of one copy; it being gone already is what was asked for. What stands in an OpenSSL store is
// its owner's and stays.
[[nodiscard]] Result<void> destroy_copy(Custodian::Impl& home, const registry::KeyRow& key, const registry::CopyRow& copy);

}  // namespace custos
