#include "tools/bench/raw_token.h"

#include <dlfcn.h>

#include <array>

#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/text_field.h"
#include "hsm/token_uri.h"

namespace custos::bench {
namespace {

constexpr CK_MECHANISM_TYPE kMechanism = CKM_SHA256_HMAC;
constexpr CK_FLAGS kSession = CKF_SERIAL_SESSION | CKF_RW_SESSION;  // CloudHSM takes no other (devices.md section 5)

// Signing is what both subjects share: some sessions, closed at the end.
class Signing : public Subject {
 public:
  Signing(const CK_FUNCTION_LIST& functions, CK_OBJECT_HANDLE key, ByteView message, std::vector<CK_SESSION_HANDLE> sessions)
      : functions_(functions), key_(key), message_(message), sessions_(std::move(sessions)) {}
  ~Signing() override {
    for (const CK_SESSION_HANDLE session : sessions_) functions_.C_CloseSession(session);
  }

 protected:
  bool arm(CK_SESSION_HANDLE session) noexcept {
    CK_MECHANISM mechanism{kMechanism, nullptr, 0};
    return functions_.C_SignInit(session, &mechanism, key_) == CKR_OK;
  }
  bool sign_on(CK_SESSION_HANDLE session) noexcept {
    std::array<CK_BYTE, 64> mac;  // full size, whatever the mechanism: devices.md 1.7
    CK_ULONG size = mac.size();
    return functions_.C_Sign(session, const_cast<CK_BYTE*>(message_.data()), message_.size(), mac.data(), &size) == CKR_OK;
  }
  [[nodiscard]] const std::vector<CK_SESSION_HANDLE>& sessions() const noexcept { return sessions_; }

 private:
  const CK_FUNCTION_LIST& functions_;
  const CK_OBJECT_HANDLE key_;
  const ByteView message_;
  const std::vector<CK_SESSION_HANDLE> sessions_;
};

class SignLoop final : public Signing {
 public:
  using Signing::Signing;
  bool sign() noexcept override { return arm(sessions().front()) && sign_on(sessions().front()); }
};

class ArmedSign final : public Signing {
 public:
  ArmedSign(const CK_FUNCTION_LIST& functions, CK_OBJECT_HANDLE key, ByteView message, std::vector<CK_SESSION_HANDLE> handles)
      : Signing(functions, key, message, std::move(handles)) {
    fill();
  }
  bool sign() noexcept override { return used_ < sessions().size() && sign_on(sessions()[used_++]); }
  void rearm() noexcept override {
    if (used_ == sessions().size()) fill();
  }
  void fill() noexcept override {
    for (; used_ > 0; --used_) arm(sessions()[used_ - 1]);
  }

 private:
  std::size_t used_ = sessions().size();  // that many from the front are not armed
};

}  // namespace

Result<std::unique_ptr<RawToken>> RawToken::open(const TokenSettings& settings, SecretBytes pin) {
  std::unique_ptr<RawToken> token(new RawToken);
  if (auto started = token->start(settings); !started) return started.failure();
  if (auto found = token->find_token(settings); !found) return found.failure();
  if (auto logged_in = token->log_in(std::move(pin)); !logged_in) return logged_in.failure();
  return token;
}

// The library stays loaded, because its exit handlers may still run (devices.md 1.14), and is not finalized, because that would
// end NSS's random generator for Custos's instance too (hsm/profile.cc).
RawToken::~RawToken() {
  if (login_ != CK_INVALID_HANDLE) functions_->C_CloseSession(login_);
}

Result<void> RawToken::start(const TokenSettings& settings) {
  library_ = ::dlopen(settings.module.c_str(), RTLD_NOW | RTLD_LOCAL);
  auto* get_list = library_ == nullptr ? nullptr : reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library_, "C_GetFunctionList"));
  if (get_list == nullptr || get_list(&functions_) != CKR_OK) {
    functions_ = nullptr;
    return fail(Errc::device_gone, Origin::token, "the raw loop cannot load the module " + settings.module.string());
  }
  std::string reserved = settings.init_reserved;
  struct {
    CK_C_INITIALIZE_ARGS standard{};
    void* reserved_of_nss = nullptr;  // NSS looks there, beyond the standard's end (devices.md section 4)
  } args;
  args.standard.flags = CKF_OS_LOCKING_OK;
  if (!reserved.empty()) args.standard.pReserved = reserved.data();
  const CK_RV rv = functions_->C_Initialize(&args.standard);
  own_ = rv == CKR_OK;
  if (rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) return {};
  return hsm::token_failure(rv, "the raw loop cannot start the module");
}

Result<void> RawToken::find_token(const TokenSettings& settings) {
  const auto uri = hsm::TokenUri::parse(settings.uri);
  if (!uri) return Unexpected{uri.error()};
  CK_ULONG count = 0;
  CK_RV rv = functions_->C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (rv == CKR_OK) rv = functions_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return hsm::token_failure(rv, "the raw loop cannot list the tokens");
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info{};
    if (functions_->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    const bool same_label = uri->token.empty() || uri->token == hsm::text_field(info.label);
    const bool same_serial = uri->serial.empty() || uri->serial == hsm::text_field(info.serialNumber);
    if (!same_label || !same_serial) continue;
    slot_ = slot;
    return {};
  }
  return fail(Errc::device_gone, Origin::token, "the raw loop does not find the token " + settings.uri);
}

Result<void> RawToken::log_in(SecretBytes pin) {
  CK_RV rv = functions_->C_OpenSession(slot_, kSession, nullptr, nullptr, &login_);
  if (rv != CKR_OK) {
    login_ = CK_INVALID_HANDLE;
    return hsm::token_failure(rv, "the raw loop cannot open a session");
  }
  const auto bytes = pin.mutable_view(InsecureSecretAccess{});
  rv = functions_->C_Login(login_, CKU_USER, bytes.data(), bytes.size());
  if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) return {};
  return hsm::token_failure(rv, "the raw loop cannot log in");
}

Result<void> RawToken::use(const key::KeyId& key) {
  hsm::Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).bytes(CKA_ID, key.bytes);
  CK_ULONG count = 0;
  CK_RV rv = functions_->C_FindObjectsInit(login_, wanted.data(), wanted.size());
  if (rv == CKR_OK) rv = functions_->C_FindObjects(login_, &key_, 1, &count);
  functions_->C_FindObjectsFinal(login_);
  if (rv != CKR_OK) return hsm::token_failure(rv, "the raw loop cannot search its key");
  if (count == 1) return {};
  return fail(Errc::not_found, Origin::token, "the raw loop does not find its key");
}

std::vector<CK_SESSION_HANDLE> RawToken::open_sessions(std::size_t most) const {
  std::vector<CK_SESSION_HANDLE> sessions;
  while (sessions.size() < most) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    if (functions_->C_OpenSession(slot_, kSession, nullptr, nullptr, &session) != CKR_OK) break;
    sessions.push_back(session);
  }
  return sessions;
}

std::unique_ptr<Subject> RawToken::sign_loop(ByteView message) const {
  auto sessions = open_sessions(1);
  if (sessions.empty()) return nullptr;
  return std::make_unique<SignLoop>(*functions_, key_, message, std::move(sessions));
}

std::unique_ptr<Subject> RawToken::armed_sign(ByteView message, std::size_t sessions) const {
  auto opened = open_sessions(sessions);
  if (opened.empty()) return nullptr;
  return std::make_unique<ArmedSign>(*functions_, key_, message, std::move(opened));
}

}  // namespace custos::bench
