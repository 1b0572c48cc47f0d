#include "custos/health.h"

namespace custos {

std::string_view to_string(TokenState state) noexcept {
  switch (state) {
    case TokenState::healthy: return "healthy";
    case TokenState::degraded: return "degraded";
    case TokenState::recovering: return "recovering";
    case TokenState::down: return "down";
  }
  return "down";
}

std::string_view to_string(TokenReason reason) noexcept {
  switch (reason) {
    case TokenReason::none: return "none";
    case TokenReason::sessions_lost: return "sessions_lost";
    case TokenReason::login_lost: return "login_lost";
    case TokenReason::device_error: return "device_error";
    case TokenReason::device_gone: return "device_gone";
    case TokenReason::module_reset: return "module_reset";
    case TokenReason::module_failed: return "module_failed";
    case TokenReason::hanging: return "hanging";
    case TokenReason::slow: return "slow";
    case TokenReason::few_sessions: return "few_sessions";
    case TokenReason::pin_refused: return "pin_refused";
    case TokenReason::pin_locked: return "pin_locked";
    case TokenReason::audit_log_full: return "audit_log_full";
    case TokenReason::key_integrity: return "key_integrity";
    case TokenReason::no_copies_left: return "no_copies_left";
  }
  return "none";
}

}  // namespace custos
