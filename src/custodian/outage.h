// Outage: the time in which the device of a credential's key is away and its fallback key signs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "custos/request.h"
#include "key/backend.h"
#include "registry/registry.h"

namespace custos {

// is_away tells whether a key's status means that its device is unavailable. Whatever refuses is there: a wrong PIN, a key that
// is gone or another. So is what is busy or late. A module that this process ended is no matter of the device.
[[nodiscard]] bool is_away(Errc code, Origin origin, std::uint32_t native) noexcept;
[[nodiscard]] inline bool is_away(const SignStatus& status) noexcept {
  return is_away(status.code, status.origin, status.native);
}

// kFallbackOver and kFallbackUnrecorded are native codes of device_gone with Origin::key: an outage has outlasted its limit; the
// registry did not take down that one begins, and what is not recorded does not sign.
inline constexpr std::uint32_t kFallbackOver = 1;
inline constexpr std::uint32_t kFallbackUnrecorded = 2;

// FallbackTerms say whose fallback it is and how long one outage may last.
struct FallbackTerms {
  std::string credential, key;  // as people know them
  std::chrono::milliseconds limit{0};
};

// Outage is one credential's, shared by its signers in this process and, through the registry, by all processes: the earliest
// beginning counts. In a process nothing that is done to the registry or to the clock moves the beginning to a later time. Times
// are those of steady_ns. Thread-safe; begin, a caller's turn, and count once a second may take the time of a registry write.
class Outage {
 public:
  // While one lasts, one caller a second tries the device; one line a second tells what the fallback signed.
  static constexpr std::chrono::seconds kRetryInterval{1};
  static constexpr std::chrono::seconds kReportInterval{1};

  Outage(registry::FallbackUses& uses, const Clock& clock, std::string credential_id)
      : uses_(uses), clock_(clock), credential_id_(std::move(credential_id)) {}

  // set_terms is called by whoever prepares the credential.
  void set_terms(FallbackTerms terms);

  // is_on tells whether the fallback signs now.
  [[nodiscard]] bool is_on() const noexcept { return state_.load(std::memory_order_acquire) == State::on; }

  // begin makes the fallback sign, because of `why`, explained by `reason` if there is a better text. `answered_ns` is when the
  // device was last heard of by this process, 0 for never: what the registry tells of earlier outages is over. Does nothing while
  // it is on.
  SignStatus begin(const SignStatus& why, std::string_view reason, std::int64_t answered_ns, std::int64_t now_ns,
                   key::Deadline deadline) noexcept;

  // admit refuses the fallback once the outage has lasted too long; count tells log and registry of a signature.
  [[nodiscard]] SignStatus admit(std::int64_t now_ns) noexcept;
  void count(std::int64_t now_ns) noexcept;
  // report tells what was counted and not yet told. Without `now`, only when it is due.
  void report() noexcept;
  void report_if_due(std::int64_t now_ns) noexcept;

  // take_turn is true for one caller in kRetryInterval, who asks the device to prove its key and hands in what it answered:
  // ok ends the outage; a refusal suspends the fallback, and the outage goes on if the device is away again.
  [[nodiscard]] bool take_turn(std::int64_t now_ns) noexcept;
  void end_turn(const SignStatus& answer, std::int64_t now_ns) noexcept;

  // proved ends whatever this or another process noted: the device has just proved the key.
  void proved() noexcept;
  // signed_by_device does the same after a refusal; it costs one load when all is well.
  void signed_by_device() noexcept {
    if (state_.load(std::memory_order_relaxed) == State::refusing) proved();
  }

 private:
  enum class State : unsigned char { none, on, refusing };
  // kTurnLapses bounds a turn that nobody ends: a caller may hang in a device that does not answer.
  static constexpr std::chrono::seconds kTurnLapses{10};

  [[nodiscard]] bool note_beginning(const SignStatus& why, std::string_view reason, std::int64_t answered_ns,
                                    std::int64_t now_ns);
  void report_locked();

  registry::FallbackUses& uses_;
  const Clock& clock_;
  const std::string credential_id_;

  std::atomic<State> state_{State::none};
  std::atomic<std::int64_t> began_ns_{0}, limit_ns_{0};
  std::atomic<std::int64_t> retry_at_ns_{0}, report_at_ns_{0};
  std::atomic<std::uint64_t> untold_{0};  // signatures of which nobody was told yet
  std::atomic<bool> told_over_{false};

  std::timed_mutex mutex_;  // guards what follows
  FallbackTerms terms_;
  bool begun_ = false;  // and not ended: a refusal does not end it
  std::int64_t since_ms_ = 0;
  std::uint64_t signatures_ = 0;
  std::string reason_;
};

// Outages knows one Outage for each credential of a home. Thread-safe.
class Outages {
 public:
  Outages(registry::FallbackUses& uses, const Clock& clock) : uses_(uses), clock_(clock) {}
  [[nodiscard]] std::shared_ptr<Outage> of(const std::string& credential_id);

 private:
  registry::FallbackUses& uses_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Outage>, std::less<>> outages_;
};

}  // namespace custos
