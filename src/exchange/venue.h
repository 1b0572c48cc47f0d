// Venue: what one exchange demands of a signed request, as data and two functions. Each venue is one file (binance.cc, …).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/request.h"
#include "exchange/draft.h"
#include "facts/operation_class.h"

namespace custos::exchange {

// Operation is one row of a venue's allow-list: what no row names is unknown and refused. Names are separated by spaces.
struct Operation {
  std::string_view method;
  std::string_view path;  // exact
  facts::OperationClass operation_class;
  std::string_view required;  // parameters the venue demands, without those that every request has (timestamp)
  std::string_view optional;  // parameters it takes besides; any other is refused
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

// CanonicalContext is what the canonicaliser needs besides the request.
struct CanonicalContext {
  std::string_view credential;
  std::string_view environment;
  std::string_view api_key;
  std::span<const std::string> extra_hosts;  // recorded with the credential
  std::int64_t now_ms = 0;                   // clock plus the credential's offset
  std::optional<std::int64_t> timestamp_ms;  // the caller's own
};

struct Venue {
  std::string_view name;                         // "binance"
  std::string_view title;                        // "Binance"
  std::string_view source;                       // where the rules come from
  std::span<const std::string_view> algorithms;  // as key/algorithm.h names them; the first is the default
  std::span<const std::string_view> environments;
  std::span<const Host> hosts;
  std::span<const Operation> operations;
  std::span<const Collision> collisions;

  // canonicalise reads `request` once into `draft`: facts, preimage and the unsigned parts of the answer. On failure the draft
  // holds what explain needs. noexcept, allocates nothing.
  SignStatus (*canonicalise)(const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept;
  // place puts the signature where the venue wants it and completes url, target, body and headers.
  SignStatus (*place)(ByteView signature, Draft& draft) noexcept;
};

// venues lists all of them; find_venue finds one by name, nullptr when there is none.
[[nodiscard]] std::span<const Venue* const> venues() noexcept;
[[nodiscard]] const Venue* find_venue(std::string_view name) noexcept;

// explain says in one line what a status with Origin::request, found by canonicalise or place, means and what to do.
[[nodiscard]] std::string explain(const SignStatus& status, const Draft& draft);

}  // namespace custos::exchange
