// What a PKCS#11 return value (CK_RV) means to us: its name, its error code, and the line for a person.
#pragma once

#include <string>
#include <string_view>

#include "custos/request.h"
#include "custos/result.h"

namespace custos::hsm {

// CkRv is CK_RV, an unsigned long in every PKCS#11 version (2.40 base, section 2), spelled so that users need no PKCS#11 header.
using CkRv = unsigned long;

// kNoCopiesLeft is a value of ours in the vendors' range: no copy of the module can be started any more (hsm/module.h).
inline constexpr CkRv kNoCopiesLeft = 0x80000000UL | 0x435553UL;

// ck_rv_name gives "CKR_PIN_INCORRECT", or an empty view for a vendor's or unknown value.
[[nodiscard]] std::string_view ck_rv_name(CkRv rv) noexcept;

// errc_of maps a return value to the code that callers branch on.
[[nodiscard]] Errc errc_of(CkRv rv) noexcept;

// explain_ck_rv says what the value means and what to do, in one clause without a full stop.
[[nodiscard]] std::string explain_ck_rv(CkRv rv);

// explain_status is explain_ck_rv for a status that carries a return value; any other is our own judgement on the token, or a new
// login's failure, and gets the sentence of its code.
[[nodiscard]] std::string explain_status(const SignStatus& status);

// token_failure makes the Error of a failed call: "`doing`: explanation (CKR_NAME, 0xa0)".
[[nodiscard]] Unexpected token_failure(CkRv rv, std::string_view doing);

// token_status is token_failure for the hot path: no text.
[[nodiscard]] SignStatus token_status(CkRv rv) noexcept;

// is_pin_refusal tells the values by which a token says that this PIN is not the one. CKR_PIN_LOCKED does not: a locked token
// answers so to the right PIN too, and has no try left to lose.
[[nodiscard]] bool is_pin_refusal(CkRv rv) noexcept;

// is_gone tells that somebody destroyed the object after it was found.
[[nodiscard]] bool is_gone(const Error& error) noexcept;

}  // namespace custos::hsm
