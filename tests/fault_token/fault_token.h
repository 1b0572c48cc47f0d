// FaultToken: the state of the module, from which every forwarded call takes what it needs.
#pragma once

#include <p11-kit/pkcs11.h>

#include <mutex>
#include <string>

#include "bip32.h"
#include "call_log.h"
#include "pin_lock.h"
#include "rule_book.h"
#include "sessions.h"
#include "settings.h"
#include "traffic.h"

namespace fault_token {

class FaultToken {
 public:
  // instance is never destroyed: threads may call while the process exits.
  static FaultToken& instance();

  // real gives the functions of the real module, loaded at the first call; nullptr after one line on standard error.
  [[nodiscard]] const CK_FUNCTION_LIST* real();

  // start takes the settings from what C_Initialize got as pReserved, or from the environment, at every C_Initialize. Failures
  // are told in one line on standard error.
  [[nodiscard]] CK_RV start(const void* reserved);

  RuleBook rules;
  Traffic traffic;
  Sessions sessions;
  PinLock pin_lock;
  Bip32 bip32;
  CallLog log;

 private:
  FaultToken() = default;

  std::mutex mutex_;
  Settings settings_ = settings_of_environment();
  bool is_loaded_ = false;
  const CK_FUNCTION_LIST* real_ = nullptr;
};

}  // namespace fault_token
