// SoftwareBackend: the software keystore of a home as a key::Backend. The only part of src/software/ that the custodian needs for
// keys; backup and settings apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/backend.h"
#include "key/sealer.h"
#include "software/openssl_context.h"
#include "software/passphrase_key.h"

namespace custos::software {

// Wanted tells a PassphraseProvider what the passphrase is for.
enum class Wanted : unsigned char { to_open, to_choose };
// PassphraseProvider fetches the passphrase when it is needed: a file, a prompt … A person who chooses is asked twice by it, and
// it judges the strength.
using PassphraseProvider = std::function<Result<SecretBytes>(Wanted wanted)>;

// KeystoreSeams are what tests exchange.
struct KeystoreSeams {
  std::function<Result<SecretBytes>(const SecretBytes& passphrase, const KdfSalt& salt, const KdfCost& cost)> derive = derive_key;
  std::function<void(std::chrono::milliseconds)> wait = [](auto time) { std::this_thread::sleep_for(time); };
};

struct KeystoreConfig {
  std::filesystem::path file;  // <home>/keystore
  std::string home_id;         // UUID of the home: a keystore belongs to one. Empty: whichever it is; then nothing is made
  ProviderSettings provider;
  std::chrono::seconds idle{0};  // an opened key is wiped after this time without use; 0: only when it is closed
  KeystoreSeams seams{};
};

// KeystoreState is what can be seen of a keystore without its passphrase; it is no proof.
struct KeystoreState {
  bool exists = false;
  std::string home_id;           // UUID of the home to which it belongs
  std::uint64_t generation = 0;  // of the file; each write adds one
  std::size_t software_keys = 0, sealed_keys = 0;
  std::optional<KdfCost> cost;        // absent: it has no passphrase, because it has held sealed keys only
  std::uint32_t failed_attempts = 0;  // since the last right passphrase
  std::string wrong_passphrases;      // the same in words, also where their count is damaged; empty: none
};

class SoftwareBackend : public key::Backend {
 public:
  // open reads the keystore, if there is one; no passphrase is asked for until a software key is made or used. Errors: integrity
  // (torn, tampered, another program's, another home's, written by a newer version), refused (wrong owner or mode), system,
  // bad_input (provider).
  [[nodiscard]] static Result<std::shared_ptr<SoftwareBackend>> open(KeystoreConfig config, PassphraseProvider passphrase,
                                                                     key::SealerSource sealers, const Clock& clock);

  // seal moves a key's material under a token key, or from one token key to another; unseal moves it back under the passphrase.
  // Both answer the key's new URI; prepared keys go on. Errors: not_found, bad_input (it is that already), and those of sealers
  // and passphrases.
  virtual Result<std::string> seal(const key::KeyId& id, const key::SealReference& under) = 0;
  virtual Result<std::string> unseal(const key::KeyId& id) = 0;

  // unlock asks for the passphrase now, or for a new one where there is none: a caller that is about to take a lock asks before
  // it, because a person who types holds nothing up. Errors: those of passphrases.
  virtual Result<void> unlock() = 0;

  // seal_of tells under which token key a key is sealed now; absent: custody software. Errors: not_found, and those of reading.
  [[nodiscard]] virtual Result<std::optional<key::SealReference>> seal_of(const key::KeyId& id) = 0;

  // list_secrets lists what is kept besides keys (write_secret). move_secret moves one under a token key, or (nullopt) back under
  // the passphrase; it does nothing where that is so already. Errors: as seal.
  [[nodiscard]] virtual Result<std::vector<key::StoredKey>> list_secrets() = 0;
  virtual Result<void> move_secret(std::string_view name, const std::optional<key::SealReference>& under) = 0;

  // initialise gives a keystore its first passphrase; change_passphrase wraps the master key anew and touches no entry. Errors:
  // already_exists / not_found; authentication; system.
  virtual Result<void> initialise(const SecretBytes& passphrase, const KdfCost& cost) = 0;
  virtual Result<void> change_passphrase(const SecretBytes& passphrase, const KdfCost& cost) = 0;

  [[nodiscard]] virtual Result<KeystoreState> state() = 0;
  // verify proves the whole file: its authentication under the passphrase (if it has one) and every entry, opened and compared
  // with its public key where it has one. Errors: integrity naming the entry; authentication; those of sealers.
  [[nodiscard]] virtual Result<void> verify() = 0;

  // sweep wipes keys that were idle for the configured time. Cheap; called from time to time by a thread of the custodian, if the
  // configuration wants one, and by rearm.
  virtual void sweep() noexcept = 0;

  // sealed_under reads from a URI of this backend which token key sealed the key; absent: custody software.
  [[nodiscard]] static std::optional<key::SealReference> sealed_under(const std::string& uri);
};

// kKeystoreName is the name under which the keystore stands where a token's name would: "software:binance-main".
inline constexpr std::string_view kKeystoreName = "software";

}  // namespace custos::software
