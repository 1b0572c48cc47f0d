#include "wallet/cosmos/address.h"

#include <algorithm>

#include "encode/bech32.h"
#include "encode/quote.h"
#include "hash/ripemd160.h"

namespace custos::wallet::cosmos_sdk {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string write_address(std::string_view prefix, ByteView bytes) {
  return encode::write_bech32(prefix, encode::to_groups(bytes), encode::Bech32Checksum::bech32);
}

Unexpected refuse(std::string_view what, const std::string& fault) {
  return fail(Errc::bad_input, Origin::request, "Cosmos: " + encode::quoted(what) + fault);
}

}  // namespace

std::optional<Address> read_address(std::string_view text) {
  constexpr std::size_t kLongest = 1024;  // as the SDK reads them
  constexpr std::size_t kMaxBytes = 255;
  auto read = encode::read_bech32(text, kLongest);
  if (!read || read->checksum != encode::Bech32Checksum::bech32) return std::nullopt;
  auto bytes = encode::from_groups(read->groups);
  if (!bytes || bytes->empty() || bytes->size() > kMaxBytes) return std::nullopt;
  return Address{std::move(read->prefix), std::move(*bytes)};
}

std::optional<std::string> prefix_of(std::string_view text) {
  auto read = read_address(text);
  const bool normal = read && is_prefix(read->prefix) && write_address(read->prefix, read->bytes) == text;
  return normal ? std::optional(std::move(read->prefix)) : std::nullopt;
}

bool is_prefix(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 83 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); });
}

std::string address_of(ByteView public_key, std::string_view prefix) { return write_address(prefix, hash::hash160(public_key)); }

bool is_channel(std::string_view text) noexcept {
  constexpr std::string_view kBegin = "channel-";
  constexpr std::size_t kMaxDigits = 20;
  if (!text.starts_with(kBegin)) return false;
  const std::string_view number = text.substr(kBegin.size());
  const bool plain = !number.empty() && (number == "0" || number.front() != '0');
  return plain && number.size() <= kMaxDigits && std::ranges::all_of(number, is_digit);
}

std::string ibc_destination(std::string_view channel, std::string_view receiver, std::string_view memo) {
  std::string text = std::string(channel).append("/").append(receiver);
  if (!memo.empty()) text.append("#").append(memo);
  return text;
}

Result<std::string> normal_destination(std::string_view text) {
  const std::size_t hash = std::min(text.find('#'), text.size());
  const std::string_view memo = text.substr(hash), place = text.substr(0, hash);
  const std::size_t slash = place.find('/');
  const std::string_view address = slash == std::string_view::npos ? place : place.substr(slash + 1);
  const std::string_view channel = slash == std::string_view::npos ? std::string_view() : place.substr(0, slash);
  const auto read = read_address(address);
  if (!read) return refuse(address, " is no address in bech32");
  if (slash != std::string_view::npos && !is_channel(channel)) return refuse(channel, " is no IBC channel, as channel-141");
  if (memo.size() == 1 || !std::ranges::all_of(memo, [](char c) { return c > ' ' && c < '\x7F'; })) {
    return refuse(memo, " is no memo of visible ASCII characters");
  }
  const std::string normal = write_address(read->prefix, read->bytes) + std::string(memo);
  return channel.empty() ? normal : ibc_destination(channel, normal, {});
}

}  // namespace custos::wallet::cosmos_sdk
