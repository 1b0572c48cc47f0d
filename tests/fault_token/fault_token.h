// FaultToken: the state of the module, from which every forwarded call takes what it needs.
#pragma once

#include <p11-kit/pkcs11.h>

#include <string>

#include "bip32.h"
#include "call_log.h"
#include "rule_book.h"
#include "sessions.h"

namespace fault_token {

class FaultToken {
 public:
  // instance is never destroyed: threads may call while the process exits.
  static FaultToken& instance();

  // real gives the functions of the real module, loaded at the first call; nullptr after one line on standard error.
  [[nodiscard]] const CK_FUNCTION_LIST* real();

  // start reads the environment anew, at every C_Initialize. False after one line on standard error.
  [[nodiscard]] bool start();

  RuleBook rules;
  Sessions sessions;
  Bip32 bip32;
  CallLog log;

 private:
  FaultToken() = default;
};

}  // namespace fault_token
