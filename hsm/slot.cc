#include "hsm/slot.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>

#include "hsm/ck_rv.h"
#include "hsm/profile.h"
#include "hsm/text_field.h"

namespace custos::hsm {
namespace {

// kSlotListTries: slots may appear between the two calls that list them (PKCS#11 2.40, section 5.5), but not for ever.
constexpr int kSlotListTries = 16;
// kMostSlots is far more than any device has.
constexpr CK_ULONG kMostSlots = 4096;

bool fits(const std::string& wanted, const std::string& found) { return wanted.empty() || wanted == found; }

bool matches(const TokenUri& uri, const TokenFacts& token) {
  return fits(uri.token, token.label) && fits(uri.manufacturer, token.manufacturer) && fits(uri.model, token.model) &&
         fits(uri.serial, token.serial);
}

std::string labels_of(const std::vector<TokenFacts>& tokens) {
  std::string text;
  for (const auto& token : tokens) {
    if (token.initialised()) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", token.label);
  }
  return text;
}

// no_token_fits: a module without any token may be one whose device is away, which p11-kit's client and others do not say.
Unexpected no_token_fits(const Module& module, const TokenUri& uri, const std::string& labels) {
  const auto profile = choose_profile({}, module.description());
  const bool away = labels.empty() && profile && !profile->remedy_gone.empty();
  return fail(Errc::device_gone, Origin::token,
              fmt::format("no token fits {} (the module has {}): {}{}correct the URI or make the token", uri.text(),
                          labels.empty() ? "none" : labels, away ? profile->remedy_gone : "", away ? "; else " : ""));
}

}  // namespace

std::string_view TokenFacts::pin_state() const noexcept {
  if ((flags & CKF_USER_PIN_LOCKED) != 0) return "locked";
  if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) return "final try";
  if ((flags & CKF_USER_PIN_COUNT_LOW) != 0) return "count low";
  return "ok";
}

TokenUri TokenFacts::uri() const {
  TokenUri uri;
  uri.token = label;
  uri.manufacturer = manufacturer;
  uri.model = model;
  uri.serial = serial;
  return uri;
}

Result<TokenFacts> token_facts(const Module& module, CK_SLOT_ID slot) {
  CK_TOKEN_INFO info{};
  if (const CK_RV rv = module.functions().C_GetTokenInfo(slot, &info); rv != CKR_OK) {
    return token_failure(rv, fmt::format("cannot read the token in slot {}", slot));
  }
  return TokenFacts{
      slot,      text_field(info.label), text_field(info.manufacturerID), text_field(info.model), text_field(info.serialNumber),
      info.flags};
}

Result<std::vector<TokenFacts>> list_tokens(const Module& module) {
  std::vector<CK_SLOT_ID> slots;
  CK_RV rv = CKR_BUFFER_TOO_SMALL;
  for (int tries = 0; rv == CKR_BUFFER_TOO_SMALL && tries < kSlotListTries; ++tries) {
    CK_ULONG count = 0;
    rv = module.functions().C_GetSlotList(CK_TRUE, nullptr, &count);
    if (rv == CKR_OK && count > 0 && count <= kMostSlots) {
      slots.resize(count);
      rv = module.functions().C_GetSlotList(CK_TRUE, slots.data(), &count);
    }
    if (rv != CKR_OK) continue;
    if (count > kMostSlots || count > slots.size()) {
      return fail(Errc::integrity, Origin::token, fmt::format("the module tells of {} slots with a token", count));
    }
    slots.resize(count);
  }
  if (rv != CKR_OK) return token_failure(rv, "cannot list the module's tokens");
  std::vector<TokenFacts> tokens;
  for (const CK_SLOT_ID slot : slots) {
    auto token = token_facts(module, slot);
    if (token) tokens.push_back(std::move(*token));
    // A slot whose token cannot be read does not hide the others; if it was the one wanted, the answer is "not found".
  }
  return tokens;
}

Result<TokenFacts> find_token(const Module& module, const TokenUri& uri) {
  auto tokens = list_tokens(module);
  if (!tokens) return tokens.failure();
  std::optional<TokenFacts> found;
  for (const auto& token : *tokens) {
    if (!token.initialised() || !matches(uri, token)) continue;
    if (found) {
      return fail(
          Errc::bad_input, Origin::token,
          fmt::format("{} names more than one token: add serial={} or serial={}", uri.text(), found->serial, token.serial));
    }
    found = token;
  }
  if (!found) return no_token_fits(module, uri, labels_of(*tokens));
  return *found;
}

}  // namespace custos::hsm
