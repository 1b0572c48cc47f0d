#include "custodian/status_text.h"

#include "custodian/key_proof.h"
#include "custodian/outage.h"
#include "custodian/presence.h"
#include "hsm/ck_rv.h"

namespace custos {

std::string explain_status(const SignStatus& status) {
  if (status.origin == Origin::token && status.code == Errc::revoked) {
    return "its key is no longer in its token: it was destroyed by another tool";
  }
  if (status.origin == Origin::token) return hsm::explain_status(status);
  if (status.origin == Origin::key && status.code == Errc::busy) {
    return "none of its sessions waits armed: call rearm more often or ask for a deeper shelf, or allow the fallback";
  }
  if (status.origin == Origin::key && status.code == Errc::integrity) {
    if (status.native != kWrongSignature) return "its key does not prove to be the one that was recorded";
    return "its device answered with a wrong signature, which was dropped: it is not used again until its key is proved anew; "
           "see "
           "custos doctor";
  }
  if (status.origin == Origin::key && status.code == Errc::device_gone) {
    return status.native == kFallbackOver
               ? "its device is away, and its fallback has signed for as long as one outage may last: bring the device back"
               : "its device is away, and its fallback does not sign, because the registry could not take it down: see custos "
                 "doctor";
  }
  if (status.origin == Origin::registry && status.native == kControlReplaced) {
    return "the home's file control was replaced while this process runs: restart it";
  }
  if (status.origin == Origin::home) return "this process was forked from the one that opened the home: open it anew";
  switch (status.code) {
    case Errc::busy:
      return status.origin == Origin::none ? "every slot of the signing queue is taken: collect answers, then submit again"
                                           : "the home is being changed without pause: try again";
    case Errc::deadline_exceeded: return "the deadline passed: allow more time, or see custos doctor for a slow device";
    case Errc::revoked: return "its key was destroyed";
    case Errc::system: return "the system has no memory left: free some and try again";
    case Errc::bad_input:
      return status.native == kSizesDiffer ? "requests, answers and statuses of a batch must be equally many"
                                           : "the clock offset is out of range";
    default: return "failed inside Custos (" + std::string(to_string(status.code)) + "): please report it";
  }
}

}  // namespace custos
