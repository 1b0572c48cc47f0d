// Messages of Osmosis: swaps, pools and locks (osmosis-labs/osmosis, proto/osmosis).
#include <algorithm>
#include <array>

#include "wallet/cosmos/description.h"

namespace custos::wallet::cosmos_sdk {
namespace {

using facts::Effect;
using Kind = facts::Effect::Kind;

// add_trade adds what is spent on a pool at most.
void add_trade(Description& out, std::string_view denomination, const Uint256& amount, const std::string& what) {
  Effect effect = effect_of(Kind::trade, out.what() + what);
  effect.asset = denomination;
  effect.amount = amount;
  out.add(std::move(effect));
}

// is_any_price tells whether what has to come back is nothing to speak of: chains refuse a minimum of 0, not one of 1.
bool is_any_price(const Uint256& least) { return least <= Uint256(1); }

std::string pool_of(const Message& message) { return " pool " + std::to_string(integer_at(message, "pool_id")); }

// pools_of names those that a swap goes through: whoever made one sets its price.
std::string pools_of(const Message& message) {
  std::string pools;
  for (const Value* pool : values_at(message, "routes.pool_id"))
    pools += (pools.empty() ? "" : ", ") + std::to_string(pool->integer);
  return " through pool " + (pools.empty() ? "0" : pools);
}

void describe_swap_in(Description& out, const Message& message) {
  const auto routes = values_at(message, "routes.token_out_denom");
  const Uint256 least = amount_at(message, "token_out_min_amount");
  const std::string bought = routes.empty() ? "nothing" : routes.back()->text;
  add_trade(out, text_at(message, "token_in.denom"), amount_at(message, "token_in.amount"),
            pools_of(message) + " for at least " + least.decimal() + ' ' + bought);
  if (is_any_price(least)) out.undecoded("what comes back: the swap takes any price");
}

void describe_swap_out(Description& out, const Message& message) {
  const Uint256 bought = amount_at(message, "token_out.amount");
  add_trade(
      out, text_at(message, "routes.token_in_denom"), amount_at(message, "token_in_max_amount"),
      " at most" + pools_of(message) + ", for " + bought.decimal() + ' ' + std::string(text_at(message, "token_out.denom")));
  if (is_any_price(bought)) out.undecoded("what comes back: the swap takes any price");
}

void describe_pool_entry(Description& out, const Message& message) {
  out.add_coins(effect_of(Kind::trade, out.what() + pool_of(message)), message, "token_in_maxs");
  if (values_at(message, "token_in_maxs").empty()) out.undecoded("what it costs: the pool is entered at any price");
}

void describe_pool_exit(Description& out, const Message& message) {
  const std::string shares = "gamm/pool/" + std::to_string(integer_at(message, "pool_id"));
  add_trade(out, shares, amount_at(message, "share_in_amount"), pool_of(message));
  const auto least = values_at(message, "token_out_mins");
  const auto is_nothing = [](const Value* coin) { return is_any_price(amount_at(*coin->message, "amount")); };
  if (std::ranges::all_of(least, is_nothing)) out.undecoded("what comes back: the pool is left at any price");
}

constexpr auto kMeanings = std::to_array<Meaning>({
    {"/osmosis.poolmanager.v1beta1.MsgSwapExactAmountIn", describe_swap_in},
    {"/osmosis.poolmanager.v1beta1.MsgSwapExactAmountOut", describe_swap_out},
    {"/osmosis.gamm.v1beta1.MsgSwapExactAmountIn", describe_swap_in},
    {"/osmosis.gamm.v1beta1.MsgSwapExactAmountOut", describe_swap_out},
    {"/osmosis.gamm.v1beta1.MsgJoinPool", describe_pool_entry},
    {"/osmosis.gamm.v1beta1.MsgExitPool", describe_pool_exit},
    {"/osmosis.lockup.MsgLockTokens", nullptr, Kind::stake, "", "coins"},
    {"/osmosis.lockup.MsgBeginUnlocking", nullptr, Kind::stake, "", "coins"},
});

}  // namespace

std::span<const Meaning> osmosis_meanings() { return kMeanings; }

}  // namespace custos::wallet::cosmos_sdk
