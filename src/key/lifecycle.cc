#include "key/lifecycle.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "encode/quote.h"

namespace custos::key {
namespace {

// Names are the words of one enumeration, by its values.
template <class Enum, std::size_t N>
struct Names {
  std::string_view of_what;
  std::array<std::string_view, N> words;

  [[nodiscard]] std::string_view name(Enum value) const noexcept { return words[static_cast<std::size_t>(value)]; }

  [[nodiscard]] Result<Enum> parse(std::string_view text) const {
    for (std::size_t i = 0; i < N; ++i) {
      if (words[i] == text) return static_cast<Enum>(i);
    }
    return fail(Errc::bad_input, custos::Origin::key, encode::quoted(text) + " is not a key's " + std::string(of_what));
  }
};

constexpr Names<State, 6> kStates{"state", {"pre-active", "active", "suspended", "deactivated", "compromised", "destroyed"}};
constexpr Names<Origin, 2> kOrigins{"origin", {"generated", "imported"}};
constexpr Names<Custody, 3> kCustodies{"custody", {"device", "sealed", "software"}};
constexpr Names<Recoverability, 2> kRecoverabilities{"recoverability", {"none", "software backup"}};

}  // namespace

std::string_view to_string(State state) noexcept { return kStates.name(state); }
std::string_view to_string(Origin origin) noexcept { return kOrigins.name(origin); }
std::string_view to_string(Custody custody) noexcept { return kCustodies.name(custody); }
std::string_view to_string(Recoverability recoverability) noexcept { return kRecoverabilities.name(recoverability); }

Result<State> parse_state(std::string_view text) { return kStates.parse(text); }
Result<Origin> parse_origin(std::string_view text) { return kOrigins.parse(text); }
Result<Custody> parse_custody(std::string_view text) { return kCustodies.parse(text); }
Result<Recoverability> parse_recoverability(std::string_view text) { return kRecoverabilities.parse(text); }

}  // namespace custos::key
