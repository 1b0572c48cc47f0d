// Output: text that is pleasant to read, JSON, and errors in one line.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "custos/escaped.h"
#include "custos/result.h"

namespace custos::cli {

using Json = nlohmann::ordered_json;

// write_all writes all of `text` to a descriptor. Errors: system.
Result<void> write_all(int descriptor, std::string_view text);

// emit writes a command's whole answer to standard output and gives exit status 0. Errors: system.
Result<int> emit_text(std::string_view text);
Result<int> emit_json(const Json& json);

// print_line writes "custos: KIND: text" (or "custos: text" when `kind` is empty) as one line on standard error.
void print_line(std::string_view kind, std::string_view text);

using custos::escaped;  // what others wrote goes through it
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

// Row is one line of a table or one "name  value" of a sheet.
using Row = std::vector<std::string>;

// table aligns `rows` under `titles`, with columns two spaces apart; `empty` is said when there are no rows.
[[nodiscard]] std::string table(const Row& titles, const std::vector<Row>& rows, std::string_view empty);
// sheet shows one thing as lines of name and value; lines with an empty value are left out.
[[nodiscard]] std::string sheet(const std::vector<std::pair<std::string, std::string>>& lines);

[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view separator = ",");
// utc shows Unix milliseconds as "2026-01-31 12:00:00Z".
[[nodiscard]] std::string utc(std::int64_t unix_ms);

}  // namespace custos::cli
