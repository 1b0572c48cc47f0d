// Administration: keys, credentials and tokens of an open home.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/custodian.h"
#include "custos/export.h"
#include "custos/home.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

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

// KeyInfo describes a key; times are Unix milliseconds. It holds nothing secret.
struct KeyInfo {
  KeyName name;
  std::string id;              // UUID
  std::string uri;             // RFC 7512
  std::string algorithm;       // "HMAC-SHA256"
  std::string purpose;         // "venue:binance"
  std::string custody;         // "device": the weakest among its copies
  std::string origin;          // "generated" or "imported"
  std::string state;           // life-cycle state, "active"
  std::string recoverability;  // "none"
  std::int64_t created_ms = 0;
  std::vector<std::string> credentials;    // that use it
  std::vector<std::string> notices;        // plaintext in the module's heap, unguarded MACs …
  std::optional<Attestation> attestation;  // filled by show_key
};

struct KeySpec {
  KeyName name;
  std::string algorithm;  // "hmac-sha256", "hmac-sha384", "hmac-sha512"
  std::string purpose;    // "venue:binance"
  std::string custody = "device";
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
  std::string custody;
  std::string status;  // "approved", "disabled", "pending", "rejected"
  std::string reason;  // why it is disabled or rejected
  std::vector<std::string> grants;
  std::vector<std::string> hosts;  // further hosts it may sign for
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> last_used_ms;
  std::uint32_t version = 1;
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
  std::optional<SecretBytes> secret;  // … or a secret, imported as TOKEN:NAME with the venue's purpose
  std::string token;                  // for `secret`; empty: the token that seals the registry
  std::string algorithm;              // for `secret`; empty: the venue's first
  std::string custody = "device";
};

// CredentialChange names what `set` changes; absent fields stay.
struct CredentialChange {
  std::optional<std::string> api_key, environment, subaccount, owner;
  std::optional<KeyName> key;
  std::optional<std::vector<std::string>> hosts;
};

struct TokenInfo {
  std::string name;  // in custos.toml
  std::string uri, label, manufacturer, model, serial;
  std::string module;     // path of its library
  std::string profile;    // "softhsm2"
  std::string state;      // "ready", or what is wrong
  std::string pin_state;  // "ok", "count low", "final try", "locked"
  std::uint64_t sessions_open = 0;
  std::string arming;                        // what sessions are armed on: "off", "key" or "copies"
  std::optional<std::uint64_t> session_cap;  // learned; absent: unknown
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

  // generate_key makes a key inside the token. Errors: bad_input, already_exists, device_gone, authentication, integrity.
  Result<KeyInfo> generate_key(const KeySpec& spec) const;
  // import_key moves `secret` into the token, proves it by its check value, and wipes it. At most 64 KiB. Errors: as
  // generate_key.
  Result<KeyInfo> import_key(const KeySpec& spec, SecretBytes secret) const;
  [[nodiscard]] Result<std::vector<KeyInfo>> list_keys() const;
  [[nodiscard]] Result<KeyInfo> show_key(const KeyName& name) const;
  // destroy_key destroys the object in the token and keeps a tombstone. Running signers stop at once.
  Result<void> destroy_key(const KeyName& name) const;

  Result<CredentialInfo> add_credential(CredentialSpec spec) const;
  [[nodiscard]] Result<std::vector<CredentialInfo>> list_credentials() const;
  [[nodiscard]] Result<CredentialInfo> show_credential(std::string_view name) const;
  Result<void> remove_credential(std::string_view name) const;
  Result<CredentialInfo> set_credential(std::string_view name, const CredentialChange& wanted) const;
  Result<CredentialInfo> enable_credential(std::string_view name) const;
  Result<CredentialInfo> disable_credential(std::string_view name, std::string_view reason) const;
  // grant and revoke add and take away operation classes: read, trade, transfer, withdraw, manage, session, unknown.
  Result<CredentialInfo> grant(std::string_view name, const std::vector<std::string>& classes) const;
  Result<CredentialInfo> revoke(std::string_view name, const std::vector<std::string>& classes) const;

 private:
  std::shared_ptr<Custodian::Impl> impl_;
};

}  // namespace custos
