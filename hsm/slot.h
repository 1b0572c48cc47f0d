// Tokens and the slots that they are in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/token_uri.h"

namespace custos::hsm {

// TokenFacts is C_GetTokenInfo, with the slot that the token is in now. Slots move; a token is known by label and serial number.
struct TokenFacts {
  CK_SLOT_ID slot = 0;
  std::string label, manufacturer, model, serial;
  CK_FLAGS flags = 0;

  [[nodiscard]] bool initialised() const noexcept { return (flags & CKF_TOKEN_INITIALIZED) != 0; }
  [[nodiscard]] bool has_user_pin() const noexcept { return (flags & CKF_USER_PIN_INITIALIZED) != 0; }
  // pin_state is "ok", "count low", "final try" or "locked" (PKCS#11 2.40, section 3.2, CK_TOKEN_INFO).
  [[nodiscard]] std::string_view pin_state() const noexcept;
  [[nodiscard]] TokenUri uri() const;
};

// list_tokens gives every present token, initialised or not. Errors: as token_failure.
[[nodiscard]] Result<std::vector<TokenFacts>> list_tokens(const Module& module);

// token_facts reads one slot. Errors: as token_failure.
[[nodiscard]] Result<TokenFacts> token_facts(const Module& module, CK_SLOT_ID slot);

// find_token gives the one initialised token that `uri` names. Errors: device_gone (naming those that are there, and where there
// are none how such a device comes back), bad_input when it names two.
[[nodiscard]] Result<TokenFacts> find_token(const Module& module, const TokenUri& uri);

}  // namespace custos::hsm
