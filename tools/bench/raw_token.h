// RawToken: the token as everybody uses it, by PKCS#11 alone. What Custos is compared with.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custodian/config.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/cryptoki.h"
#include "key/key_id.h"
#include "tools/bench/subject.h"

namespace custos::bench {

// RawToken loads the module's file with dlopen, lets it lock by the system's means (CKF_OS_LOCKING_OK) and logs in for itself.
// Custos's own instance of the module comes from a private copy, so that the two do not meet; where the module is already
// initialised, because Custos could not load it privately, both share one instance.
class RawToken {
 public:
  // open loads, finds the token and logs in. Log in with Custos first: its PIN guard asks whether the PIN was ever refused.
  // Errors: device_gone, authentication, bad_input (URI).
  [[nodiscard]] static Result<std::unique_ptr<RawToken>> open(const TokenSettings& settings, SecretBytes pin);
  ~RawToken();
  RawToken(const RawToken&) = delete;
  RawToken& operator=(const RawToken&) = delete;

  // use finds the HMAC key that is signed with. Errors: not_found, device_gone.
  [[nodiscard]] Result<void> use(const key::KeyId& key);

  // is_own tells that this is an instance apart from Custos's.
  [[nodiscard]] bool is_own() const noexcept { return own_; }

  // sign_loop is C_SignInit and C_Sign on a session of the subject's own. armed_sign is C_Sign alone, on at most `sessions`
  // sessions that were armed before; re-arming is not its business. nullptr when the token gives no session. The message outlives
  // the subject.
  [[nodiscard]] std::unique_ptr<Subject> sign_loop(ByteView message) const;
  [[nodiscard]] std::unique_ptr<Subject> armed_sign(ByteView message, std::size_t sessions) const;

 private:
  RawToken() = default;
  [[nodiscard]] Result<void> start(const TokenSettings& settings);
  [[nodiscard]] Result<void> find_token(const TokenSettings& settings);
  [[nodiscard]] Result<void> log_in(SecretBytes pin);
  [[nodiscard]] std::vector<CK_SESSION_HANDLE> open_sessions(std::size_t most) const;

  void* library_ = nullptr;
  CK_FUNCTION_LIST* functions_ = nullptr;
  CK_SLOT_ID slot_ = 0;
  CK_SESSION_HANDLE login_ = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
  bool own_ = false;
};

}  // namespace custos::bench
