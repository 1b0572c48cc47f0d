// Life-cycle states (NIST SP 800-57 part 1, section 7), origins, custody classes and recoverability of keys.
#pragma once

#include <string_view>

#include "custos/result.h"

namespace custos::key {

enum class State : unsigned char { pre_active, active, suspended, deactivated, compromised, destroyed };
enum class Origin : unsigned char { generated, imported };
// Custody tells where a copy's private part is: only in its device; in the keystore, encrypted by a device; in the keystore,
// under a passphrase. The later, the weaker.
enum class Custody : unsigned char { device, sealed, software };
// Recoverability tells what brings a lost key back: nothing, or a backup of the home (docs/backup-and-recovery.md).
enum class Recoverability : unsigned char { none, software_backup };

[[nodiscard]] std::string_view to_string(State state) noexcept;
[[nodiscard]] std::string_view to_string(Origin origin) noexcept;
[[nodiscard]] std::string_view to_string(Custody custody) noexcept;
[[nodiscard]] std::string_view to_string(Recoverability recoverability) noexcept;

// The parsers read what to_string wrote. Errors: bad_input, naming the text.
[[nodiscard]] Result<State> parse_state(std::string_view text);
[[nodiscard]] Result<Origin> parse_origin(std::string_view text);
[[nodiscard]] Result<Custody> parse_custody(std::string_view text);
[[nodiscard]] Result<Recoverability> parse_recoverability(std::string_view text);

}  // namespace custos::key
