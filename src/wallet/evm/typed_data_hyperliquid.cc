// Hyperliquid's messages: the actions that a user signs member by member, and those that only an agent's hash stands for
// (hyperliquid-dex/hyperliquid-python-sdk 0.24.0, utils/signing.py; nktkas/hyperliquid for those that it lacks).
#include <algorithm>
#include <array>

#include "encode/quote.h"
#include "wallet/evm/address.h"
#include "wallet/evm/typed_data_domains.h"
#include "wallet/evm/typed_data_value.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using facts::OperationClass;
using facts::TransactionFacts;
using enum facts::OperationClass;

// A token's decimals stand nowhere in a message: amounts, which are decimal text, are told in the unit that has so many.
constexpr unsigned kDecimals = 18;
constexpr unsigned kHypeDecimals = 8;  // of members named "wei"

// HandOver is what others may do with the account from then on, and what a person is told of it: there is no amount.
struct HandOver {
  facts::ClassSet classes;
  std::string_view warning;
};
constexpr HandOver kToAgent{{trade, transfer}, "the agent can trade with all that the account holds, and put it into vaults"};
constexpr HandOver kToSigners{{withdraw}, "the account and all that it holds are handed over to the signers that are named"};

// Action is one type that a user signs. `to`, `amount` and `token` name members; empty: none. The class is that of the venue's
// table of operations, where one account's own balances are moved by `transfer`.
struct Action {
  std::string_view type, name;
  OperationClass operation_class;
  Effect::Kind kind;
  const char *to = "", *amount = "", *token = "";
  const HandOver* hands_over = nullptr;
};

constexpr auto kActions = std::to_array<Action>({
    {"HyperliquidTransaction:Withdraw(string hyperliquidChain,string destination,string amount,uint64 time)", "withdraw3",
     withdraw, Effect::Kind::transfer, "destination", "amount"},
    {"HyperliquidTransaction:UsdSend(string hyperliquidChain,string destination,string amount,uint64 time)", "usdSend", withdraw,
     Effect::Kind::transfer, "destination", "amount"},
    {"HyperliquidTransaction:SpotSend(string hyperliquidChain,string destination,string token,string amount,uint64 time)",
     "spotSend", withdraw, Effect::Kind::transfer, "destination", "amount", "token"},
    {"HyperliquidTransaction:SendAsset(string hyperliquidChain,string destination,string sourceDex,string destinationDex,string "
     "token,string amount,string fromSubAccount,uint64 nonce)",
     "sendAsset", withdraw, Effect::Kind::transfer, "destination", "amount", "token"},
    {"HyperliquidTransaction:SendToEvmWithData(string hyperliquidChain,string token,string amount,string sourceDex,string "
     "destinationRecipient,string addressEncoding,uint32 destinationChainId,uint64 gasLimit,bytes data,uint64 nonce)",
     "sendToEvmWithData", withdraw, Effect::Kind::transfer, "destinationRecipient", "amount", "token"},
    {"HyperliquidTransaction:UsdClassTransfer(string hyperliquidChain,string amount,bool toPerp,uint64 nonce)",
     "usdClassTransfer", transfer, Effect::Kind::note, "", "amount"},
    {"HyperliquidTransaction:CDeposit(string hyperliquidChain,uint64 wei,uint64 nonce)", "cDeposit", transfer, Effect::Kind::note,
     "", "wei"},
    {"HyperliquidTransaction:CWithdraw(string hyperliquidChain,uint64 wei,uint64 nonce)", "cWithdraw", transfer,
     Effect::Kind::note, "", "wei"},
    {"HyperliquidTransaction:TokenDelegate(string hyperliquidChain,address validator,uint64 wei,bool isUndelegate,uint64 nonce)",
     "tokenDelegate", transfer, Effect::Kind::note, "validator", "wei"},
    {"HyperliquidTransaction:ApproveAgent(string hyperliquidChain,address agentAddress,string agentName,uint64 nonce)",
     "approveAgent", manage, Effect::Kind::delegation, "agentAddress", "", "", &kToAgent},
    {"HyperliquidTransaction:ApproveBuilderFee(string hyperliquidChain,string maxFeeRate,address builder,uint64 nonce)",
     "approveBuilderFee", manage, Effect::Kind::approval, "builder"},
    {"HyperliquidTransaction:ConvertToMultiSigUser(string hyperliquidChain,string signers,uint64 nonce)", "convertToMultiSigUser",
     manage, Effect::Kind::delegation, "", "", "", &kToSigners},
    {"HyperliquidTransaction:LinkStakingUser(string hyperliquidChain,address user,bool isFinalize,uint64 nonce)",
     "linkStakingUser", manage, Effect::Kind::delegation, "user"},
    {"HyperliquidTransaction:UserDexAbstraction(string hyperliquidChain,address user,bool enabled,uint64 nonce)",
     "userDexAbstraction", manage, Effect::Kind::note, "user"},
    {"HyperliquidTransaction:UserPortfolioMargin(string hyperliquidChain,address user,bool enabled,uint64 nonce)",
     "userPortfolioMargin", manage, Effect::Kind::note, "user"},
    {"HyperliquidTransaction:UserSetAbstraction(string hyperliquidChain,address user,string abstraction,uint64 nonce)",
     "userSetAbstraction", manage, Effect::Kind::note, "user"},
});

constexpr std::string_view kAgentType = "Agent(string source,bytes32 connectionId)";

bool has_domain(const TypedData& data, std::string_view name) {
  return data.domain_type == "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)" &&
         has_text(data.domain, "name", name) && has_text(data.domain, "version", "1") && verifying_contract(data.domain).empty();
}

bool is_user_domain(const TypedData& data) { return has_domain(data, "HyperliquidSignTransaction"); }
bool is_agent_domain(const TypedData& data) { return has_domain(data, "Exchange") && data.chain_id() == Uint256(1337); }

