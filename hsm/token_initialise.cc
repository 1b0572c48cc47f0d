#include "hsm/token_initialise.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

#include "base/wipe_stack.h"
#include "hsm/ck_rv.h"
#include "hsm/slot.h"

namespace custos::hsm {
namespace {

// PinText is a PIN as the module's functions want it: not const, though they only read it.
struct PinText {
  CK_UTF8CHAR* text;
  CK_ULONG size;
  explicit PinText(const SecretBytes& pin)
      : text(const_cast<CK_UTF8CHAR*>(pin.view(InsecureSecretAccess{}).data())), size(pin.size()) {}
};

Result<CK_SLOT_ID> free_slot(const Module& module, const std::string& label) {
  auto tokens = list_tokens(module);
  if (!tokens) return tokens.failure();
  const bool taken = std::any_of(tokens->begin(), tokens->end(),
                                 [&](const TokenFacts& token) { return token.initialised() && token.label == label; });
  if (taken) {
    return fail(Errc::already_exists, Origin::token,
                fmt::format("there is a token \"{}\" already: use it or choose another label", label));
  }
  const auto free = std::find_if(tokens->begin(), tokens->end(), [](const TokenFacts& token) { return !token.initialised(); });
  if (free == tokens->end()) {
    return fail(Errc::not_found, Origin::token, "the module has no slot with an uninitialised token: make one with its own tool");
  }
  return free->slot;
}

// set_user_pin needs the SO's login, which ends with the session.
Result<void> set_user_pin(const Module& module, CK_SLOT_ID slot, const SecretBytes& so_pin, const SecretBytes& pin) {
  const CK_FUNCTION_LIST& call = module.functions();
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  CK_RV rv = call.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
  if (rv != CKR_OK) return token_failure(rv, "cannot open a session with the new token");
  const PinText so(so_pin);
  rv = call.C_Login(session, CKU_SO, so.text, so.size);
  if (rv == CKR_OK) {
    const PinText user(pin);
    rv = call.C_InitPIN(session, user.text, user.size);
    call.C_Logout(session);
  }
  wipe_stack();
  call.C_CloseSession(session);
  if (rv != CKR_OK) return token_failure(rv, "cannot set the new token's user PIN");
  return {};
}

}  // namespace

Result<void> initialise_token(const Module& module, const std::string& label, const SecretBytes& so_pin, const SecretBytes& pin) {
  std::array<CK_UTF8CHAR, 32> padded;  // PKCS#11 2.40, section 5.5, C_InitToken: blank-padded, no terminator
  if (label.empty() || label.size() > padded.size()) {
    return fail(Errc::bad_input, Origin::token, fmt::format("a token's label has 1 to {} bytes", padded.size()));
  }
  auto slot = free_slot(module, label);
  if (!slot) return slot.failure();
  padded.fill(' ');
  std::copy(label.begin(), label.end(), padded.begin());
  const PinText so(so_pin);
  const CK_RV rv = module.functions().C_InitToken(*slot, so.text, so.size, padded.data());
  wipe_stack();  // an in-process module works on the PINs there
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot make the token \"{}\"", label));

  TokenUri made;  // its slot may have moved
  made.token = label;
  auto token = find_token(module, made);
  if (!token) return token.failure();
  return set_user_pin(module, token->slot, so_pin, pin);
}

}  // namespace custos::hsm
