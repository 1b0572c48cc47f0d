// cold_call runs an operation that may block and allocate on a session of its own.
#pragma once

#include <utility>

#include "base/wipe_stack.h"
#include "custos/result.h"
#include "hsm/ck_rv.h"
#include "hsm/session_pool.h"

namespace custos::hsm {

// status_failure gives a status of the pool its text.
[[nodiscard]] Unexpected status_failure(SignStatus status);

// came_from_token tells an answer of the module from our own judgement on what it answered.
[[nodiscard]] inline bool came_from_token(const Error& error) noexcept {
  return error.origin == Origin::token && error.native != 0;
}

// cold_call calls `work(module, session handle)`, which answers a Result. A failure that came from the token ends the session.
// After a lost session or login it tries once more: `work` must bear being done twice.
template <class Work>
auto cold_call(SessionPool& pool, Work&& work) -> decltype(work(pool.module(), CK_SESSION_HANDLE{})) {
  for (bool again = true;; again = false) {
    Session session;
    if (const SignStatus status = pool.acquire(session, std::nullopt); !status.ok()) return status_failure(status);
    auto result = work(pool.module(), session.handle());
    wipe_stack();  // an in-process module works on secrets there
    if (result || !came_from_token(result.error())) return result;
    if (!pool.note(session, result.error().native) || !again) return result;
  }
}

// cold_call_once is cold_call for work that must not be done twice, or that waits for a session until a deadline only.
template <class Work>
auto cold_call_once(SessionPool& pool, Work&& work, key::Deadline deadline = std::nullopt)
    -> decltype(work(pool.module(), CK_SESSION_HANDLE{})) {
  Session session;
  if (const SignStatus status = pool.acquire(session, deadline); !status.ok()) return status_failure(status);
  auto result = work(pool.module(), session.handle());
  wipe_stack();
  if (!result && came_from_token(result.error())) pool.note(session, result.error().native);
  return result;
}

}  // namespace custos::hsm