// plain is foreign text as it stands when it is harmless, else quoted.
std::string plain(const std::string& text) {
  std::string quoted = encode::quoted(text);
  return quoted.size() == text.size() + 2 ? text : quoted;
}

// in_words lists the action's members.
std::string in_words(const Action& action, const Json& message) {
  std::string text(action.name);
  for (const auto& [name, value] : message.items()) {
    text += (text.size() == action.name.size() ? ": " : ", ") + name + " ";
    text += value.is_string() ? encode::quoted(value.get_ref<const std::string&>()) : value.dump();
  }
  return text;
}

// read_destination reads a member that is an address, of that type or as text. Other forms of sendToEvmWithData stand as they
// are.
Result<std::string> read_destination(const Json& message, const char* member) {
  const auto& text = message.at(member).get_ref<const std::string&>();
  const auto address = parse_address(text, member);
  if (address) return address_text(*address);
  if (message.contains("addressEncoding")) return plain(text);
  return refuse_typed_data("message." + std::string(member), "it is no address");
}

// read_amount reads "1.5"; of usdClassTransfer also "1.5 subaccount:0x…" (the SDK's usd_class_transfer).
Result<Uint256> read_amount(const Action& action, const Json& message) {
  const Json& value = message.at(action.amount);
  std::string text = value.is_string() ? value.get<std::string>() : number_of(value).units(kHypeDecimals);
  if (action.name == "usdClassTransfer") text.resize(std::min(text.size(), text.find(" subaccount:")));
  const auto amount = Uint256::parse_units(text, kDecimals);
  if (!amount) return refuse_typed_data("message." + std::string(action.amount), "it is no decimal number of at most 18 places");
  return *amount;
}

constexpr std::string_view kAssetPrefix = "hyperliquid:";

// read_asset: what Hyperliquid holds is neither a chain's coin nor a contract's token, and no text of theirs may look like one.
Result<std::string> read_asset(const Action& action, const Json& message) {
  const std::string prefix(kAssetPrefix);
  if (*action.token == '\0') return prefix + (std::string_view(action.amount) == "wei" ? "HYPE" : "USDC");
  const auto& token = message.at(action.token).get_ref<const std::string&>();
  if (token.empty()) return refuse_typed_data("message." + std::string(action.token), "it is empty");
  return prefix + plain(token);
}

// add_network tells where the signature is good: the domain's chain id is anybody's choice, and binds nothing.
void add_network(std::string_view network, TransactionFacts& facts) {
  facts.chain_id.clear();
  facts.warnings.push_back("good on Hyperliquid's " + std::string(network) + ", whatever chain id the domain names");
}

Result<void> describe_action(const TypedData& data, TransactionFacts& facts) {
  const Json& message = data.message;
  const Action& action = *std::ranges::find(kActions, data.message_type, &Action::type);
  if (!has_text(message, "hyperliquidChain", "Mainnet") && !has_text(message, "hyperliquidChain", "Testnet")) {
    return refuse_typed_data("message.hyperliquidChain", "it is neither Mainnet nor Testnet");
  }
  add_network(message.at("hyperliquidChain").get_ref<const std::string&>(), facts);
  Effect effect{.kind = action.kind, .to = {}, .asset = {}, .what = in_words(action, message)};
  if (*action.to != '\0') {
    auto to = read_destination(message, action.to);
    if (!to) return to.failure();
    effect.to = std::move(*to);
  }
  if (*action.amount != '\0') {
    const auto amount = read_amount(action, message);
    if (!amount) return Unexpected{amount.error()};
    auto asset = read_asset(action, message);
    if (!asset) return asset.failure();
    effect.amount = *amount;
    effect.asset = std::move(*asset);
  }
  if (action.hands_over != nullptr) {
    effect.unlimited = true;
    facts.warnings.emplace_back(action.hands_over->warning);
    facts.reachable.add(action.hands_over->classes);
  }
  facts.effects.push_back(std::move(effect));
  facts.reachable.add(action.operation_class);
  facts.nonce = number_of(message.at(message.contains("time") ? "time" : "nonce")).decimal();
  if (message.contains("data") && !bytes_of(message.at("data")).empty()) {
    facts.undecoded.emplace_back("the data for the destination's contract");
    facts.reachable.add(unknown);
  }
  return {};
}

Result<void> describe_agent(const TypedData& data, TransactionFacts& facts) {
  const bool is_main = has_text(data.message, "source", "a");
  if (!is_main && !has_text(data.message, "source", "b")) {
    return refuse_typed_data("message.source", "it is neither a (Mainnet) nor b (Testnet)");
  }
  add_network(is_main ? "Mainnet" : "Testnet", facts);
  facts.effects.push_back({.kind = Effect::Kind::call, .to = {}, .asset = {}, .what = "an action of Hyperliquid"});
  facts.undecoded.emplace_back("the action of Hyperliquid (an order, a transfer or another): only its hash is signed");
  return {};
}

constexpr auto kTypes = [] {
  std::array<KnownType, kActions.size() + 1> types;
  std::ranges::transform(kActions, types.begin(), [](const Action& action) {
    return KnownType{.type = action.type, .is_domain = is_user_domain, .describe = describe_action};
  });
  types.back() = {.type = kAgentType, .is_domain = is_agent_domain, .describe = describe_agent};
  return types;
}();

}  // namespace

std::span<const KnownType> hyperliquid_types() { return kTypes; }

bool is_hyperliquid_asset(std::string_view text) noexcept {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  return text.starts_with(kAssetPrefix) && text.size() > kAssetPrefix.size() && std::ranges::all_of(text, visible);
}

}  // namespace custos::wallet::ethereum
