// Administration: keys, credentials and tokens of an open home.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/custodian.h"
#include "custos/export.h"
#include "custos/health.h"
#include "custos/home.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "custos/token_probe.h"
#include "custos/venue.h"

namespace custos {

struct AddressView;  // custos/transaction.h
struct AddressInfo;

// KeyName is "TOKEN:LABEL" as people write it: the token's name in custos.toml and the key's name.
struct KeyName {
  std::string token;
  std::string label;
  CUSTOS_EXPORT static Result<KeyName> parse(std::string_view text);
  [[nodiscard]] std::string text() const { return token + ':' + label; }
};

// Attestation is what the token itself says of a key. A value is absent where the token does not tell.
struct Attestation {
  std::optional<bool> sensitive, extractable, always_sensitive, never_extractable, local;
};

// MaximumValue is the most of an asset that may leave in one transaction.
struct MaximumValue {
  std::string asset;   // contract, mint or denomination; empty, or the coin's name ("ETH", "coin"): the chain's own
  std::string amount;  // decimal: of the coin in its unit ("1.5"), of others in their smallest one
};

// KeyGrants are what a key of a chain may sign (docs/wallets.md). A list that is empty forbids nothing, but for the classes.
struct KeyGrants {
  std::vector<std::string> classes{};       // "withdraw", "session", "approve", "manage", "trade", "unknown" …
  std::vector<std::string> chain_ids{};     // "1"
  std::vector<std::string> destinations{};  // addresses
  std::vector<MaximumValue> maximum_values{};
};

// KeyCopy is one place where a key lives.
struct KeyCopy {
  std::string token;    // its name in custos.toml
  std::string uri;      // RFC 7512
  std::string custody;  // "device", "sealed" or "software"
  std::int64_t created_ms = 0;
  std::string state;  // "there", "gone", or why that cannot be told; filled by show_key
};

// KeyInfo describes a key; times are Unix milliseconds. It holds nothing secret.
struct KeyInfo {
  KeyName name;
  std::string id;              // UUID
  std::string uri;             // RFC 7512; of the copy in the token that it is named after
  std::string algorithm;       // "HMAC-SHA256"
  std::string purpose;         // "venue:binance"
  std::string custody;         // "device", "sealed" or "software": the weakest among its copies
  std::string sealed_under;    // TOKEN:LABEL of the token key that seals it; empty for other classes
  std::string public_key;      // PEM, SubjectPublicKeyInfo; empty for a secret key
  std::string origin;          // "generated" or "imported"
  std::string state;           // life-cycle state, "active"
  std::string recoverability;  // "none"
  std::int64_t created_ms = 0;
  std::vector<KeyCopy> copies;             // all of them sign
  std::vector<std::string> credentials;    // that use it
  std::vector<std::string> notices;        // plaintext in the module's heap, a shared module …
  std::optional<Attestation> attestation;  // filled by show_key
  std::optional<KeyGrants> grants;         // of a key of a chain
};

// KeySpec says what key to make. The token "software" is the home's software keystore.
struct KeySpec {
  KeyName name;
  std::string algorithm;  // "hmac-sha256", "ed25519", "ecdsa-p256", "rsa-3072" …; empty: the file's own, else the purpose's usual
  std::string purpose;    // "venue:binance", "chain:evm", "seal" …
  std::string custody;    // "device", "sealed" or "software"; empty: device in a token, software in the keystore
  std::optional<KeyName> under{};  // custody sealed: the token key, of purpose seal, that seals it
  // What brings a lost key back: "none" (custody device), or "software-backup". Production wants it said of a key of a chain;
  // what is said must be so.
  std::string recoverability{};
};

// KeyEncoding tells in what form import_key is handed a key.
enum class KeyEncoding : unsigned char {
  raw,          // an HMAC secret; an Ed25519 seed or an ECDSA scalar of 32 bytes
  pem,          // PKCS#8, encrypted or not, SEC 1 or PKCS#1
  ethereum_v3,  // Ethereum's keystore JSON, version 3; always encrypted
  // Trees of keys; `algorithm` is bip32 or slip10-ed25519, or follows from the chain:
  mnemonic,      // the words of BIP 39 (English) on one line, and the passphrase on a second, where there is one
  seed,          // what a mnemonic makes, or other 16 to 64 bytes: in hexadecimal
  extended_key,  // "xprv…" or "tprv…" of a root (BIP 32)
};

// Withdrawal tells what becomes of the object of a copy that is withdrawn: it is destroyed; or only the record ends, because the
// device is lost, or because a cluster has the object in common with another copy.
enum class Withdrawal : unsigned char { destroy, forget };

// FallbackInfo tells of the second key of a credential; it signs while the device of the first is away.
struct FallbackInfo {
  KeyName key;
  std::chrono::minutes limit{0};  // of one outage
  bool active = false;
  std::int64_t since_ms = 0, last_ms = 0;  // of the outage, while active
  std::uint64_t signatures = 0;
  std::string reason;
};

struct CredentialInfo {
  std::string id;
  std::string name;
  std::string venue;
  std::string environment;  // "live" or "testnet"
  std::string api_key;
  std::string subaccount;
  std::string owner;
  KeyName key;
  std::string custody;  // the weakest among the copies of its key and of its fallback
  std::optional<FallbackInfo> fallback;
  std::string status;  // "approved", "disabled", "pending", "rejected"
  std::string reason;  // why it is disabled or rejected
  std::vector<std::string> grants;
  std::vector<std::string> hosts;  // further hosts it may sign for
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> last_used_ms;
  std::uint32_t version = 1;
  bool has_passphrase = false;
};

struct CredentialSpec {
  std::string name;
  std::string venue;
  std::string api_key;
  std::string environment = "live";
  std::string subaccount;
  std::string owner;
  std::vector<std::string> grants;  // empty: read and trade
  std::vector<std::string> hosts;
  std::optional<KeyName> key;         // an existing key …
  std::optional<SecretBytes> secret;  // … or one as the venue shows it, imported as TOKEN:NAME with the venue's purpose
  std::string token;                  // for `secret`; empty: the token that seals the registry
  std::string algorithm;              // for `secret`; empty: what a PEM file holds, else the venue's first
  std::string custody;                // for `secret`; as in KeySpec
  std::optional<KeyName> under;       // for `secret`
  // passphrase is the venue's own, which belongs to the API key. It is kept as a secret where the key lives.
  std::optional<SecretBytes> passphrase;
};

// CredentialChange names what `set` changes; absent fields stay.
struct CredentialChange {
  std::optional<std::string> api_key, environment, subaccount, owner;
  std::optional<KeyName> key;
  std::optional<SecretBytes> passphrase;  // needed with `key` where the venue wants its MAC (KuCoin)
  std::optional<std::vector<std::string>> hosts;
  // fallback names the second key, which needs the grant "fallback" to be used. An HMAC key must be the same secret: that is
  // proved. Of asymmetric keys the person says that the venue has both public keys.
  std::optional<KeyName> fallback;
  std::optional<std::chrono::minutes> fallback_limit;  // 1 minute to 30 days; 15 minutes unless given
  bool venue_has_both_keys = false;
  bool remove_fallback = false;
};

// KeystoreInfo tells of the software keystore. It holds nothing secret.
struct KeystoreInfo {
  std::string path;
  bool exists = false;
  std::uint64_t generation = 0;  // writes so far
  std::uint64_t software_keys = 0, sealed_keys = 0;
  bool has_passphrase = false;
  std::uint64_t kdf_passes = 0, kdf_memory_bytes = 0;  // Argon2id
  std::string provider;                                // of OpenSSL
  std::uint32_t failed_attempts = 0;                   // wrong passphrases since the last right one
};

struct TokenInfo {
  std::string name;  // in custos.toml
  std::string uri, label, manufacturer, model, serial;
  std::string module;     // path of its library
  std::string profile;    // "softhsm2"
  std::string state;      // of show_token: its health's; else "ready", or what is wrong
  std::string pin_state;  // "ok", "count low", "final try", "locked"
  std::uint64_t sessions_open = 0;
  std::string arming;                        // what sessions are armed on: "off", "key" or "copies"
  std::optional<std::uint64_t> session_cap;  // learned; absent: unknown
  std::optional<TokenHealth> health;         // in this process; absent where nobody logged in
  std::vector<std::string> notices;
};

// Administration changes keys and credentials. Every change is recorded in `events` with the actor, sealed, and seen by running
// signers in every process at their next request. Thread-safe; may block and allocate.
class CUSTOS_EXPORT Administration {
 public:
  explicit Administration(std::shared_ptr<Custodian::Impl> impl) noexcept;

