// cold_call runs an operation that may block and allocate on a session of its own.
#pragma once

#include <utility>

#include "base/fork_gate.h"
#include "base/wipe_stack.h"
#include "custos/result.h"
#include "hsm/ck_rv.h"
#include "hsm/session_pool.h"

namespace custos::hsm {

// status_failure gives a status of the pool its text.
[[nodiscard]] Unexpected status_failure(SignStatus status);

// explained says it where a failure of the device means that its own log is full.
[[nodiscard]] Unexpected explained(const SessionPool& pool, Error failure);

// came_from_token tells an answer of the module from our own judgement on what it answered.
[[nodiscard]] inline bool came_from_token(const Error& error) noexcept {
  return error.origin == Origin::token && error.native != 0;
}

namespace detail {

template <class Work>
auto work_whole(const Session& session, Work& work) {
  const NotAcrossFork whole;
  return work(session.module(), session.handle());
}

}  // namespace detail

// cold_call calls `work(module, session handle)`, which answers a Result. A failure that came from the token ends the session.
// After a recovery, or where the device says so, it tries once more: `work` must bear being done twice.
template <class Work>
auto cold_call(SessionPool& pool, Work&& work) -> decltype(work(std::declval<const Module&>(), CK_SESSION_HANDLE{})) {
  for (bool again = true;; again = false) {
    Session session;
    if (const SignStatus status = pool.acquire(session, std::nullopt); !status.ok()) return status_failure(status);
    auto result = detail::work_whole(session, work);
    wipe_stack();  // an in-process module works on secrets there
    if (result) pool.answered();
    if (result || !came_from_token(result.error())) return result;
    const Step step = pool.note(session, result.error().native);
    if (!again || !(is_recovery(step) || step == Step::retry_once)) return explained(pool, result.error());
  }
}

// cold_call_once is cold_call for work that must not be done twice, or that waits for a session until a deadline only.
template <class Work>
auto cold_call_once(SessionPool& pool, Work&& work, key::Deadline deadline = std::nullopt)
    -> decltype(work(std::declval<const Module&>(), CK_SESSION_HANDLE{})) {
  Session session;
  if (const SignStatus status = pool.acquire(session, deadline); !status.ok()) return status_failure(status);
  auto result = detail::work_whole(session, work);
  wipe_stack();
  if (result || !came_from_token(result.error())) return result;
  pool.note(session, result.error().native);
  return explained(pool, result.error());
}

}  // namespace custos::hsm
