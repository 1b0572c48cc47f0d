// What a token's health means to a person, and what to do about it.
#pragma once

#include <string>
#include <string_view>

#include "custos/health.h"
#include "custos/result.h"
#include "hsm/profile.h"

namespace custos {

// meaning_of says what happened, in one clause: "the device ended our sessions". Empty for none.
[[nodiscard]] std::string_view meaning_of(TokenReason reason) noexcept;

// remedy_of says what a person does about it; `native` is the token's return value behind it, if there is one. Empty for none.
[[nodiscard]] std::string remedy_of(TokenReason reason, const hsm::Profile& profile, std::uint32_t native = 0);

// reason_of_failure is what the failure of a call to such a device tells of it; none where it tells nothing.
[[nodiscard]] TokenReason reason_of_failure(const Error& failure, const hsm::Profile& profile) noexcept;

// describe_health is the doctor's finding: "down, pin_locked: the token locked its PIN (CKR_PIN_LOCKED), 3 failures".
[[nodiscard]] std::string describe_health(const TokenHealth& health);

}  // namespace custos
