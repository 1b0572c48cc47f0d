// How a key is told: JSON for programs, text for people.
#pragma once

#include <string>

#include "custos/administration.h"
#include "output.h"

namespace custos::cli {

[[nodiscard]] Json key_json(const KeyInfo& key);
[[nodiscard]] std::string key_text(const KeyInfo& key);

// emit_key writes the answer of a command about one key.
Result<int> emit_key(const Result<KeyInfo>& key, bool json);

}  // namespace custos::cli
