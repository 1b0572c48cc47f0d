// GenericVenue: a venue that custos.toml defines, out of templates alone: for an API of one's own, without C++.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "custos/result.h"
#include "exchange/operation_index.h"
#include "exchange/venue.h"

namespace custos::exchange {

// GenericOperation is one row of `operations`.
struct GenericOperation {
  std::string method, path, operation_class;
  friend bool operator==(const GenericOperation&, const GenericOperation&) = default;
};

// GenericVenueSpec is a [venue.NAME] table as it was read; GenericVenue::make says what it means. What is absent is empty.
struct GenericVenueSpec {
  std::string name;       // NAME
  std::string title;      // for people; empty: NAME
  std::string algorithm;  // by its name in key/algorithm.h: "HMAC-SHA256"
  std::string secret;     // "text", "base64", "pem", "seed_base64", "seed_base58", "scalar_hex"
  std::string signature;  // "hex", "base64", "base64_percent", "base64url", "hex_base64"
  std::string time;       // "none", "ms", "s", "us", "iso_ms", "iso_s", "fix_ms"
  std::string nonce;      // "none", "rising_ms", "rising_us", "uuid", "hex"
  std::string params;     // where they go: "query", "form", "json"
  std::string preimage, query, body;
  std::string message_preimage, message;                     // of WebSocket messages
  std::vector<std::pair<std::string, std::string>> headers;  // name and template
  std::vector<std::string> hosts, testnet_hosts;
  std::vector<GenericOperation> operations;
  bool passphrase = false;
  friend bool operator==(const GenericVenueSpec&, const GenericVenueSpec&) = default;
};

// kGenericPrefix begins the names of generic venues, and the purposes of their keys.
inline constexpr std::string_view kGenericPrefix = "generic:";
[[nodiscard]] inline bool is_generic(const Venue& venue) noexcept { return venue.name.starts_with(kGenericPrefix); }

// GenericVenue owns all that its descriptor views. What it signs always fixes the path that the operation was judged by, and
// never is a body alone.
class GenericVenue final : public Venue {
 public:
  // make refuses what does not hold together. Errors: bad_input, naming the place in custos.toml: "venue.acme.preimage: …".
  [[nodiscard]] static Result<std::unique_ptr<GenericVenue>> make(GenericVenueSpec spec);

  GenericVenue(const GenericVenue&) = delete;
  GenericVenue& operator=(const GenericVenue&) = delete;

 private:
  class Maker;
  explicit GenericVenue(GenericVenueSpec spec) : spec_(std::move(spec)) {}
  static const OperationIndex& own_index(const Venue& venue) noexcept;

  const GenericVenueSpec spec_;
  std::string own_name_;
  std::vector<SigningAlgorithm> own_algorithms_;
  std::vector<std::string_view> own_environments_;
  std::vector<Host> own_hosts_;
  std::vector<Header> own_headers_;
  std::vector<Operation> own_operations_;
  std::vector<Scheme> own_schemes_;
  std::unique_ptr<const OperationIndex> own_index_;
};

}  // namespace custos::exchange
