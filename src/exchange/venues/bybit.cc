// Bybit v5, from bybit-exchange/docs @072c197 (docs/v5/guide.mdx) and pybit.
//
// Binding: the signature covers the query of a GET and the body of a POST, and neither method nor path. The one is never read as
// the other, because a query holds no '{' and JSON begins with '{' or '['; so each is judged on the rows of its own method, and
// only a request that has neither on all of them.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/placement.h"
#include "exchange/reason.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}, SigningAlgorithm{"RSA-2048", SecretForm::pem},
                                 SigningAlgorithm{"RSA-3072", SecretForm::pem}, SigningAlgorithm{"RSA-4096", SecretForm::pem}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};

// kHosts: docs/v5/guide.mdx, "Base URLs"; docs/v5/demo.mdx. Other sites' customers have their own.
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/", "api.bybit.com"},
    {"live", "/", "api.bytick.com"},
    {"live", "/", "api.bybit.nl"},
    {"live", "/", "api.bybit.eu"},
    {"live", "/", "api.bybit.kz"},
    {"live", "/", "api.bybit.ae"},
    {"live", "/", "api.bybit-tr.com"},
    {"live", "/", "api.bybitgeorgia.ge"},
    {"live", "/", "api.bybit.id"},
    {"live", "/", "api.byhkbit.com"},
    {"testnet", "/", "api-testnet.bybit.com"},
    {"testnet", "/", "api-demo.bybit.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"X-BAPI-API-KEY", "${key}"},
    {"X-BAPI-TIMESTAMP", "${time}"},
    {"X-BAPI-RECV-WINDOW", "${recv_window}"},
    {"X-BAPI-SIGN", "${signature}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr std::int64_t kLogonMs = 10'000;

// write_expiry writes when a logon expires, in milliseconds: the caller's time, else soon.
void write_expiry(Composer& composer) noexcept {
  if (composer.request().expires_s) {
    composer.out().append(composer.expires());
  } else {
    composer.out().append_decimal(composer.time_ms() + kLogonMs);
  }
}

constexpr Scheme rest(std::string_view name, std::string_view algorithm, SignatureForm form) {
  return {
      .name = name,
      .algorithm = algorithm,
      .preimage = "${time}${key}${recv_window}${query}${body}",
      .form = form,
      .time = TimeFormat::ms,
      .time_rule = "less than 1 s ahead of the server, and not further behind it than the receive window (milliseconds)",
      .recv_window_default = 5000,
      .recv_window_most = 60'000,  // ours: the documentation names no limit
      .headers = kHeaders,
  };
}

constexpr Scheme logon(std::string_view name, std::string_view algorithm, SignatureForm form) {
  return {
      .kind = RequestKind::ws,
      .name = name,
      .select = "auth",
      .algorithm = algorithm,
      .preimage = "GET/realtime${custom}",
      .form = form,
      .time = TimeFormat::ms,
      .time_rule = "it expires 10 s after the time, or as given",
      .binding = {.method = true, .path = true},
      .expires_after_s = 10,
      .expires_most_s = 60,
      .expires_in_ms = true,
      .message = R"({"op":"auth","args":["${key}","${custom}","${signature}"]})",
      .custom = write_expiry,
  };
}

constexpr std::array kSchemes{
    rest("REST", "HMAC", SignatureForm::hex),
    rest("REST, RSA", "RSA", SignatureForm::base64),
    logon("WebSocket logon", "HMAC", SignatureForm::hex),
    logon("WebSocket logon, RSA", "RSA", SignatureForm::base64),
};

// kOperations: ccxt 4.5.84 bybit.js (api.private) and bybit-api 4.7.7 (tiagosiebler, rest-client-v5 and its request types), which
// follow bybit-exchange.github.io/docs/v5. A parameter inside an object or a batch stands with the others. The GETs come first.
// Of the closed v3 APIs there is what moves money or rights, should it still answer.
constexpr auto kOperations = std::to_array<Operation>({
    {"GET", "/v5/account/borrow-history", read, "", "currency startTime endTime limit cursor"},
    {"GET", "/v5/account/collateral-info", read, "", "currency"},
    {"GET", "/v5/account/contract-transaction-log", read, "", "currency baseCoin type startTime endTime limit cursor"},
    {"GET", "/v5/account/fee-rate", read, "", "category symbol baseCoin"},
    {"GET", "/v5/account/info", read},
    {"GET", "/v5/account/instruments-info", read, "", "category symbol symbolType limit cursor"},
    {"GET", "/v5/account/mmp-state", read, "", "baseCoin"},
    {"GET", "/v5/account/option-asset-info", read},
    {"GET", "/v5/account/pay-info", read, "", "coin"},
    {"GET", "/v5/account/query-dcp-info", read},
    {"GET", "/v5/account/smp-group", read},
    {"GET", "/v5/account/trade-info-for-analysis", read, "", "symbol startTime endTime"},
    {"GET", "/v5/account/transaction-log", read, "",
     "accountType category currency baseCoin type transSubType startTime endTime limit cursor"},
    {"GET", "/v5/account/user-setting-config", read},
    {"GET", "/v5/account/wallet-balance", read, "", "accountType coin"},
    {"GET", "/v5/account/withdrawal", read, "", "coinName"},
    {"GET", "/v5/affiliate/aff-user-list", read, "", "size cursor needDeposit need30 need365 startDate endDate"},
    {"GET", "/v5/affiliate/affiliate-sub-list", read, "", "cursor size startDate endDate subAffId"},
    {"GET", "/v5/alpha/prediction/engine-status", read},
    {"GET", "/v5/alpha/prediction/pay-token-list", read},
    {"GET", "/v5/alpha/prediction/sports/timeline-stages", read, "", "eventType"},
    {"GET", "/v5/apilimit/query", read, "", "uids"},
    {"GET", "/v5/apilimit/query-all", read, "", "limit cursor uids"},
    {"GET", "/v5/apilimit/query-cap", read},
    {"GET", "/v5/asset/asset-overview", read, "", "memberId valuationCurrency accountType"},
    {"GET", "/v5/asset/coin-greeks", read, "", "baseCoin"},
    {"GET", "/v5/asset/coin/query-info", read, "", "coin"},
    {"GET", "/v5/asset/convert/small-balance-history", read, "", "accountType quoteId startTime endTime cursor size"},
    {"GET", "/v5/asset/convert/small-balance-list", read, "", "accountType fromCoin"},
    {"GET", "/v5/asset/covert/small-balance-history", read, "", "accountType quoteId startTime endTime cursor size"},
    {"GET", "/v5/asset/covert/small-balance-list", read, "", "accountType fromCoin"},
    {"GET", "/v5/asset/delivery-record", read, "", "category symbol startTime endTime expDate limit cursor"},
    {"GET", "/v5/asset/deposit/query-address", read, "", "coin chainType"},
    {"GET", "/v5/asset/deposit/query-allowed-list", read, "", "coin chain limit cursor"},
    {"GET", "/v5/asset/deposit/query-internal-record", read, "", "txID startTime endTime coin cursor limit"},
    {"GET", "/v5/asset/deposit/query-record", read, "", "id txID coin startTime endTime limit cursor"},
    {"GET", "/v5/asset/deposit/query-sub-member-address", read, "", "coin chainType subMemberId"},
    {"GET", "/v5/asset/deposit/query-sub-member-record", read, "", "id txID subMemberId coin startTime endTime limit cursor"},
    {"GET", "/v5/asset/exchange/convert-result-query", read, "", "quoteTxId accountType"},
    {"GET", "/v5/asset/exchange/order-record", read, "", "fromCoin toCoin limit cursor"},
    {"GET", "/v5/asset/exchange/query-coin-list", read, "", "coin side accountType"},
    {"GET", "/v5/asset/exchange/query-convert-history", read, "", "accountType index limit"},
    {"GET", "/v5/asset/fundinghistory", read, "", "createTimeFrom createTimeTo limit cursor"},
    {"GET", "/v5/asset/portfolio-margin", read, "", "baseCoin"},
    {"GET", "/v5/asset/settlement-record", read, "", "category symbol startTime endTime limit cursor"},
    {"GET", "/v5/asset/total-members-assets", read, "", "coin"},
    {"GET", "/v5/asset/transfer/query-account-coin-balance", read, "",
     "memberId toMemberId accountType coin toAccountType withBonus withTransferSafeAmount withLtvTransferSafeAmount"},
    {"GET", "/v5/asset/transfer/query-account-coins-balance", read, "", "memberId accountType coin withBonus"},
    {"GET", "/v5/asset/transfer/query-asset-info", read, "", "accountType coin"},
    {"GET", "/v5/asset/transfer/query-inter-transfer-list", read, "", "transferId coin status startTime endTime limit cursor"},
    {"GET", "/v5/asset/transfer/query-sub-member-list", read},
    {"GET", "/v5/asset/transfer/query-transfer-coin-list", read, "", "fromAccountType toAccountType"},
    {"GET", "/v5/asset/transfer/query-universal-transfer-list", read, "",
     "transferId coin status startTime endTime limit cursor fromMemberId toMemberId"},
    {"GET", "/v5/asset/withdraw/query-address", read, "", "coin chain addressType limit cursor"},
    {"GET", "/v5/asset/withdraw/query-record", read, "", "withdrawID txID coin withdrawType startTime endTime limit cursor"},
    {"GET", "/v5/asset/withdraw/vasp/list", read},
    {"GET", "/v5/asset/withdraw/withdrawable-amount", read, "", "coin"},
    {"GET", "/v5/broker/account-info", read},
    {"GET", "/v5/broker/apilimit/query-all", read, "", "limit cursor uids"},
    {"GET", "/v5/broker/apilimit/query-cap", read},
    {"GET", "/v5/broker/asset/query-sub-member-deposit-record", read, "",
     "id txID subMemberId coin startTime endTime limit cursor"},
    {"GET", "/v5/broker/earning-record", read, "", "bizType startTime endTime limit cursor"},
    {"GET", "/v5/broker/earnings-info", read, "", "bizType begin end uid limit cursor"},
    {"GET", "/v5/crypto-loan-common/adjustment-history", read, "", "adjustId collateralCurrency limit cursor"},
    {"GET", "/v5/crypto-loan-common/max-collateral-amount", read, "", "currency"},
    {"GET", "/v5/crypto-loan-common/position", read},
    {"GET", "/v5/crypto-loan-fixed/available-inventory", read, "", "currency term annualRate"},
    {"GET", "/v5/crypto-loan-fixed/borrow-contract-info", read, "", "orderId loanId orderCurrency term limit cursor"},
    {"GET", "/v5/crypto-loan-fixed/borrow-order-info", read, "", "orderId orderCurrency state term limit cursor"},
    {"GET", "/v5/crypto-loan-fixed/renew-info", read, "", "orderId orderCurrency limit cursor"},
    {"GET", "/v5/crypto-loan-fixed/repayment-history", read, "", "repayId loanCurrency limit cursor"},
    {"GET", "/v5/crypto-loan-fixed/supply-contract-info", read, "", "orderId supplyId supplyCurrency term limit cursor"},
    {"GET", "/v5/crypto-loan-fixed/supply-order-info", read, "", "orderId orderCurrency state term limit cursor"},
    {"GET", "/v5/crypto-loan-flexible/available-inventory", read, "", "currency"},
    {"GET", "/v5/crypto-loan-flexible/borrow-history", read, "", "orderId loanCurrency limit cursor"},
    {"GET", "/v5/crypto-loan-flexible/ongoing-coin", read, "", "loanCurrency"},
    {"GET", "/v5/crypto-loan-flexible/repayment-history", read, "", "repayId loanCurrency limit cursor"},
    {"GET", "/v5/crypto-loan/adjustment-history", read, "", "orderId adjustId collateralCurrency limit cursor"},
    {"GET", "/v5/crypto-loan/borrow-history", read, "", "orderId loanCurrency collateralCurrency limit cursor"},
    {"GET", "/v5/crypto-loan/borrowable-collateralisable-number", read, "", "loanCurrency collateralCurrency"},
    {"GET", "/v5/crypto-loan/max-collateral-amount", read, "", "orderId"},
    {"GET", "/v5/crypto-loan/ongoing-orders", read, "",
     "orderId loanCurrency collateralCurrency loanTermType loanTerm limit cursor"},
    {"GET", "/v5/crypto-loan/repayment-history", read, "", "orderId repayId loanCurrency limit cursor"},
    {"GET", "/v5/earn/advance/order", read, "", "category orderId orderLinkId productId startTime endTime limit cursor"},
    {"GET", "/v5/earn/advance/position", read, "", "category productId coin limit cursor"},
    {"GET", "/v5/earn/coupons", read, "", "category"},
    {"GET", "/v5/earn/fixed-term/order", read, "", "orderType productId category orderId startTime endTime limit cursor"},
    {"GET", "/v5/earn/fixed-term/position", read, "", "productId category coin"},
    {"GET", "/v5/earn/hold-to-earn/yield-history", read, "", "timeStart timeEnd limit cursor"},
    {"GET", "/v5/earn/hourly-yield", read, "", "category productId startTime endTime limit cursor"},
    {"GET", "/v5/earn/order", read, "", "category orderId orderLinkId productId startTime endTime limit cursor"},
    {"GET", "/v5/earn/position", read, "", "category productId coin"},
    {"GET", "/v5/earn/pwm/asset-manager/all-funds", read, "", "coin fundId status limit cursor"},
    {"GET", "/v5/earn/pwm/asset-manager/all-order", read, "", "fundId orderType status startTime endTime limit cursor"},
    {"GET", "/v5/earn/pwm/asset-manager/get-investment-plan", read, "", "planId status subscriptionUid limit cursor"},
    {"GET", "/v5/earn/pwm/investment-plan/asset-trend", read, "", "planId startTime endTime"},
    {"GET", "/v5/earn/pwm/investment-plan/detail", read, "", "planId"},
    {"GET", "/v5/earn/pwm/investment-plan/fund-nav", read, "", "fundId startTime endTime"},
    {"GET", "/v5/earn/pwm/investment-plan/list", read},
    {"GET", "/v5/earn/pwm/investment-plan/new-plan", read, "", "planId"},
    {"GET", "/v5/earn/pwm/investment-plan/order", read, "",
     "planId category type status startTime endTime limit cursor orderLinkId"},
    {"GET", "/v5/earn/pwm/query-fund-transfer-result", read, "", "transferId fromUserId"},
    {"GET", "/v5/earn/rwa/order", read, "", "orderId orderLinkId orderType productId startTime endTime limit cursor"},
    {"GET", "/v5/earn/rwa/position", read},
    {"GET", "/v5/earn/token/hourly-yield", read, "", "coin startTime endTime cursor limit"},
    {"GET", "/v5/earn/token/order", read, "", "coin orderLinkId orderId orderType startTime endTime cursor limit"},
    {"GET", "/v5/earn/token/position", read, "", "coin"},
    {"GET", "/v5/earn/token/yield", read, "", "coin startTime endTime cursor limit"},
    {"GET", "/v5/earn/yield", read, "", "category productId startTime endTime limit cursor"},
    {"GET", "/v5/event/order-list", read, "", "symbol orderId orderLinkId startTime endTime limit cursor"},
    {"GET", "/v5/event/order-realtime", read, "", "symbol orderId orderLinkId limit cursor"},
    {"GET", "/v5/event/positions", read, "", "symbol baseCoin settleCoin limit cursor"},
    {"GET", "/v5/event/settlements", read, "", "symbol orderId startTime endTime limit cursor"},
    {"GET", "/v5/event/trades", read, "", "symbol orderId orderLinkId startTime endTime limit cursor"},
    {"GET", "/v5/execution/list", read, "",
     "category symbol orderId orderLinkId baseCoin settleCoin startTime endTime execType limit cursor"},
    {"GET", "/v5/fiat/balance-query", read, "", "currency"},
    {"GET", "/v5/fiat/query-coin-list", read, "", "side"},
    {"GET", "/v5/fiat/query-trade-history", read, "", "index limit startTime endTime"},
    {"GET", "/v5/fiat/reference-price", read, "", "symbol"},
    {"GET", "/v5/fiat/trade-query", read, "", "tradeNo merchantRequestId"},
    {"GET", "/v5/ins-loan/coin-delta-amount", read, "", "coin"},
    {"GET", "/v5/ins-loan/ensure-tokens", read, "", "productId"},
    {"GET", "/v5/ins-loan/ensure-tokens-convert", read, "", "productId"},
    {"GET", "/v5/ins-loan/loan-order", read, "", "orderId startTime endTime limit"},
    {"GET", "/v5/ins-loan/ltv", read},
    {"GET", "/v5/ins-loan/ltv-convert", read},
    {"GET", "/v5/ins-loan/product-infos", read, "", "productId"},
    {"GET", "/v5/ins-loan/repaid-history", read, "", "startTime endTime limit"},
    {"GET", "/v5/lending/account", read, "", "coin"},
    {"GET", "/v5/lending/history-order", read, "", "coin orderId startTime endTime limit orderType"},
    {"GET", "/v5/lending/info", read, "", "coin"},
    {"GET", "/v5/order/history", read, "",
     "category symbol baseCoin settleCoin orderId orderLinkId orderFilter orderStatus startTime endTime limit cursor"},
    {"GET", "/v5/order/realtime", read, "",
     "category symbol baseCoin settleCoin orderId orderLinkId openOnly orderFilter orderStatus limit cursor"},
    {"GET", "/v5/order/spot-borrow-check", read, "", "symbol side category"},
    {"GET", "/v5/position/closed-pnl", read, "", "category symbol startTime endTime limit cursor"},
    {"GET", "/v5/position/get-closed-positions", read, "", "category symbol startTime endTime limit cursor"},
    {"GET", "/v5/position/list", read, "", "category symbol baseCoin settleCoin limit cursor"},
    {"GET", "/v5/position/move-history", read, "", "category symbol startTime endTime status blockTradeId limit cursor"},
    {"GET", "/v5/position/symbol-info", read, "", "category symbol"},
    {"GET", "/v5/pre-upgrade/account/transaction-log", read, "", "category baseCoin type startTime endTime limit cursor"},
    {"GET", "/v5/pre-upgrade/asset/delivery-record", read, "", "category symbol expDate limit cursor"},
    {"GET", "/v5/pre-upgrade/asset/settlement-record", read, "", "category symbol limit cursor"},
    {"GET", "/v5/pre-upgrade/execution/list", read, "",
     "category symbol orderId orderLinkId baseCoin startTime endTime execType limit cursor"},
    {"GET", "/v5/pre-upgrade/order/history", read, "",
     "category symbol baseCoin orderId orderLinkId orderFilter orderStatus startTime endTime limit cursor"},
    {"GET", "/v5/pre-upgrade/position/closed-pnl", read, "", "category symbol startTime endTime limit cursor"},
    {"GET", "/v5/rfq/config", read},
    {"GET", "/v5/rfq/public-trades", read, "", "startTime endTime limit cursor"},
    {"GET", "/v5/rfq/quote-list", read, "", "rfqId quoteId quoteLinkId traderType status limit cursor"},
    {"GET", "/v5/rfq/quote-realtime", read, "", "rfqId quoteId quoteLinkId traderType"},
    {"GET", "/v5/rfq/rfq-detail-list", read, "", "rfqId rfqLinkId status traderType startTime endTime limit cursor"},
    {"GET", "/v5/rfq/rfq-list", read, "", "rfqId rfqLinkId traderType status limit cursor"},
    {"GET", "/v5/rfq/rfq-realtime", read, "", "rfqId rfqLinkId traderType"},
    {"GET", "/v5/rfq/trade-list", read, "", "rfqId rfqLinkId quoteId quoteLinkId status limit cursor"},
    {"GET", "/v5/spot-cross-margin-trade/account", read},
    {"GET", "/v5/spot-cross-margin-trade/borrow-token", read, "", "coin"},
    {"GET", "/v5/spot-cross-margin-trade/loan-info", read, "", "coin"},
    {"GET", "/v5/spot-cross-margin-trade/orders", read, "", "startTime endTime coin status limit"},
    {"GET", "/v5/spot-cross-margin-trade/pledge-token", read, "", "coin"},
    {"GET", "/v5/spot-cross-margin-trade/repay-history", read, "", "startTime endTime coin limit"},
    {"GET", "/v5/spot-lever-token/order-record", read, "", "ltCoin orderId startTime endTime limit ltOrderType serialNo"},
    {"GET", "/v5/spot-margin-trade/coinstate", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/currency-data", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/fixed-available-inventory", read, "", "currency term annualRate"},
    {"GET", "/v5/spot-margin-trade/fixedborrow-contract-info", read, "", "orderId orderCurrency term limit cursor"},
    {"GET", "/v5/spot-margin-trade/fixedborrow-order-info", read, "", "orderId orderCurrency state term limit cursor"},
    {"GET", "/v5/spot-margin-trade/fixedborrow-order-quote", read, "", "orderCurrency term orderBy sort limit"},
    {"GET", "/v5/spot-margin-trade/flexible-available-inventory", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/get-auto-repay-mode", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/interest-rate-history", read, "", "currency vipLevel startTime endTime"},
    {"GET", "/v5/spot-margin-trade/liability", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/max-borrowable", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/position-tiers", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/repayment-available-amount", read, "", "currency"},
    {"GET", "/v5/spot-margin-trade/state", read},
    {"GET", "/v5/spot-x/launchpool/user/current-staking", read},
    {"GET", "/v5/spot-x/token-splash/user/activity-params", read, "", "projectId activityCoin"},
    {"GET", "/v5/spread/execution/list", read, "", "symbol orderId orderLinkId startTime endTime limit cursor"},
    {"GET", "/v5/spread/max-qty", read, "", "symbol side orderPrice"},
    {"GET", "/v5/spread/order/history", read, "", "symbol baseCoin orderId orderLinkId startTime endTime limit cursor"},
    {"GET", "/v5/spread/order/realtime", read, "", "symbol baseCoin orderId orderLinkId limit cursor"},
    {"GET", "/v5/strategy/list", read, "",
     "strategyId symbol status category strategyType beginTimeE0 endTimeE0 pageSize cursor"},
    {"GET", "/v5/strategy/order-list", read, "", "strategyId status symbol strategyType beginTimeE0 endTimeE0 pageSize cursor"},
    {"GET", "/v5/system/status", read, "", "id state"},
    {"GET", "/v5/user/aff-customer-info", read, "", "uid coin business"},
    {"GET", "/v5/user/escrow_sub_members", read, "", "pageSize nextCursor"},
    {"GET", "/v5/user/get-member-type", read, "", "memberIds"},
    {"GET", "/v5/user/invitation/code", read},
    {"GET", "/v5/user/invitation/referrals", read, "", "status size cursor"},
    {"GET", "/v5/user/query-api", read},
    {"GET", "/v5/user/query-sub-members", read},
    {"GET", "/v5/user/sub-apikeys", manage, "subMemberId", "limit cursor"},
    {"GET", "/v5/user/submembers", read, "", "pageSize nextCursor"},
    {"POST", "/asset/v3/private/transfer/inter-transfer", transfer, "transferId coin amount", "fromAccountType toAccountType"},
    {"POST", "/asset/v3/private/transfer/sub-member-transfer", transfer, "transferId coin amount subMemberId type"},
    {"POST", "/asset/v3/private/transfer/transfer-sub-member-save", transfer, "subMemberIds"},
    {"POST", "/asset/v3/private/transfer/universal-transfer", transfer, "transferId coin amount",
     "fromMemberId toMemberId fromAccountType toAccountType"},
    {"POST", "/asset/v3/private/withdraw/cancel", withdraw, "id"},
    {"POST", "/asset/v3/private/withdraw/create", withdraw, "coin address amount", "chain tag timestamp forceChain accountType"},
    {"POST", "/contract/v3/private/copytrading/wallet/transfer", transfer, "transferId coin amount",
     "fromAccountType toAccountType"},
    {"POST", "/spot/v3/private/cross-margin-loan", transfer, "coin qty"},
    {"POST", "/spot/v3/private/cross-margin-repay", transfer, "coin", "qty completeRepayment"},
    {"POST", "/spot/v3/private/purchase", transfer, "ltCode ltAmount", "serialNo"},
    {"POST", "/spot/v3/private/redeem", transfer, "ltCode ltQuantity", "serialNo"},
    {"POST", "/unified/v3/private/account/upgrade-unified-account", manage},
    {"POST", "/user/v3/private/create-sub-api", manage, "subuid permissions",
     "note readOnly ips ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate FiatP2P "
     "FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/user/v3/private/create-sub-member", manage, "username memberType", "password switch note"},
    {"POST", "/user/v3/private/delete-api", manage},
    {"POST", "/user/v3/private/delete-sub-api", manage},
    {"POST", "/user/v3/private/update-api", manage, "permissions",
     "readOnly ips ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate FiatP2P "
     "FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/user/v3/private/update-api", manage, "readOnly",
     "permissions ips ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate FiatP2P "
     "FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/user/v3/private/update-api", manage, "ips",
     "permissions readOnly ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate "
     "FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/user/v3/private/update-sub-api", manage, "permissions",
     "readOnly ips apikey ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate "
     "FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/user/v3/private/update-sub-api", manage, "readOnly",
     "permissions ips apikey ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate "
     "FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/user/v3/private/update-sub-api", manage, "ips",
     "permissions readOnly apikey ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn "
     "Affiliate FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/account/borrow", transfer, "coin amount"},
    {"POST", "/v5/account/demo-apply-money", trade, "adjustType", "utaDemoApplyMoney coin amountStr"},
    {"POST", "/v5/account/demo-apply-money", trade, "utaDemoApplyMoney", "adjustType coin amountStr"},
    {"POST", "/v5/account/mmp-modify", trade, "baseCoin window frozenPeriod qtyLimit deltaLimit", "vegaLimit"},
    {"POST", "/v5/account/mmp-reset", trade, "baseCoin"},
    {"POST", "/v5/account/no-convert-repay", transfer, "coin", "amount repaymentType"},
    {"POST", "/v5/account/quick-repayment", transfer, "", "coin"},
    {"POST", "/v5/account/repay", transfer, "", "coin amount repaymentType"},
    {"POST", "/v5/account/set-collateral-switch", trade, "coin collateralSwitch"},
    {"POST", "/v5/account/set-collateral-switch-batch", trade, "request", "coin collateralSwitch"},
    {"POST", "/v5/account/set-delta-mode", trade, "deltaEnable"},
    {"POST", "/v5/account/set-hedging-mode", trade, "setHedgingMode"},
    {"POST", "/v5/account/set-limit-px-action", trade, "category modifyEnable"},
    {"POST", "/v5/account/set-margin-mode", trade, "setMarginMode"},
    {"POST", "/v5/account/upgrade-to-uta", manage},
    {"POST", "/v5/alpha/lp/order-list", read, "", "orderType tokenCode orderStatus days limit pageIndex poolAddress"},
    {"POST", "/v5/alpha/lp/pay-token-list", read, "", "chainCode tokenAddress"},
    {"POST", "/v5/alpha/lp/pay-token-price", read, "tokenCode", "chainCode"},
    {"POST", "/v5/alpha/lp/pool-info", read, "poolAddress"},
    {"POST", "/v5/alpha/lp/pool-list", read, "", "tokenSymbol"},
    {"POST", "/v5/alpha/lp/position-list", read},
    {"POST", "/v5/alpha/lp/redeem", transfer, "positionId poolAddress dercRatio", "receiveTokenCode"},
    {"POST", "/v5/alpha/lp/stake", transfer, "positionId poolAddress payTokenAmount payTokenCode",
     "rangeUpper rangeLower priceUpper priceLower"},
    {"POST", "/v5/alpha/prediction/buy", transfer, "tokenId amount payTokenCode orderType slippage eventId"},
    {"POST", "/v5/alpha/prediction/event-detail", read, "", "eventId slug hasMoreMarkets"},
    {"POST", "/v5/alpha/prediction/order-book", read, "tokenIds"},
    {"POST", "/v5/alpha/prediction/order-estimate", read, "tokenId side eventId amount orderType", "payTokenCode"},
    {"POST", "/v5/alpha/prediction/order-list", read, "", "status tokenId eventId side days limit pageIndex"},
    {"POST", "/v5/alpha/prediction/portfolio-summary", read, "", "eventType"},
    {"POST", "/v5/alpha/prediction/position-history", read, "", "tokenId eventId result days limit pageIndex"},
    {"POST", "/v5/alpha/prediction/position-list", read, "", "tokenId eventId limit pageIndex"},
    {"POST", "/v5/alpha/prediction/price-history", read, "tokenId interval"},
    {"POST", "/v5/alpha/prediction/sell", transfer, "tokenId size orderType slippage eventId", "toTokenCode"},
    {"POST", "/v5/alpha/prediction/side-market-list", read, "eventId", "sortBy marketType limit pageIndex"},
    {"POST", "/v5/alpha/prediction/sports/group-stage-detail", read, "eventType", "groupName"},
    {"POST", "/v5/alpha/prediction/sports/match-list", read, "eventType", "status startTime endTime stageCode limit pageIndex"},
    {"POST", "/v5/alpha/prediction/token-price", read, "tokenIds"},
    {"POST", "/v5/alpha/trade/asset-detail", read, "chainCode tokenAddress"},
    {"POST", "/v5/alpha/trade/asset-list", read},
    {"POST", "/v5/alpha/trade/biz-token-details", read, "chainCode tokenAddress"},
    {"POST", "/v5/alpha/trade/biz-token-list", read, "", "tokenTag"},
    {"POST", "/v5/alpha/trade/biz-token-price-list", read, "tokenAddressInfo", "chainCode tokenAddress"},
    {"POST", "/v5/alpha/trade/order-list", read, "limit pageIndex", "tradeType tokenCode orderStatus days direction"},
    {"POST", "/v5/alpha/trade/pay-token-list", read, "chainCode tokenAddress"},
    {"POST", "/v5/alpha/trade/purchase", transfer, "fromTokenCode fromTokenAmount toTokenCode quoteData",
     "slippage gas quoteMode correctingCode tenant"},
    {"POST", "/v5/alpha/trade/quote", read, "tradeType fromTokenCode fromTokenAmount toTokenCode", "quoteMode"},
    {"POST", "/v5/alpha/trade/redeem", transfer, "fromTokenCode fromTokenAmount toTokenCode quoteData",
     "slippage gas quoteMode correctingCode tenant"},
    {"POST", "/v5/apilimit/set", manage, "list uids bizType rate"},
    {"POST", "/v5/asset/convert/get-quote", transfer, "accountType fromCoinList toCoin"},
    {"POST", "/v5/asset/convert/small-balance-execute", transfer, "quoteId"},
    {"POST", "/v5/asset/covert/get-quote", transfer, "accountType fromCoinList toCoin"},
    {"POST", "/v5/asset/covert/small-balance-execute", transfer, "quoteId"},
    {"POST", "/v5/asset/deposit/deposit-to-account", manage, "accountType"},
    {"POST", "/v5/asset/exchange/convert-execute", transfer, "quoteTxId"},
    {"POST", "/v5/asset/exchange/quote-apply", transfer, "fromCoin toCoin requestCoin requestAmount accountType",
     "fromCoinType toCoinType requestId"},
    {"POST", "/v5/asset/transfer/inter-transfer", transfer, "transferId coin amount fromAccountType toAccountType"},
    {"POST", "/v5/asset/transfer/save-transfer-sub-member", transfer, "subMemberIds"},
    {"POST", "/v5/asset/transfer/universal-transfer", transfer,
     "transferId coin amount fromMemberId toMemberId fromAccountType toAccountType"},
    {"POST", "/v5/asset/travel-rule/deposit/submit", manage, "depositId questionnaire", "subAccountId"},
    {"POST", "/v5/asset/withdraw/cancel", withdraw, "id"},
    {"POST", "/v5/asset/withdraw/create", withdraw, "coin address amount",
     "chain tag timestamp forceChain accountType feeType requestId transactionPurpose questionnaire beneficiary vaspEntityId "
     "beneficiaryName beneficiaryLegalType beneficiaryWalletType beneficiaryUnhostedWalletType beneficiaryPoiNumber "
     "beneficiaryPoiType beneficiaryPoiIssuingCountry beneficiaryPoiExpiredDate"},
    {"POST", "/v5/broker/apilimit/set", manage, "list uids bizType rate"},
    {"POST", "/v5/broker/award/distribute-award", withdraw, "accountId awardId specCode amount brokerId"},
    {"POST", "/v5/broker/award/distribution-record", read, "accountId awardId specCode", "withUsedAmount"},
    {"POST", "/v5/broker/award/info", read, "id"},
    {"POST", "/v5/card/reward/mall/item/list", read, "", "pageNo pageSize itemType itemBizType orderBy asc source"},
    {"POST", "/v5/card/reward/point/cashback/detail", read, "bizTxnId"},
    {"POST", "/v5/card/reward/points/balance", read},
    {"POST", "/v5/card/reward/points/records", read, "", "type pageSize pageNo startTime endTime outOrderId bizId bizTxnId side"},
    {"POST", "/v5/card/reward/points/tier", read},
    {"POST", "/v5/card/transaction/query-asset-records", read, "",
     "statusCode limit page pan4 createBeginTime createEndTime merchName type txnId cardToken orderNo"},
    {"POST", "/v5/crypto-loan-common/adjust-ltv", transfer, "currency amount direction"},
    {"POST", "/v5/crypto-loan-common/max-loan", read, "currency", "collateralList ccy amount"},
    {"POST", "/v5/crypto-loan-fixed/borrow", transfer, "orderCurrency orderAmount annualRate term",
     "autoRepay repayType strategyType collateralList currency amount"},
    {"POST", "/v5/crypto-loan-fixed/borrow-order-cancel", transfer, "orderId"},
    {"POST", "/v5/crypto-loan-fixed/fully-repay", transfer, "loanId", "loanCurrency"},
    {"POST", "/v5/crypto-loan-fixed/fully-repay", transfer, "loanCurrency", "loanId"},
    {"POST", "/v5/crypto-loan-fixed/renew", transfer, "loanId", "collateralList currency amount"},
    {"POST", "/v5/crypto-loan-fixed/repay-collateral", transfer, "loanCurrency collateralCoin amount", "loanId"},
    {"POST", "/v5/crypto-loan-fixed/supply", transfer, "orderCurrency orderAmount annualRate term", "availableSource"},
    {"POST", "/v5/crypto-loan-fixed/supply-order-cancel", transfer, "orderId", "refundedAccount"},
    {"POST", "/v5/crypto-loan-flexible/borrow", transfer, "loanCurrency loanAmount", "collateralList currency amount"},
    {"POST", "/v5/crypto-loan-flexible/repay", transfer, "loanCurrency amount"},
    {"POST", "/v5/crypto-loan-flexible/repay-collateral", transfer, "loanCurrency collateralCoin amount"},
    {"POST", "/v5/crypto-loan/adjust-ltv", transfer, "orderId amount direction"},
    {"POST", "/v5/crypto-loan/borrow", transfer, "loanCurrency collateralCurrency", "loanAmount loanTerm collateralAmount"},
    {"POST", "/v5/crypto-loan/repay", transfer, "orderId amount"},
    {"POST", "/v5/earn/advance/place-order", transfer, "category productId orderType",
     "amount coin accountType orderLinkId discountBuyExtra initialPrice purchasePrice knockoutPrice knockoutCouponE8 settleType "
     "instUid dualAssetsExtra orderDirection selectPrice apyE8 interestCard awardId specCode"},
    {"POST", "/v5/earn/fixed-term/place-order", transfer, "productId category coin amount accountType orderLinkId", "autoInvest"},
    {"POST", "/v5/earn/fixed-term/position/auto-invest", transfer, "productId category positionId status"},
    {"POST", "/v5/earn/fixed-term/redeem", transfer, "productId category positionId"},
    {"POST", "/v5/earn/liquidity-mining/reinvest", transfer, "productId orderLinkId positionId", "leverage"},
    {"POST", "/v5/earn/place-order", transfer, "category orderType amount coin productId",
     "accountType orderLinkId toAccountType"},
    {"POST", "/v5/earn/position/modify", transfer, "category productId positionId autoReinvest"},
    {"POST", "/v5/earn/pwm/asset-manager/create-fund", transfer, "fundName coin profitShareRate managementFeeRate reqLinkId",
     "fundIntroduction"},
    {"POST", "/v5/earn/pwm/asset-manager/create-investment-plan", transfer,
     "accountUid planName planType investmentDistribution reqLinkId", "productId amount"},
    {"POST", "/v5/earn/pwm/asset-manager/create-sub-account", manage, "fundId reqLinkId"},
    {"POST", "/v5/earn/pwm/asset-manager/manage-investment-plan", transfer, "planId reqLinkId",
     "updateStatus updateFunds fundId amount"},
    {"POST", "/v5/earn/pwm/asset-manager/manage-order", transfer, "orderId action reqLinkId"},
    {"POST", "/v5/earn/pwm/asset-manager/settle-profit", transfer, "fundId reqLinkId"},
    {"POST", "/v5/earn/pwm/customize-plan/create", transfer, "products", "accountType category productId fundName amount"},
    {"POST", "/v5/earn/pwm/fund-transfer", transfer, "transferId fromUserId toUserId amount coin"},
    {"POST", "/v5/earn/pwm/investment-plan/claim", transfer, "planId orderLinkId", "toAccountType"},
    {"POST", "/v5/earn/pwm/investment-plan/invest-more", transfer, "planId category productId amount orderLinkId", "accountType"},
    {"POST", "/v5/earn/pwm/investment-plan/redeem", transfer, "planId category productId orderLinkId",
     "shares amount positionId"},
    {"POST", "/v5/earn/pwm/investment-plan/subscribe", transfer, "planId orderLinkId", "accountType"},
    {"POST", "/v5/earn/rwa/place-order", transfer, "productId orderType coin orderLinkId",
     "stakeAmount redeemShares accountType"},
    {"POST", "/v5/earn/token/place-order", transfer, "coin orderLinkId orderType amount accountType"},
    {"POST", "/v5/event/cancel", trade, "orderId", "orderLinkId"},
    {"POST", "/v5/event/cancel", trade, "orderLinkId", "orderId"},
    {"POST", "/v5/event/quotes", trade, "symbol orderLinkId grossPayoutRatio amount"},
    {"POST", "/v5/fiat/quote-apply", withdraw, "fromCoin fromCoinType toCoin toCoinType requestAmount", "requestCoinType"},
    {"POST", "/v5/fiat/trade-execute", withdraw, "quoteTxId subUserId", "webhookUrl MerchantRequestId"},
    {"POST", "/v5/ins-loan/association-uid", manage, "uid operate"},
    {"POST", "/v5/ins-loan/repay-loan", transfer, "token quantity"},
    {"POST", "/v5/lending/purchase", transfer, "coin quantity", "serialNo"},
    {"POST", "/v5/lending/redeem", transfer, "coin quantity", "serialNo"},
    {"POST", "/v5/lending/redeem-cancel", transfer, "coin", "orderId serialNo"},
    {"POST", "/v5/order/amend", trade, "category symbol",
     "orderId orderLinkId orderIv triggerPrice qty price tpslMode takeProfit stopLoss tpTriggerBy slTriggerBy triggerBy "
     "tpLimitPrice slLimitPrice"},
    {"POST", "/v5/order/amend-batch", trade, "category request",
     "symbol orderId orderLinkId orderIv triggerPrice qty price tpslMode takeProfit stopLoss tpTriggerBy slTriggerBy triggerBy "
     "tpLimitPrice slLimitPrice"},
    {"POST", "/v5/order/cancel", trade, "category symbol", "orderId orderLinkId orderFilter"},
    {"POST", "/v5/order/cancel-all", trade, "category", "symbol baseCoin settleCoin orderFilter stopOrderType"},
    {"POST", "/v5/order/cancel-batch", trade, "category request", "symbol orderId orderLinkId"},
    {"POST", "/v5/order/create", trade, "category symbol side orderType qty",
     "isLeverage marketUnit slippageToleranceType slippageTolerance price triggerDirection orderFilter triggerPrice triggerBy "
     "orderIv timeInForce positionIdx orderLinkId takeProfit stopLoss tpTriggerBy slTriggerBy reduceOnly closeOnTrigger smpType "
     "mmp tpslMode tpLimitPrice slLimitPrice tpOrderType slOrderType bboSideType bboLevel rpiTakerAccess"},
    {"POST", "/v5/order/create-batch", trade, "category request",
     "symbol side isLeverage orderType qty price triggerDirection triggerBy orderIv timeInForce positionIdx orderLinkId "
     "takeProfit stopLoss tpTriggerBy slTriggerBy reduceOnly closeOnTrigger smpType mmp tpslMode tpLimitPrice slLimitPrice "
     "tpOrderType slOrderType marketUnit slippageToleranceType slippageTolerance orderFilter triggerPrice bboSideType bboLevel "
     "rpiTakerAccess"},
    {"POST", "/v5/order/disconnected-cancel-all", trade, "timeWindow", "category product"},
    {"POST", "/v5/order/pre-check", read, "category symbol side orderType qty",
     "isLeverage marketUnit slippageToleranceType slippageTolerance price triggerDirection orderFilter triggerPrice triggerBy "
     "orderIv timeInForce positionIdx orderLinkId takeProfit stopLoss tpTriggerBy slTriggerBy reduceOnly closeOnTrigger smpType "
     "mmp tpslMode tpLimitPrice slLimitPrice tpOrderType slOrderType bboSideType bboLevel rpiTakerAccess"},
    {"POST", "/v5/p2p/item/cancel", trade, "itemId"},
    {"POST", "/v5/p2p/item/create", transfer, "tokenId currencyId side priceType",
     "premium price minAmount maxAmount remark tradingPreferenceSet hasUnPostAd isKyc isEmail isMobile hasRegisterTime "
     "registerTimeThreshold orderFinishNumberDay30 completeRateDay30 nationalLimit hasOrderFinishNumberDay30 "
     "hasCompleteRateDay30 hasNationalLimit paymentIds quantity paymentPeriod itemType"},
    {"POST", "/v5/p2p/item/info", read, "itemId"},
    {"POST", "/v5/p2p/item/online", read, "tokenId currencyId side", "page size"},
    {"POST", "/v5/p2p/item/personal/list", read, "", "itemId status side tokenId page size currencyId"},
    {"POST", "/v5/p2p/item/update", transfer, "id actionType",
     "priceType premium price minAmount maxAmount remark tradingPreferenceSet hasUnPostAd isKyc isEmail isMobile hasRegisterTime "
     "registerTimeThreshold orderFinishNumberDay30 completeRateDay30 nationalLimit hasOrderFinishNumberDay30 "
     "hasCompleteRateDay30 hasNationalLimit paymentIds quantity paymentPeriod itemType subsidyAd securityRiskToken"},
    {"POST", "/v5/p2p/order/finish", withdraw, "orderId"},
    {"POST", "/v5/p2p/order/info", read, "orderId"},
    {"POST", "/v5/p2p/order/message/listpage", read, "orderId size", "currentPage"},
    {"POST", "/v5/p2p/order/message/send", transfer, "message contentType orderId", "msgUuid fileName"},
    {"POST", "/v5/p2p/order/pay", transfer, "orderId paymentType paymentId"},
    {"POST", "/v5/p2p/order/pending/simplifyList", read, "page size", "status beginTime endTime tokenId side"},
    {"POST", "/v5/p2p/order/simplifyList", read, "page size", "status beginTime endTime tokenId side"},
    {"POST", "/v5/p2p/user/order/personal/info", read, "originalUid orderId"},
    {"POST", "/v5/p2p/user/payment/list", read},
    {"POST", "/v5/p2p/user/personal/info", read},
    {"POST", "/v5/position/add-margin", trade, "category symbol margin", "positionIdx"},
    {"POST", "/v5/position/confirm-pending-mmr", trade, "category symbol"},
    {"POST", "/v5/position/move-positions", transfer, "fromUid toUid list", "category symbol price side qty"},
    {"POST", "/v5/position/set-auto-add-margin", trade, "category symbol autoAddMargin", "positionIdx"},
    {"POST", "/v5/position/set-leverage", trade, "category symbol buyLeverage sellLeverage"},
    {"POST", "/v5/position/set-risk-limit", trade, "category symbol riskId", "positionIdx"},
    {"POST", "/v5/position/set-tpsl-mode", trade, "category symbol tpSlMode"},
    {"POST", "/v5/position/switch-isolated", trade, "category symbol tradeMode buyLeverage sellLeverage"},
    {"POST", "/v5/position/switch-mode", trade, "category mode", "symbol coin"},
    {"POST", "/v5/position/trading-stop", trade, "category symbol",
     "takeProfit stopLoss trailingStop tpTriggerBy slTriggerBy activePrice tpslMode tpSize slSize tpLimitPrice slLimitPrice "
     "tpOrderType slOrderType positionIdx"},
    {"POST", "/v5/rfq/accept-other-quote", trade, "rfqId"},
    {"POST", "/v5/rfq/cancel-all-quotes", trade},
    {"POST", "/v5/rfq/cancel-all-rfq", trade},
    {"POST", "/v5/rfq/cancel-quote", trade, "quoteId", "rfqId quoteLinkId"},
    {"POST", "/v5/rfq/cancel-quote", trade, "rfqId", "quoteId quoteLinkId"},
    {"POST", "/v5/rfq/cancel-quote", trade, "quoteLinkId", "quoteId rfqId"},
    {"POST", "/v5/rfq/cancel-rfq", trade, "rfqId", "rfqLinkId"},
    {"POST", "/v5/rfq/cancel-rfq", trade, "rfqLinkId", "rfqId"},
    {"POST", "/v5/rfq/create-quote", trade, "rfqId",
     "quoteLinkId anonymous expiresIn quoteBuyList category symbol price isLeverage quoteSellList"},
    {"POST", "/v5/rfq/create-rfq", trade, "counterparties list",
     "rfqLinkId anonymous strategyType category symbol side qty isLeverage hedge price"},
    {"POST", "/v5/rfq/execute-quote", trade, "rfqId quoteId quoteSide", "isHedge"},
    {"POST", "/v5/spot-cross-margin-trade/loan", transfer, "coin qty"},
    {"POST", "/v5/spot-cross-margin-trade/repay", transfer, "coin completeRepayment", "qty"},
    {"POST", "/v5/spot-cross-margin-trade/switch", trade, "switch"},
    {"POST", "/v5/spot-lever-token/purchase", transfer, "ltCoin", "amount ltAmount serialNo"},
    {"POST", "/v5/spot-lever-token/redeem", transfer, "ltCoin quantity", "serialNo"},
    {"POST", "/v5/spot-margin-trade/fixedborrow", transfer, "orderCurrency orderAmount annualRate term", "repayType"},
    {"POST", "/v5/spot-margin-trade/fixedborrow-renew", transfer, "loanId", "qty"},
    {"POST", "/v5/spot-margin-trade/set-auto-repay-mode", trade, "autoRepayMode", "currency"},
    {"POST", "/v5/spot-margin-trade/set-leverage", trade, "leverage", "currency"},
    {"POST", "/v5/spot-margin-trade/switch-mode", trade, "spotMarginMode"},
    {"POST", "/v5/spot-x/launchpool/user/activity-log", read, "", "stakeCoin type status startTime endTime pageSize current"},
    {"POST", "/v5/spot-x/launchpool/user/history", read, "", "stakeCoin rewardCoin startTime endTime pageSize current"},
    {"POST", "/v5/spread/order/amend", trade, "symbol", "orderId orderLinkId qty price"},
    {"POST", "/v5/spread/order/cancel", trade, "orderId", "orderLinkId"},
    {"POST", "/v5/spread/order/cancel", trade, "orderLinkId", "orderId"},
    {"POST", "/v5/spread/order/cancel-all", trade, "symbol", "cancelAll"},
    {"POST", "/v5/spread/order/cancel-all", trade, "cancelAll", "symbol"},
    {"POST", "/v5/spread/order/create", trade, "symbol side orderType qty price orderLinkId timeInForce"},
    {"POST", "/v5/strategy/create", trade, "category symbol side strategyType",
     "size positionValue reduceOnly positionIdx leverageType duration interval isRandom triggerPrice maxChasePrice chaseDistance "
     "chasePercentE4 chasePrice strategyPrefer limitPrice strategySl strategyTp postOnly isRebalance orderType orderPriceOffset "
     "strategyName mode participationRate referenceWindow depthReference"},
    {"POST", "/v5/strategy/stop", trade, "strategyId"},
    {"POST", "/v5/user/agreement", manage, "agree", "category categoryV2"},
    {"POST", "/v5/user/create-demo-member", manage},
    {"POST", "/v5/user/create-sub-api", manage, "subuid permissions",
     "note readOnly ips ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate FiatP2P "
     "FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/user/create-sub-member", manage, "username memberType", "password switch isUta note"},
    {"POST", "/v5/user/del-submember", manage, "subMemberId"},
    {"POST", "/v5/user/delete-api", manage},
    {"POST", "/v5/user/delete-sub-api", manage, "", "apikey"},
    {"POST", "/v5/user/frozen-sub-member", manage, "subuid frozen"},
    {"POST", "/v5/user/update-api", manage, "permissions",
     "apikey readOnly ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate FiatP2P "
     "FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/user/update-api", manage, "readOnly",
     "apikey permissions ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate "
     "FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/user/update-api", manage, "ips",
     "apikey readOnly permissions ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn "
     "Affiliate FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/user/update-sub-api", manage, "permissions",
     "apikey readOnly ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate FiatP2P "
     "FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/user/update-sub-api", manage, "readOnly",
     "apikey permissions ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn Affiliate "
     "FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"POST", "/v5/user/update-sub-api", manage, "ips",
     "apikey readOnly permissions ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Earn "
     "Affiliate FiatP2P FiatBitPay FiatConvertBroker BitCard ByXPost"},
    {"WS", "auth", session},
});

constexpr auto kQueryRows = static_cast<std::size_t>(std::ranges::count(kOperations, "GET", &Operation::method));
static_assert(std::ranges::all_of(std::span(kOperations).first(kQueryRows),
                                  [](const Operation& row) { return row.method == "GET"; }));

constexpr std::string_view kListsKeys =
    "sent to GET /v5/user/sub-apikeys, the same bytes list a sub-account's API keys, without secrets";
constexpr std::string_view kNoNames =
    "sent to other paths of POST, the same bytes can delete this API key, cancel all quotes, repay the account's own loans, make "
    "a "
    "demo account or upgrade the account: Bybit signs no path, and those take no parameters or a coin";
constexpr std::string_view kOrderId =
    "sent to POST /v5/p2p/order/finish, /v5/crypto-loan-fixed/borrow-order-cancel or supply-order-cancel, the same bytes act on "
    "the "
    "P2P or loan order that has this orderId: keep P2P and Earn off this API key at Bybit";
constexpr std::string_view kQuoteId =
    "sent to POST /v5/asset/covert/small-balance-execute, the same bytes convert small balances if quoteId is such a quote's";

// kCollisions are the rows that demand nothing, or a name that orders have too: refusing those would leave nothing to sign.
constexpr auto kCollisions = std::to_array<Collision>({
    {"GET", "/v5/user/sub-apikeys", kListsKeys},
    {"POST", "/spot/v3/private/cross-margin-repay", kNoNames},
    {"POST", "/unified/v3/private/account/upgrade-unified-account", kNoNames},
    {"POST", "/user/v3/private/delete-api", kNoNames},
    {"POST", "/user/v3/private/delete-sub-api", kNoNames},
    {"POST", "/v5/account/no-convert-repay", kNoNames},
    {"POST", "/v5/account/quick-repayment", kNoNames},
    {"POST", "/v5/account/repay", kNoNames},
    {"POST", "/v5/account/upgrade-to-uta", kNoNames},
    {"POST", "/v5/asset/convert/small-balance-execute", kQuoteId},
    {"POST", "/v5/asset/covert/small-balance-execute", kQuoteId},
    {"POST", "/v5/crypto-loan-fixed/borrow-order-cancel", kOrderId},
    {"POST", "/v5/crypto-loan-fixed/supply-order-cancel", kOrderId},
    {"POST", "/v5/lending/redeem-cancel", kNoNames},
    {"POST", "/v5/p2p/order/finish", kOrderId},
    {"POST", "/v5/rfq/cancel-all-quotes", kNoNames},
    {"POST", "/v5/rfq/cancel-all-rfq", kNoNames},
    {"POST", "/v5/user/create-demo-member", kNoNames},
    {"POST", "/v5/user/delete-api", kNoNames},
    {"POST", "/v5/user/delete-sub-api", kNoNames},
});
constexpr std::size_t kQueryCollisions = 1;

const OperationIndex& index(const Venue& venue) noexcept;

const OperationIndex& query_index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

const OperationIndex& body_index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

// by_part judges a request on the rows that its bytes can reach.
SignStatus by_part(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept;

}  // namespace

constexpr Venue kBybit{
    .name = "bybit",
    .title = "Bybit v5",
    .source = "bybit-exchange/docs @072c197; pybit; ccxt 4.5.84; bybit-api 4.7.7",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .collisions = kCollisions,
    .notes =
        "The host of the demo account is api-demo.bybit.com, in the environment testnet. After the logon auth, orders on the "
        "WebSocket are not signed.",
    .check = {.path = "/v5/user/query-api"},
    .key_info = {.path = "/v5/user/query-api",
                 .withdraw_pointer = "/result/permissions/Wallet",
                 .withdraw_word = "Withdraw",
                 .ip_pointer = "/result/ips"},
    .index = index,
    .canonicalise = by_part,
    .place = place_signature,
};

namespace {

constexpr auto kQueries = [] {
  Venue part = kBybit;
  part.operations = part.operations.first(kQueryRows);
  part.collisions = part.collisions.first(kQueryCollisions);
  part.index = query_index;
  return part;
}();

constexpr auto kBodies = [] {
  Venue part = kBybit;
  part.operations = part.operations.subspan(kQueryRows);
  part.collisions = part.collisions.subspan(kQueryCollisions);
  part.index = body_index;
  return part;
}();

// index builds the parts' too, so that no request waits for them.
const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built = [&] {
    query_index(kQueries);
    body_index(kBodies);
    return OperationIndex(venue);
  }();
  return built;
}

SignStatus by_part(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  const bool is_get = request.kind == RequestKind::rest && request.method == "GET";
  const bool is_post = request.kind == RequestKind::rest && request.method == "POST";
  if (is_get && (!request.query.empty() || !request.params.empty())) return compose_by_scheme(kQueries, request, context, draft);
  if (is_post && !request.query.empty()) {
    draft.reset();
    return refuse(draft, Reason::query_unexpected, request.query);
  }
  if (is_post && (!request.body.empty() || !request.params.empty())) return compose_by_scheme(kBodies, request, context, draft);
  return compose_by_scheme(venue, request, context, draft);
}

}  // namespace

}  // namespace custos::exchange
