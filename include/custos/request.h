// Exchange requests: what goes in, what comes out, and the status of one signature.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "custos/export.h"
#include "custos/result.h"

namespace custos {

// NameValue is one parameter or header.
struct NameValue {
  std::string_view name;
  std::string_view value;
};

// RequestKind is what is signed: a REST request, a WebSocket message or logon, a FIX logon.
enum class RequestKind : std::uint8_t { rest, ws, fix };

// RequestView is an unsigned request. All views belong to the caller and are read once, before sign returns.
// `query` and `body` are the exact bytes to send: Custos only appends to them. `params` are unencoded and in order; the venue's
// file says where they go. Giving both `params` and the part that they would form is an error.
// Of a WebSocket or FIX message, `method` is the operation ("session.logon", "login"), `params` and `body` are what it carries,
// as `custos venue show NAME` tells; path, query, headers and host stay empty unless that says otherwise.
struct RequestView {
  std::string_view method;                // "GET", "POST", "PUT", "DELETE", "PATCH"
  std::string_view path;                  // begins with "/", no query
  std::string_view query;                 // raw, without "?"
  std::span<const NameValue> params;      // unencoded
  std::string_view body;                  // raw
  std::span<const NameValue> headers;     // the caller's own headers, returned with the signed request
  std::string_view host;                  // empty: the venue's host for this path and the credential's environment
  std::string_view recv_window;           // milliseconds as decimal text, empty: none
  std::string_view nonce;                 // for venues that use one, empty: none
  std::optional<std::int64_t> expires_s;  // for venues that use one, Unix seconds
  RequestKind kind = RequestKind::rest;
};

// ServerAnswer is what came back from a venue that signs its answers (Bitstamp), with the nonce and time of the request that it
// answers, as that was sent. The body is what Content-Encoding was undone of.
struct ServerAnswer {
  std::string_view nonce, timestamp;  // X-Auth-Nonce and X-Auth-Timestamp of the request
  std::string_view content_type;      // as the answer's header has it, empty: there was none
  std::string_view body;
  std::string_view signature;  // X-Server-Auth-Signature, in hexadecimal
};

// SignContext says on whose behalf a request is signed; the authoriser and the audit sink see it.
struct SignContext {
  std::string_view actor;
  std::string_view request_id;
  std::string_view approval;
};

// SignOptions belong to one call of sign.
struct SignOptions {
  SignContext context;
  std::optional<std::int64_t> timestamp_ms;  // Unix milliseconds; absent: the clock's plus the credential's offset
  std::optional<std::chrono::steady_clock::time_point> deadline;
  bool no_fallback = false;  // busy, rather than a slower signature, when no session waits armed (RequestSigner::rearm); it does
                             // not forbid the credential's fallback key, which the grant "fallback" allows
};

// SignStatus is the hot path's Error without the text. `native` holds the CK_RV for Origin::token, a reason code of the request
// rules for Origin::request and Origin::grants. RequestSigner::explain turns it into a line for a person.
struct [[nodiscard]] SignStatus {
  Errc code = Errc::ok;
  Origin origin = Origin::none;
  std::uint32_t native = 0;

  [[nodiscard]] bool ok() const noexcept { return code == Errc::ok; }
};
static_assert(std::is_trivially_destructible_v<SignStatus>);

// SignedRequest owns the scratch and the result of one signature, in a buffer of fixed capacity that is allocated once.
// Use one per thread and reuse it: its views stay valid until it is handed to sign again, moved or destroyed.
class CUSTOS_EXPORT SignedRequest {
 public:
  static constexpr std::size_t kDefaultCapacity = 16 * 1024;

  // A request needs about three times its own size; sign answers bad_input when `capacity` bytes do not suffice.
  explicit SignedRequest(std::size_t capacity = kDefaultCapacity);
  ~SignedRequest();
  SignedRequest(SignedRequest&&) noexcept;
  SignedRequest& operator=(SignedRequest&&) noexcept;

  [[nodiscard]] RequestKind kind() const noexcept;
  // message is what goes over the WebSocket or FIX session; empty for REST, whose parts are empty for messages.
  [[nodiscard]] std::string_view message() const noexcept;
  [[nodiscard]] std::string_view method() const noexcept;
  [[nodiscard]] std::string_view url() const noexcept;     // scheme, host, path, query
  [[nodiscard]] std::string_view target() const noexcept;  // path and query, as HTTP's request line has it
  [[nodiscard]] std::string_view body() const noexcept;
  [[nodiscard]] std::span<const NameValue> headers() const noexcept;
  [[nodiscard]] std::string_view signature() const noexcept;  // as placed in the request
  [[nodiscard]] std::string_view preimage() const noexcept;   // what was signed
  [[nodiscard]] std::string_view algorithm() const noexcept;  // "HMAC-SHA256"
  [[nodiscard]] std::string_view operation() const noexcept;  // "POST /api/v3/order (trade)"
  [[nodiscard]] std::span<const std::string_view> warnings() const noexcept;

  struct CUSTOS_INTERNAL Impl;  // internal
  [[nodiscard]] Impl& impl() noexcept { return *impl_; }
  [[nodiscard]] const Impl& impl() const noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace custos
