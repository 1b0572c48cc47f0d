// VenueInfo: what an exchange demands of a signed request and what Custos lets through, as data for people and programs. Forms,
// formats and rules have the words of a venue in custos.toml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/export.h"
#include "custos/request.h"
#include "custos/result.h"

namespace custos {

// VenueAlgorithm is one that a venue takes, with the form in which it hands out the secret or private key.
struct VenueAlgorithm {
  std::string name;    // "HMAC-SHA256"
  std::string secret;  // "text", "base64", "pem", "seed_base64", "seed_base58", "scalar_hex"
};

// VenuePart is a piece of the signed request that Custos writes, as a template: ${key}, ${time}, ${signature} …
struct VenuePart {
  std::string where;     // "header", "query", "body" or "message"
  std::string name;      // of a header
  std::string contents;  // the template
  std::string when;      // "always", "with a body", "with a receive window"
};

// VenueScheme is how one kind of request or message is signed. The first scheme of a venue that fits counts.
struct VenueScheme {
  RequestKind kind = RequestKind::rest;
  std::string name;       // "REST", "WebSocket login"
  std::string select;     // REST: what the path begins with; of a message its operation; empty: any
  std::string algorithm;  // what the algorithm's name begins with; empty: any
  std::string preimage;   // what is signed, as a template; ${custom} is the venue's own rule, told in its notes
  std::string signature;  // "hex", "base64", "base64_percent", "base64url", "hex_base64": base64 of hex
  std::string time;       // "none", "ms", "s", "us" (Unix), "iso_ms", "iso_s", "fix_ms"
  std::string time_rule;  // "within 5 s of the server"
  std::string nonce;      // "none", "rising_ms", "rising_us" (strictly increasing, from the clock), "uuid", "hex"
  std::vector<std::string> covers, leaves_open;  // of "host", "method", "path", "query", "body": what the signature covers
  std::string body_form;                         // "form", "json", "none"
  std::vector<std::string> body_methods;         // whose params form the body
  std::uint32_t recv_window_default = 0;         // in the venue's unit; 0: none is sent unless it is given
  std::uint32_t recv_window_most = 0;            // 0: the venue takes none
  std::uint32_t expires_after_s = 0;             // 0: the venue takes none
  std::uint32_t expires_most_s = 0;              // the caller's own may be this far ahead
  std::vector<VenuePart> parts;
};

// VenueHost is where requests go whose path has a prefix, in an environment.
struct VenueHost {
  std::string environment, path_prefix, host;
};

// VenueOperation is one row of the allow-list. Where the signature does not cover the path, the parameters are listed too.
struct VenueOperation {
  std::string method;           // "WS" and "FIX" for messages
  std::string path;             // "{}" stands for one segment; of a message its operation
  std::string operation_class;  // "read", "trade", "transfer", "withdraw", "manage", "session"
  std::vector<std::string> required, optional;
};

// VenueRequest is a read-only request that tells something of a credential.
struct VenueRequest {
  std::string method, path, query, body;
};

// VenueKeyRights is the request whose answer, JSON, tells what an API key may do, and where it does (RFC 6901 pointers, in which
// "{key}" stands for the API key).
struct VenueKeyRights {
  VenueRequest request;
  std::string withdraw_pointer;  // to what shows the permission to withdraw; empty: the answer does not tell
  std::string withdraw_word;     // that shows it, in a string or array; empty: the value true
  std::string ip_pointer;        // to the IP allow-list, or a flag that there is one; empty: the answer does not tell
};

struct VenueInfo {
  std::string name;                        // "binance"
  std::string title;                       // "Binance"
  std::string source;                      // where the rules come from
  bool generic = false;                    // defined in custos.toml
  std::vector<VenueAlgorithm> algorithms;  // the first is the default
  std::string passphrase;                  // "none", "sent", "mac_base64": sent as the base64 of its MAC
  std::vector<std::string> environments;   // "live", "testnet"
  std::vector<VenueHost> hosts;
  std::vector<VenueScheme> schemes;
  std::vector<VenueOperation> operations;
  std::vector<std::string> warnings;  // about requests that the same signature fits too
  std::string notes;                  // sentences
  std::optional<VenueRequest> check;  // proves a credential
  std::optional<VenueKeyRights> key_rights;
};

// built_in_venues lists the venues of this library, by name; built_in_venue gives one. Those that a home's custos.toml defines
// are in Administration::list_venues too. Errors: not_found.
[[nodiscard]] CUSTOS_EXPORT std::vector<VenueInfo> built_in_venues();
[[nodiscard]] CUSTOS_EXPORT Result<VenueInfo> built_in_venue(std::string_view name);

}  // namespace custos
