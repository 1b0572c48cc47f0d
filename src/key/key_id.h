// KeyId: the UUID (RFC 4122, version 4) that names a key everywhere, in a token as CKA_ID.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "custos/result.h"

namespace custos::key {

struct KeyId {
  std::array<std::uint8_t, 16> bytes{};

  // random draws a new one from libsodium's generator.
  [[nodiscard]] static KeyId random();
  // parse reads "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". Errors: bad_input.
  [[nodiscard]] static Result<KeyId> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const KeyId&, const KeyId&) = default;
};

}  // namespace custos::key
