#include "wallet/cosmos/schema.h"

#include <algorithm>
#include <array>

namespace custos::wallet::cosmos_sdk {
namespace {

using enum FieldType;

constexpr auto kOne = Count::one, kOptional = Count::optional, kMany = Count::many, kSome = Count::some;

constexpr auto kCoinFields = std::to_array<SchemaField>({{1, "denom", symbol}, {2, "amount", amount}});

}  // namespace

constexpr Schema kCoin{.fields = kCoinFields, .whole = true};

namespace {

// Parts.

constexpr auto kTimestampFields = std::to_array<SchemaField>({{1, "seconds", int64}, {2, "nanos", enumeration}});
constexpr Schema kTimestamp{.fields = kTimestampFields};  // and Duration, which is the same

constexpr auto kHeightFields = std::to_array<SchemaField>({{1, "revision_number", uint64}, {2, "revision_height", uint64}});
constexpr Schema kHeight{.fields = kHeightFields};

constexpr auto kInOutFields = std::to_array<SchemaField>({{1, "address", address}, {2, "coins", message, kSome, &kCoin}});
constexpr Schema kInOut{.fields = kInOutFields};

constexpr auto kVoteOptionFields = std::to_array<SchemaField>({{1, "option", enumeration}, {2, "weight", decimal}});
constexpr Schema kVoteOption{.fields = kVoteOptionFields};
constexpr auto kVoteOptionV1Fields = std::to_array<SchemaField>({{1, "option", enumeration}, {2, "weight", symbol}});
constexpr Schema kVoteOptionV1{.fields = kVoteOptionV1Fields};

constexpr auto kValidatorsFields = std::to_array<SchemaField>({{1, "address", validator, kMany}});
constexpr Schema kValidators{.fields = kValidatorsFields};

constexpr auto kGrantFields = std::to_array<SchemaField>(
    {{1, "authorization", any, kOne, nullptr, Role::authorization}, {2, "expiration", message, kOne, &kTimestamp}});
constexpr Schema kGrant{.fields = kGrantFields};

constexpr auto kBasicAllowanceFields =
    std::to_array<SchemaField>({{1, "spend_limit", message, kMany, &kCoin}, {2, "expiration", message, kOne, &kTimestamp}});
constexpr Schema kBasicAllowance{
    .role = Role::allowance, .type_url = "/cosmos.feegrant.v1beta1.BasicAllowance", .fields = kBasicAllowanceFields};

constexpr auto kSubaccountFields = std::to_array<SchemaField>({{1, "owner", address}, {2, "number", uint32}});
constexpr Schema kSubaccount{.fields = kSubaccountFields};

constexpr auto kTransferFields = std::to_array<SchemaField>({{1, "sender", message, kOne, &kSubaccount},
                                                             {2, "recipient", message, kOne, &kSubaccount},
                                                             {3, "asset_id", uint32},
                                                             {4, "amount", uint64}});
constexpr Schema kTransfer{.fields = kTransferFields};

constexpr auto kOrderIdFields = std::to_array<SchemaField>({{1, "subaccount_id", message, kOne, &kSubaccount},
                                                            {2, "client_id", fixed32},
                                                            {3, "order_flags", uint32},
                                                            {4, "clob_pair_id", uint32}});
constexpr Schema kOrderId{.fields = kOrderIdFields};

constexpr auto kTwapFields =
    std::to_array<SchemaField>({{1, "duration", uint32}, {2, "interval", uint32}, {3, "price_tolerance", uint32}});
constexpr Schema kTwap{.fields = kTwapFields};

constexpr auto kBuilderCodeFields = std::to_array<SchemaField>({{1, "builder_address", address}, {2, "fee_ppm", uint32}});
constexpr Schema kBuilderCode{.fields = kBuilderCodeFields};

constexpr auto kOrderFields = std::to_array<SchemaField>({{1, "order_id", message, kOne, &kOrderId},
                                                          {2, "side", enumeration},
                                                          {3, "quantums", uint64},
                                                          {4, "subticks", uint64},
                                                          {5, "good_til_block", uint32},
                                                          {6, "good_til_block_time", fixed32},
                                                          {7, "time_in_force", enumeration},
                                                          {8, "reduce_only", boolean},
                                                          {9, "client_metadata", uint32},
                                                          {10, "condition_type", enumeration},
                                                          {11, "conditional_order_trigger_subticks", uint64},
                                                          {12, "twap_parameters", message, kOne, &kTwap},
                                                          {13, "builder_code_parameters", message, kOptional, &kBuilderCode},
                                                          {14, "order_router_address", address, kOptional}});
constexpr Schema kOrder{.fields = kOrderFields};

constexpr auto kOrderBatchFields = std::to_array<SchemaField>({{1, "clob_pair_id", uint32}, {2, "client_ids", bytes}});
constexpr Schema kOrderBatch{.fields = kOrderBatchFields};

constexpr auto kRouteInFields = std::to_array<SchemaField>({{1, "pool_id", uint64}, {2, "token_out_denom", symbol}});
constexpr Schema kRouteIn{.fields = kRouteInFields};
constexpr auto kRouteOutFields = std::to_array<SchemaField>({{1, "pool_id", uint64}, {2, "token_in_denom", symbol}});
constexpr Schema kRouteOut{.fields = kRouteOutFields};

// What stands in an Any.

constexpr auto kMsgSend =
    std::to_array<SchemaField>({{1, "from_address", address}, {2, "to_address", address}, {3, "amount", message, kSome, &kCoin}});
constexpr auto kMsgMultiSend =
    std::to_array<SchemaField>({{1, "inputs", message, kMany, &kInOut}, {2, "outputs", message, kMany, &kInOut}});
constexpr auto kMsgDelegate = std::to_array<SchemaField>(
    {{1, "delegator_address", address}, {2, "validator_address", validator}, {3, "amount", message, kOne, &kCoin}});
constexpr auto kMsgBeginRedelegate = std::to_array<SchemaField>({{1, "delegator_address", address},
                                                                 {2, "validator_src_address", validator},
                                                                 {3, "validator_dst_address", validator},
                                                                 {4, "amount", message, kOne, &kCoin}});
constexpr auto kMsgCancelUnbonding = std::to_array<SchemaField>({{1, "delegator_address", address},
                                                                 {2, "validator_address", validator},
                                                                 {3, "amount", message, kOne, &kCoin},
                                                                 {4, "creation_height", int64}});
constexpr auto kMsgWithdrawReward =
    std::to_array<SchemaField>({{1, "delegator_address", address}, {2, "validator_address", validator}});
constexpr auto kMsgSetWithdrawAddress =
    std::to_array<SchemaField>({{1, "delegator_address", address}, {2, "withdraw_address", address}});
constexpr auto kMsgFundCommunityPool =
    std::to_array<SchemaField>({{1, "amount", message, kSome, &kCoin}, {2, "depositor", address}});
constexpr auto kMsgVote =
    std::to_array<SchemaField>({{1, "proposal_id", uint64}, {2, "voter", address}, {3, "option", enumeration}});
constexpr auto kMsgVoteV1 = std::to_array<SchemaField>(
    {{1, "proposal_id", uint64}, {2, "voter", address}, {3, "option", enumeration}, {4, "metadata", text}});
constexpr auto kMsgVoteWeighted =
    std::to_array<SchemaField>({{1, "proposal_id", uint64}, {2, "voter", address}, {3, "options", message, kMany, &kVoteOption}});
constexpr auto kMsgVoteWeightedV1 = std::to_array<SchemaField>(
    {{1, "proposal_id", uint64}, {2, "voter", address}, {3, "options", message, kMany, &kVoteOptionV1}, {4, "metadata", text}});
constexpr auto kMsgDeposit =
    std::to_array<SchemaField>({{1, "proposal_id", uint64}, {2, "depositor", address}, {3, "amount", message, kMany, &kCoin}});
constexpr auto kMsgTransfer = std::to_array<SchemaField>({{1, "source_port", symbol},
                                                          {2, "source_channel", symbol},
                                                          {3, "token", message, kOne, &kCoin},
                                                          {4, "sender", address},
                                                          {5, "receiver", receiver},
                                                          {6, "timeout_height", message, kOne, &kHeight},
                                                          {7, "timeout_timestamp", uint64},
                                                          {8, "memo", text}});
constexpr auto kMsgGrant =
    std::to_array<SchemaField>({{1, "granter", address}, {2, "grantee", address}, {3, "grant", message, kOne, &kGrant}});
constexpr auto kMsgExec = std::to_array<SchemaField>({{1, "grantee", address}, {2, "msgs", any, kMany, nullptr, Role::message}});
constexpr auto kMsgRevoke =
    std::to_array<SchemaField>({{1, "granter", address}, {2, "grantee", address}, {3, "msg_type_url", symbol}});
constexpr auto kMsgGrantAllowance = std::to_array<SchemaField>(
    {{1, "granter", address}, {2, "grantee", address}, {3, "allowance", any, kOne, nullptr, Role::allowance}});
constexpr auto kMsgRevokeAllowance = std::to_array<SchemaField>({{1, "granter", address}, {2, "grantee", address}});
constexpr auto kMsgExecuteContract = std::to_array<SchemaField>(
    {{1, "sender", address}, {2, "contract", address}, {3, "msg", json}, {5, "funds", message, kMany, &kCoin}});

constexpr auto kGenericAuthorization = std::to_array<SchemaField>({{1, "msg", symbol}});
constexpr auto kSendAuthorization =
    std::to_array<SchemaField>({{1, "spend_limit", message, kMany, &kCoin}, {2, "allow_list", address, kMany}});
constexpr auto kStakeAuthorization = std::to_array<SchemaField>({{1, "max_tokens", message, kOne, &kCoin},
                                                                 {2, "allow_list", message, kOne, &kValidators},
                                                                 {3, "deny_list", message, kOne, &kValidators},
                                                                 {4, "authorization_type", enumeration}});
constexpr auto kPeriodicAllowance = std::to_array<SchemaField>({{1, "basic", message, kOne, &kBasicAllowance},
                                                                {2, "period", message, kOne, &kTimestamp},
                                                                {3, "period_spend_limit", message, kMany, &kCoin},
                                                                {4, "period_can_spend", message, kMany, &kCoin},
                                                                {5, "period_reset", message, kOne, &kTimestamp}});
constexpr auto kAllowedMsgAllowance =
    std::to_array<SchemaField>({{1, "allowance", any, kOne, nullptr, Role::allowance}, {2, "allowed_messages", symbol, kMany}});

constexpr auto kMsgCreateTransfer = std::to_array<SchemaField>({{1, "transfer", message, kOne, &kTransfer}});
constexpr auto kMsgDepositToSubaccount = std::to_array<SchemaField>(
    {{1, "sender", address}, {2, "recipient", message, kOne, &kSubaccount}, {3, "asset_id", uint32}, {4, "quantums", uint64}});
constexpr auto kMsgWithdrawFromSubaccount = std::to_array<SchemaField>(
    {{1, "recipient", address}, {2, "sender", message, kOne, &kSubaccount}, {3, "asset_id", uint32}, {4, "quantums", uint64}});
constexpr auto kMsgPlaceOrder = std::to_array<SchemaField>({{1, "order", message, kOne, &kOrder}});
constexpr auto kMsgCancelOrder = std::to_array<SchemaField>(
    {{1, "order_id", message, kOne, &kOrderId}, {2, "good_til_block", uint32}, {3, "good_til_block_time", fixed32}});
constexpr auto kMsgBatchCancel = std::to_array<SchemaField>({{1, "subaccount_id", message, kOne, &kSubaccount},
                                                             {2, "short_term_cancels", message, kMany, &kOrderBatch},
                                                             {3, "good_til_block", uint32}});
constexpr auto kTxExtension = std::to_array<SchemaField>({{1, "selected_authenticators", bytes}});

constexpr auto kMsgSwapIn = std::to_array<SchemaField>({{1, "sender", address},
                                                        {2, "routes", message, kMany, &kRouteIn},
                                                        {3, "token_in", message, kOne, &kCoin},
                                                        {4, "token_out_min_amount", amount}});
constexpr auto kMsgSwapOut = std::to_array<SchemaField>({{1, "sender", address},
                                                         {2, "routes", message, kMany, &kRouteOut},
                                                         {3, "token_in_max_amount", amount},
                                                         {4, "token_out", message, kOne, &kCoin}});
constexpr auto kMsgJoinPool = std::to_array<SchemaField>({{1, "sender", address},
                                                          {2, "pool_id", uint64},
                                                          {3, "share_out_amount", amount},
                                                          {4, "token_in_maxs", message, kMany, &kCoin}});
constexpr auto kMsgExitPool = std::to_array<SchemaField>({{1, "sender", address},
                                                          {2, "pool_id", uint64},
                                                          {3, "share_in_amount", amount},
                                                          {4, "token_out_mins", message, kMany, &kCoin}});
constexpr auto kMsgLockTokens = std::to_array<SchemaField>(
    {{1, "owner", address}, {2, "duration", message, kOne, &kTimestamp}, {3, "coins", message, kSome, &kCoin}});
constexpr auto kMsgBeginUnlocking =
    std::to_array<SchemaField>({{1, "owner", address}, {2, "ID", uint64}, {3, "coins", message, kMany, &kCoin}});

constexpr auto kPublicKeyFields = std::to_array<SchemaField>({{1, "key", bytes}});

constexpr auto kTypes = std::to_array<Schema>({
    {Role::message, "/cosmos.bank.v1beta1.MsgSend", "cosmos-sdk/MsgSend", kMsgSend, "from_address"},
    {Role::message, "/cosmos.bank.v1beta1.MsgMultiSend", "cosmos-sdk/MsgMultiSend", kMsgMultiSend, "inputs.address"},
    {Role::message, "/cosmos.staking.v1beta1.MsgDelegate", "cosmos-sdk/MsgDelegate", kMsgDelegate, "delegator_address"},
    {Role::message, "/cosmos.staking.v1beta1.MsgUndelegate", "cosmos-sdk/MsgUndelegate", kMsgDelegate, "delegator_address"},
    {Role::message, "/cosmos.staking.v1beta1.MsgBeginRedelegate", "cosmos-sdk/MsgBeginRedelegate", kMsgBeginRedelegate,
     "delegator_address"},
    {Role::message, "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", "cosmos-sdk/MsgCancelUnbondingDelegation",
     kMsgCancelUnbonding, "delegator_address"},
    {Role::message, "/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward", "cosmos-sdk/MsgWithdrawDelegationReward",
     kMsgWithdrawReward, "delegator_address"},
    {Role::message, "/cosmos.distribution.v1beta1.MsgSetWithdrawAddress", "cosmos-sdk/MsgModifyWithdrawAddress",
     kMsgSetWithdrawAddress, "delegator_address"},
    {Role::message, "/cosmos.distribution.v1beta1.MsgFundCommunityPool", "cosmos-sdk/MsgFundCommunityPool", kMsgFundCommunityPool,
     "depositor"},
    {Role::message, "/cosmos.gov.v1beta1.MsgVote", "cosmos-sdk/MsgVote", kMsgVote, "voter"},
    {Role::message, "/cosmos.gov.v1beta1.MsgVoteWeighted", "cosmos-sdk/MsgVoteWeighted", kMsgVoteWeighted, "voter"},
    {Role::message, "/cosmos.gov.v1beta1.MsgDeposit", "cosmos-sdk/MsgDeposit", kMsgDeposit, "depositor"},
    {Role::message, "/cosmos.gov.v1.MsgVote", "cosmos-sdk/v1/MsgVote", kMsgVoteV1, "voter"},
    {Role::message, "/cosmos.gov.v1.MsgVoteWeighted", "cosmos-sdk/v1/MsgVoteWeighted", kMsgVoteWeightedV1, "voter"},
    {Role::message, "/cosmos.gov.v1.MsgDeposit", "cosmos-sdk/v1/MsgDeposit", kMsgDeposit, "depositor"},
    {Role::message, "/ibc.applications.transfer.v1.MsgTransfer", "cosmos-sdk/MsgTransfer", kMsgTransfer, "sender"},
    {Role::message, "/cosmwasm.wasm.v1.MsgExecuteContract", "wasm/MsgExecuteContract", kMsgExecuteContract, "sender"},
    {Role::message, "/osmosis.poolmanager.v1beta1.MsgSwapExactAmountIn", "osmosis/poolmanager/swap-exact-amount-in", kMsgSwapIn,
     "sender"},
    {Role::message, "/osmosis.poolmanager.v1beta1.MsgSwapExactAmountOut", "osmosis/poolmanager/swap-exact-amount-out",
     kMsgSwapOut, "sender"},
    {Role::message, "/osmosis.gamm.v1beta1.MsgSwapExactAmountIn", "osmosis/gamm/swap-exact-amount-in", kMsgSwapIn, "sender"},
    {Role::message, "/osmosis.gamm.v1beta1.MsgSwapExactAmountOut", "osmosis/gamm/swap-exact-amount-out", kMsgSwapOut, "sender"},
    {Role::message, "/osmosis.gamm.v1beta1.MsgJoinPool", "osmosis/gamm/join-pool", kMsgJoinPool, "sender"},
    {Role::message, "/osmosis.gamm.v1beta1.MsgExitPool", "osmosis/gamm/exit-pool", kMsgExitPool, "sender"},
    // Amino JSON writes their durations, times and inner messages in ways of its own: SIGN_MODE_DIRECT only.
    {Role::message, "/osmosis.lockup.MsgLockTokens", "", kMsgLockTokens, "owner"},
    {Role::message, "/osmosis.lockup.MsgBeginUnlocking", "", kMsgBeginUnlocking, "owner"},
    {Role::message, "/cosmos.authz.v1beta1.MsgGrant", "", kMsgGrant, "granter"},
    {Role::message, "/cosmos.authz.v1beta1.MsgExec", "", kMsgExec, "grantee"},
    {Role::message, "/cosmos.authz.v1beta1.MsgRevoke", "", kMsgRevoke, "granter"},
    {Role::message, "/cosmos.feegrant.v1beta1.MsgGrantAllowance", "", kMsgGrantAllowance, "granter"},
    {Role::message, "/cosmos.feegrant.v1beta1.MsgRevokeAllowance", "", kMsgRevokeAllowance, "granter"},
    // dYdX has no amino names for its own.
    {Role::message, "/dydxprotocol.sending.MsgCreateTransfer", "", kMsgCreateTransfer, "transfer.sender.owner"},
    {Role::message, "/dydxprotocol.sending.MsgDepositToSubaccount", "", kMsgDepositToSubaccount, "sender"},
    {Role::message, "/dydxprotocol.sending.MsgWithdrawFromSubaccount", "", kMsgWithdrawFromSubaccount, "sender.owner",
     true},  // v4-client-js writes its fields as they are declared: 2, 1, 3, 4
    {Role::message, "/dydxprotocol.clob.MsgPlaceOrder", "", kMsgPlaceOrder, "order.order_id.subaccount_id.owner"},
    {Role::message, "/dydxprotocol.clob.MsgCancelOrder", "", kMsgCancelOrder, "order_id.subaccount_id.owner"},
    {Role::message, "/dydxprotocol.clob.MsgBatchCancel", "", kMsgBatchCancel, "subaccount_id.owner"},

    {Role::authorization, "/cosmos.authz.v1beta1.GenericAuthorization", "", kGenericAuthorization},
    {Role::authorization, "/cosmos.bank.v1beta1.SendAuthorization", "", kSendAuthorization},
    {Role::authorization, "/cosmos.staking.v1beta1.StakeAuthorization", "", kStakeAuthorization},
    kBasicAllowance,
    {Role::allowance, "/cosmos.feegrant.v1beta1.PeriodicAllowance", "", kPeriodicAllowance},
    {Role::allowance, "/cosmos.feegrant.v1beta1.AllowedMsgAllowance", "", kAllowedMsgAllowance},
    {Role::public_key, "/cosmos.crypto.secp256k1.PubKey", "", kPublicKeyFields},
    {Role::extension, "/dydxprotocol.accountplus.TxExtension", "", kTxExtension},
});

constexpr auto kSingleFields = std::to_array<SchemaField>({{1, "mode", enumeration}});
constexpr Schema kSingle{.fields = kSingleFields};
constexpr auto kModeInfoFields = std::to_array<SchemaField>({{1, "single", message, kOne, &kSingle}, {2, "multi", opaque}});
constexpr Schema kModeInfo{.fields = kModeInfoFields};
constexpr auto kSignerInfoFields = std::to_array<SchemaField>({{1, "public_key", any, kOne, nullptr, Role::public_key},
                                                               {2, "mode_info", message, kOne, &kModeInfo},
                                                               {3, "sequence", uint64}});
constexpr auto kFeeFields = std::to_array<SchemaField>({{1, "amount", message, kMany, &kCoin},
                                                        {2, "gas_limit", uint64, kOne, nullptr, Role::part, "gas"},
                                                        {3, "payer", symbol},
                                                        {4, "granter", symbol}});
constexpr auto kSignDocFields = std::to_array<SchemaField>(
    {{1, "body_bytes", bytes}, {2, "auth_info_bytes", bytes}, {3, "chain_id", symbol}, {4, "account_number", uint64}});
constexpr auto kTxRawFields =
    std::to_array<SchemaField>({{1, "body_bytes", bytes}, {2, "auth_info_bytes", bytes}, {3, "signatures", bytes, kMany}});
constexpr auto kTxBodyFields =
    std::to_array<SchemaField>({{1, "messages", any, kMany, nullptr, Role::message, "msgs"},
                                {2, "memo", text},
                                {3, "timeout_height", uint64},
                                {4, "unordered", boolean},
                                {5, "timeout_timestamp", message, kOne, &kTimestamp},
                                {1023, "extension_options", any, kMany, nullptr, Role::extension},
                                {2047, "non_critical_extension_options", any, kMany, nullptr, Role::extension}});
constexpr auto kStdHeaderFields =
    std::to_array<SchemaField>({{1, "chain_id", symbol}, {2, "account_number", uint64}, {3, "sequence", uint64}});
constexpr auto kMsgSignDataFields = std::to_array<SchemaField>({{1, "signer", symbol}, {2, "data", text}});
constexpr auto kAuthInfoFields =
    std::to_array<SchemaField>({{1, "signer_infos", message, kMany, &kSignerInfo}, {2, "fee", message, kOne, &kFee}});

}  // namespace

constexpr Schema kSignDoc{.fields = kSignDocFields};
constexpr Schema kTxRaw{.fields = kTxRawFields};
constexpr Schema kTxBody{.fields = kTxBodyFields};
constexpr Schema kSignerInfo{.fields = kSignerInfoFields};
constexpr Schema kFee{.fields = kFeeFields};
constexpr Schema kStdHeader{.fields = kStdHeaderFields};
constexpr Schema kMsgSignData{.fields = kMsgSignDataFields};
constexpr Schema kAuthInfo{.fields = kAuthInfoFields};

const Schema* find_schema(std::string_view type_url, Role role) noexcept {
  const auto found =
      std::ranges::find_if(kTypes, [&](const Schema& schema) { return schema.type_url == type_url && schema.role == role; });
  return found == kTypes.end() ? nullptr : &*found;
}

const Schema* find_amino(std::string_view name) noexcept {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find(kTypes, name, &Schema::amino);
  return found == kTypes.end() ? nullptr : &*found;
}

}  // namespace custos::wallet::cosmos_sdk