  [[nodiscard]] Result<Mode> mode() const;                           // the home's, verified
  [[nodiscard]] Result<std::vector<TokenInfo>> list_tokens() const;  // never fails for one bad token: its state says why
  [[nodiscard]] Result<TokenInfo> show_token(std::string_view name) const;
  // probe_token logs in and tries out what the token can do, on throwaway keys labelled custos-probe-…, which it destroys; it
  // takes seconds, or minutes. A device with an audit log records them. Errors: not_found, device_gone, authentication.
  [[nodiscard]] Result<TokenProbe> probe_token(std::string_view name, const ProbeOptions& options = {}) const;
  // ask_token asks the device once more where it was given up until a person acts: a PIN, a full log. Errors: what it answers
  // now.
  Result<TokenInfo> ask_token(std::string_view name) const;

  // generate_key makes a key inside the token. Errors: bad_input, already_exists, device_gone, authentication, integrity.
  Result<KeyInfo> generate_key(const KeySpec& spec) const;
  // import_key moves `secret` into the token, proves it by its check value, and wipes it. At most 64 KiB. Errors: as
  // generate_key.
  // `encoding` tells the secret's form; `passphrase` is asked when the form is encrypted. Errors besides: authentication, when
  // that passphrase does not open it.
  Result<KeyInfo> import_key(const KeySpec& spec, SecretBytes secret, KeyEncoding encoding = KeyEncoding::raw,
                             const SecretPrompt& passphrase = {}) const;
  // adopt_key records the key that an OpenSSL store of custos.toml (kind = "openssl-store") holds. Errors: as generate_key.
  Result<KeyInfo> adopt_key(const KeySpec& spec) const;
  // seal_key moves a key of the keystore under a token key of purpose seal, also from another token's; unseal_key moves it back
  // under the keystore's passphrase. Running signers go on.
  Result<KeyInfo> seal_key(const KeyName& name, const KeyName& under) const;
  Result<KeyInfo> unseal_key(const KeyName& name) const;
  [[nodiscard]] Result<std::vector<KeyInfo>> list_keys() const;
  [[nodiscard]] Result<KeyInfo> show_key(const KeyName& name) const;
  // replicate_key moves the secret of a key into a further token, under the key's id, and replicate_standing_key takes the object
  // that stands there under `label`, which a cluster or a device's own backup has put there. Both prove the copy to be the same
  // key before it is recorded; from then on signers use it too (docs/operations.md). Errors: bad_input, when it is another key;
  // already_exists; refused, for keys that seal, trees, and keys outside of tokens; as import_key.
  Result<KeyInfo> replicate_key(const KeyName& name, std::string_view token, SecretBytes secret,
                                KeyEncoding encoding = KeyEncoding::raw, const SecretPrompt& passphrase = {}) const;
  Result<KeyInfo> replicate_standing_key(const KeyName& name, std::string_view token, std::string_view label) const;
  // withdraw_key ends one copy of several; signers go on with the others. Errors: not_found; refused, for the only copy; those of
  // the copy's token.
  Result<void> withdraw_key(const KeyName& name, std::string_view token, Withdrawal how = Withdrawal::destroy) const;
  // destroy_key stops running signers at once, then destroys the object in each token that has a copy, and keeps a tombstone. A
  // token that is away is named by the error, which is its own: the key stays deactivated, and destroying it again goes on.
  Result<void> destroy_key(const KeyName& name) const;
  // grant_key adds to what a key of a chain may sign, and replaces a maximum value; "any" as a chain id, destination or asset
  // lifts the limit. revoke_key takes entries away; it refuses to empty a list, which would lift the limit. Running signers obey
  // at once. Errors: bad_input, naming what is no class, address or amount; refused, for a key of another purpose.
  Result<KeyInfo> grant_key(const KeyName& name, const KeyGrants& grants) const;
  Result<KeyInfo> revoke_key(const KeyName& name, const KeyGrants& grants) const;
  // key_address is the address of a key (or of one in its tree) in its chain. extended_public_key is that of a node of a tree, as
  // BIP 32 writes it ("xpub…"): with it all public keys below are known. Errors: bad_input, also for a Taproot address of a key
  // whose backend makes no Schnorr signatures: what is paid there could not be moved; not_found; those of the key's backend.
  [[nodiscard]] Result<AddressInfo> key_address(const KeyName& name, const AddressView& view) const;
  [[nodiscard]] Result<std::string> extended_public_key(const KeyName& name, std::string_view path,
                                                        std::string_view network) const;

