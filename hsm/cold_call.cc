#include "hsm/cold_call.h"

#include <spdlog/fmt/fmt.h>

namespace custos::hsm {

Unexpected status_failure(SignStatus status) {
  if (status.native != 0 && status.origin == Origin::token) {
    auto failure = token_failure(status.native, "cannot use the token");
    failure.error.code = status.code;
    return failure;
  }
  return fail(status.code, status.origin, fmt::format("cannot use the token: {}", explain_status(status)), status.native);
}

Unexpected explained(const SessionPool& pool, Error failure) {
  if (reason_of(failure.native, pool.profile()) == TokenReason::audit_log_full) {
    failure.detail += "; its own log is full: drain it with the device's own tool, see custos token drain";
  }
  return Unexpected{std::move(failure)};
}

}  // namespace custos::hsm
