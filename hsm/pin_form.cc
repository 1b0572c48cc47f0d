#include "hsm/pin_form.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace custos::hsm {
namespace {

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// is_user_and_password: "CU_user:password". The password may hold colons.
bool is_user_and_password(std::string_view pin) noexcept {
  const auto colon = pin.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < pin.size();
}

// is_key_id_and_password: "0001password", or "@003f…" for an asymmetric authentication key; passwords have 8 to 64 characters.
bool is_key_id_and_password(std::string_view pin) noexcept {
  constexpr std::size_t kIdSize = 4, kLeast = 8, kMost = 64;
  if (pin.starts_with('@')) pin.remove_prefix(1);
  return pin.size() >= kIdSize + kLeast && pin.size() <= kIdSize + kMost && std::ranges::all_of(pin.substr(0, kIdSize), is_hex);
}

Unexpected refuse(std::string_view wanted) {
  return fail(Errc::authentication, Origin::token,
              "the PIN was not tried, since it cannot be right: this device wants " + std::string(wanted));
}

}  // namespace

Result<void> check_pin_form(PinForm form, const SecretBytes& pin) {
  const std::string_view text = as_text(pin.view(InsecureSecretAccess{}));
  switch (form) {
    case PinForm::plain: return {};
    case PinForm::user_colon_password:
      if (is_user_and_password(text)) return {};
      return refuse("a user's name, a colon and the password");
    case PinForm::key_id_password:
      if (is_key_id_and_password(text)) return {};
      return refuse(
          "the authentication key's id as four hexadecimal digits and, without a space, its password of 8 to 64 "
          "characters");
  }
  return {};
}

}  // namespace custos::hsm
