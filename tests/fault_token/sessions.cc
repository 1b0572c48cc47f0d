#include "sessions.h"

#include <algorithm>
#include <utility>

namespace fault_token {
namespace {

using std::chrono::steady_clock;

// reaches_device: what a module answers by itself does not keep a device's session awake.
bool reaches_device(Function function) { return function != Function::C_GetSessionInfo && function != Function::C_CloseSession; }

}  // namespace

std::optional<CK_RV> Sessions::refusal(Function function, CK_SESSION_HANDLE session) {
  const std::lock_guard lock(tables_);
  const auto gone = gone_.find(session);
  const bool is_closed_inside = gone != gone_.end() && !gone->second.is_open_inside;
  if (function == Function::C_CloseSession && !is_closed_inside) return std::nullopt;
  if (gone != gone_.end()) return gone->second.rv;
  if (dead_until_finalize_) return dead_until_finalize_;
  if (reaches_device(function)) last_use_ = steady_clock::now();
  return std::nullopt;
}

void Sessions::initialized(const CK_C_INITIALIZE_ARGS* arguments) {
  const std::lock_guard lock(tables_);
  stranger_.initialized(arguments);
}

void Sessions::finalized() {
  const std::lock_guard lock(tables_);
  open_.clear();
  dead_until_finalize_.reset();
  stranger_.finalized();
}

void Sessions::closed(CK_SESSION_HANDLE session) {
  const std::lock_guard lock(tables_);
  open_.erase(session);
  if (const auto gone = gone_.find(session); gone != gone_.end()) gone->second = {CKR_SESSION_HANDLE_INVALID, false};
}

void Sessions::all_closed(CK_SLOT_ID slot) {
  const std::lock_guard lock(tables_);
  std::erase_if(open_, [slot](const auto& open) { return open.second.slot == slot; });
}

void Sessions::logged_in(CK_SESSION_HANDLE session, std::string pin) {
  const std::lock_guard lock(tables_);
  if (const auto open = open_.find(session); open != open_.end()) stranger_.logged_in(open->second.slot, std::move(pin));
}

void Sessions::destroyed(CK_OBJECT_HANDLE key) {
  const std::lock_guard lock(tables_);
  stranger_.destroyed(key);
}

void Sessions::begun(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE key) {
  const std::lock_guard lock(tables_);
  if (const auto open = open_.find(session); open != open_.end()) open->second.signing = {mechanism, key, true};
  stranger_.signed_with(key);
}

CK_OBJECT_HANDLE Sessions::ended(CK_SESSION_HANDLE session) {
  const std::lock_guard lock(tables_);
  const auto open = open_.find(session);
  if (open == open_.end() || !open->second.signing) return CK_INVALID_HANDLE;
  open->second.signing->waits = false;
  return open->second.signing->key;
}

void Sessions::lose_all(const CK_FUNCTION_LIST& real, CK_RV rv) {
  for (const auto& [session, as] : std::exchange(open_, {})) {
    real.C_CloseSession(session);
    gone_[session] = {rv, false};
  }
}

void Sessions::lose(const CK_FUNCTION_LIST& real) {
  const std::unique_lock no_calls(mutex_);
  const std::lock_guard lock(tables_);
  lose_all(real, CKR_SESSION_HANDLE_INVALID);
}

bool Sessions::has_idled(const IdleExpiry& rule) {
  const std::lock_guard lock(tables_);
  return !open_.empty() && !dead_until_finalize_ && steady_clock::now() - std::max(last_use_, rule.since) > rule.limit;
}

void Sessions::expire_if_idle(const CK_FUNCTION_LIST& real, const IdleExpiry& rule) {
  if (!has_idled(rule)) return;
  const std::unique_lock no_calls(mutex_);
  if (!has_idled(rule)) return;  // another call was first
  const std::lock_guard lock(tables_);
  last_use_ = steady_clock::now();
  switch (rule.cure) {
    case IdleExpiry::Cure::reopen:
      for (const auto& [session, as] : open_) gone_[session] = {rule.rv, true};
      break;
    case IdleExpiry::Cure::login: lose_all(real, rule.rv); break;
    case IdleExpiry::Cure::finalize: dead_until_finalize_ = rule.rv; break;
  }
}

void Sessions::restart(const CK_FUNCTION_LIST& real, bool with_keys) {
  const std::unique_lock no_calls(mutex_);
  const std::lock_guard lock(tables_);
  const auto before = open_;
  stranger_.restart(real, open_, with_keys);
  for (const auto& [session, as] : before) {
    if (!open_.contains(session)) gone_[session] = {CKR_SESSION_HANDLE_INVALID, false};
  }
}

}  // namespace fault_token
