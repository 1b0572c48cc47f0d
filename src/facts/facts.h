// Facts: what a request or transaction means, read once from the caller's bytes. Permission is judged on facts alone.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "custos/request.h"
#include "facts/operation_class.h"

namespace custos::facts {

enum class Kind : std::uint8_t { request };  // of an exchange; transactions and messages join with the wallets

// Facts of one request. Views point into the SignedRequest that holds the canonical copy, or into static tables.
struct Facts {
  Kind kind = Kind::request;
  std::string_view venue;
  std::string_view environment;
  std::string_view credential;
  std::string_view host;
  std::string_view method;
  std::string_view path;
  std::span<const NameValue> params;  // decoded, in order; of the query, then of a form body
  std::string_view body;              // a body that is no form, as it is sent but for what Custos adds to it
  std::int64_t timestamp_ms = 0;

  OperationClass operation_class = OperationClass::unknown;
  // reachable names every class that the same signed bytes reach under any path, method or split between query and body, less
  // the collisions that the venue's file lists. Signing needs all of them granted.
  ClassSet reachable;
};

// intent_digest is the SHA-256 of the facts' canonical encoding: "custos-facts-v2", then every field above in order, each
// prefixed with its length as 4 bytes big-endian (docs/architecture.md). Two different facts never share an encoding.
[[nodiscard]] Digest32 intent_digest(const Facts& facts);

}  // namespace custos::facts