  Result<CredentialInfo> add_credential(CredentialSpec spec) const;
  [[nodiscard]] Result<std::vector<CredentialInfo>> list_credentials() const;
  [[nodiscard]] Result<CredentialInfo> show_credential(std::string_view name) const;
  Result<void> remove_credential(std::string_view name) const;
  Result<CredentialInfo> set_credential(std::string_view name, const CredentialChange& wanted) const;
  Result<CredentialInfo> enable_credential(std::string_view name) const;
  Result<CredentialInfo> disable_credential(std::string_view name, std::string_view reason) const;
  // grant and revoke add and take away operation classes: read, trade, transfer, withdraw, manage, session, unknown, approve;
  // "fallback"; and "generic", which production wants for a venue of custos.toml.
  Result<CredentialInfo> grant(std::string_view name, const std::vector<std::string>& classes) const;
  Result<CredentialInfo> revoke(std::string_view name, const std::vector<std::string>& classes) const;

  // list_venues lists the venues of this library and those that custos.toml defines ("generic:NAME"); show_venue gives one.
  // Errors: not_found.
  [[nodiscard]] std::vector<VenueInfo> list_venues() const;
  [[nodiscard]] Result<VenueInfo> show_venue(std::string_view name) const;

  [[nodiscard]] Result<KeystoreInfo> show_keystore() const;
  // verify_keystore opens every key and proves the whole file. Errors: integrity, naming the entry; authentication.
  Result<void> verify_keystore() const;
  // initialise_keystore gives the keystore its first passphrase, change_keystore_passphrase another: no entry is decrypted. The
  // work of Argon2id takes about `work` on this machine; zero keeps the usual cost. Errors: bad_input and, in production, refused
  // for a weak passphrase; already_exists, not_found; authentication.
  Result<KeystoreInfo> initialise_keystore(SecretBytes passphrase, std::chrono::milliseconds work) const;
  Result<KeystoreInfo> change_keystore_passphrase(SecretBytes passphrase, std::chrono::milliseconds work) const;

 private:
  std::shared_ptr<Custodian::Impl> impl_;
};

}  // namespace custos
