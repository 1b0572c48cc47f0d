// Venue: what one exchange demands of a signed request, as data first. Each venue is one file in venues/: its descriptor, its
// operation table, and a function of its own where templates do not say it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/request.h"
#include "exchange/draft.h"
#include "exchange/template.h"
#include "facts/operation_class.h"

namespace custos::exchange {

class Composer;
class OperationIndex;

// Operation is one row of a venue's allow-list: what no row names is unknown and refused. Names are separated by spaces.
struct Operation {
  std::string_view method;  // GET, POST, PUT, DELETE, PATCH; "WS" and "FIX" for messages
  std::string_view path;    // "{}" stands for one segment; of a message the name of its operation
  facts::OperationClass operation_class;
  // Only where the signature does not cover the path. `required` are the parameters that the venue demands, without those that
  // every request has (timestamp); `optional` those that it takes besides: any other is refused.
  std::string_view required = {};
  std::string_view optional = {};
};

// Collision is a row that other requests' bytes reach too, where the venue signs neither method nor path, and that is let pass
// with a warning because of `reason`.
struct Collision {
  std::string_view method;
  std::string_view path;
  std::string_view reason;
};

// Host is where requests with a path prefix go in an environment ("live", "testnet").
struct Host {
  std::string_view environment;
  std::string_view path_prefix;
  std::string_view host;
};

// SecretForm is the text in which a venue hands out a secret or private key.
enum class SecretForm : std::uint8_t {
  text,         // the bytes of the text as it is shown
  base64,       // the bytes that it encodes
  pem,          // a PEM file
  seed_base64,  // an Ed25519 seed of 32 bytes, or seed and public key, 64 bytes
  seed_base58,  // "ed25519:" and the seed, or seed and public key, in base58
  scalar_hex,   // 32 bytes of a secp256k1 key in hexadecimal, with or without 0x
};

// SigningAlgorithm is one of a venue's, by its name in key/algorithm.h, with the form of its secrets. PEM is taken for any
// asymmetric algorithm besides.
struct SigningAlgorithm {
  std::string_view name;
  SecretForm secret = SecretForm::text;
};

enum class PassphraseRule : std::uint8_t {
  none,
  sent,        // sent as it is
  mac_base64,  // sent as base64 of its MAC under the credential's key, made once when the credential is added (KuCoin)
};

enum class TimeFormat : std::uint8_t {
  none,    // the venue takes no time
  ms,      // Unix milliseconds
  s,       // Unix seconds
  us,      // Unix microseconds
  iso_ms,  // 2020-12-08T09:08:57.715Z
  iso_s,   // 2020-12-08T09:08:57
  fix_ms,  // 20201208-09:08:57.715
};

enum class NonceRule : std::uint8_t {
  none,       // the venue takes none
  rising_ms,  // strictly increasing, of the clock's milliseconds
  rising_us,  // strictly increasing, of the clock's microseconds
  uuid,       // unique: 36 characters in lower case (RFC 9562)
  hex,        // unique: 32 hexadecimal digits
};

// SignatureForm is how the signature's bytes are written.
enum class SignatureForm : std::uint8_t { hex, base64, base64_percent, base64url, hex_base64 /* base64 of hex */ };

// Binding says which parts of a request its signature covers.
struct Binding {
  bool host = false;
  bool method = false;
  bool path = false;
  bool query = true;
  bool body = true;
};

// Parameters says where the parameters of a request go, and how bodies are read.
enum class BodyForm : std::uint8_t { form, json, none };
struct Parameters {
  std::string_view body_methods =
      "POST PUT PATCH";  // methods that take a body, which params form; those of others form the query
  BodyForm body = BodyForm::json;
  bool repeated = false;  // a name may stand more than once; with brackets, one that ends in "[]"
  bool brackets = false;  // "[" and "]" may stand in names
};

// Header is one that Custos sends.
struct Header {
  enum class When : std::uint8_t { always, with_body, without_body, with_recv_window };
  std::string_view name;
  Template value;
  When when = When::always;
};

// Scheme is how one kind of request or message is signed. A venue's schemes are tried in order; the first that fits counts.
struct Scheme {
  RequestKind kind = RequestKind::rest;
  std::string_view name;         // for people: "REST", "WebSocket login"
  std::string_view select{};     // REST: what the path begins with; a message: its operation. Empty: any
  std::string_view algorithm{};  // the algorithm's name, or what it begins with ("HMAC", "RSA"). Empty: any
  Template preimage{};
  SignatureForm form = SignatureForm::hex;
  TimeFormat time = TimeFormat::ms;
  std::string_view time_rule{};  // for people: "within 5 s of the server"
  NonceRule nonce = NonceRule::none;
  Binding binding{};
  Parameters parameters{};
  std::uint32_t recv_window_default = 0;  // 0: none is sent unless it is given
  std::uint32_t recv_window_most = 0;     // 0: the venue takes none. In the unit that the venue takes
  std::uint32_t expires_after_s = 0;      // ${expires} is the time plus this; 0: the venue takes none
  std::uint32_t expires_most_s = 0;       // the caller's own may be this far ahead
  bool expires_in_ms = false;             // ${expires} is in milliseconds
  std::span<const Header> headers{};
  Template query{};    // replaces the query that is sent, where not empty; with ${signature} it ends in it
  Template body{};     // replaces the body that is sent, where not empty
  Template message{};  // of a WebSocket or FIX message: what is sent
  // custom writes what ${custom} stands for. Failures: Composer::refuse.
  void (*custom)(Composer& composer) noexcept = nullptr;
};

// KeyInfo is the venue's answer that tells what an API key may do, as `credential audit` reads it: RFC 6901 pointers into JSON.
struct KeyInfo {
  std::string_view path{};  // empty: the venue has none. It is asked by GET unless method says otherwise
  std::string_view method = "GET";
  std::string_view query{};
  std::string_view body{};
  std::string_view withdraw_pointer{};  // to a value that shows the permission to withdraw; "{key}" stands for the API key
  std::string_view withdraw_word{};     // the word that shows it, in a string or array; empty: the value true
  std::string_view ip_pointer{};        // to the IP allow-list, or to a flag that there is one; empty: the answer shows none
};

// Check is a read-only request that proves a credential, for `credential verify`.
struct Check {
  std::string_view method = "GET";
  std::string_view path{};
  std::string_view query{};
  std::string_view body{};
};

// NonceSource hands out one credential's nonces: strictly increasing over threads, processes, crashes and restores, without a
// system call.
class NonceSource {
 public:
  NonceSource() = default;
  NonceSource(const NonceSource&) = delete;
  NonceSource& operator=(const NonceSource&) = delete;
  virtual ~NonceSource() = default;
  // next gives max(clock, last + 1), in the clock's unit, which is always the same one for a venue.
  virtual std::uint64_t next(std::uint64_t clock) noexcept = 0;
  // take makes the caller's own nonce the last one; false when it is not above the last.
  virtual bool take(std::uint64_t nonce) noexcept = 0;
};

// CanonicalContext is what the canonicaliser needs besides the request.
struct CanonicalContext {
  std::string_view credential;
  std::string_view environment;
  std::string_view api_key;
  std::span<const std::string> extra_hosts;    // recorded with the credential
  std::int64_t now_ms = 0;                     // clock plus the credential's offset
  std::optional<std::int64_t> timestamp_ms;    // the caller's own
  std::string_view passphrase;                 // as it is sent
  std::string_view algorithm = "HMAC-SHA256";  // of the key, by its name in key/algorithm.h
  std::size_t signature_size = 32;             // in bytes
  ByteView public_key;                         // Ed25519: 32 bytes; ECDSA: 65; else empty
  NonceSource* nonces = nullptr;               // present where the venue has nonces
};

struct Venue {
  std::string_view name;                         // "binance"
  std::string_view title;                        // "Binance"
  std::string_view source;                       // where the rules come from
  std::span<const SigningAlgorithm> algorithms;  // the first is the default
  PassphraseRule passphrase = PassphraseRule::none;
  std::span<const std::string_view> environments;
  std::span<const Host> hosts;
  std::span<const Scheme> schemes;
  std::span<const Operation> operations;
  std::span<const Collision> collisions{};
  std::string_view universal{};  // where the path is not signed: parameters that every request may have
  std::string_view notes{};      // for people: what else one should know; sentences
  bool signs_answers = false;    // the venue signs its answers with the credential's secret (Bitstamp)
  bool signs_digest = false;     // the preimage is the digest itself (Hyperliquid)
  Check check{};
  KeyInfo key_info{};

  // index is the operation table made quick to ask; built at its first call.
  const OperationIndex& (*index)(const Venue& venue) noexcept = nullptr;
  // canonicalise reads `request` once into `draft`: facts, preimage and the unsigned parts of the answer. On failure the draft
  // holds what explain needs. noexcept, allocates nothing. compose_by_scheme (composer.h) where the schemes say it all.
  SignStatus (*canonicalise)(const Venue& venue, const RequestView& request, const CanonicalContext& context,
                             Draft& draft) noexcept = nullptr;
  // place puts the signature where canonicalise kept room for it; place_signature (placement.h) but for special forms.
  SignStatus (*place)(const Venue& venue, ByteView signature, const CanonicalContext& context, Draft& draft) noexcept = nullptr;
};

// venues lists all of them; find_venue finds one by name, nullptr when there is none.
[[nodiscard]] std::span<const Venue* const> venues() noexcept;
[[nodiscard]] const Venue* find_venue(std::string_view name) noexcept;

// explain says in one line what a status with Origin::request, found by canonicalise or place, means and what to do.
[[nodiscard]] std::string explain(const SignStatus& status, const Draft& draft);

}  // namespace custos::exchange
