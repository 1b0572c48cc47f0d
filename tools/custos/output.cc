#include "output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace custos::cli {
namespace {

// sequence_size is the length of the UTF-8 sequence at the front of `text`, 0 when it is none (RFC 3629, section 4).
std::size_t sequence_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second > 0x8F;
    return !overlong && !beyond && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// width counts the characters of `text`, which is valid UTF-8.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void append_padded(std::string& out, const std::string& cell, std::size_t to) {
  out += cell;
  out.append(to - std::min(to, width(cell)), ' ');
}

}  // namespace

Result<void> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int number = errno;
      return fail(Errc::system, Origin::system, std::string("cannot write the answer: ") + std::strerror(number),
                  static_cast<std::uint32_t>(number));
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<int> emit_text(std::string_view text) {
  if (auto written = write_all(STDOUT_FILENO, text); !written) return written.failure();
  return EXIT_SUCCESS;
}

Result<int> emit_json(const Json& json) { return emit_text(json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'); }

void print_line(std::string_view kind, std::string_view text) {
  std::string line = "custos: ";
  if (!kind.empty()) line.append(kind).append(": ");
  line.append(escaped(text)).append("\n");
  static_cast<void>(write_all(STDERR_FILENO, line));  // there is nowhere left to say that this failed
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = sequence_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string table(const Row& titles, const std::vector<Row>& rows, std::string_view empty) {
  if (rows.empty()) return std::string(empty) + '\n';
  std::vector<Row> lines{titles};
  for (const auto& row : rows) {
    Row& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(cell.empty() ? "-" : escaped(cell));
  }
  std::string out;
  std::vector<std::size_t> widths(titles.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i) append_padded(out, line[i], widths[i] + 2);
    out += line.back() + '\n';
  }
  return out;
}

std::string sheet(const std::vector<std::pair<std::string, std::string>>& lines) {
  std::size_t widest = 0;
  for (const auto& [name, value] : lines) {
    if (!value.empty()) widest = std::max(widest, width(name));
  }
  std::string out;
  for (const auto& [name, value] : lines) {
    if (value.empty()) continue;
    append_padded(out, name, widest + 2);
    out += escaped(value) + '\n';
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += separator;
    out += word;
  }
  return out;
}

std::string utc(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return std::to_string(unix_ms) + " ms";
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts);
  return {text, size};
}

}  // namespace custos::cli
