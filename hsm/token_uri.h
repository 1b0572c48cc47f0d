// TokenUri: an RFC 7512 URI that names a token, or a key in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::hsm {

// TokenUri holds the attributes of RFC 7512, section 2.3, by which Custos names things. An empty text or id names any.
struct TokenUri {
  std::string token, manufacturer, model, serial;
  std::string object;
  Bytes id;
  std::optional<unsigned long> object_class;  // CK_OBJECT_CLASS, "type" in the URI

  // parse reads a URI through p11-kit's parser. Attributes that Custos does not match by are refused, because a misspelt one
  // would otherwise name any token, and so is a PIN in the URI. Errors: bad_input.
  static Result<TokenUri> parse(std::string_view text);
  // text writes the URI so that parse gives the same value again.
  [[nodiscard]] std::string text() const;

  // names_a_token is false for a URI that any token would match.
  [[nodiscard]] bool names_a_token() const noexcept { return !(token.empty() && serial.empty()); }

  friend bool operator==(const TokenUri&, const TokenUri&) = default;
};

// key_uri names a key by its token's label, its own label, its CKA_ID and its class (CK_OBJECT_CLASS).
[[nodiscard]] std::string key_uri(std::string_view token_label, std::string_view label, ByteView id, unsigned long object_class);

}  // namespace custos::hsm
