// The module's functions: each asks the rules, forwards to the real module and logs its answer.
#include <p11-kit/pkcs11.h>

#include <thread>
#include <tuple>

#include "fault_token.h"

namespace fault_token {
namespace {

void spoil_attributes(FaultToken& token, const CK_ATTRIBUTE* attributes, CK_ULONG count) {
  if (count == 0 || attributes->pValue == nullptr || attributes->ulValueLen == 0) return;
  if (token.rules.spoils(Spoil::alter_attributes)) static_cast<CK_BYTE*>(attributes->pValue)[attributes->ulValueLen - 1] ^= 1U;
}

void spoil_signature(FaultToken& token, CK_BYTE* signature, CK_ULONG* size) {
  if (signature == nullptr || *size == 0) return;
  if (token.rules.spoils(Spoil::alter_signatures)) signature[*size - 1] ^= 1U;
  if (token.rules.spoils(Spoil::cut_signatures)) --*size;
}

// derived answers in place of a real module that has no BIP 32.
template <Function F, class... Args>
Bip32::Answer derived(FaultToken& token, Bip32Vendor vendor, Args... args) {
  const auto arguments = std::tie(args...);
  if constexpr (F == Function::C_GetMechanismInfo) {
    return Bip32::mechanism_info(vendor, std::get<1>(arguments), std::get<2>(arguments));
  } else if constexpr (F == Function::C_GenerateKey) {
    return Bip32::generate_key(vendor, *token.real(), std::get<0>(arguments), std::get<1>(arguments),
                               {std::get<2>(arguments), std::get<3>(arguments)}, std::get<4>(arguments));
  } else if constexpr (F == Function::C_DeriveKey) {
    return token.bip32.derive_key(vendor, *token.real(), std::get<0>(arguments), std::get<1>(arguments), std::get<2>(arguments),
                                  {std::get<3>(arguments), std::get<4>(arguments)}, std::get<5>(arguments));
  } else if constexpr (F == Function::C_GetAttributeValue) {
    return token.bip32.attribute(vendor, std::get<1>(arguments), {std::get<2>(arguments), std::get<3>(arguments)});
  } else {
    return std::nullopt;
  }
}

// forward calls the real function, with what some functions need beside it.
template <Function F, class RealFunction, class... Args>
CK_RV forward(FaultToken& token, const Verdict& verdict, RealFunction real_function, Args... args) {
  if constexpr (F == Function::C_OpenSession) {
    return token.sessions.open(verdict.session_cap, std::get<4>(std::tie(args...)), [&] { return real_function(args...); });
  } else {
    const auto running = token.sessions.enter();
    const auto instead = verdict.bip32 ? derived<F>(token, *verdict.bip32, args...) : std::nullopt;
    const CK_RV rv = instead ? *instead : real_function(args...);
    if (rv != CKR_OK) return rv;
    if constexpr (F == Function::C_CloseSession) token.sessions.closed(args...);
    if constexpr (F == Function::C_CloseAllSessions || F == Function::C_Finalize) token.sessions.all_closed();
    if constexpr (F == Function::C_GetAttributeValue) {
      spoil_attributes(token, std::get<2>(std::tie(args...)), std::get<3>(std::tie(args...)));
    }
    if constexpr (F == Function::C_Sign) spoil_signature(token, std::get<3>(std::tie(args...)), std::get<4>(std::tie(args...)));
    if constexpr (F == Function::C_GetTokenInfo) {
      auto& flags = std::get<1>(std::tie(args...))->flags;
      flags = (flags & ~verdict.clear_token_flags) | verdict.set_token_flags;
    }
    return rv;
  }
}

enum class FirstArgument : unsigned char { session, other };

// Entry is one function of the table; its arguments are those of the real one.
template <Function F, FirstArgument First, auto Member>
struct Entry;

template <Function F, FirstArgument First, class... Args, CK_RV (*CK_FUNCTION_LIST::*Member)(Args...)>
struct Entry<F, First, Member> {
  static CK_RV call(Args... args) noexcept {
    auto& token = FaultToken::instance();
    if (F == Function::C_Initialize && !token.start()) return CKR_GENERAL_ERROR;
    const CK_RV rv = answer(token, args...);
    token.log.record(F, rv);
    return rv;
  }

  static CK_RV answer(FaultToken& token, Args... args) {
    const auto* real = token.real();
    if (real == nullptr) return CKR_GENERAL_ERROR;
    const auto verdict = token.rules.judge(F);
    std::this_thread::sleep_for(verdict.delay);
    if (verdict.lose_sessions) token.sessions.lose(*real);
    if (verdict.rv) return *verdict.rv;
    if constexpr (First == FirstArgument::session) {
      if (token.sessions.is_lost(std::get<0>(std::tie(args...)))) return CKR_SESSION_HANDLE_INVALID;
    }
    return forward<F>(token, verdict, real->*Member, args...);
  }
};

CK_RV get_function_list(CK_FUNCTION_LIST** list) noexcept;

CK_FUNCTION_LIST& table() {
  static CK_FUNCTION_LIST functions = [] {
    CK_FUNCTION_LIST list{.version = {2, 40},
#define FAULT_TOKEN_ENTRY(name, first_argument) \
  .name = &Entry<Function::name, FirstArgument::first_argument, &CK_FUNCTION_LIST::name>::call,
                          FAULT_TOKEN_FUNCTIONS(FAULT_TOKEN_ENTRY)
#undef FAULT_TOKEN_ENTRY
    };
    list.C_GetFunctionList = &get_function_list;  // our own list, not the real module's
    return list;
  }();
  return functions;
}

CK_RV get_function_list(CK_FUNCTION_LIST** list) noexcept {
  if (list == nullptr) return CKR_ARGUMENTS_BAD;
  *list = &table();
  return CKR_OK;
}

}  // namespace
}  // namespace fault_token

// C_GetFunctionList is the module's only export. Inside, its hidden twin is used: a host that links libp11-kit brings a symbol of
// the same name, which would win.
extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  return fault_token::get_function_list(list);
}
