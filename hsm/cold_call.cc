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

}  // namespace custos::hsm
