// The names of PKCS#11 return values, token flags and attributes, as scripts and call logs spell them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fault_token {

// parse_return_value reads "CKR_DEVICE_ERROR" or "0x80000001".
[[nodiscard]] std::optional<unsigned long> parse_return_value(std::string_view text);

// parse_token_flags reads names or numbers joined by '|': "CKF_USER_PIN_LOCKED|CKF_USER_PIN_FINAL_TRY".
[[nodiscard]] std::optional<unsigned long> parse_token_flags(std::string_view text);

// parse_attribute reads "CKA_LOCAL" or "0x00000163".
[[nodiscard]] std::optional<unsigned long> parse_attribute(std::string_view text);

// return_value_name gives the name, or eight hexadecimal digits for a value without one.
[[nodiscard]] std::string return_value_name(unsigned long rv);

}  // namespace fault_token
