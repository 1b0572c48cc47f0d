#include "key/purpose.h"

#include <algorithm>
#include <array>

namespace custos::key {
namespace {

constexpr std::array<std::string_view, 2> kAlone{"registry", "seal"};
constexpr std::array<std::string_view, 3> kNamed{"venue", "chain", "generic"};
constexpr std::size_t kLongestName = 32;

bool is_name(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, allowed);
}

bool is_purpose(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos) return std::ranges::find(kAlone, text) != kAlone.end();
  return std::ranges::find(kNamed, text.substr(0, colon)) != kNamed.end() && is_name(text.substr(colon + 1));
}

}  // namespace

Result<Purpose> Purpose::parse(std::string_view text) {
  if (is_purpose(text)) return Purpose(std::string(text));
  return fail(
      Errc::bad_input, Origin::key,
      "the purpose must be venue:NAME, chain:NAME, generic:NAME, seal or registry, with 1 to 32 of a-z, 0-9 and - as NAME");
}

Purpose Purpose::venue(std::string_view venue_name) {
  auto purpose = parse("venue:" + std::string(venue_name));
  return *std::move(purpose);  // a venue's name is ours: a bad one is a broken contract and aborts
}

Purpose Purpose::registry() { return Purpose("registry"); }
Purpose Purpose::seal() { return Purpose("seal"); }

std::string_view Purpose::kind() const noexcept { return std::string_view(text_).substr(0, text_.find(':')); }

std::string_view Purpose::name() const noexcept {
  const auto colon = text_.find(':');
  return colon == std::string::npos ? std::string_view() : std::string_view(text_).substr(colon + 1);
}

}  // namespace custos::key
