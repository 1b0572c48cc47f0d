// Options: how commands declare what they take. Every text reaches its target byte for byte: CLI11's own conversions, which give
// a meaning to "[a,b]" and "{}", are not used.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "custos/result.h"

namespace custos::cli {

// add_text takes one value, once. `name` is "--option" or, for a positional, "NAME"; `kind` is what help calls the value.
CLI::Option* add_text(CLI::App& app, const std::string& name, std::string& target, const std::string& kind,
                      const std::string& about);
CLI::Option* add_text(CLI::App& app, const std::string& name, std::optional<std::string>& target, const std::string& kind,
                      const std::string& about);

// add_number takes one decimal number, once.
CLI::Option* add_number(CLI::App& app, const std::string& name, std::optional<std::int64_t>& target, const std::string& about);

// add_each takes one value each time it is given, in order.
CLI::Option* add_each(CLI::App& app, const std::string& name, std::vector<std::string>& target, const std::string& kind,
                      const std::string& about);

// add_words takes a word or a comma list of words each time it is given; empty words are dropped.
CLI::Option* add_words(CLI::App& app, const std::string& name, std::vector<std::string>& target, const std::string& kind,
                       const std::string& about);
CLI::Option* add_words(CLI::App& app, const std::string& name, std::optional<std::vector<std::string>>& target,
                       const std::string& kind, const std::string& about);

// take_several lets an option take several values each time it is given: "--only A B". Not where a positional may follow.
CLI::Option* take_several(CLI::Option* option);

// none_beside_jsonl makes sure that none of `options` was given: what a line of --jsonl says for itself. Errors: bad_input.
[[nodiscard]] Result<void> none_beside_jsonl(std::span<const CLI::Option* const> options);

// split_once gives what stands before and after the first '=': "k=v". Absent when there is none.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> split_once(const std::string& text);

}  // namespace custos::cli
