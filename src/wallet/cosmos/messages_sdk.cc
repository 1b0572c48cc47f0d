// Messages that chains share: the SDK's modules, IBC transfers (ibc-go) and CosmWasm contracts (wasmd).
#include <array>

#include "encode/quote.h"
#include "wallet/cosmos/address.h"
#include "wallet/cosmos/description.h"
#include "wallet/cosmos/timestamp.h"
#include "wallet/json_input.h"

namespace custos::wallet::cosmos_sdk {
namespace {

using facts::Effect;
using facts::OperationClass;
using Kind = facts::Effect::Kind;

std::string until(const Message& message, const std::string& path) {
  const Message* const time = message_at(message, path);
  return time == nullptr ? " without end" : " until " + date_of(*time);
}

void describe_outputs(Description& out, const Message& message) {
  for (const Value* output : values_at(message, "outputs")) {
    out.add_coins(effect_of(Kind::transfer, out.what(), text_at(*output->message, "address")), *output->message, "coins");
  }
}

void describe_redelegation(Description& out, const Message& message) {
  const std::string source(text_at(message, "validator_src_address"));
  out.add_coins(effect_of(Kind::stake, out.what() + " from the validator " + source, text_at(message, "validator_dst_address")),
                message, "amount");
}

std::string option_name(std::uint64_t option) {
  constexpr std::array<std::string_view, 5> kNames{"nothing", "yes", "abstain", "no", "no with veto"};
  return option < kNames.size() ? std::string(kNames[option]) : "option " + std::to_string(option);
}

std::string proposal_of(const Message& message) { return " proposal " + std::to_string(integer_at(message, "proposal_id")); }

void describe_vote(Description& out, const Message& message) {
  out.add(effect_of(Kind::vote, out.what() + proposal_of(message) + ": " + option_name(integer_at(message, "option"))));
}

void describe_weighted_vote(Description& out, const Message& message) {
  std::string options;
  for (const Value* option : values_at(message, "options")) {
    const Message& weighted = *option->message;
    const bool legacy = !weighted.values.empty() && weighted.values.back().field->type == FieldType::decimal;
    const std::string weight = legacy ? amount_at(weighted, "weight").units(18) : std::string(text_at(weighted, "weight"));
    options += (options.empty() ? ": " : ", ") + option_name(integer_at(weighted, "option")) + ' ' + weight;
  }
  out.add(effect_of(Kind::vote, out.what() + proposal_of(message) + options));
}

// Who gets the rewards gets all that come from now on; back to the delegator itself they stay the signer's.
void describe_withdraw_address(Description& out, const Message& message) {
  const std::string to(text_at(message, "withdraw_address"));
  if (to == text_at(message, "delegator_address")) return out.add(effect_of(Kind::stake, out.what(), to));
  out.add_class({OperationClass::withdraw});
  out.warn("all rewards of staking go to " + to + " from now on");
  Effect effect = effect_of(Kind::delegation, out.what(), to);
  effect.unlimited = true;
  out.add(std::move(effect));
}

void describe_deposit(Description& out, const Message& message) {
  out.add_coins(effect_of(Kind::transfer, out.what() + proposal_of(message)), message, "amount");
}

void describe_ibc_transfer(Description& out, const Message& message) {
  const std::string port(text_at(message, "source_port"));
  const std::string_view channel = text_at(message, "source_channel"), receiver = text_at(message, "receiver");
  const std::string_view memo = text_at(message, "memo");
  const std::string over = " over " + port + '/' + std::string(channel);
  // Another chain reads the receiver and the memo: they count with the channel that leads there.
  out.add_coins(effect_of(Kind::transfer, out.what() + over, ibc_destination(channel, receiver, memo)), message, "token");
  if (port != "transfer" || !is_channel(channel)) out.undecoded("a transfer" + over);
  // Other ecosystems have addresses of their own, and the packet-forward middleware took orders in the receiver,
  // "osmo1…|transfer/channel-1:…".
  if (!prefix_of(receiver)) out.undecoded("the receiver " + std::string(receiver) + ", which is no address in bech32");
  if (memo.empty()) return;
  out.note("memo for the other chain: " + encode::quoted(memo));
  // Middleware there takes a JSON memo for orders: to forward the funds, to call a contract with them.
  if (memo.find('{') != std::string_view::npos)
    out.undecoded("the memo may make the other chain forward the funds or call a contract");
}

// describe_approval adds what the grantee may take of these coins. Without any the account is as good as handed over.
void describe_approval(Description& out, const std::string& grantee, const std::string& what, const Message& limits,
                       std::string_view path) {
  out.add_class({OperationClass::manage, OperationClass::approve});
  const bool unlimited = values_at(limits, path).empty();
  Effect effect = effect_of(unlimited ? Kind::delegation : Kind::approval, what, grantee);
  effect.unlimited = unlimited;
  if (unlimited) {
    out.add_class({OperationClass::withdraw});
    out.warn(grantee + " may use the account without a limit from now on: " + what);
  }
  out.add_coins(effect, limits, path);
}

void describe_grant(Description& out, const Message& message) {
  const Message* const authorization = message_at(message, "grant.authorization");
  if (authorization == nullptr) return out.undecoded("it grants nothing that can be read");
  std::string what = out.what() + ": " + short_name(authorization->type_url);
  const std::string_view granted = text_at(*authorization, "msg");
  if (!granted.empty()) what += " of " + std::string(granted);
  what += until(message, "grant.expiration");
  if (authorization->schema == nullptr) out.undecoded("the authorization " + authorization->type_url);
  const bool stake = authorization->type_url.ends_with(".StakeAuthorization");
  describe_approval(out, std::string(text_at(message, "grantee")), what, *authorization, stake ? "max_tokens" : "spend_limit");
}

void describe_exec(Description& out, const Message& message) {
  out.add_class({OperationClass::manage});
  const std::string place = out.place();
  std::size_t number = 0;
  for (const Value* inner : values_at(message, "msgs")) {
    out.describe(*inner->message, place + '.' + std::to_string(++number), "MsgExec: ");
  }
}

void describe_allowance(Description& out, const Message& message) {
  std::string what = out.what() + ": fees";
  const Message* allowance = message_at(message, "allowance");
  while (allowance != nullptr && allowance->schema != nullptr && allowance->type_url.ends_with(".AllowedMsgAllowance")) {
    for (const Value* allowed : values_at(*allowance, "allowed_messages")) out.note(out.what() + ": only for " + allowed->text);
    allowance = message_at(*allowance, "allowance");
  }
  if (allowance == nullptr) return out.undecoded("it grants nothing that can be read");
  if (allowance->schema == nullptr) out.undecoded("the allowance " + allowance->type_url);
  const std::string basic = allowance->type_url.ends_with(".PeriodicAllowance") ? "basic." : "";
  what += until(*allowance, basic + "expiration");
  describe_approval(out, std::string(text_at(message, "grantee")), what, *allowance, basic + "spend_limit");
}

void describe_contract_call(Description& out, const Message& message) {
  const std::string contract(text_at(message, "contract"));
  // The message's name is the only one of its object's members.
  const auto json = parse_json(text_at(message, "msg"), "msg");
  const bool named = json && json->is_object() && json->size() == 1;
  const std::string name = named ? json->begin().key() : std::string();
  out.add(effect_of(Kind::call, out.what() + (named ? ": " + encode::quoted(name) : ""), contract));
  out.undecoded("what the contract " + contract + " does" + (named ? " on " + encode::quoted(name) : ""));
  if (named) out.select(name);
  if (values_at(message, "funds").empty()) return;
  out.add_coins(effect_of(Kind::transfer, out.what() + ": funds", contract), message, "funds");
}

constexpr auto kMeanings = std::to_array<Meaning>({
    {"/cosmos.bank.v1beta1.MsgSend", nullptr, Kind::transfer, "to_address", "amount"},
    {"/cosmos.bank.v1beta1.MsgMultiSend", describe_outputs},
    {"/cosmos.staking.v1beta1.MsgDelegate", nullptr, Kind::stake, "validator_address", "amount"},
    {"/cosmos.staking.v1beta1.MsgUndelegate", nullptr, Kind::stake, "validator_address", "amount"},
    {"/cosmos.staking.v1beta1.MsgBeginRedelegate", describe_redelegation},
    {"/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", nullptr, Kind::stake, "validator_address", "amount"},
    {"/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward", nullptr, Kind::stake, "validator_address"},
    {"/cosmos.distribution.v1beta1.MsgSetWithdrawAddress", describe_withdraw_address},
    {"/cosmos.distribution.v1beta1.MsgFundCommunityPool", nullptr, Kind::transfer, "", "amount"},
    {"/cosmos.gov.v1beta1.MsgVote", describe_vote},
    {"/cosmos.gov.v1beta1.MsgVoteWeighted", describe_weighted_vote},
    {"/cosmos.gov.v1beta1.MsgDeposit", describe_deposit},
    {"/cosmos.gov.v1.MsgVote", describe_vote},
    {"/cosmos.gov.v1.MsgVoteWeighted", describe_weighted_vote},
    {"/cosmos.gov.v1.MsgDeposit", describe_deposit},
    {"/ibc.applications.transfer.v1.MsgTransfer", describe_ibc_transfer},
    {"/cosmwasm.wasm.v1.MsgExecuteContract", describe_contract_call},
    {"/cosmos.authz.v1beta1.MsgGrant", describe_grant},
    {"/cosmos.authz.v1beta1.MsgExec", describe_exec},
    {"/cosmos.authz.v1beta1.MsgRevoke", nullptr, Kind::delegation, "grantee"},
    {"/cosmos.feegrant.v1beta1.MsgGrantAllowance", describe_allowance},
    {"/cosmos.feegrant.v1beta1.MsgRevokeAllowance", nullptr, Kind::delegation, "grantee"},
});

}  // namespace

std::span<const Meaning> sdk_meanings() { return kMeanings; }

}  // namespace custos::wallet::cosmos_sdk
