#include "custos/result.h"

namespace custos {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::ok: return "ok";
    case Errc::bad_input: return "bad_input";
    case Errc::not_found: return "not_found";
    case Errc::already_exists: return "already_exists";
    case Errc::refused: return "refused";
    case Errc::needs_approval: return "needs_approval";
    case Errc::revoked: return "revoked";
    case Errc::busy: return "busy";
    case Errc::deadline_exceeded: return "deadline_exceeded";
    case Errc::device_gone: return "device_gone";
    case Errc::authentication: return "authentication";
    case Errc::integrity: return "integrity";
    case Errc::system: return "system";
    case Errc::internal: return "internal";
  }
  return "internal";
}

std::string_view to_string(Origin origin) noexcept {
  switch (origin) {
    case Origin::none: return "none";
    case Origin::request: return "request";
    case Origin::grants: return "grants";
    case Origin::key: return "key";
    case Origin::config: return "config";
    case Origin::home: return "home";
    case Origin::registry: return "registry";
    case Origin::token: return "token";
    case Origin::crypto: return "crypto";
    case Origin::system: return "system";
  }
  return "none";
}

int exit_status(Errc code) noexcept {
  switch (code) {
    case Errc::ok: return 0;
    case Errc::bad_input:
    case Errc::not_found:
    case Errc::already_exists: return 2;
    case Errc::refused:
    case Errc::revoked: return 3;
    case Errc::busy:
    case Errc::deadline_exceeded:
    case Errc::device_gone: return 4;
    case Errc::authentication: return 5;
    case Errc::needs_approval: return 6;
    case Errc::integrity: return 7;
    case Errc::system:
    case Errc::internal: return 1;
  }
  return 1;
}

}  // namespace custos
