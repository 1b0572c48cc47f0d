#include "custodian/doctor_report.h"

namespace custos {

std::string remedy_for(Errc code) {
  switch (code) {
    case Errc::authentication: return "put the right PIN where custos.toml says, then run custos doctor again";
    case Errc::device_gone:
      return "connect or start the device, check module and uri in custos.toml, then run custos doctor again";
    case Errc::integrity:
      return "stop signing, find out who changed it, and restore the home from a backup (docs/keys-and-custody.md)";
    case Errc::not_found: return "check the path or name in custos.toml, or complete the home with custos init";
    case Errc::refused: return "do what the finding says, then run custos doctor again";
    case Errc::bad_input: return "correct it in custos.toml, then run custos doctor again";
    default: return "see docs/errors.md for " + std::string(to_string(code));
  }
}

}  // namespace custos
