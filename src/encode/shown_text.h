// Which characters of a text may be shown to a person: those that look like what they are.
#pragma once

#include <cstddef>
#include <string_view>

namespace custos::encode {

// shown_size is the length of the character that `text` begins with when it may be shown; 0: it may not, or is none.
[[nodiscard]] std::size_t shown_size(std::string_view text) noexcept;

// is_shown_text tells whether all of a text may be shown; its lines may end, and it may have tabs.
[[nodiscard]] bool is_shown_text(std::string_view text) noexcept;

}  // namespace custos::encode
