// Passphrases of credentials: a venue's own, kept as a secret where the credential's key lives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custodian/custodian_impl.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "exchange/venue.h"
#include "key/backend.h"
#include "registry/rows.h"

namespace custos {

// check_passphrase judges what was given against the venue's rule; `required`: the venue wants one, and none is kept yet. Errors:
// bad_input, naming the option.
[[nodiscard]] Result<void> check_passphrase(const exchange::Venue& venue, const std::optional<SecretBytes>& given, bool required);

// PassphraseKeeper keeps one passphrase, inside the caller's change, and removes it again unless `keep` is called after the
// change was committed.
class PassphraseKeeper {
 public:
  explicit PassphraseKeeper(Custodian::Impl& home) : home_(home) {}
  ~PassphraseKeeper();
  PassphraseKeeper(const PassphraseKeeper&) = delete;
  PassphraseKeeper& operator=(const PassphraseKeeper&) = delete;

  // open opens where it is to be kept, before the change. `unlock` asks for the keystore's passphrase where that is the keystore.
  Result<void> open(const std::string& token, bool unlock);

  // write keeps what is sent for the passphrase `given`, beside the key, and answers the reference to it. For PassphraseRule::
  // mac_base64 the key makes the MAC. Errors: those of the backend.
  Result<std::string> write(const exchange::Venue& venue, const registry::KeyRow& key, const SecretBytes& given);
  // write_copy keeps what is sent already, beside another key.
  Result<std::string> write_copy(const registry::KeyRow& key, const SecretBytes& sent);

  [[nodiscard]] bool is_open() const noexcept { return backend_ != nullptr; }
  // sent is what `write` kept last.
  [[nodiscard]] const std::optional<SecretBytes>& sent() const noexcept { return sent_; }

  void keep() noexcept { written_.clear(); }

 private:
  Custodian::Impl& home_;
  std::string token_;
  std::shared_ptr<key::Backend> backend_;
  std::vector<std::string> written_;  // names
  std::optional<SecretBytes> sent_;
};

// read_passphrase reads what is sent, from the first place of passphrase_ref that has it. Errors: revoked, when none has; those
// of the last place.
[[nodiscard]] Result<SecretBytes> read_passphrase(Custodian::Impl& home, const std::string& label, const std::string& refs);

// passphrase_refs lists the references of all versions, each once. remove_passphrases removes what they name; what cannot be
// removed is warned of.
[[nodiscard]] std::vector<std::string> passphrase_refs(const std::vector<registry::CredentialVersionRow>& versions);
void remove_passphrases(Custodian::Impl& home, const std::vector<std::string>& refs);

// move_passphrases moves the passphrases that go with a key of the keystore under a token key, or (nullopt) back.
Result<void> move_passphrases(Custodian::Impl& home, const std::string& key_id, const std::optional<key::SealReference>& under);

}  // namespace custos
