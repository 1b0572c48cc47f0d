// The registry's rows, as the rest of the house sees them. Times are Unix milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace custos::registry {

// KeyRow is one key; destroyed rows stay as tombstones. States and the like are the texts of key/lifecycle.h.
struct KeyRow {
  std::string id;             // UUID
  std::string name;           // label as people know it, unique per token among keys that are not destroyed
  std::string token;          // token's name in custos.toml
  std::uint32_t version = 1;  // of the name; the label inside the token is "name#version"
  std::string algorithm;
  std::string purpose;
  std::string origin;
  std::string state;
  std::string recoverability;
  std::array<std::uint8_t, 32> check_salt{};
  std::array<std::uint8_t, 16> check_value{};
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> destroyed_ms;
};

// CopyRow is one place where a key lives.
struct CopyRow {
  std::string key_id;
  std::string token;
  std::string uri;
  std::string custody;
  std::int64_t created_ms = 0;
};

// PublicKeyRow is the public half of an asymmetric key.
struct PublicKeyRow {
  std::string key_id;
  Bytes spki;  // SubjectPublicKeyInfo, DER
};

// KeyGrantsRow is what a key may sign for its chain, as authorise/transaction_grants.h writes it. A key without one may do what
// new keys may.
struct KeyGrantsRow {
  std::string key_id;
  std::string grants;
};

// FallbackRow is the second key of a credential, for the time in which the device of its own is away. What it is doing is not
// sealed: it changes without an event.
struct FallbackRow {
  std::string credential_id;
  std::string key_id;
  std::int64_t limit_ms = 0;  // of one outage
  std::int64_t created_ms = 0;
};

// FallbackUse is what a fallback is doing: since when it has been signing, and why.
struct FallbackUse {
  std::int64_t since_ms = 0, last_ms = 0;
  std::uint64_t signatures = 0;
  std::string reason;
};

// CredentialRow is an API key of a venue and what may be done with it.
struct CredentialRow {
  std::string id;     // UUID
  std::string label;  // as people know it, unique
  std::string owner;
  std::string venue;
  std::string environment;
  std::string subaccount;
  std::string status;  // pending, approved, rejected, disabled
  std::string reason;
  bool is_active = true;
  std::string grants;  // class names joined by ",", in the order of the classes
  std::string hosts;   // further hosts joined by ","
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> last_used_ms;  // not sealed: it changes without an event
};

// CredentialVersionRow is one API key text and the key that signs for it.
struct CredentialVersionRow {
  std::string credential_id;
  std::uint32_t n = 1;
  std::string api_key;
  std::string key_id;
  std::string passphrase_ref;  // where its passphrase is kept, "TOKEN:NAME" joined by ","; empty: it has none
  std::string role;            // current, next, previous
  std::int64_t from_ms = 0;
  std::optional<std::int64_t> until_ms;
};

// NonceSlot is a credential's place in the control page. Nothing above `mark` has been handed out that the clock does not keep
// from being handed out again.
struct NonceSlot {
  std::size_t slot = 0;
  std::uint64_t mark = 0;
};

// NonceNeed tells in what unit a credential's nonces are: what the clock says now, and how many of them are a second.
struct NonceNeed {
  std::uint64_t clock = 0;
  std::uint64_t per_second = 1000;
};

// EventRow is one change, chained to the one before.
struct EventRow {
  std::uint64_t seq = 0;
  std::int64_t at_ms = 0;
  std::string actor, action, object, before, after;
  std::array<std::uint8_t, 32> prev_hash{};
};

}  // namespace custos::registry
