#include <algorithm>

#include "wallet/transaction.h"

namespace custos::wallet {

std::string_view Chain::coin_unit_on(std::string_view) const { return coin_unit(); }

Result<std::string> Chain::normal_asset(std::string_view asset) const {
  return asset.empty() || asset == coin_unit() ? std::string() : normal_address(asset);
}

Result<std::string> Chain::normal_chain_id(std::string_view) const {
  return fail(Errc::bad_input, Origin::request,
              "what is signed for " + std::string(name()) + " names no chain id, so a key cannot be held to one: leave it out");
}

std::span<const Chain* const> chains() {
  static const Chain* const all[] = {&bitcoin(), &cosmos(), &evm(), &solana()};
  return all;
}

const Chain* find_chain(std::string_view name) {
  const auto found = std::ranges::find(chains(), name, &Chain::name);
  return found == chains().end() ? nullptr : *found;
}

}  // namespace custos::wallet
