#include "exchange/host_choice.h"

#include <algorithm>

namespace custos::exchange {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLabelCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= 63 && label.find_first_not_of(kLabelCharacters) == std::string_view::npos &&
         !label.starts_with('-') && !label.ends_with('-');
}

}  // namespace

HostChoice choose_host(std::span<const Host> hosts, std::string_view environment, std::string_view path,
                       std::span<const std::string> extra_hosts, std::string_view asked) noexcept {
  if (!asked.empty() && !is_host(asked)) return {Reason::host_malformed, {}};
  for (const auto& row : hosts) {
    if (row.environment != environment || !path.starts_with(row.path_prefix)) continue;
    if (asked.empty() || row.host == asked) return {Reason::none, row.host};
  }
  if (asked.empty()) return {Reason::host_unknown, {}};
  for (const auto& host : extra_hosts) {
    if (host == asked) return {Reason::none, host};
  }
  return {Reason::host_foreign, {}};
}

bool is_host(std::string_view text) noexcept {
  std::string_view name = text;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of(kDigits) != std::string_view::npos) return false;
    name = text.substr(0, colon);
  }
  if (name.empty() || name.size() > 253) return false;  // RFC 1035, section 2.3.4
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (!is_label(name.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace custos::exchange
