// PassphraseGuard: makes guessing a passphrase through Custos slow, whoever asks and from however many processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "custos/result.h"

namespace custos::software {

// PassphraseGuard counts the attempts since the last success in a file beside the keystore and lets each wait: a second after one
// failure, twice as long after each further one, at most a minute. An attempt counts before it is made, and holds the file's lock
// until it is over, so that neither killing the process nor asking from several saves time. (Who can copy the keystore guesses
// elsewhere: against that there is only Argon2id.)
class PassphraseGuard {
 public:
  // Failures are the attempts since the last success. Where their count was changed or is unreadable, it is taken for the least
  // that makes the longest delay, until a success.
  struct Failures {
    std::uint32_t count = 0;
    bool is_known = true;
    // text is "3 wrong passphrases", and empty for none.
    [[nodiscard]] std::string text() const;
  };
  using Wait = std::function<void(std::chrono::milliseconds)>;
  static constexpr std::chrono::milliseconds kFirstDelay{1'000};
  static constexpr std::chrono::milliseconds kLongestDelay{60'000};

  PassphraseGuard(std::filesystem::path file, const Clock& clock, Wait wait)
      : file_(std::move(file)), clock_(clock), wait_(std::move(wait)) {}

  // attempt waits, counts, and runs `judge`, whose success forgets the failures and whose Errc::authentication is one. Errors:
  // judge's; busy, when other attempts take too long; refused (wrong owner or mode of the file); system.
  Result<void> attempt(const std::function<Result<void>()>& judge) const;

  [[nodiscard]] Result<Failures> failures() const;

  // delay is how long the next attempt waits right after that many failures.
  [[nodiscard]] static std::chrono::milliseconds delay(std::uint32_t failures) noexcept;

 private:
  const std::filesystem::path file_;
  const Clock& clock_;
  const Wait wait_;
};

}  // namespace custos::software
