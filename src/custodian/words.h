// Comma-separated lists, as registry columns hold grants and hosts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace custos {

// split_words gives the words between commas; an empty text has none.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);
[[nodiscard]] std::string join_words(const std::vector<std::string>& words);

}  // namespace custos
