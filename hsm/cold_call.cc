#include "hsm/cold_call.h"

#include <spdlog/fmt/fmt.h>

namespace custos::hsm {

Unexpected status_failure(SignStatus status) {
  if (status.native != 0) {
    auto failure = token_failure(status.native, "cannot use the token");
    failure.error.code = status.code;
    return failure;
  }
  switch (status.code) {
    case Errc::busy: return fail(status.code, status.origin, "all sessions with the token are in use: try again");
    case Errc::deadline_exceeded: return fail(status.code, status.origin, "no session with the token became free in time");
    case Errc::authentication: return fail(status.code, status.origin, "the login to the token was lost and cannot be made anew");
    default: return fail(status.code, status.origin, fmt::format("cannot use the token: {}", to_string(status.code)));
  }
}

}  // namespace custos::hsm
