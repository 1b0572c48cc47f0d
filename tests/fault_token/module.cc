// The module's functions: each asks the rules, forwards to the real module and logs its answer.
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <tuple>

#include "fault_token.h"
#include "signature.h"

namespace fault_token {
namespace {

// argument is the Nth one of a call.
template <std::size_t N, class... Args>
auto& argument(Args&... args) {
  return std::get<N>(std::tie(args...));
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

// refuse is what a module of certain manners answers without being asked further.
template <Function F, class... Args>
Refusal refuse(FaultToken& token, const CK_FUNCTION_LIST& real, const Behaviours& manners, Args&... args) {
  if constexpr (F == Function::C_OpenSession) {
    const bool has_callback = argument<2>(args...) != nullptr || argument<3>(args...) != nullptr;
    return refuse_session(manners, argument<1>(args...), has_callback);
  } else if constexpr (F == Function::C_Login) {
    const bool is_locked = argument<1>(args...) == CKU_USER && token.pin_lock.is_locked(manners.pin_tries);
    return is_locked ? Refusal(CKR_PIN_LOCKED) : std::nullopt;
  } else if constexpr (F == Function::C_CreateObject) {
    return refuse_object(manners, nullptr, {argument<1>(args...), argument<2>(args...)});
  } else if constexpr (F == Function::C_CopyObject) {
    return refuse_object(manners, nullptr, {argument<2>(args...), argument<3>(args...)});
  } else if constexpr (F == Function::C_GenerateKey) {
    return refuse_object(manners, argument<1>(args...), {argument<2>(args...), argument<3>(args...)});
  } else if constexpr (F == Function::C_GenerateKeyPair) {
    const auto refused = refuse_object(manners, argument<1>(args...), {argument<2>(args...), argument<3>(args...)});
    return refused ? refused : refuse_object(manners, argument<1>(args...), {argument<4>(args...), argument<5>(args...)});
  } else if constexpr (F == Function::C_GetAttributeValue) {
    return refuse_reading(manners, real, argument<0>(args...), argument<1>(args...),
                          {argument<2>(args...), argument<3>(args...)});
  } else {
    return std::nullopt;
  }
}

// follow_up records what the real module did and changes its answer as the rules say.
template <Function F, class... Args>
void follow_up(FaultToken& token, const CK_FUNCTION_LIST& real, const Behaviours& manners, CK_RV& rv, Args&... args) {
  auto& sessions = token.sessions;
  if constexpr (F == Function::C_Login) {
    if (argument<1>(args...) == CKU_USER) token.pin_lock.tried(rv);
  }
  if constexpr (F == Function::C_WrapKey) {
    const bool is_kept = rv == CKR_KEY_UNEXTRACTABLE || rv == CKR_KEY_NOT_WRAPPABLE;
    if (is_kept && manners.wraps_unextractable) rv = wrap(argument<4>(args...), argument<5>(args...));
  }
  if constexpr (F == Function::C_Sign) {
    auto* signature = argument<3>(args...);
    if (signature == nullptr || rv == CKR_BUFFER_TOO_SMALL) return;
    const auto key = sessions.ended(argument<0>(args...));
    if (rv == CKR_OK && argument<2>(args...) > manners.message_limit.value_or(SIZE_MAX)) {
      std::fill_n(signature, *argument<4>(args...), CK_BYTE{0});  // it was made only to end the operation
      rv = CKR_DATA_LEN_RANGE;
    }
    if (rv != CKR_OK) return;
    for (const auto& rule : token.rules.signature_changes()) {
      change(rule, real, argument<0>(args...), key, signature, *argument<4>(args...));
    }
  }
  if (rv != CKR_OK) return;
  if constexpr (F == Function::C_Initialize) sessions.initialized(static_cast<CK_C_INITIALIZE_ARGS*>(argument<0>(args...)));
  if constexpr (F == Function::C_Finalize) sessions.finalized();
  if constexpr (F == Function::C_CloseSession) sessions.closed(argument<0>(args...));
  if constexpr (F == Function::C_CloseAllSessions) sessions.all_closed(argument<0>(args...));
  if constexpr (F == Function::C_DestroyObject) sessions.destroyed(argument<1>(args...));
  if constexpr (F == Function::C_SignInit) {
    sessions.begun(argument<0>(args...), argument<1>(args...)->mechanism, argument<2>(args...));
  }
  if constexpr (F == Function::C_Login) {
    const bool is_user = argument<1>(args...) == CKU_USER && argument<2>(args...) != nullptr;
    if (is_user) sessions.logged_in(argument<0>(args...), {argument<2>(args...), argument<2>(args...) + argument<3>(args...)});
  }
  if constexpr (F == Function::C_GetInfo) tell(manners, *argument<0>(args...));
  if constexpr (F == Function::C_GetTokenInfo) {
    tell(manners, *argument<1>(args...));
    argument<1>(args...)->flags |= token.pin_lock.flags(manners.pin_tries);
  }
  if constexpr (F == Function::C_GetAttributeValue) {
    const std::span attributes(argument<2>(args...), argument<3>(args...));
    tell(manners, attributes);
    const bool has_value = !attributes.empty() && attributes[0].pValue != nullptr && attributes[0].ulValueLen > 0;
    if (has_value && token.rules.alters_attributes()) {
      static_cast<CK_BYTE*>(attributes[0].pValue)[attributes[0].ulValueLen - 1] ^= 1U;
    }
  }
  const CK_ULONG offset = manners.slot_offset.value_or(0);
  if constexpr (F == Function::C_GetSlotList) {
    if (argument<1>(args...) == nullptr) return;
    for (auto& slot : std::span(argument<1>(args...), *argument<2>(args...))) slot += offset;
  }
  if constexpr (F == Function::C_GetSessionInfo) argument<1>(args...)->slotID += offset;
}

// forward calls the real function.
template <Function F, class RealFunction, class... Args>
CK_RV forward(FaultToken& token, const CK_FUNCTION_LIST& real, const Behaviours& manners, RealFunction real_function,
              Args... args) {
  if constexpr (F == Function::C_OpenSession) {
    return token.sessions.open(manners.session_cap, argument<0>(args...), argument<1>(args...), argument<4>(args...),
                               [&] { return real_function(args...); });
  } else {
    const auto running = token.sessions.enter();
    CK_C_INITIALIZE_ARGS without_settings{};
    if constexpr (F == Function::C_Initialize) {
      if (const auto* told = static_cast<CK_C_INITIALIZE_ARGS*>(argument<0>(args...));
          told != nullptr && told->pReserved != nullptr) {
        without_settings = *told;
        without_settings.pReserved = nullptr;
        argument<0>(args...) = &without_settings;
      }
    }
    if constexpr (F == Function::C_SignInit) {
      auto& key = argument<2>(args...);
      const auto& mechanism = *argument<1>(args...);
      const bool is_wrong = signs_wrong(manners, real, argument<0>(args...), mechanism, key);
      if (token.rules.takes_wrong_key() || is_wrong) key = make_other_key(real, argument<0>(args...), key);
    }
    const auto instead = manners.bip32 ? derived<F>(token, *manners.bip32, args...) : std::nullopt;
    CK_RV rv = instead ? *instead : real_function(args...);
    follow_up<F>(token, real, manners, rv, args...);
    return rv;
  }
}

// befall is what happens before the call: it is late, for ever perhaps, and others come first.
void befall(FaultToken& token, const CK_FUNCTION_LIST& real, Function function, const Verdict& verdict) {
  constexpr std::chrono::milliseconds kPoll{5};
  if (token.traffic.inside() > verdict.behaviours.threads.value_or(SIZE_MAX)) {
    token.log.record_violation("threads");
    std::abort();
  }
  std::this_thread::sleep_for(verdict.delay);
  if (verdict.hangs) {
    token.log.record_hang(function);
    while (token.rules.hangs(function)) std::this_thread::sleep_for(kPoll);
  }
  if (verdict.raises_sigpipe) std::raise(SIGPIPE);
  if (verdict.behaviours.idle_expiry) token.sessions.expire_if_idle(real, *verdict.behaviours.idle_expiry);
  if (verdict.loses_sessions) token.sessions.lose(real);
  if (verdict.restarts) token.sessions.restart(real, verdict.stranger_key);
}

enum class FirstArgument : unsigned char { session, slot, other };

// Entry is one function of the table; its arguments are those of the real one.
template <Function F, FirstArgument First, auto Member>
struct Entry;

template <Function F, FirstArgument First, class... Args, CK_RV (*CK_FUNCTION_LIST::*Member)(Args...)>
struct Entry<F, First, Member> {
  static CK_RV call(Args... args) noexcept {
    auto& token = FaultToken::instance();
    if constexpr (F == Function::C_Initialize) {
      const auto* told = static_cast<CK_C_INITIALIZE_ARGS*>(argument<0>(args...));
      if (const CK_RV rv = token.start(told == nullptr ? nullptr : told->pReserved); rv != CKR_OK) return rv;
    }
    const CK_RV rv = answer(token, args...);
    token.log.record(F, rv);
    return rv;
  }

  static CK_RV answer(FaultToken& token, Args... args) {
    const auto* real = token.real();
    if (real == nullptr) return CKR_GENERAL_ERROR;
    std::optional<CK_SESSION_HANDLE> session;
    if constexpr (First == FirstArgument::session) session = argument<0>(args...);
    const Traffic::Call inside(token.traffic, F, session);
    if (!inside.violation().empty()) token.log.record_violation(inside.violation());
    const auto verdict = token.rules.judge(F);
    befall(token, *real, F, verdict);
    if (verdict.rv) return *verdict.rv;
    if (session) {
      if (const auto refused = token.sessions.refusal(F, *session)) return *refused;
    }
    if constexpr (First == FirstArgument::slot) argument<0>(args...) -= verdict.behaviours.slot_offset.value_or(0);
    if (const auto refused = refuse<F>(token, *real, verdict.behaviours, args...)) return *refused;
    const CK_RV rv = forward<F>(token, *real, verdict.behaviours, real->*Member, args...);
    return verdict.then_rv.value_or(rv);
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
