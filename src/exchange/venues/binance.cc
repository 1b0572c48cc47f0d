// Binance's rules, from binance/binance-spot-api-docs (rest-api.md, "Signed endpoint security"; web-socket-api.md; fix-api.md)
// and developers.binance.com.
//
// Binding of REST requests: the signature covers the query and the body, joined without a separator, and neither host, method nor
// path. So the same bytes can be sent to any endpoint, and split anywhere into query and body; what a request may be is judged on
// everything that its bytes can become (OperationIndex::reach). joined_request.h says what is appended where.
//
// A WebSocket message signs its parameters and the API key, sorted and unencoded, and not its method. As bytes it is a REST
// request with one parameter more, which is taken for ignored; every message of the table has its like in REST, with one
// exception: with an Ed25519 key, the only kind that logs on, every signed message is as good as session.logon.
#include <algorithm>
#include <array>
#include <optional>

#include "encode/percent.h"
#include "exchange/caller_headers.h"
#include "exchange/joined_request.h"
#include "exchange/json.h"
#include "exchange/operation_index.h"
#include "exchange/parameter_list.h"
#include "exchange/placement.h"
#include "exchange/reason.h"
#include "exchange/scheme_choice.h"
#include "exchange/time_format.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

constexpr auto kAlgorithms = std::to_array<SigningAlgorithm>({
    {"HMAC-SHA256", SecretForm::text},
    {"Ed25519", SecretForm::pem},
    {"RSA-2048", SecretForm::pem},
    {"RSA-3072", SecretForm::pem},
    {"RSA-4096", SecretForm::pem},
});
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};

// kUniversal are the parameters of every signed request; their numbers in the index follow this order.
constexpr std::string_view kUniversal = "timestamp recvWindow signature";
constexpr NameId kTimestamp = 0;
constexpr NameId kRecvWindow = 1;
constexpr NameId kSignature = 2;

constexpr std::uint32_t kMaxRecvWindowMs = 60'000;  // rest-api.md, "Timing security"
constexpr std::string_view kEd25519 = "Ed25519";

using enum facts::OperationClass;

// Hosts: rest-api.md, "General API information"; the general info page of each product; the testnet and demo pages.
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/api/", "api.binance.com"},
    {"live", "/api/", "api-gcp.binance.com"},
    {"live", "/api/", "api1.binance.com"},
    {"live", "/api/", "api2.binance.com"},
    {"live", "/api/", "api3.binance.com"},
    {"live", "/api/", "api4.binance.com"},
    {"live", "/sapi/", "api.binance.com"},
    {"live", "/sapi/", "api-gcp.binance.com"},
    {"live", "/sapi/", "api1.binance.com"},
    {"live", "/sapi/", "api2.binance.com"},
    {"live", "/sapi/", "api3.binance.com"},
    {"live", "/sapi/", "api4.binance.com"},
    {"live", "/fapi/", "fapi.binance.com"},
    {"live", "/dapi/", "dapi.binance.com"},
    {"live", "/papi/", "papi.binance.com"},
    {"live", "/eapi/", "eapi.binance.com"},
    {"testnet", "/api/", "testnet.binance.vision"},
    {"testnet", "/api/", "demo-api.binance.com"},
    {"testnet", "/fapi/", "testnet.binancefuture.com"},
    {"testnet", "/fapi/", "demo-fapi.binance.com"},
    {"testnet", "/dapi/", "testnet.binancefuture.com"},
    {"testnet", "/dapi/", "demo-dapi.binance.com"},
    {"testnet", "/eapi/", "testnet.binancefuture.com"},
});

// Signature forms: rest-api.md and web-socket-api.md, "SIGNED request security"; fix-api.md, "How to sign Logon<A> request".
constexpr auto kHeaders = std::to_array<Header>({
    {"X-MBX-APIKEY", "${key}"},
    {"Content-Type", "application/x-www-form-urlencoded", Header::When::with_body},
});

constexpr Scheme rest_scheme(std::string_view algorithm, SignatureForm form) {
  return {
      .name = "REST",
      .algorithm = algorithm,
      .preimage = "${query}${body}",
      .form = form,
      .time_rule = "at most 1 s ahead of the server, at most the receive window (5000 ms unless given) behind it",
      .parameters = {.body_methods = "POST PUT", .body = BodyForm::form},
      .recv_window_most = kMaxRecvWindowMs,
      .headers = kHeaders,
  };
}

constexpr Scheme ws_scheme(std::string_view algorithm, SignatureForm form) {
  return {
      .kind = RequestKind::ws,
      .name = "WebSocket API",
      .algorithm = algorithm,
      .preimage = "${sorted_decoded}",
      .form = form,
      .time_rule = "as for REST",
      .recv_window_most = kMaxRecvWindowMs,
      .message = R"({"id":"${nonce}","method":"${path}","params":{${custom},"signature":"${signature}"}})",
  };
}

constexpr auto kSchemes = std::to_array<Scheme>({
    rest_scheme("HMAC", SignatureForm::hex),
    rest_scheme(kEd25519, SignatureForm::base64_percent),
    rest_scheme("RSA", SignatureForm::base64_percent),
    ws_scheme("HMAC", SignatureForm::hex),
    ws_scheme(kEd25519, SignatureForm::base64),
    ws_scheme("RSA", SignatureForm::base64),
    {
        .kind = RequestKind::fix,
        .name = "FIX logon",
        .select = "Logon",
        .algorithm = kEd25519,
        .preimage = "A<SOH>SenderCompID<SOH>TargetCompID<SOH>MsgSeqNum<SOH>${time}",
        .form = SignatureForm::base64,
        .time = TimeFormat::fix_ms,
        .time_rule = "as for REST",
        .recv_window_most = kMaxRecvWindowMs,
        .message = "${custom}",
    },
});

// kOperations is the allow-list. It names signed endpoints only: what needs no signature is not Custos's to send. Where the
// documentation demands one of several parameters, the row stands once for each. A row whose class is not read or trade also
// tells the index which names lead there, so leaving out a transfer is worse than leaving out a read.
constexpr auto kOperations = std::to_array<Operation>({

    // Spot: binance/binance-spot-api-docs rest-api.md; the optional names also as binance-sdk-spot 13.3.0 has them.
    {"GET", "/api/v3/account", read, "", "omitZeroBalances"},
    {"GET", "/api/v3/account/commission", read, "symbol", ""},
    {"GET", "/api/v3/allOrderList", read, "", "fromId startTime endTime limit"},
    {"GET", "/api/v3/allOrders", read, "symbol", "orderId startTime endTime limit"},
    {"GET", "/api/v3/myAllocations", read, "symbol", "startTime endTime fromAllocationId limit orderId"},
    {"GET", "/api/v3/myFilters", read, "symbol", ""},
    {"GET", "/api/v3/myPreventedMatches", read, "symbol", "preventedMatchId orderId fromPreventedMatchId limit"},
    {"GET", "/api/v3/myTrades", read, "symbol", "orderId startTime endTime fromId limit"},
    {"GET", "/api/v3/openOrderList", read, "", ""},
    {"DELETE", "/api/v3/openOrders", trade, "symbol", ""},
    {"GET", "/api/v3/openOrders", read, "", "symbol"},
    {"DELETE", "/api/v3/order", trade, "symbol", "orderId origClientOrderId newClientOrderId cancelRestrictions"},
    {"GET", "/api/v3/order", read, "symbol", "orderId origClientOrderId"},
    {"POST", "/api/v3/order", trade, "symbol side type",
     "timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice trailingDelta icebergQty "
     "newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType"},
    {"PUT", "/api/v3/order/amend/keepPriority", trade, "symbol newQty", "orderId origClientOrderId newClientOrderId"},
    {"GET", "/api/v3/order/amendments", read, "symbol orderId", "fromExecutionId limit"},
    {"POST", "/api/v3/order/cancelReplace", trade, "symbol side type cancelReplaceMode",
     "timeInForce quantity quoteOrderQty price cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId newClientOrderId "
     "strategyId strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode cancelRestrictions "
     "orderRateLimitExceededMode pegPriceType pegOffsetValue pegOffsetType"},
    {"POST", "/api/v3/order/oco", trade, "symbol side quantity price stopPrice",
     "listClientOrderId limitClientOrderId limitStrategyId limitStrategyType limitIcebergQty trailingDelta stopClientOrderId "
     "stopStrategyId stopStrategyType stopLimitPrice stopIcebergQty stopLimitTimeInForce newOrderRespType "
     "selfTradePreventionMode"},
    {"POST", "/api/v3/order/test", trade, "symbol side type",
     "computeCommissionRates timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice "
     "trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType"},
    {"DELETE", "/api/v3/orderList", trade, "symbol", "orderListId listClientOrderId newClientOrderId"},
    {"GET", "/api/v3/orderList", read, "", "orderListId origClientOrderId"},
    {"POST", "/api/v3/orderList/oco", trade, "symbol side quantity aboveType belowType",
     "listClientOrderId aboveClientOrderId aboveIcebergQty abovePrice aboveStopPrice aboveTrailingDelta aboveTimeInForce "
     "aboveStrategyId aboveStrategyType abovePegPriceType abovePegOffsetType abovePegOffsetValue belowClientOrderId "
     "belowIcebergQty belowPrice belowStopPrice belowTrailingDelta belowTimeInForce belowStrategyId belowStrategyType "
     "belowPegPriceType belowPegOffsetType belowPegOffsetValue newOrderRespType selfTradePreventionMode"},
    {"POST", "/api/v3/orderList/opo", trade,
     "symbol workingType workingSide workingPrice workingQuantity pendingType pendingSide",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue pendingClientOrderId "
     "pendingPrice pendingStopPrice pendingTrailingDelta pendingIcebergQty pendingTimeInForce pendingStrategyId "
     "pendingStrategyType pendingPegPriceType pendingPegOffsetType pendingPegOffsetValue"},
    {"POST", "/api/v3/orderList/opoco", trade,
     "symbol workingType workingSide workingPrice workingQuantity pendingSide pendingAboveType",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue "
     "pendingAboveClientOrderId pendingAbovePrice pendingAboveStopPrice pendingAboveTrailingDelta pendingAboveIcebergQty "
     "pendingAboveTimeInForce pendingAboveStrategyId pendingAboveStrategyType pendingAbovePegPriceType pendingAbovePegOffsetType "
     "pendingAbovePegOffsetValue pendingBelowType pendingBelowClientOrderId pendingBelowPrice pendingBelowStopPrice "
     "pendingBelowTrailingDelta pendingBelowIcebergQty pendingBelowTimeInForce pendingBelowStrategyId pendingBelowStrategyType "
     "pendingBelowPegPriceType pendingBelowPegOffsetType pendingBelowPegOffsetValue"},
    {"POST", "/api/v3/orderList/oto", trade,
     "symbol workingType workingSide workingPrice workingQuantity pendingType pendingSide pendingQuantity",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue pendingClientOrderId "
     "pendingPrice pendingStopPrice pendingTrailingDelta pendingIcebergQty pendingTimeInForce pendingStrategyId "
     "pendingStrategyType pendingPegPriceType pendingPegOffsetType pendingPegOffsetValue"},
    {"POST", "/api/v3/orderList/otoco", trade,
     "symbol workingType workingSide workingPrice workingQuantity pendingSide pendingQuantity pendingAboveType",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue "
     "pendingAboveClientOrderId pendingAbovePrice pendingAboveStopPrice pendingAboveTrailingDelta pendingAboveIcebergQty "
     "pendingAboveTimeInForce pendingAboveStrategyId pendingAboveStrategyType pendingAbovePegPriceType pendingAbovePegOffsetType "
     "pendingAbovePegOffsetValue pendingBelowType pendingBelowClientOrderId pendingBelowPrice pendingBelowStopPrice "
     "pendingBelowTrailingDelta pendingBelowIcebergQty pendingBelowTimeInForce pendingBelowStrategyId pendingBelowStrategyType "
     "pendingBelowPegPriceType pendingBelowPegOffsetType pendingBelowPegOffsetValue"},
    {"GET", "/api/v3/rateLimit/order", read, "", ""},
    {"POST", "/api/v3/sor/order", trade, "symbol side type quantity",
     "timeInForce price newClientOrderId strategyId strategyType icebergQty newOrderRespType selfTradePreventionMode"},
    {"POST", "/api/v3/sor/order/test", trade, "symbol side type quantity",
     "computeCommissionRates timeInForce price newClientOrderId strategyId strategyType icebergQty newOrderRespType "
     "selfTradePreventionMode"},

    // USDⓈ-M futures: developers.binance.com, derivatives/usds-margined-futures;
    // binance-sdk-derivatives-trading-usds-futures 18.1.0.
    // positionMargin moves funds between the balance and a position: transfer.
    {"GET", "/fapi/v1/account", read, "", ""},
    {"GET", "/fapi/v1/accountConfig", read, "", ""},
    {"GET", "/fapi/v1/adlQuantile", read, "", "symbol"},
    {"DELETE", "/fapi/v1/algoOpenOrders", trade, "symbol", ""},
    {"DELETE", "/fapi/v1/algoOrder", trade, "algoId", "clientAlgoId"},
    {"DELETE", "/fapi/v1/algoOrder", trade, "clientAlgoId", "algoId"},
    {"GET", "/fapi/v1/algoOrder", read, "", "algoId clientAlgoId"},
    {"POST", "/fapi/v1/algoOrder", trade, "algoType symbol side type",
     "positionSide timeInForce quantity price triggerPrice workingType priceMatch closePosition priceProtect reduceOnly "
     "activatePrice callbackRate clientAlgoId newOrderRespType selfTradePreventionMode goodTillDate"},
    {"GET", "/fapi/v1/allAlgoOrders", read, "symbol", "algoId startTime endTime limit"},
    {"DELETE", "/fapi/v1/allOpenOrders", trade, "symbol", ""},
    {"GET", "/fapi/v1/allOrders", read, "", "symbol orderId startTime endTime limit"},
    {"POST", "/fapi/v1/apiReferral/customization", manage, "customerId email", ""},
    {"POST", "/fapi/v1/apiReferral/userCustomization", manage, "customerId brokerId", ""},
    {"GET", "/fapi/v1/apiTradingStatus", read, "", "symbol"},
    {"GET", "/fapi/v1/balance", read, "", ""},
    {"DELETE", "/fapi/v1/batchOrders", trade, "symbol", "orderIdList origClientOrderIdList"},
    {"POST", "/fapi/v1/batchOrders", trade, "batchOrders", ""},
    {"PUT", "/fapi/v1/batchOrders", trade, "batchOrders", ""},
    {"GET", "/fapi/v1/commissionRate", read, "symbol", ""},
    {"POST", "/fapi/v1/convert/acceptQuote", transfer, "quoteId", ""},
    {"POST", "/fapi/v1/convert/getQuote", transfer, "fromAsset toAsset fromAmount", "toAmount validTime"},
    {"POST", "/fapi/v1/convert/getQuote", transfer, "fromAsset toAsset toAmount", "fromAmount validTime"},
    {"GET", "/fapi/v1/convert/orderStatus", read, "", "orderId quoteId"},
    {"POST", "/fapi/v1/countdownCancelAll", trade, "symbol countdownTime", ""},
    {"GET", "/fapi/v1/feeBurn", read, "", ""},
    {"POST", "/fapi/v1/feeBurn", trade, "feeBurn", ""},
    {"GET", "/fapi/v1/forceOrders", read, "", "symbol autoCloseType startTime endTime limit"},
    {"GET", "/fapi/v1/income", read, "", "symbol incomeType startTime endTime limit"},
    {"GET", "/fapi/v1/income/asyn", read, "startTime endTime", ""},
    {"GET", "/fapi/v1/income/asyn/id", read, "downloadId", ""},
    {"POST", "/fapi/v1/leverage", trade, "symbol leverage", ""},
    {"GET", "/fapi/v1/leverageBracket", read, "", "symbol"},
    {"POST", "/fapi/v1/marginType", trade, "symbol marginType", ""},
    {"GET", "/fapi/v1/multiAssetsMargin", read, "", ""},
    {"POST", "/fapi/v1/multiAssetsMargin", trade, "multiAssetsMargin", ""},
    {"GET", "/fapi/v1/openAlgoOrders", read, "", "algoType symbol algoId"},
    {"GET", "/fapi/v1/openOrder", read, "symbol", "orderId origClientOrderId"},
    {"GET", "/fapi/v1/openOrders", read, "", "symbol"},
    {"DELETE", "/fapi/v1/order", trade, "symbol", "orderId origClientOrderId"},
    {"GET", "/fapi/v1/order", read, "symbol", "orderId origClientOrderId"},
    {"POST", "/fapi/v1/order", trade, "symbol side type",
     "positionSide timeInForce reduceOnly quantity price newClientOrderId newOrderRespType priceMatch selfTradePreventionMode "
     "goodTillDate stopPrice closePosition activationPrice callbackRate workingType priceProtect"},
    {"PUT", "/fapi/v1/order", trade, "symbol side quantity price", "orderId origClientOrderId priceMatch modifyId reduceOnly"},
    {"GET", "/fapi/v1/order/asyn", read, "startTime endTime", ""},
    {"GET", "/fapi/v1/order/asyn/id", read, "downloadId", ""},
    {"POST", "/fapi/v1/order/test", trade, "symbol side type",
     "positionSide reduceOnly quantity price newClientOrderId stopPrice closePosition activationPrice callbackRate timeInForce "
     "workingType priceProtect newOrderRespType priceMatch selfTradePreventionMode goodTillDate"},
    {"GET", "/fapi/v1/orderAmendment", read, "symbol", "orderId origClientOrderId startTime endTime limit"},
    {"GET", "/fapi/v1/pmAccountInfo", read, "asset", ""},
    {"POST", "/fapi/v1/positionMargin", transfer, "symbol amount type", "positionSide"},
    {"GET", "/fapi/v1/positionMargin/history", read, "symbol", "type startTime endTime limit"},
    {"GET", "/fapi/v1/positionRisk", read, "", "symbol"},
    {"GET", "/fapi/v1/positionSide/dual", read, "", ""},
    {"POST", "/fapi/v1/positionSide/dual", trade, "dualSidePosition", ""},
    {"GET", "/fapi/v1/rateLimit/order", read, "", ""},
    {"POST", "/fapi/v1/stock/contract", manage, "", ""},
    {"GET", "/fapi/v1/symbolConfig", read, "", "symbol"},
    {"GET", "/fapi/v1/trade/asyn", read, "startTime endTime", ""},
    {"GET", "/fapi/v1/trade/asyn/id", read, "downloadId", ""},
    {"GET", "/fapi/v1/userTrades", read, "symbol", "orderId startTime endTime fromId limit"},
    {"GET", "/fapi/v2/account", read, "", ""},
    {"GET", "/fapi/v2/balance", read, "", ""},
    {"GET", "/fapi/v2/positionRisk", read, "", "symbol"},
    {"GET", "/fapi/v3/account", read, "", ""},
    {"GET", "/fapi/v3/balance", read, "", ""},
    {"GET", "/fapi/v3/positionRisk", read, "", "symbol"},

    // COIN-M futures: developers.binance.com, derivatives/coin-margined-futures;
    // binance-sdk-derivatives-trading-coin-futures 14.1.0.
    {"GET", "/dapi/v1/account", read, "", ""},
    {"GET", "/dapi/v1/adlQuantile", read, "", "symbol"},
    {"DELETE", "/dapi/v1/allOpenOrders", trade, "symbol", ""},
    {"GET", "/dapi/v1/allOrders", read, "", "symbol pair orderId startTime endTime limit"},
    {"GET", "/dapi/v1/balance", read, "", ""},
    {"DELETE", "/dapi/v1/batchOrders", trade, "symbol", "orderIdList origClientOrderIdList"},
    {"POST", "/dapi/v1/batchOrders", trade, "batchOrders", ""},
    {"PUT", "/dapi/v1/batchOrders", trade, "batchOrders", ""},
    {"GET", "/dapi/v1/commissionRate", read, "symbol", ""},
    {"POST", "/dapi/v1/countdownCancelAll", trade, "symbol countdownTime", ""},
    {"GET", "/dapi/v1/forceOrders", read, "", "symbol autoCloseType startTime endTime limit"},
    {"GET", "/dapi/v1/income", read, "", "symbol incomeType startTime endTime limit"},
    {"GET", "/dapi/v1/income/asyn", read, "startTime endTime", ""},
    {"GET", "/dapi/v1/income/asyn/id", read, "downloadId", ""},
    {"POST", "/dapi/v1/leverage", trade, "symbol leverage", ""},
    {"GET", "/dapi/v1/leverageBracket", read, "", "pair"},
    {"POST", "/dapi/v1/marginType", trade, "symbol marginType", ""},
    {"GET", "/dapi/v1/openOrder", read, "symbol", "orderId origClientOrderId"},
    {"GET", "/dapi/v1/openOrders", read, "", "symbol pair"},
    {"DELETE", "/dapi/v1/order", trade, "symbol", "orderId origClientOrderId"},
    {"GET", "/dapi/v1/order", read, "symbol", "orderId origClientOrderId"},
    {"POST", "/dapi/v1/order", trade, "symbol side type",
     "positionSide reduceOnly quantity price newClientOrderId stopPrice closePosition activationPrice callbackRate timeInForce "
     "workingType priceProtect newOrderRespType priceMatch selfTradePreventionMode"},
    {"PUT", "/dapi/v1/order", trade, "symbol side", "orderId origClientOrderId quantity price priceMatch modifyId"},
    {"GET", "/dapi/v1/order/asyn", read, "startTime endTime", ""},
    {"GET", "/dapi/v1/order/asyn/id", read, "downloadId", ""},
    {"GET", "/dapi/v1/orderAmendment", read, "symbol", "orderId origClientOrderId startTime endTime limit"},
    {"GET", "/dapi/v1/pmAccountInfo", read, "asset", ""},
    {"POST", "/dapi/v1/positionMargin", transfer, "symbol amount type", "positionSide"},
    {"GET", "/dapi/v1/positionMargin/history", read, "symbol", "type startTime endTime limit"},
    {"GET", "/dapi/v1/positionRisk", read, "", "marginAsset pair"},
    {"GET", "/dapi/v1/positionSide/dual", read, "", ""},
    {"POST", "/dapi/v1/positionSide/dual", trade, "dualSidePosition", ""},
    {"GET", "/dapi/v1/trade/asyn", read, "startTime endTime", ""},
    {"GET", "/dapi/v1/trade/asyn/id", read, "downloadId", ""},
    {"GET", "/dapi/v1/userTrades", read, "", "symbol pair orderId startTime endTime fromId limit"},
    {"GET", "/dapi/v2/leverageBracket", read, "", "symbol"},

    // Options: developers.binance.com, derivatives/options-trading; binance-sdk-derivatives-trading-options 8.7.0.
    // A block order is a trade with a counterparty of one's choice, at a price of one's choice: transfer.
    {"GET", "/eapi/v1/account", read, "", ""},
    {"DELETE", "/eapi/v1/allOpenOrders", trade, "symbol", ""},
    {"DELETE", "/eapi/v1/allOpenOrdersByUnderlying", trade, "underlying", ""},
    {"DELETE", "/eapi/v1/batchOrders", trade, "symbol", "orderIds clientOrderIds"},
    {"POST", "/eapi/v1/batchOrders", trade, "orders", ""},
    {"GET", "/eapi/v1/bill", read, "currency", "recordId startTime endTime limit"},
    {"DELETE", "/eapi/v1/block/order/create", transfer, "blockOrderMatchingKey", ""},
    {"POST", "/eapi/v1/block/order/create", transfer, "liquidity legs", ""},
    {"PUT", "/eapi/v1/block/order/create", transfer, "blockOrderMatchingKey", ""},
    {"GET", "/eapi/v1/block/order/execute", read, "blockOrderMatchingKey", ""},
    {"POST", "/eapi/v1/block/order/execute", transfer, "blockOrderMatchingKey", ""},
    {"GET", "/eapi/v1/block/order/orders", read, "", "blockOrderMatchingKey endTime startTime underlying"},
    {"GET", "/eapi/v1/block/user-trades", read, "", "endTime startTime underlying"},
    {"GET", "/eapi/v1/commission", read, "", ""},
    {"GET", "/eapi/v1/countdownCancelAll", read, "", "underlying"},
    {"POST", "/eapi/v1/countdownCancelAll", trade, "underlying countdownTime", ""},
    {"POST", "/eapi/v1/countdownCancelAllHeartBeat", trade, "underlyings", ""},
    {"GET", "/eapi/v1/exerciseRecord", read, "", "symbol startTime endTime limit"},
    {"GET", "/eapi/v1/historyOrders", read, "symbol", "orderId startTime endTime limit"},
    {"GET", "/eapi/v1/income/asyn", read, "startTime endTime", ""},
    {"GET", "/eapi/v1/income/asyn/id", read, "downloadId", ""},
    {"GET", "/eapi/v1/marginAccount", read, "", ""},
    {"GET", "/eapi/v1/mmp", read, "underlying", ""},
    {"POST", "/eapi/v1/mmpReset", trade, "underlying", ""},
    {"POST", "/eapi/v1/mmpSet", trade, "underlying windowTimeInMilliseconds frozenTimeInMilliseconds qtyLimit deltaLimit", ""},
    {"GET", "/eapi/v1/openOrders", read, "", "symbol orderId startTime endTime"},
    {"DELETE", "/eapi/v1/order", trade, "symbol", "orderId clientOrderId"},
    {"GET", "/eapi/v1/order", read, "symbol", "orderId clientOrderId"},
    {"POST", "/eapi/v1/order", trade, "symbol side type quantity",
     "price timeInForce reduceOnly postOnly newOrderRespType clientOrderId isMmp selfTradePreventionMode"},
    {"GET", "/eapi/v1/position", read, "", "symbol"},
    {"POST", "/eapi/v1/stock/contract", manage, "", ""},
    {"GET", "/eapi/v1/userTrades", read, "symbol", "fromId startTime endTime limit"},

    // Portfolio margin: developers.binance.com, derivatives/portfolio-margin;
    // binance-sdk-derivatives-trading-portfolio-margin 16.1.0.
    // The um/conditional rows: ccxt 4.5.84 and the same documentation's change log.
    {"GET", "/papi/v1/account", read, "", ""},
    {"POST", "/papi/v1/apiReferral/userCustomization", manage, "customerId brokerId", ""},
    {"POST", "/papi/v1/asset-collection", transfer, "asset", "amount futureType"},
    {"POST", "/papi/v1/auto-collection", transfer, "", ""},
    {"GET", "/papi/v1/balance", read, "", "asset"},
    {"POST", "/papi/v1/bnb-transfer", transfer, "amount transferSide", ""},
    {"GET", "/papi/v1/cm/account", read, "", ""},
    {"GET", "/papi/v1/cm/accountConfig", read, "", ""},
    {"GET", "/papi/v1/cm/adlQuantile", read, "", "symbol"},
    {"DELETE", "/papi/v1/cm/allOpenOrders", trade, "symbol", ""},
    {"GET", "/papi/v1/cm/allOrders", read, "", "symbol pair orderId startTime endTime limit"},
    {"GET", "/papi/v1/cm/commissionRate", read, "symbol", ""},
    {"DELETE", "/papi/v1/cm/conditional/allOpenOrders", trade, "symbol", ""},
    {"GET", "/papi/v1/cm/conditional/allOrders", read, "", "symbol strategyId startTime endTime limit"},
    {"GET", "/papi/v1/cm/conditional/openOrder", read, "symbol", "strategyId newClientStrategyId"},
    {"GET", "/papi/v1/cm/conditional/openOrders", read, "", "symbol"},
    {"DELETE", "/papi/v1/cm/conditional/order", trade, "symbol", "strategyId newClientStrategyId"},
    {"POST", "/papi/v1/cm/conditional/order", trade, "symbol side strategyType",
     "positionSide timeInForce quantity reduceOnly price workingType priceProtect newClientStrategyId stopPrice activationPrice "
     "callbackRate"},
    {"GET", "/papi/v1/cm/conditional/orderHistory", read, "symbol", "strategyId newClientStrategyId"},
    {"GET", "/papi/v1/cm/forceOrders", read, "", "symbol autoCloseType startTime endTime limit"},
    {"GET", "/papi/v1/cm/income", read, "", "symbol incomeType startTime endTime limit"},
    {"POST", "/papi/v1/cm/leverage", trade, "symbol leverage", ""},
    {"GET", "/papi/v1/cm/leverageBracket", read, "", "symbol"},
    {"GET", "/papi/v1/cm/openOrder", read, "symbol", "orderId origClientOrderId"},
    {"GET", "/papi/v1/cm/openOrders", read, "", "symbol pair"},
    {"DELETE", "/papi/v1/cm/order", trade, "symbol", "orderId origClientOrderId"},
    {"GET", "/papi/v1/cm/order", read, "symbol", "orderId origClientOrderId"},
    {"POST", "/papi/v1/cm/order", trade, "symbol side type",
     "positionSide timeInForce quantity reduceOnly price priceMatch newClientOrderId newOrderRespType"},
    {"PUT", "/papi/v1/cm/order", trade, "symbol side quantity price", "orderId origClientOrderId priceMatch modifyId"},
    {"GET", "/papi/v1/cm/orderAmendment", read, "symbol", "orderId origClientOrderId startTime endTime limit"},
    {"GET", "/papi/v1/cm/positionRisk", read, "", "marginAsset pair"},
    {"GET", "/papi/v1/cm/positionSide/dual", read, "", ""},
    {"POST", "/papi/v1/cm/positionSide/dual", trade, "dualSidePosition", ""},
    {"GET", "/papi/v1/cm/symbolConfig", read, "", "symbol"},
    {"GET", "/papi/v1/cm/userTrades", read, "", "symbol pair startTime endTime fromId limit"},
    {"DELETE", "/papi/v1/margin/allOpenOrders", trade, "symbol", ""},
    {"GET", "/papi/v1/margin/allOrderList", read, "", "fromId startTime endTime limit"},
    {"GET", "/papi/v1/margin/allOrders", read, "symbol", "orderId startTime endTime limit"},
    {"GET", "/papi/v1/margin/forceOrders", read, "", "startTime endTime current size"},
    {"GET", "/papi/v1/margin/marginInterestHistory", read, "", "asset startTime endTime current size archived"},
    {"GET", "/papi/v1/margin/marginLoan", read, "asset", "txId startTime endTime current size archived"},
    {"GET", "/papi/v1/margin/maxBorrowable", read, "asset", ""},
    {"GET", "/papi/v1/margin/maxWithdraw", read, "asset", ""},
    {"GET", "/papi/v1/margin/myTrades", read, "symbol", "orderId startTime endTime fromId limit"},
    {"GET", "/papi/v1/margin/openOrderList", read, "", ""},
    {"GET", "/papi/v1/margin/openOrders", read, "symbol", ""},
    {"DELETE", "/papi/v1/margin/order", trade, "symbol", "orderId origClientOrderId newClientOrderId"},
    {"GET", "/papi/v1/margin/order", read, "symbol", "orderId origClientOrderId"},
    {"POST", "/papi/v1/margin/order", trade, "symbol side type",
     "quantity quoteOrderQty price stopPrice newClientOrderId newOrderRespType icebergQty sideEffectType timeInForce "
     "selfTradePreventionMode autoRepayAtCancel"},
    {"POST", "/papi/v1/margin/order/oco", trade, "symbol side quantity price stopPrice",
     "listClientOrderId limitClientOrderId limitIcebergQty stopClientOrderId stopLimitPrice stopIcebergQty stopLimitTimeInForce "
     "newOrderRespType sideEffectType"},
    {"DELETE", "/papi/v1/margin/orderList", trade, "symbol", "orderListId listClientOrderId newClientOrderId"},
    {"GET", "/papi/v1/margin/orderList", read, "", "orderListId origClientOrderId"},
    {"POST", "/papi/v1/margin/repay-debt", transfer, "asset", "amount specifyRepayAssets"},
    {"GET", "/papi/v1/margin/repayLoan", read, "asset", "txId startTime endTime current size archived"},
    {"POST", "/papi/v1/marginLoan", transfer, "asset amount", ""},
    {"GET", "/papi/v1/portfolio/interest-history", read, "", "asset startTime endTime size"},
    {"GET", "/papi/v1/portfolio/negative-balance-exchange-record", read, "startTime endTime", ""},
    {"GET", "/papi/v1/rateLimit/order", read, "", ""},
    {"POST", "/papi/v1/repay-futures-negative-balance", transfer, "", ""},
    {"GET", "/papi/v1/repay-futures-switch", read, "", ""},
    {"POST", "/papi/v1/repay-futures-switch", manage, "autoRepay", ""},
    {"POST", "/papi/v1/repayLoan", transfer, "asset amount", ""},
    {"GET", "/papi/v1/um/account", read, "", ""},
    {"GET", "/papi/v1/um/accountConfig", read, "", ""},
    {"GET", "/papi/v1/um/adlQuantile", read, "", "symbol"},
    {"GET", "/papi/v1/um/algo/algoOrder", read, "", "algoId clientAlgoId"},
    {"GET", "/papi/v1/um/algo/allAlgoOrders", read, "symbol", "algoId startTime endTime limit"},
    {"DELETE", "/papi/v1/um/algo/allOpenOrders", trade, "symbol", ""},
    {"GET", "/papi/v1/um/algo/openAlgoOrders", read, "", "algoType symbol algoId"},
    {"DELETE", "/papi/v1/um/algo/order", trade, "algoId", "clientAlgoId"},
    {"DELETE", "/papi/v1/um/algo/order", trade, "clientAlgoId", "algoId"},
    {"POST", "/papi/v1/um/algo/order", trade, "algoType symbol side type",
     "positionSide timeInForce quantity price triggerPrice workingType priceMatch closePosition priceProtect reduceOnly "
     "activatePrice callbackRate clientAlgoId newOrderRespType selfTradePreventionMode goodTillDate"},
    {"DELETE", "/papi/v1/um/allOpenOrders", trade, "symbol", ""},
    {"GET", "/papi/v1/um/allOrders", read, "symbol", "orderId startTime endTime limit"},
    {"GET", "/papi/v1/um/apiTradingStatus", read, "", "symbol"},
    {"GET", "/papi/v1/um/commissionRate", read, "symbol", ""},
    {"DELETE", "/papi/v1/um/conditional/allOpenOrders", trade, "symbol", ""},
    {"GET", "/papi/v1/um/conditional/allOrders", read, "", "symbol strategyId startTime endTime limit"},
    {"GET", "/papi/v1/um/conditional/openOrder", read, "symbol", "strategyId newClientStrategyId"},
    {"GET", "/papi/v1/um/conditional/openOrders", read, "", "symbol"},
    {"DELETE", "/papi/v1/um/conditional/order", trade, "symbol", "strategyId newClientStrategyId"},
    {"POST", "/papi/v1/um/conditional/order", trade, "symbol side strategyType",
     "positionSide timeInForce quantity reduceOnly price workingType priceProtect newClientStrategyId stopPrice activationPrice "
     "callbackRate priceMatch selfTradePreventionMode goodTillDate"},
    {"GET", "/papi/v1/um/conditional/orderHistory", read, "symbol", "strategyId newClientStrategyId"},
    {"GET", "/papi/v1/um/feeBurn", read, "", ""},
    {"POST", "/papi/v1/um/feeBurn", trade, "feeBurn", ""},
    {"GET", "/papi/v1/um/forceOrders", read, "", "symbol autoCloseType startTime endTime limit"},
    {"GET", "/papi/v1/um/income", read, "", "symbol incomeType startTime endTime limit"},
    {"GET", "/papi/v1/um/income/asyn", read, "startTime endTime", ""},
    {"GET", "/papi/v1/um/income/asyn/id", read, "downloadId", ""},
    {"POST", "/papi/v1/um/leverage", trade, "symbol leverage", ""},
    {"GET", "/papi/v1/um/leverageBracket", read, "", "symbol"},
    {"GET", "/papi/v1/um/openOrder", read, "symbol", "orderId origClientOrderId"},
    {"GET", "/papi/v1/um/openOrders", read, "", "symbol"},
    {"DELETE", "/papi/v1/um/order", trade, "symbol", "orderId origClientOrderId"},
    {"GET", "/papi/v1/um/order", read, "symbol", "orderId origClientOrderId"},
    {"POST", "/papi/v1/um/order", trade, "symbol side type",
     "positionSide timeInForce quantity reduceOnly price newClientOrderId newOrderRespType priceMatch selfTradePreventionMode "
     "goodTillDate"},
    {"PUT", "/papi/v1/um/order", trade, "symbol side quantity price", "orderId origClientOrderId priceMatch modifyId"},
    {"GET", "/papi/v1/um/order/asyn", read, "startTime endTime", ""},
    {"GET", "/papi/v1/um/order/asyn/id", read, "downloadId", ""},
    {"GET", "/papi/v1/um/orderAmendment", read, "symbol", "orderId origClientOrderId startTime endTime limit"},
    {"GET", "/papi/v1/um/positionRisk", read, "", "symbol"},
    {"GET", "/papi/v1/um/positionSide/dual", read, "", ""},
    {"POST", "/papi/v1/um/positionSide/dual", trade, "dualSidePosition", ""},
    {"POST", "/papi/v1/um/stock/contract", manage, "", ""},
    {"GET", "/papi/v1/um/symbolConfig", read, "", "symbol"},
    {"GET", "/papi/v1/um/trade/asyn", read, "startTime endTime", ""},
    {"GET", "/papi/v1/um/trade/asyn/id", read, "downloadId", ""},
    {"GET", "/papi/v1/um/userTrades", read, "symbol", "startTime endTime fromId limit"},
    {"GET", "/papi/v2/um/account", read, "", ""},

    // Margin: developers.binance.com, margin_trading; binance-sdk-margin-trading 8.9.0. margin/transfer, loan, repay, dust and
    // isolated/transfer are older rows that may still answer: ccxt 4.5.84, binance-connector 3.13.0. loan-group: typed-binance
    // 1.6.0.
    {"GET", "/sapi/v1/bnbBurn", read, "", ""},
    {"POST", "/sapi/v1/bnbBurn", trade, "spotBNBBurn", "spotBnbBurn interestBnbBurn"},
    {"POST", "/sapi/v1/bnbBurn", trade, "interestBNBBurn", "spotBnbBurn interestBnbBurn"},
    {"GET", "/sapi/v1/margin/account", read, "", ""},
    {"GET", "/sapi/v1/margin/allOrderList", read, "", "isIsolated symbol fromId startTime endTime limit"},
    {"GET", "/sapi/v1/margin/allOrders", read, "symbol", "isIsolated orderId startTime endTime limit"},
    {"GET", "/sapi/v1/margin/api-key-list", manage, "", "symbol"},
    {"DELETE", "/sapi/v1/margin/apiKey", manage, "apiKey", "apiName symbol"},
    {"DELETE", "/sapi/v1/margin/apiKey", manage, "apiName", "symbol"},
    {"GET", "/sapi/v1/margin/apiKey", manage, "", "symbol"},
    {"POST", "/sapi/v1/margin/apiKey", manage, "apiName", "symbol ip publicKey permissionMode"},
    {"PUT", "/sapi/v1/margin/apiKey/ip", manage, "ip", "symbol"},
    {"GET", "/sapi/v1/margin/available-inventory", read, "type", ""},
    {"GET", "/sapi/v1/margin/borrow-repay", read, "type", "asset isolatedSymbol txId startTime endTime current size"},
    {"POST", "/sapi/v1/margin/borrow-repay", transfer, "asset isIsolated amount type", "symbol"},
    {"GET", "/sapi/v1/margin/capital-flow", read, "", "asset symbol type startTime endTime fromId limit"},
    {"GET", "/sapi/v1/margin/crossMarginData", read, "", "vipLevel coin"},
    {"GET", "/sapi/v1/margin/dribblet", read, "", "startTime endTime"},
    {"GET", "/sapi/v1/margin/dust", read, "", ""},
    {"POST", "/sapi/v1/margin/dust", transfer, "asset", ""},
    {"GET", "/sapi/v1/margin/exchange-small-liability", read, "", ""},
    {"POST", "/sapi/v1/margin/exchange-small-liability", transfer, "assetNames", ""},
    {"GET", "/sapi/v1/margin/exchange-small-liability-history", read, "current size", "startTime endTime"},
    {"POST", "/sapi/v1/margin/exit-special-key-mode", manage, "", ""},
    {"GET", "/sapi/v1/margin/forceLiquidationRec", read, "", "startTime endTime isolatedSymbol current size"},
    {"GET", "/sapi/v1/margin/interestHistory", read, "", "asset isolatedSymbol startTime endTime current size"},
    {"GET", "/sapi/v1/margin/interestRateHistory", read, "asset", "vipLevel startTime endTime"},
    {"DELETE", "/sapi/v1/margin/isolated/account", manage, "symbol", ""},
    {"GET", "/sapi/v1/margin/isolated/account", read, "", "symbols"},
    {"POST", "/sapi/v1/margin/isolated/account", manage, "symbol", ""},
    {"GET", "/sapi/v1/margin/isolated/accountLimit", read, "", ""},
    {"GET", "/sapi/v1/margin/isolated/transfer", read, "symbol",
     "asset transFrom transTo startTime endTime current size archived"},
    {"POST", "/sapi/v1/margin/isolated/transfer", transfer, "asset symbol transFrom transTo amount", ""},
    {"GET", "/sapi/v1/margin/isolatedMarginData", read, "", "vipLevel symbol"},
    {"GET", "/sapi/v1/margin/isolatedMarginTier", read, "symbol", "tier"},
    {"GET", "/sapi/v1/margin/liquidation-loan", read, "", ""},
    {"POST", "/sapi/v1/margin/liquidation-loan/repay", transfer, "asset amount", ""},
    {"GET", "/sapi/v1/margin/liquidation-loan/repay-history", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/margin/loan", read, "asset", "isolatedSymbol txId startTime endTime current size archived"},
    {"POST", "/sapi/v1/margin/loan", transfer, "asset amount", "isIsolated symbol"},
    {"DELETE", "/sapi/v1/margin/loan-group", manage, "groupId", ""},
    {"POST", "/sapi/v1/margin/loan-group/borrow", transfer, "groupId assetName amount", ""},
    {"POST", "/sapi/v1/margin/loan-group/edit-member", manage, "groupId subEmail enableSpot enableMargin", ""},
    {"POST", "/sapi/v1/margin/loan-group/repay", transfer, "groupId assetName amount", "repayFrom"},
    {"POST", "/sapi/v1/margin/loan-group/transfer-out", transfer, "asset amount", "subEmail"},
    {"POST", "/sapi/v1/margin/manual-liquidation", trade, "type", "symbol"},
    {"POST", "/sapi/v1/margin/max-leverage", trade, "maxLeverage", ""},
    {"GET", "/sapi/v1/margin/maxBorrowable", read, "asset", "isolatedSymbol"},
    {"GET", "/sapi/v1/margin/maxTransferable", read, "asset", "isolatedSymbol"},
    {"GET", "/sapi/v1/margin/myPreventedMatches", read, "symbol", "preventedMatchId orderId fromPreventedMatchId isIsolated"},
    {"GET", "/sapi/v1/margin/myTrades", read, "symbol", "isIsolated orderId startTime endTime fromId limit"},
    {"GET", "/sapi/v1/margin/next-hourly-interest-rate", read, "assets isIsolated", ""},
    {"GET", "/sapi/v1/margin/openOrderList", read, "", "isIsolated symbol"},
    {"DELETE", "/sapi/v1/margin/openOrders", trade, "symbol", "isIsolated"},
    {"GET", "/sapi/v1/margin/openOrders", read, "", "symbol isIsolated"},
    {"DELETE", "/sapi/v1/margin/order", trade, "symbol", "isIsolated orderId origClientOrderId newClientOrderId"},
    {"GET", "/sapi/v1/margin/order", read, "symbol", "isIsolated orderId origClientOrderId"},
    {"POST", "/sapi/v1/margin/order", trade, "symbol side type",
     "isIsolated quantity quoteOrderQty price stopPrice newClientOrderId icebergQty newOrderRespType sideEffectType timeInForce "
     "selfTradePreventionMode trailingDelta autoRepayAtCancel"},
    {"POST", "/sapi/v1/margin/order/oco", trade, "symbol side quantity price stopPrice",
     "isIsolated listClientOrderId limitClientOrderId limitIcebergQty stopClientOrderId stopLimitPrice stopIcebergQty "
     "stopLimitTimeInForce newOrderRespType sideEffectType selfTradePreventionMode autoRepayAtCancel"},
    {"POST", "/sapi/v1/margin/order/oto", trade,
     "symbol workingType workingSide workingPrice workingQuantity workingIcebergQty pendingType pendingSide pendingQuantity",
     "isIsolated listClientOrderId newOrderRespType sideEffectType selfTradePreventionMode autoRepayAtCancel "
     "workingClientOrderId workingTimeInForce pendingClientOrderId pendingPrice pendingStopPrice pendingTrailingDelta "
     "pendingIcebergQty pendingTimeInForce"},
    {"POST", "/sapi/v1/margin/order/otoco", trade,
     "symbol workingType workingSide workingPrice workingQuantity pendingSide pendingQuantity pendingAboveType",
     "isIsolated sideEffectType autoRepayAtCancel listClientOrderId newOrderRespType selfTradePreventionMode "
     "workingClientOrderId workingIcebergQty workingTimeInForce pendingAboveClientOrderId pendingAbovePrice "
     "pendingAboveStopPrice pendingAboveTrailingDelta pendingAboveIcebergQty pendingAboveTimeInForce pendingBelowType "
     "pendingBelowClientOrderId pendingBelowPrice pendingBelowStopPrice pendingBelowTrailingDelta pendingBelowIcebergQty "
     "pendingBelowTimeInForce"},
    {"DELETE", "/sapi/v1/margin/orderList", trade, "symbol", "isIsolated orderListId listClientOrderId newClientOrderId"},
    {"GET", "/sapi/v1/margin/orderList", read, "", "isIsolated symbol orderListId origClientOrderId"},
    {"GET", "/sapi/v1/margin/oto/openOrderList", read, "", "symbol"},
    {"GET", "/sapi/v1/margin/rateLimit/order", read, "", "isIsolated symbol"},
    {"GET", "/sapi/v1/margin/repay", read, "asset", "isolatedSymbol txId startTime endTime current size archived"},
    {"POST", "/sapi/v1/margin/repay", transfer, "asset amount", "isIsolated symbol"},
    {"GET", "/sapi/v1/margin/tradeCoeff", read, "", ""},
    {"GET", "/sapi/v1/margin/transfer", read, "", "asset type startTime endTime current size isolatedSymbol"},
    {"POST", "/sapi/v1/margin/transfer", transfer, "asset amount type", ""},

    // Algo orders: developers.binance.com, algo; binance-sdk-algo 3.9.0.
    {"GET", "/sapi/v1/algo/futures/historicalOrders", read, "", "symbol side startTime endTime page pageSize"},
    {"POST", "/sapi/v1/algo/futures/newOrderTwap", trade, "symbol side quantity duration",
     "positionSide clientAlgoId reduceOnly limitPrice"},
    {"POST", "/sapi/v1/algo/futures/newOrderVp", trade, "symbol side quantity urgency",
     "positionSide clientAlgoId reduceOnly limitPrice"},
    {"GET", "/sapi/v1/algo/futures/openOrders", read, "", ""},
    {"DELETE", "/sapi/v1/algo/futures/order", trade, "algoId", "clientAlgoId"},
    {"DELETE", "/sapi/v1/algo/futures/order", trade, "clientAlgoId", "algoId"},
    {"GET", "/sapi/v1/algo/futures/subOrders", read, "algoId", "page pageSize"},
    {"GET", "/sapi/v1/algo/spot/historicalOrders", read, "", "symbol side startTime endTime page pageSize"},
    {"POST", "/sapi/v1/algo/spot/newOrderTwap", trade, "symbol side quantity duration", "clientAlgoId limitPrice"},
    {"POST", "/sapi/v1/algo/spot/newOrderVp", trade, "symbol side quantity urgency", "clientAlgoId vpTimeLimit"},
    {"GET", "/sapi/v1/algo/spot/openOrders", read, "", ""},
    {"DELETE", "/sapi/v1/algo/spot/order", trade, "algoId", "clientAlgoId"},
    {"DELETE", "/sapi/v1/algo/spot/order", trade, "clientAlgoId", "algoId"},
    {"GET", "/sapi/v1/algo/spot/subOrders", read, "algoId", "page pageSize"},

    // Wallet: developers.binance.com, wallet; binance-sdk-wallet 13.8.0.
    {"GET", "/sapi/v1/account/apiRestrictions", read, "", ""},
    {"GET", "/sapi/v1/account/apiRestrictions/ipRestriction", manage, "email subAccountApiKey", ""},
    {"GET", "/sapi/v1/account/apiTradingStatus", read, "", ""},
    {"POST", "/sapi/v1/account/disableFastWithdrawSwitch", manage, "", ""},
    {"POST", "/sapi/v1/account/enableFastWithdrawSwitch", manage, "", ""},
    {"GET", "/sapi/v1/account/info", read, "", ""},
    {"GET", "/sapi/v1/account/status", read, "", ""},
    {"GET", "/sapi/v1/accountSnapshot", read, "type", "startTime endTime limit"},
    {"GET", "/sapi/v1/addressVerify/list", read, "", ""},
    {"GET", "/sapi/v1/asset/assetDetail", read, "", "asset"},
    {"GET", "/sapi/v1/asset/assetDividend", read, "", "asset startTime endTime limit"},
    {"POST", "/sapi/v1/asset/convert-transfer", transfer, "clientTranId asset amount targetAsset", "accountType"},
    {"GET", "/sapi/v1/asset/convert-transfer/queryByPage", read, "startTime endTime",
     "tranId clientTranId asset accountType current size"},
    {"GET", "/sapi/v1/asset/custody/transfer-history", read, "email startTime endTime", "type asset current size"},
    {"GET", "/sapi/v1/asset/dribblet", read, "", "accountType startTime endTime"},
    {"POST", "/sapi/v1/asset/dust", transfer, "asset", "accountType"},
    {"POST", "/sapi/v1/asset/dust-btc", read, "", "accountType"},
    {"POST", "/sapi/v1/asset/dust-convert/convert", transfer, "asset",
     "accountType clientId targetAsset thirdPartyClientId dustQuotaAssetToTargetAssetPrice"},
    {"POST", "/sapi/v1/asset/dust-convert/query-convertible-assets", read, "targetAsset",
     "accountType dustQuotaAssetToTargetAssetPrice"},
    {"POST", "/sapi/v1/asset/get-funding-asset", read, "", "asset needBtcValuation"},
    {"GET", "/sapi/v1/asset/ledger-transfer/cloud-mining/queryByPage", read, "startTime endTime",
     "tranId clientTranId asset current size"},
    {"GET", "/sapi/v1/asset/tradeFee", read, "", "symbol"},
    {"GET", "/sapi/v1/asset/transfer", read, "type", "startTime endTime current size fromSymbol toSymbol"},
    {"POST", "/sapi/v1/asset/transfer", transfer, "type asset amount", "fromSymbol toSymbol"},
    {"GET", "/sapi/v1/asset/wallet/balance", read, "", "quoteAsset needBalanceDetail"},
    {"GET", "/sapi/v1/capital/config/getall", read, "", ""},
    {"GET", "/sapi/v1/capital/contract/convertible-coins", read, "", ""},
    {"POST", "/sapi/v1/capital/contract/convertible-coins", manage, "coin enable", ""},
    {"GET", "/sapi/v1/capital/deposit/address", read, "coin", "network amount"},
    {"GET", "/sapi/v1/capital/deposit/address/list", read, "coin", "network"},
    {"POST", "/sapi/v1/capital/deposit/credit-apply", transfer, "depositId", "txId subAccountId subUserId"},
    {"POST", "/sapi/v1/capital/deposit/credit-apply", transfer, "txId", "depositId subAccountId subUserId"},
    {"GET", "/sapi/v1/capital/deposit/hisrec", read, "", "includeSource coin status startTime endTime offset limit txId"},
    {"GET", "/sapi/v1/capital/deposit/subAddress", read, "email coin", "network amount"},
    {"GET", "/sapi/v1/capital/deposit/subHisrec", read, "email", "includeSource coin status startTime endTime limit offset txId"},
    {"GET", "/sapi/v1/capital/withdraw/address/list", read, "", ""},
    {"POST", "/sapi/v1/capital/withdraw/apply", withdraw, "coin address amount",
     "withdrawOrderId network addressTag transactionFeeFlag name walletType"},
    {"GET", "/sapi/v1/capital/withdraw/history", read, "", "coin withdrawOrderId status offset limit idList startTime endTime"},
    {"GET", "/sapi/v1/capital/withdraw/quota", read, "", ""},
    {"PUT", "/sapi/v1/localentity/broker/deposit/provide-info", manage, "subAccountId depositId questionnaire beneficiaryPii",
     "network coin amount address addressTag"},
    {"POST", "/sapi/v1/localentity/broker/withdraw/apply", withdraw,
     "address coin amount withdrawOrderId questionnaire originatorPii",
     "addressTag network addressName transactionFeeFlag walletType"},
    {"GET", "/sapi/v1/localentity/country/list", read, "", ""},
    {"GET", "/sapi/v1/localentity/deposit/history", read, "",
     "trId txId tranId network coin travelRuleStatus pendingQuestionnaire startTime endTime offset limit"},
    {"PUT", "/sapi/v1/localentity/deposit/provide-info", manage, "tranId questionnaire", ""},
    {"GET", "/sapi/v1/localentity/questionnaire-requirements", read, "", ""},
    {"GET", "/sapi/v1/localentity/region/list", read, "countryCode", ""},
    {"GET", "/sapi/v1/localentity/vasp", read, "", ""},
    {"POST", "/sapi/v1/localentity/withdraw/apply", withdraw, "coin address amount questionnaire",
     "withdrawOrderId network addressTag transactionFeeFlag name walletType"},
    {"GET", "/sapi/v1/localentity/withdraw/history", read, "",
     "trId txId withdrawOrderId network coin travelRuleStatus offset limit startTime endTime"},
    {"GET", "/sapi/v2/localentity/deposit/history", read, "",
     "depositId txId network coin retrieveQuestionnaire startTime endTime offset limit"},
    {"PUT", "/sapi/v2/localentity/deposit/provide-info", manage, "depositId questionnaire", ""},
    {"GET", "/sapi/v2/localentity/withdraw/history", read, "",
     "trId txId withdrawOrderId network coin travelRuleStatus offset limit startTime endTime"},
    {"POST", "/sapi/v3/asset/getUserAsset", read, "", "asset needBtcValuation"},

    // Sub-accounts: developers.binance.com, sub_account; binance-sdk-sub-account 8.5.0; margin and options enable: ccxt 4.5.84;
    // blvt/enable: binance-connector 3.13.0.
    {"GET", "/sapi/v1/managed-subaccount/accountSnapshot", read, "email type", "startTime endTime limit"},
    {"GET", "/sapi/v1/managed-subaccount/asset", read, "email", ""},
    {"POST", "/sapi/v1/managed-subaccount/deposit", transfer, "toEmail asset amount", ""},
    {"GET", "/sapi/v1/managed-subaccount/deposit/address", read, "email coin", "network amount"},
    {"GET", "/sapi/v1/managed-subaccount/fetch-future-asset", read, "email", "accountType"},
    {"GET", "/sapi/v1/managed-subaccount/info", read, "", "email page limit"},
    {"GET", "/sapi/v1/managed-subaccount/marginAsset", read, "email", "accountType"},
    {"GET", "/sapi/v1/managed-subaccount/query-trans-log", read, "startTime endTime page limit",
     "transfers transferFunctionAccountType"},
    {"GET", "/sapi/v1/managed-subaccount/queryTransLogForInvestor", read, "email startTime endTime page limit",
     "transfers transferFunctionAccountType"},
    {"GET", "/sapi/v1/managed-subaccount/queryTransLogForTradeParent", read, "email startTime endTime page limit",
     "transfers transferFunctionAccountType"},
    {"POST", "/sapi/v1/managed-subaccount/withdraw", withdraw, "fromEmail asset amount", "transferDate"},
    {"POST", "/sapi/v1/sub-account/blvt/enable", manage, "email enableBlvt", ""},
    {"POST", "/sapi/v1/sub-account/eoptions/enable", manage, "email", ""},
    {"GET", "/sapi/v1/sub-account/futures/account", read, "email", ""},
    {"GET", "/sapi/v1/sub-account/futures/accountSummary", read, "page limit", ""},
    {"POST", "/sapi/v1/sub-account/futures/enable", manage, "email", ""},
    {"GET", "/sapi/v1/sub-account/futures/internalTransfer", read, "email futuresType", "startTime endTime page limit"},
    {"POST", "/sapi/v1/sub-account/futures/internalTransfer", transfer, "fromEmail toEmail futuresType asset amount", ""},
    {"GET", "/sapi/v1/sub-account/futures/move-position", read, "symbol page rows", "productType startTime endTime"},
    {"POST", "/sapi/v1/sub-account/futures/move-position", transfer, "fromUserEmail toUserEmail productType orderArgs", ""},
    {"GET", "/sapi/v1/sub-account/futures/positionRisk", read, "email", ""},
    {"POST", "/sapi/v1/sub-account/futures/transfer", transfer, "email asset amount type", ""},
    {"GET", "/sapi/v1/sub-account/list", read, "", "email isFreeze page limit"},
    {"GET", "/sapi/v1/sub-account/margin/account", read, "email", ""},
    {"GET", "/sapi/v1/sub-account/margin/accountSummary", read, "", ""},
    {"POST", "/sapi/v1/sub-account/margin/enable", manage, "email", ""},
    {"POST", "/sapi/v1/sub-account/margin/transfer", transfer, "email asset amount type", ""},
    {"POST", "/sapi/v1/sub-account/options/enable", manage, "email", ""},
    {"GET", "/sapi/v1/sub-account/spotSummary", read, "", "email page size"},
    {"GET", "/sapi/v1/sub-account/status", read, "", "email"},
    {"GET", "/sapi/v1/sub-account/sub/transfer/history", read, "", "fromEmail toEmail startTime endTime page limit"},
    {"DELETE", "/sapi/v1/sub-account/subAccountApi", manage, "email subAccountApiKey", ""},
    {"GET", "/sapi/v1/sub-account/subAccountApi", manage, "email", "subAccountApiKey page size"},
    {"POST", "/sapi/v1/sub-account/subAccountApi", manage, "email apiName status",
     "canTrade canMarginLoanRepay canFuturesTrade canUniversalTransfer canVanillaOptions ipAddress thirdPartyName publicKey"},
    {"GET", "/sapi/v1/sub-account/subAccountApi/ipRestriction", manage, "email subAccountApiKey", ""},
    {"DELETE", "/sapi/v1/sub-account/subAccountApi/ipRestriction/ipList", manage, "email subAccountApiKey ipAddress", ""},
    {"POST", "/sapi/v1/sub-account/subAccountApiPermission", manage, "email subAccountApiKey",
     "canTrade canMarginLoanRepay canFuturesTrade canUniversalTransfer canVanillaOptions"},
    {"GET", "/sapi/v1/sub-account/transaction-statistics", read, "", "email"},
    {"POST", "/sapi/v1/sub-account/transfer/subToMaster", transfer, "asset amount", ""},
    {"POST", "/sapi/v1/sub-account/transfer/subToSub", transfer, "toEmail asset amount", ""},
    {"GET", "/sapi/v1/sub-account/transfer/subUserHistory", read, "", "asset type startTime endTime limit returnFailHistory"},
    {"GET", "/sapi/v1/sub-account/universalTransfer", read, "", "fromEmail toEmail clientTranId startTime endTime page limit"},
    {"POST", "/sapi/v1/sub-account/universalTransfer", transfer, "fromAccountType toAccountType asset amount",
     "fromEmail toEmail clientTranId symbol"},
    {"POST", "/sapi/v1/sub-account/virtualSubAccount", manage, "subAccountString", ""},
    {"GET", "/sapi/v2/sub-account/futures/account", read, "email futuresType", ""},
    {"GET", "/sapi/v2/sub-account/futures/accountSummary", read, "futuresType", "page limit"},
    {"GET", "/sapi/v2/sub-account/futures/positionRisk", read, "email futuresType", ""},
    {"POST", "/sapi/v2/sub-account/subAccountApi/ipRestriction", manage, "email subAccountApiKey status", "ipAddress"},
    {"GET", "/sapi/v3/sub-account/assets", read, "email", ""},
    {"GET", "/sapi/v4/sub-account/assets", read, "email", ""},

    // Brokers: developers.binance.com, binance_link, exchange-link; the paths also in ccxt 4.5.84. rebate/historicalRecord
    // makes a report: read.
    {"GET", "/sapi/v1/broker/info", read, "", ""},
    {"POST", "/sapi/v1/broker/rebate/historicalRecord", read, "", "subAccountId startTime endTime"},
    {"GET", "/sapi/v1/broker/rebate/recentRecord", read, "subAccountId", "startTime endTime limit page size"},
    {"GET", "/sapi/v1/broker/subAccount", read, "", "subAccountId page size"},
    {"POST", "/sapi/v1/broker/subAccount", manage, "", "tag"},
    {"POST", "/sapi/v1/broker/subAccount/blvt", manage, "subAccountId blvt", ""},
    {"POST", "/sapi/v1/broker/subAccount/bnbBurn/marginInterest", manage, "subAccountId interestBNBBurn", ""},
    {"POST", "/sapi/v1/broker/subAccount/bnbBurn/spot", manage, "subAccountId spotBNBBurn", ""},
    {"GET", "/sapi/v1/broker/subAccount/bnbBurn/status", read, "subAccountId", ""},
    {"POST", "/sapi/v1/broker/subAccount/convert", manage, "subAccountId convert", ""},
    {"GET", "/sapi/v1/broker/subAccount/depositHist", read, "", "subAccountId coin status startTime endTime limit offset"},
    {"POST", "/sapi/v1/broker/subAccount/futures", manage, "subAccountId futures", ""},
    {"GET", "/sapi/v1/broker/subAccount/futuresSummary", read, "futuresType", "subAccountId page size"},
    {"POST", "/sapi/v1/broker/subAccount/margin", manage, "subAccountId margin", ""},
    {"GET", "/sapi/v1/broker/subAccount/marginSummary", read, "", "subAccountId page size"},
    {"GET", "/sapi/v1/broker/subAccount/spotSummary", read, "", "subAccountId page size"},
    {"DELETE", "/sapi/v1/broker/subAccountApi", manage, "subAccountId subAccountApiKey", ""},
    {"GET", "/sapi/v1/broker/subAccountApi", manage, "subAccountId", "subAccountApiKey page size"},
    {"POST", "/sapi/v1/broker/subAccountApi", manage, "subAccountId canTrade", "marginTrade futuresTrade publicKey"},
    {"POST", "/sapi/v1/broker/subAccountApi/commission", manage, "subAccountId makerCommission takerCommission",
     "marginMakerCommission marginTakerCommission"},
    {"GET", "/sapi/v1/broker/subAccountApi/commission/coinFutures", read, "subAccountId", "pair"},
    {"POST", "/sapi/v1/broker/subAccountApi/commission/coinFutures", manage, "subAccountId pair makerAdjustment takerAdjustment",
     ""},
    {"GET", "/sapi/v1/broker/subAccountApi/commission/futures", read, "subAccountId", "symbol"},
    {"POST", "/sapi/v1/broker/subAccountApi/commission/futures", manage, "subAccountId symbol makerAdjustment takerAdjustment",
     ""},
    {"GET", "/sapi/v1/broker/subAccountApi/ipRestriction", manage, "subAccountId subAccountApiKey", ""},
    {"POST", "/sapi/v1/broker/subAccountApi/ipRestriction", manage, "subAccountId subAccountApiKey ipRestrict", ""},
    {"DELETE", "/sapi/v1/broker/subAccountApi/ipRestriction/ipList", manage, "subAccountId subAccountApiKey ipAddress", ""},
    {"POST", "/sapi/v1/broker/subAccountApi/ipRestriction/ipList", manage, "subAccountId subAccountApiKey ipAddress", ""},
    {"POST", "/sapi/v1/broker/subAccountApi/permission", manage,
     "subAccountId subAccountApiKey canTrade marginTrade futuresTrade", ""},
    {"POST", "/sapi/v1/broker/subAccountApi/permission/universalTransfer", manage,
     "subAccountId subAccountApiKey canUniversalTransfer", ""},
    {"POST", "/sapi/v1/broker/subAccountApi/permission/vanillaOptions", manage, "subAccountId subAccountApiKey canVanillaOptions",
     ""},
    {"GET", "/sapi/v1/broker/transfer", read, "", "fromId toId clientTranId showAllStatus startTime endTime page limit"},
    {"POST", "/sapi/v1/broker/transfer", transfer, "asset amount", "fromId toId clientTranId"},
    {"GET", "/sapi/v1/broker/transfer/futures", read, "subAccountId futuresType", "clientTranId startTime endTime page limit"},
    {"POST", "/sapi/v1/broker/transfer/futures", transfer, "futuresType asset amount", "fromId toId clientTranId"},
    {"GET", "/sapi/v1/broker/universalTransfer", read, "", "fromId toId clientTranId startTime endTime page limit showAllStatus"},
    {"POST", "/sapi/v1/broker/universalTransfer", transfer, "fromAccountType toAccountType asset amount",
     "fromId toId clientTranId"},
    {"POST", "/sapi/v2/broker/subAccountApi/ipRestriction", manage, "subAccountId subAccountApiKey status", "ipAddress"},

    // Portfolio margin pro: developers.binance.com, derivatives/portfolio-margin-pro;
    // binance-sdk-derivatives-trading-portfolio-margin-pro 9.1.0; mint and redeem: ccxt 4.5.84.
    {"GET", "/sapi/v1/portfolio/account", read, "", ""},
    {"POST", "/sapi/v1/portfolio/asset-collection", transfer, "asset", "amount futureType"},
    {"POST", "/sapi/v1/portfolio/auto-collection", transfer, "", ""},
    {"GET", "/sapi/v1/portfolio/balance", read, "", "asset"},
    {"POST", "/sapi/v1/portfolio/bnb-transfer", transfer, "amount transferSide", ""},
    {"GET", "/sapi/v1/portfolio/delta-mode", read, "", ""},
    {"POST", "/sapi/v1/portfolio/delta-mode", manage, "deltaEnabled", ""},
    {"GET", "/sapi/v1/portfolio/earn-asset-balance", read, "asset transferType", ""},
    {"POST", "/sapi/v1/portfolio/earn-asset-transfer", transfer, "asset transferType amount", ""},
    {"GET", "/sapi/v1/portfolio/interest-history", read, "", "asset startTime endTime size"},
    {"GET", "/sapi/v1/portfolio/margin-asset-leverage", read, "", ""},
    {"DELETE", "/sapi/v1/portfolio/margin-call-level", manage, "", ""},
    {"GET", "/sapi/v1/portfolio/margin-call-level", read, "", ""},
    {"POST", "/sapi/v1/portfolio/margin-call-level", manage, "marginCallLevel", ""},
    {"POST", "/sapi/v1/portfolio/mint", transfer, "fromAsset targetAsset amount", ""},
    {"GET", "/sapi/v1/portfolio/negative-balance-exchange-record", read, "startTime endTime", ""},
    {"GET", "/sapi/v1/portfolio/pmLoan", read, "", ""},
    {"GET", "/sapi/v1/portfolio/pmloan-history", read, "", "startTime endTime size current"},
    {"POST", "/sapi/v1/portfolio/redeem", transfer, "fromAsset targetAsset amount", ""},
    {"POST", "/sapi/v1/portfolio/repay", transfer, "", ""},
    {"POST", "/sapi/v1/portfolio/repay-futures-negative-balance", transfer, "", ""},
    {"GET", "/sapi/v1/portfolio/repay-futures-switch", read, "", ""},
    {"POST", "/sapi/v1/portfolio/repay-futures-switch", manage, "autoRepay", ""},
    {"GET", "/sapi/v2/portfolio/account", read, "", ""},
    {"GET", "/sapi/v2/portfolio/collateralRate", read, "", ""},

    // Transfers between spot and futures, an older row that may still answer: ccxt 4.5.84, binance-connector 3.13.0.
    {"GET", "/sapi/v1/futures/transfer", read, "asset startTime", "endTime current size"},
    {"POST", "/sapi/v1/futures/transfer", transfer, "asset amount type", ""},

    // Convert, earn and staking: developers.binance.com, convert, simple_earn, staking, dual_investment;
    // binance-sdk-convert 5.7.0,
    // -simple-earn 9.7.0, -staking 6.7.0, -dual-investment 4.2.0; staking/* and lending/*: ccxt 4.5.84, binance-connector 3.13.0.
    // accumulator (Discount Buy): typed-binance 1.6.0; its id has had two names.
    {"GET", "/sapi/v1/accumulator/product/position/list", read, "", "status pageSize pageIndex"},
    {"GET", "/sapi/v1/accumulator/product/sum-holding", read, "", ""},
    {"POST", "/sapi/v1/accumulator/product/subscribe", transfer, "orderId depositAmount", "projectId id"},
    {"GET", "/sapi/v1/bfusd/account", read, "", ""},
    {"GET", "/sapi/v1/bfusd/history/rateHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/bfusd/history/redemptionHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/bfusd/history/rewardsHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/bfusd/history/subscriptionHistory", read, "", "asset startTime endTime current size"},
    {"GET", "/sapi/v1/bfusd/quota", read, "", ""},
    {"POST", "/sapi/v1/bfusd/redeem", transfer, "amount type", ""},
    {"POST", "/sapi/v1/bfusd/subscribe", transfer, "asset amount", ""},
    {"POST", "/sapi/v1/convert/acceptQuote", transfer, "quoteId", ""},
    {"GET", "/sapi/v1/convert/assetInfo", read, "", ""},
    {"POST", "/sapi/v1/convert/getQuote", transfer, "fromAsset toAsset fromAmount", "toAmount walletType validTime"},
    {"POST", "/sapi/v1/convert/getQuote", transfer, "fromAsset toAsset toAmount", "fromAmount walletType validTime"},
    {"POST", "/sapi/v1/convert/limit/cancelOrder", trade, "orderId", ""},
    {"POST", "/sapi/v1/convert/limit/placeOrder", transfer, "baseAsset quoteAsset limitPrice side expiredType",
     "baseAmount quoteAmount walletType"},
    {"GET", "/sapi/v1/convert/limit/queryOpenOrders", read, "", ""},
    {"GET", "/sapi/v1/convert/orderStatus", read, "", "orderId quoteId"},
    {"GET", "/sapi/v1/convert/tradeFlow", read, "startTime endTime", "limit"},
    {"GET", "/sapi/v1/dci/product/accounts", read, "", ""},
    {"POST", "/sapi/v1/dci/product/auto_compound/edit", transfer, "positionId AutoCompoundPlan", ""},
    {"POST", "/sapi/v1/dci/product/auto_compound/edit-status", transfer, "positionId autoCompoundPlan", "AutoCompoundPlan"},
    {"GET", "/sapi/v1/dci/product/positions", read, "", "status pageSize pageIndex"},
    {"POST", "/sapi/v1/dci/product/subscribe", transfer, "id orderId depositAmount", ""},
    {"GET", "/sapi/v1/earn/arena/activities", read, "", ""},
    {"GET", "/sapi/v1/eth-staking/account", read, "", ""},
    {"GET", "/sapi/v1/eth-staking/eth/history/rateHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/eth-staking/eth/history/redemptionHistory", read, "", "redeemId startTime endTime current size"},
    {"GET", "/sapi/v1/eth-staking/eth/history/stakingHistory", read, "", "purchaseId startTime endTime current size"},
    {"GET", "/sapi/v1/eth-staking/eth/history/wbethRewardsHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/eth-staking/eth/quota", read, "", ""},
    {"POST", "/sapi/v1/eth-staking/eth/redeem", transfer, "amount", "asset"},
    {"POST", "/sapi/v1/eth-staking/eth/stake", transfer, "amount", ""},
    {"GET", "/sapi/v1/eth-staking/wbeth/history/unwrapHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/eth-staking/wbeth/history/wrapHistory", read, "", "startTime endTime current size"},
    {"POST", "/sapi/v1/eth-staking/wbeth/wrap", transfer, "amount", ""},
    {"POST", "/sapi/v1/lending/auto-invest/one-off", transfer, "sourceType subscriptionAmount sourceAsset",
     "requestId flexibleAllowedToUse planId indexId details"},
    {"POST", "/sapi/v1/lending/auto-invest/plan/add", transfer,
     "sourceType planType subscriptionAmount subscriptionCycle subscriptionStartTime sourceAsset",
     "UID requestId indexId subscriptionStartDay subscriptionStartWeekday flexibleAllowedToUse details"},
    {"POST", "/sapi/v1/lending/auto-invest/plan/edit", transfer,
     "planId subscriptionAmount subscriptionCycle subscriptionStartTime sourceAsset",
     "UID subscriptionStartDay subscriptionStartWeekday flexibleAllowedToUse details"},
    {"POST", "/sapi/v1/lending/auto-invest/plan/edit-status", transfer, "planId status", ""},
    {"POST", "/sapi/v1/lending/auto-invest/redeem", transfer, "indexId redemptionPercentage", "requestId"},
    {"POST", "/sapi/v1/lending/customizedFixed/purchase", transfer, "projectId lot", ""},
    {"POST", "/sapi/v1/lending/daily/purchase", transfer, "productId amount", ""},
    {"POST", "/sapi/v1/lending/daily/redeem", transfer, "productId amount", "type"},
    {"POST", "/sapi/v1/lending/positionChanged", transfer, "projectId lot", "positionId"},
    {"GET", "/sapi/v1/onchain-yields/account", read, "", ""},
    {"GET", "/sapi/v1/onchain-yields/locked/history/redemptionRecord", read, "",
     "positionId redeemId asset startTime endTime current size"},
    {"GET", "/sapi/v1/onchain-yields/locked/history/rewardsRecord", read, "", "positionId asset startTime endTime current size"},
    {"GET", "/sapi/v1/onchain-yields/locked/history/subscriptionRecord", read, "",
     "purchaseId clientId asset startTime endTime current size"},
    {"GET", "/sapi/v1/onchain-yields/locked/list", read, "", "asset current size"},
    {"GET", "/sapi/v1/onchain-yields/locked/personalLeftQuota", read, "projectId", ""},
    {"GET", "/sapi/v1/onchain-yields/locked/position", read, "", "asset positionId projectId current size"},
    {"POST", "/sapi/v1/onchain-yields/locked/redeem", transfer, "positionId", "channelId"},
    {"POST", "/sapi/v1/onchain-yields/locked/setAutoSubscribe", transfer, "positionId autoSubscribe", ""},
    {"POST", "/sapi/v1/onchain-yields/locked/setRedeemOption", transfer, "positionId redeemTo", ""},
    {"POST", "/sapi/v1/onchain-yields/locked/subscribe", transfer, "projectId amount",
     "autoSubscribe sourceAccount redeemTo channelId clientId"},
    {"GET", "/sapi/v1/onchain-yields/locked/subscriptionPreview", read, "projectId amount", "autoSubscribe"},
    {"GET", "/sapi/v1/rwusd/account", read, "", ""},
    {"GET", "/sapi/v1/rwusd/history/rateHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/rwusd/history/redemptionHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/rwusd/history/rewardsHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/rwusd/history/subscriptionHistory", read, "", "asset startTime endTime current size"},
    {"GET", "/sapi/v1/rwusd/quota", read, "", ""},
    {"POST", "/sapi/v1/rwusd/redeem", transfer, "amount type", ""},
    {"POST", "/sapi/v1/rwusd/subscribe", transfer, "asset amount", ""},
    {"GET", "/sapi/v1/simple-earn/account", read, "", ""},
    {"GET", "/sapi/v1/simple-earn/flexible/history/collateralRecord", read, "", "productId startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/flexible/history/rateHistory", read, "productId", "aprPeriod startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/flexible/history/redemptionRecord", read, "",
     "productId redeemId asset startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/flexible/history/rewardsRecord", read, "",
     "productId asset startTime endTime type current size"},
    {"GET", "/sapi/v1/simple-earn/flexible/history/subscriptionRecord", read, "",
     "productId purchaseId asset startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/flexible/list", read, "", "asset current size"},
    {"GET", "/sapi/v1/simple-earn/flexible/personalLeftQuota", read, "productId", ""},
    {"GET", "/sapi/v1/simple-earn/flexible/position", read, "", "asset productId current size"},
    {"POST", "/sapi/v1/simple-earn/flexible/redeem", transfer, "productId redeemAll", "amount destAccount"},
    {"POST", "/sapi/v1/simple-earn/flexible/redeem", transfer, "productId amount", "redeemAll destAccount"},
    {"POST", "/sapi/v1/simple-earn/flexible/setAutoSubscribe", transfer, "productId autoSubscribe", ""},
    {"POST", "/sapi/v1/simple-earn/flexible/subscribe", transfer, "productId amount", "autoSubscribe sourceAccount"},
    {"GET", "/sapi/v1/simple-earn/flexible/subscriptionPreview", read, "productId amount", ""},
    {"GET", "/sapi/v1/simple-earn/locked/history/redemptionRecord", read, "",
     "positionId redeemId asset startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/locked/history/rewardsRecord", read, "", "positionId asset startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/locked/history/subscriptionRecord", read, "",
     "purchaseId asset startTime endTime current size"},
    {"GET", "/sapi/v1/simple-earn/locked/list", read, "", "asset current size"},
    {"GET", "/sapi/v1/simple-earn/locked/personalLeftQuota", read, "projectId", ""},
    {"GET", "/sapi/v1/simple-earn/locked/position", read, "", "asset positionId projectId current size"},
    {"POST", "/sapi/v1/simple-earn/locked/redeem", transfer, "positionId", ""},
    {"POST", "/sapi/v1/simple-earn/locked/setAutoSubscribe", transfer, "positionId autoSubscribe", ""},
    {"POST", "/sapi/v1/simple-earn/locked/setRedeemOption", transfer, "positionId redeemTo", ""},
    {"POST", "/sapi/v1/simple-earn/locked/subscribe", transfer, "projectId amount", "autoSubscribe sourceAccount redeemTo"},
    {"GET", "/sapi/v1/simple-earn/locked/subscriptionPreview", read, "projectId amount", "autoSubscribe"},
    {"GET", "/sapi/v1/soft-staking/history/rewardsRecord", read, "", "asset startTime endTime current size"},
    {"GET", "/sapi/v1/soft-staking/list", read, "", "asset current size"},
    {"GET", "/sapi/v1/soft-staking/set", transfer, "softStaking", ""},
    {"GET", "/sapi/v1/sol-staking/account", read, "", ""},
    {"POST", "/sapi/v1/sol-staking/sol/claim", transfer, "", ""},
    {"GET", "/sapi/v1/sol-staking/sol/history/bnsolRewardsHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/sol-staking/sol/history/boostRewardsHistory", read, "type", "startTime endTime current size"},
    {"GET", "/sapi/v1/sol-staking/sol/history/rateHistory", read, "", "startTime endTime current size"},
    {"GET", "/sapi/v1/sol-staking/sol/history/redemptionHistory", read, "", "redeemId startTime endTime current size"},
    {"GET", "/sapi/v1/sol-staking/sol/history/stakingHistory", read, "", "purchaseId startTime endTime current size"},
    {"GET", "/sapi/v1/sol-staking/sol/history/unclaimedRewards", read, "", ""},
    {"GET", "/sapi/v1/sol-staking/sol/quota", read, "", ""},
    {"POST", "/sapi/v1/sol-staking/sol/redeem", transfer, "amount", ""},
    {"POST", "/sapi/v1/sol-staking/sol/stake", transfer, "amount", ""},
    {"POST", "/sapi/v1/staking/purchase", transfer, "product productId amount", "renewable"},
    {"POST", "/sapi/v1/staking/redeem", transfer, "product productId", "positionId amount"},
    {"POST", "/sapi/v1/staking/setAutoStaking", transfer, "product positionId renewable", ""},
    {"GET", "/sapi/v2/eth-staking/account", read, "", ""},
    {"POST", "/sapi/v2/eth-staking/eth/stake", transfer, "amount", ""},

    // Loans: developers.binance.com, crypto_loan, vip_loan; binance-sdk-crypto-loan 6.1.0, binance-sdk-vip-loan 7.7.0.
    {"POST", "/sapi/v1/loan/adjust/ltv", transfer, "orderId amount direction", ""},
    {"POST", "/sapi/v1/loan/borrow", transfer, "loanCoin collateralCoin loanTerm", "loanAmount collateralAmount"},
    {"POST", "/sapi/v1/loan/customize/margin_call", transfer, "marginCall", "orderId collateralCoin"},
    {"POST", "/sapi/v1/loan/flexible/adjust/ltv", transfer, "loanCoin collateralCoin adjustmentAmount direction", ""},
    {"POST", "/sapi/v1/loan/flexible/borrow", transfer, "loanCoin collateralCoin loanAmount", "collateralAmount"},
    {"POST", "/sapi/v1/loan/flexible/repay", transfer, "loanCoin collateralCoin repayAmount", "collateralReturn fullRepayment"},
    {"POST", "/sapi/v1/loan/repay", transfer, "orderId amount", "type collateralReturn"},
    {"GET", "/sapi/v1/loan/vip/accruedInterest", read, "", "orderId loanCoin startTime endTime current limit"},
    {"POST", "/sapi/v1/loan/vip/borrow", transfer,
     "loanAccountId loanCoin loanAmount collateralAccountId collateralCoin isFlexibleRate", "loanTerm"},
    {"GET", "/sapi/v1/loan/vip/collateral/account", read, "", "orderId collateralAccountId"},
    {"GET", "/sapi/v1/loan/vip/collateral/data", read, "", "collateralCoin"},
    {"POST", "/sapi/v1/loan/vip/fixed/borrow", transfer,
     "supplyRequest borrowCoin loanTerm borrowUid collateralCoin collateralAccountId", "autoRepay"},
    {"GET", "/sapi/v1/loan/vip/fixed/market", read, "loanCoin", "duration current size"},
    {"GET", "/sapi/v1/loan/vip/interestRateHistory", read, "coin", "startTime endTime current limit"},
    {"GET", "/sapi/v1/loan/vip/loanable/data", read, "", "loanCoin vipLevel"},
    {"GET", "/sapi/v1/loan/vip/ongoing/orders", read, "", "orderId collateralAccountId loanCoin collateralCoin current limit"},
    {"POST", "/sapi/v1/loan/vip/renew", transfer, "orderId loanTerm", ""},
    {"POST", "/sapi/v1/loan/vip/repay", transfer, "orderId amount", ""},
    {"GET", "/sapi/v1/loan/vip/repay/history", read, "", "orderId loanCoin startTime endTime current limit"},
    {"GET", "/sapi/v1/loan/vip/request/data", read, "", "current limit"},
    {"GET", "/sapi/v1/loan/vip/request/interestRate", read, "loanCoin", ""},
    {"POST", "/sapi/v2/loan/flexible/adjust/ltv", transfer, "loanCoin collateralCoin adjustmentAmount direction", ""},
    {"POST", "/sapi/v2/loan/flexible/borrow", transfer, "loanCoin collateralCoin loanAmount", "collateralAmount"},
    {"POST", "/sapi/v2/loan/flexible/borrow", transfer, "loanCoin collateralCoin collateralAmount", "loanAmount"},
    {"GET", "/sapi/v2/loan/flexible/borrow/history", read, "", "loanCoin collateralCoin startTime endTime current limit"},
    {"GET", "/sapi/v2/loan/flexible/collateral/data", read, "", "collateralCoin"},
    {"GET", "/sapi/v2/loan/flexible/liquidation/history", read, "", "loanCoin collateralCoin startTime endTime current limit"},
    {"GET", "/sapi/v2/loan/flexible/loanable/data", read, "", "loanCoin"},
    {"GET", "/sapi/v2/loan/flexible/ltv/adjustment/history", read, "", "loanCoin collateralCoin startTime endTime current limit"},
    {"GET", "/sapi/v2/loan/flexible/ongoing/orders", read, "", "loanCoin collateralCoin current limit"},
    {"POST", "/sapi/v2/loan/flexible/repay", transfer, "loanCoin collateralCoin repayAmount",
     "collateralReturn fullRepayment repaymentType"},
    {"GET", "/sapi/v2/loan/flexible/repay/history", read, "", "loanCoin collateralCoin startTime endTime current limit"},
    {"GET", "/sapi/v2/loan/flexible/repay/rate", read, "loanCoin collateralCoin", ""},
    {"GET", "/sapi/v2/loan/interestRateHistory", read, "coin", "startTime endTime current limit"},

    // Stocks and their tokens: binance-sdk-stocks 1.6.0. A stock order may tokenize what it buys: transfer.
    {"POST", "/sapi/v1/equity/account/disclaimer", manage, "", ""},
    {"POST", "/sapi/v1/equity/order/cancel", trade, "orderId", ""},
    {"POST", "/sapi/v1/equity/order/cancel-all", trade, "", ""},
    {"GET", "/sapi/v1/equity/order/detail", read, "", "orderId clientOrderId"},
    {"GET", "/sapi/v1/equity/order/history", read, "startTime endTime", "symbol orderType side orderStatus current size"},
    {"GET", "/sapi/v1/equity/order/open-orders", read, "", ""},
    {"POST", "/sapi/v1/equity/order/place", transfer, "symbol side orderType",
     "quoteAsset price quantity notional timeInForce tradingSession walletType clientOrderId tokenize"},
    {"GET", "/sapi/v1/equity/tokenized/convert-status", read, "issuerRequestId convertType", ""},
    {"GET", "/sapi/v1/equity/tokenized/history", read, "", "startTime endTime lastId size"},
    {"POST", "/sapi/v1/equity/tokenized/mint", transfer, "underlyingAsset underlyingAssetAmount", "clientOrderId"},
    {"POST", "/sapi/v1/equity/tokenized/redeem", transfer, "tokenizedAsset tokenizedAssetAmount", "clientOrderId"},
    {"GET", "/sapi/v1/equity/trade/history", read, "startTime endTime", "symbol side orderId current size"},

    // Block trades of spot, leveraged tokens, liquid swap, referral, VIP: ccxt 4.5.84, typed-binance 1.6.0; bswap as
    // older versions of binance-connector have it. apiReferral/*/historicalRecord makes a report: read.
    {"POST", "/sapi/v1/apiReferral/customization", manage, "customerId email", ""},
    {"POST", "/sapi/v1/apiReferral/kickback/historicalRecord", read, "", "customerId startTime endTime"},
    {"POST", "/sapi/v1/apiReferral/rebate/historicalRecord", read, "", "customerId startTime endTime"},
    {"POST", "/sapi/v1/apiReferral/userCustomization", manage, "customerId apiAgentCode", ""},
    {"POST", "/sapi/v1/block-match/order/cancel", trade, "orderId", ""},
    {"POST", "/sapi/v1/block-match/order/extend", trade, "orderId", ""},
    {"POST", "/sapi/v1/block-match/order/place", transfer, "symbol side price amount", ""},
    {"POST", "/sapi/v1/block-match/order/take", transfer, "settlementKey", ""},
    {"POST", "/sapi/v1/blvt/redeem", transfer, "tokenName amount", ""},
    {"POST", "/sapi/v1/blvt/subscribe", transfer, "tokenName cost", ""},
    {"POST", "/sapi/v1/bswap/claimRewards", transfer, "", "type"},
    {"POST", "/sapi/v1/bswap/liquidityAdd", transfer, "poolId asset quantity", "type"},
    {"POST", "/sapi/v1/bswap/liquidityRemove", transfer, "poolId type shareAmount", "asset"},
    {"POST", "/sapi/v1/bswap/swap", transfer, "quoteAsset baseAsset quoteQty", ""},
    {"DELETE", "/sapi/v1/vip/caas/commission/fee-groups", manage, "groupCode", ""},
    {"POST", "/sapi/v1/vip/caas/commission/fee-groups", manage, "groupName makerMarkup takerMarkup", ""},
    {"PUT", "/sapi/v1/vip/caas/commission/fee-groups/commission", manage, "groupCode makerMarkup takerMarkup", ""},
    {"DELETE", "/sapi/v1/vip/caas/commission/fee-groups/members", manage, "groupCode subUserIds", ""},
    {"POST", "/sapi/v1/vip/caas/commission/fee-groups/members", manage, "groupCode subUserIds", ""},
    {"POST", "/sapi/v1/vip/link-plus/subgroups", manage, "groupName", ""},
    {"DELETE", "/sapi/v1/vip/vip-portal/futures/ip-whitelists", manage, "endpoint ipAddresses", ""},
    {"POST", "/sapi/v1/vip/vip-portal/futures/ip-whitelists", manage, "endpoint ipAddresses", ""},

    // Prediction markets: typed-binance 1.6.0.
    {"POST", "/sapi/v1/w3w/wallet/prediction/batch-redeem", transfer, "walletAddress walletId tokenIds", "chainId"},
    {"POST", "/sapi/v1/w3w/wallet/prediction/trade/batch-cancel", trade, "walletAddress walletId", "cancelInfoList"},
    {"POST", "/sapi/v1/w3w/wallet/prediction/trade/get-quote", transfer,
     "walletAddress tokenId side amountIn orderType slippageBps",
     "priceLimit chainId feeRateBps fundingSource fundTransferAmount"},
    {"POST", "/sapi/v1/w3w/wallet/prediction/trade/place-order-bundle", transfer, "walletAddress walletId quoteId",
     "timeInForce accountType orderType slippageBps priceLimit fundingSource fundTransferAmount"},
    {"POST", "/sapi/v1/w3w/wallet/prediction/transfer/inbound", transfer, "walletId walletAddress fromTokenAmount",
     "accountType fromToken toToken chainId"},
    {"POST", "/sapi/v1/w3w/wallet/prediction/transfer/outbound", transfer, "walletId walletAddress fromTokenAmount sourceBiz",
     "accountType fromToken toToken chainId"},

    // Fiat, gift cards, mining, copy trading, C2C, NFT, pay, rebate: developers.binance.com; binance-sdk-fiat 6.7.0,
    // -gift-card 3.7.0,
    // -mining 4.7.0, -copy-trading 3.7.0, -c2c 5.7.0, -nft 2.11.0, -pay 5.7.0, -rebate 3.7.0.
    {"GET", "/sapi/v1/c2c/orderMatch/listUserOrderHistory", read, "", "tradeType startTimestamp endTimestamp page rows"},
    {"GET", "/sapi/v1/copyTrading/futures/leadSymbol", read, "", ""},
    {"GET", "/sapi/v1/copyTrading/futures/userStatus", read, "", ""},
    {"POST", "/sapi/v1/fiat/deposit", transfer, "currency apiPaymentMethod amount", "ext"},
    {"GET", "/sapi/v1/fiat/get-order-detail", read, "orderNo", ""},
    {"GET", "/sapi/v1/fiat/orders", read, "transactionType", "beginTime endTime page rows"},
    {"GET", "/sapi/v1/fiat/payments", read, "transactionType", "beginTime endTime page rows"},
    {"POST", "/sapi/v1/fiat/withdraw", withdraw, "currency apiPaymentMethod amount accountInfo", "ext"},
    {"POST", "/sapi/v1/giftcard/buyCode", withdraw, "baseToken faceToken baseTokenAmount", ""},
    {"GET", "/sapi/v1/giftcard/buyCode/token-limit", read, "baseToken", ""},
    {"POST", "/sapi/v1/giftcard/createCode", withdraw, "token amount", ""},
    {"GET", "/sapi/v1/giftcard/cryptography/rsa-public-key", read, "", ""},
    {"POST", "/sapi/v1/giftcard/redeemCode", transfer, "code", "externalUid"},
    {"GET", "/sapi/v1/giftcard/verify", read, "referenceNo", ""},
    {"POST", "/sapi/v1/mining/hash-transfer/config", transfer, "userName algo endDate startDate toPoolUser hashRate", ""},
    {"POST", "/sapi/v1/mining/hash-transfer/config/cancel", transfer, "configId userName", ""},
    {"GET", "/sapi/v1/mining/hash-transfer/config/details/list", read, "", "pageIndex pageSize"},
    {"GET", "/sapi/v1/mining/hash-transfer/profit/details", read, "configId", "pageIndex pageSize"},
    {"GET", "/sapi/v1/mining/payment/list", read, "algo userName", "coin startDate endDate pageIndex pageSize"},
    {"GET", "/sapi/v1/mining/payment/other", read, "algo userName", "coin startDate endDate pageIndex pageSize"},
    {"GET", "/sapi/v1/mining/payment/uid", read, "algo", "startDate endDate pageIndex pageSize"},
    {"GET", "/sapi/v1/mining/statistics/user/list", read, "algo userName", ""},
    {"GET", "/sapi/v1/mining/statistics/user/status", read, "algo userName", ""},
    {"GET", "/sapi/v1/mining/worker/detail", read, "algo userName workerName", ""},
    {"GET", "/sapi/v1/mining/worker/list", read, "algo userName", "pageIndex sort sortColumn workerStatus"},
    {"GET", "/sapi/v1/nft/history/deposit", read, "", "startTime endTime limit page"},
    {"GET", "/sapi/v1/nft/history/transactions", read, "orderType", "startTime endTime limit page"},
    {"GET", "/sapi/v1/nft/history/withdraw", read, "", "startTime endTime limit page"},
    {"GET", "/sapi/v1/nft/user/getAsset", read, "", "limit page"},
    {"GET", "/sapi/v1/pay/transactions", read, "", "startTime endTime limit"},
    {"GET", "/sapi/v1/rebate/taxQuery", read, "", "startTime endTime page"},
    {"POST", "/sapi/v2/fiat/withdraw", withdraw, "currency apiPaymentMethod amount accountInfo", "ext"},

    // WebSocket API: web-socket-api.md (signed methods), names as of REST; USDⓈ-M and COIN-M futures' own methods and names:
    // developers.binance.com, derivatives, websocket-api; ccxt 4.5.84 pro/binance.js. session.logon places unsigned orders.
    {"WS", "account.balance", read, "apiKey", ""},
    {"WS", "account.commission", read, "apiKey symbol", ""},
    {"WS", "account.position", read, "apiKey", "symbol"},
    {"WS", "account.rateLimits.orders", read, "apiKey", ""},
    {"WS", "account.status", read, "apiKey", "omitZeroBalances"},
    {"WS", "algoOrder.cancel", trade, "apiKey algoId", "clientAlgoId"},
    {"WS", "algoOrder.cancel", trade, "apiKey clientAlgoId", "algoId"},
    {"WS", "algoOrder.place", trade, "apiKey algoType symbol side type",
     "positionSide timeInForce quantity price triggerPrice workingType priceMatch closePosition priceProtect reduceOnly "
     "activatePrice callbackRate clientAlgoId newOrderRespType selfTradePreventionMode goodTillDate"},
    {"WS", "allOrderLists", read, "apiKey", "fromId startTime endTime limit"},
    {"WS", "allOrders", read, "apiKey symbol", "orderId startTime endTime limit"},
    {"WS", "myAllocations", read, "apiKey symbol", "startTime endTime fromAllocationId limit orderId"},
    {"WS", "myFilters", read, "apiKey symbol", ""},
    {"WS", "myPreventedMatches", read, "apiKey symbol", "preventedMatchId orderId fromPreventedMatchId limit"},
    {"WS", "myTrades", read, "apiKey symbol", "orderId startTime endTime fromId limit"},
    {"WS", "openOrderLists.status", read, "apiKey", ""},
    {"WS", "openOrders.cancelAll", trade, "apiKey symbol", ""},
    {"WS", "openOrders.status", read, "apiKey", "symbol"},
    {"WS", "order.amend.keepPriority", trade, "apiKey symbol newQty", "orderId origClientOrderId newClientOrderId"},
    {"WS", "order.amendments", read, "apiKey symbol orderId", "fromExecutionId limit"},
    {"WS", "order.cancel", trade, "apiKey symbol", "orderId origClientOrderId newClientOrderId cancelRestrictions"},
    {"WS", "order.cancelReplace", trade, "apiKey symbol side type cancelReplaceMode",
     "timeInForce quantity quoteOrderQty price cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId newClientOrderId "
     "strategyId strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode cancelRestrictions "
     "orderRateLimitExceededMode pegPriceType pegOffsetValue pegOffsetType"},
    {"WS", "order.modify", trade, "apiKey symbol side quantity price", "orderId origClientOrderId priceMatch"},
    {"WS", "order.place", trade, "apiKey symbol side type",
     "timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice trailingDelta icebergQty "
     "newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType positionSide reduceOnly closePosition "
     "activationPrice callbackRate workingType priceProtect priceMatch goodTillDate"},
    {"WS", "order.status", read, "apiKey symbol", "orderId origClientOrderId"},
    {"WS", "order.test", trade, "apiKey symbol side type",
     "computeCommissionRates timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice "
     "trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType positionSide "
     "reduceOnly closePosition activationPrice callbackRate workingType priceProtect priceMatch goodTillDate"},
    {"WS", "orderList.cancel", trade, "apiKey symbol", "orderListId listClientOrderId newClientOrderId"},
    {"WS", "orderList.place", trade, "apiKey symbol side price quantity",
     "listClientOrderId limitClientOrderId limitIcebergQty limitStrategyId limitStrategyType stopPrice trailingDelta "
     "stopClientOrderId stopLimitPrice stopLimitTimeInForce stopIcebergQty stopStrategyId stopStrategyType newOrderRespType "
     "selfTradePreventionMode"},
    {"WS", "orderList.place.oco", trade, "apiKey symbol side quantity aboveType belowType",
     "listClientOrderId aboveClientOrderId aboveIcebergQty abovePrice aboveStopPrice aboveTrailingDelta aboveTimeInForce "
     "aboveStrategyId aboveStrategyType abovePegPriceType abovePegOffsetType abovePegOffsetValue belowClientOrderId "
     "belowIcebergQty belowPrice belowStopPrice belowTrailingDelta belowTimeInForce belowStrategyId belowStrategyType "
     "belowPegPriceType belowPegOffsetType belowPegOffsetValue newOrderRespType selfTradePreventionMode"},
    {"WS", "orderList.place.opo", trade,
     "apiKey symbol workingType workingSide workingPrice workingQuantity pendingType pendingSide",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue pendingClientOrderId "
     "pendingPrice pendingStopPrice pendingTrailingDelta pendingIcebergQty pendingTimeInForce pendingStrategyId "
     "pendingStrategyType pendingPegPriceType pendingPegOffsetType pendingPegOffsetValue"},
    {"WS", "orderList.place.opoco", trade,
     "apiKey symbol workingType workingSide workingPrice workingQuantity pendingSide pendingAboveType",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue "
     "pendingAboveClientOrderId pendingAbovePrice pendingAboveStopPrice pendingAboveTrailingDelta pendingAboveIcebergQty "
     "pendingAboveTimeInForce pendingAboveStrategyId pendingAboveStrategyType pendingAbovePegPriceType pendingAbovePegOffsetType "
     "pendingAbovePegOffsetValue pendingBelowType pendingBelowClientOrderId pendingBelowPrice pendingBelowStopPrice "
     "pendingBelowTrailingDelta pendingBelowIcebergQty pendingBelowTimeInForce pendingBelowStrategyId pendingBelowStrategyType "
     "pendingBelowPegPriceType pendingBelowPegOffsetType pendingBelowPegOffsetValue"},
    {"WS", "orderList.place.oto", trade,
     "apiKey symbol workingType workingSide workingPrice workingQuantity pendingType pendingSide pendingQuantity",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue pendingClientOrderId "
     "pendingPrice pendingStopPrice pendingTrailingDelta pendingIcebergQty pendingTimeInForce pendingStrategyId "
     "pendingStrategyType pendingPegPriceType pendingPegOffsetType pendingPegOffsetValue"},
    {"WS", "orderList.place.otoco", trade,
     "apiKey symbol workingType workingSide workingPrice workingQuantity pendingSide pendingQuantity pendingAboveType",
     "listClientOrderId newOrderRespType selfTradePreventionMode workingClientOrderId workingIcebergQty workingTimeInForce "
     "workingStrategyId workingStrategyType workingPegPriceType workingPegOffsetType workingPegOffsetValue "
     "pendingAboveClientOrderId pendingAbovePrice pendingAboveStopPrice pendingAboveTrailingDelta pendingAboveIcebergQty "
     "pendingAboveTimeInForce pendingAboveStrategyId pendingAboveStrategyType pendingAbovePegPriceType pendingAbovePegOffsetType "
     "pendingAbovePegOffsetValue pendingBelowType pendingBelowClientOrderId pendingBelowPrice pendingBelowStopPrice "
     "pendingBelowTrailingDelta pendingBelowIcebergQty pendingBelowTimeInForce pendingBelowStrategyId pendingBelowStrategyType "
     "pendingBelowPegPriceType pendingBelowPegOffsetType pendingBelowPegOffsetValue"},
    {"WS", "orderList.status", read, "apiKey", "orderListId origClientOrderId"},
    {"WS", "session.logon", session, "apiKey", ""},
    {"WS", "sor.order.place", trade, "apiKey symbol side type quantity",
     "timeInForce price newClientOrderId strategyId strategyType icebergQty newOrderRespType selfTradePreventionMode"},
    {"WS", "sor.order.test", trade, "apiKey symbol side type quantity",
     "computeCommissionRates timeInForce price newClientOrderId strategyId strategyType icebergQty newOrderRespType "
     "selfTradePreventionMode"},
    {"WS", "userDataStream.subscribe.signature", read, "apiKey", ""},
    {"WS", "v2/account.balance", read, "apiKey", ""},
    {"WS", "v2/account.position", read, "apiKey", "symbol"},
    {"WS", "v2/account.status", read, "apiKey", ""},

    // FIX: fix-api.md, "Logon Request". It opens a session that places unsigned orders.
    {"FIX", "Logon", session, "SenderCompID", "TargetCompID MsgSeqNum HeartBtInt MessageHandling ResponseMode DropCopyFlag"},
});

// kCollisions are the rows that demand nothing, a symbol alone, or the API key of every message, so that half of all requests
// reach them: refusing those would leave nothing to sign. What they do at worst stays within the account: each reason says it,
// and docs/binance.md lists them all. Rows with one reason give one warning.
constexpr std::string_view kSwitches =
    "these bytes are also valid as POST /sapi/v1/account/enableFastWithdrawSwitch or disableFastWithdrawSwitch: withdraws "
    "nothing";
constexpr std::string_view kSpecialKey =
    "these bytes are also valid as POST /sapi/v1/margin/exit-special-key-mode: deletes low-latency keys, moves nothing";
constexpr std::string_view kOwnWallets =
    "these bytes are also valid as POST /papi/v1/auto-collection and 6 like it (docs/binance.md): funds stay within the account";
constexpr std::string_view kAgreements =
    "these bytes are also valid as POST /fapi/v1/stock/contract and 4 like it (docs/binance.md): accepts terms, moves nothing";
constexpr std::string_view kBrokerAccount =
    "these bytes are also valid as POST /sapi/v1/broker/subAccount: opens an empty sub-account where the key is a broker's";
constexpr std::string_view kIsolatedAccount =
    "these bytes are also valid as POST or DELETE /sapi/v1/margin/isolated/account: opens or closes an empty account";

constexpr std::string_view kOwnKey =
    "these bytes are also valid as DELETE /sapi/v1/margin/apiKey: deletes this key where it is a low-latency one, moves nothing";

constexpr std::string_view kKeyLists =
    "these bytes are also valid as GET /sapi/v1/margin/apiKey and api-key-list: tells the low-latency keys, but no secrets";
constexpr std::string_view kStockOrders =
    "these bytes are also valid as POST /sapi/v1/equity/order/cancel-all: cancels open stock orders, places none";

constexpr auto kCollisions = std::to_array<Collision>({
    {"POST", "/sapi/v1/account/enableFastWithdrawSwitch", kSwitches},
    {"POST", "/sapi/v1/account/disableFastWithdrawSwitch", kSwitches},
    {"POST", "/sapi/v1/margin/exit-special-key-mode", kSpecialKey},
    {"POST", "/papi/v1/auto-collection", kOwnWallets},
    {"POST", "/papi/v1/repay-futures-negative-balance", kOwnWallets},
    {"POST", "/sapi/v1/portfolio/auto-collection", kOwnWallets},
    {"POST", "/sapi/v1/portfolio/repay", kOwnWallets},
    {"POST", "/sapi/v1/portfolio/repay-futures-negative-balance", kOwnWallets},
    {"POST", "/sapi/v1/sol-staking/sol/claim", kOwnWallets},
    {"POST", "/sapi/v1/bswap/claimRewards", kOwnWallets},
    {"POST", "/fapi/v1/stock/contract", kAgreements},
    {"POST", "/eapi/v1/stock/contract", kAgreements},
    {"POST", "/papi/v1/um/stock/contract", kAgreements},
    {"DELETE", "/sapi/v1/portfolio/margin-call-level", kAgreements},
    {"POST", "/sapi/v1/equity/account/disclaimer", kAgreements},
    {"POST", "/sapi/v1/broker/subAccount", kBrokerAccount},
    {"POST", "/sapi/v1/margin/isolated/account", kIsolatedAccount},
    {"DELETE", "/sapi/v1/margin/isolated/account", kIsolatedAccount},
    {"DELETE", "/sapi/v1/margin/apiKey", kOwnKey},
    {"GET", "/sapi/v1/margin/apiKey", kKeyLists},
    {"GET", "/sapi/v1/margin/api-key-list", kKeyLists},
    {"POST", "/sapi/v1/equity/order/cancel-all", kStockOrders},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

constexpr bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// is_word says that `text` has 1 to `most` letters, digits and characters of `others`.
bool is_word(std::string_view text, std::size_t most, std::string_view others) noexcept {
  return !text.empty() && text.size() <= most &&
         std::ranges::all_of(text, [others](char c) { return is_alphanumeric(c) || others.find(c) != std::string_view::npos; });
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Message is what WebSocket messages and the FIX logon have in common, in the draft's buffer:  values | preimage | message.
class Message {
 public:
  Message(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept
      : venue_(venue),
        index_(venue.index(venue)),
        request_(request),
        context_(context),
        draft_(draft),
        out_({draft.memory.get(), draft.capacity}),
        params_(index_.names(), draft) {}

 protected:
  // begin judges what stands beside the parameters, and copies the operation and the API key.
  SignStatus begin() noexcept;
  // read_params copies and lists the parameters. What they are as bytes of a request must be what they are here, so no value
  // holds a '=', which would begin another parameter's.
  SignStatus read_params() noexcept;
  // read_time takes the timestamp and the receive window from the options, or from params where they have a number there.
  SignStatus read_time() noexcept;
  // judge finds the class and all that the same bytes reach, and fills the facts.
  SignStatus judge() noexcept;
  // publish makes the draft ready for place: the signature goes behind the message, and `suffix` behind it.
  SignStatus publish(std::size_t preimage, std::size_t preimage_end, std::size_t message, std::string_view suffix) noexcept;

  [[nodiscard]] std::string_view param(std::string_view name, std::string_view otherwise) const noexcept;
  [[nodiscard]] SignStatus check_room() noexcept { return out_.overflowed() ? refuse(draft_, Reason::too_large) : SignStatus{}; }

  const Venue& venue_;
  const OperationIndex& index_;
  const RequestView& request_;
  const CanonicalContext& context_;
  Draft& draft_;
  BoundedWriter out_;
  ParameterList params_;
  const Scheme* scheme_ = nullptr;
  std::string_view operation_, api_key_;
};

SignStatus Message::begin() noexcept {
  draft_.reset();
  draft_.kind = request_.kind;
  operation_ = out_.copy(request_.method);
  api_key_ = out_.copy(context_.api_key);
  if (out_.overflowed()) return refuse(draft_, Reason::too_large);
  scheme_ = scheme_for(venue_, draft_.kind, operation_, context_.algorithm);
  if (scheme_ == nullptr) return refuse(draft_, Reason::scheme_unknown, operation_);
  if (!is_word(operation_, 64, "./_-")) return refuse(draft_, Reason::method_unknown, operation_);
  for (const std::string_view part : {request_.path, request_.query, request_.host, request_.body}) {
    if (!part.empty()) return refuse(draft_, Reason::message_part_unused, part);
  }
  if (!request_.headers.empty()) return refuse(draft_, Reason::message_part_unused, request_.headers[0].name);
  if (request_.expires_s) return refuse(draft_, Reason::expires_unused);
  const auto has = [this](char c) { return api_key_.find(c) != std::string_view::npos; };
  const bool is_plain_key = !api_key_.empty() && is_header_value(api_key_) && !has('&') && !has('=');
  return is_plain_key ? SignStatus{} : refuse(draft_, Reason::api_key_malformed);
}

SignStatus Message::read_params() noexcept {
  if (const auto status = params_.copy(request_.params, out_); !status.ok()) return status;
  if (const auto status = check_room(); !status.ok()) return status;
  if (params_.present().has(kSignature)) return refuse(draft_, Reason::signature_given);
  for (std::size_t i = 0; i < params_.size(); ++i) {
    const auto [name, value] = params_.at(i);
    if (params_.id(i) == kUnknownName && !encode::is_unreserved(name)) return refuse(draft_, Reason::name_encoded, name);
    if (value.find('=') != std::string_view::npos) return refuse(draft_, Reason::reads_as_another, value);
  }
  return {};
}

SignStatus Message::read_time() noexcept {
  if (!request_.recv_window.empty()) {
    if (params_.present().has(kRecvWindow)) return refuse(draft_, Reason::recv_window_twice);
    if (const auto status = params_.append(kRecvWindow, out_.copy(request_.recv_window)); !status.ok()) return status;
  }
  if (!params_.present().has(kTimestamp)) {
    const std::size_t mark = out_.size();
    out_.append_decimal(context_.timestamp_ms.value_or(context_.now_ms));
    if (const auto status = params_.append(kTimestamp, out_.since(mark)); !status.ok()) return status;
  } else if (context_.timestamp_ms) {
    return refuse(draft_, Reason::timestamp_twice);
  }
  if (const auto status = check_room(); !status.ok()) return status;
  std::optional<std::string_view> window;
  if (params_.present().has(kRecvWindow)) window = params_.value_of(kRecvWindow);
  // As a number of JSON it has no leading zeros.
  const bool has_zeros = window && window->size() > 1 && window->front() == '0' && (*window)[1] != '.';
  if (has_zeros) return refuse(draft_, Reason::recv_window_malformed, *window);
  return judge_joined_times(params_.value_of(kTimestamp), window, scheme_->recv_window_most, context_, draft_);
}

SignStatus Message::judge() noexcept {
  auto& facts = draft_.facts;
  facts.venue = venue_.name;
  facts.environment = out_.copy(context_.environment);
  facts.credential = out_.copy(context_.credential);
  facts.method = draft_.kind == RequestKind::ws ? "WS" : "FIX";
  facts.path = operation_;
  facts.params = std::span(draft_.params).first(draft_.param_count);

  const OperationIndex::Row* const row = index_.find(facts.method, operation_);
  for (std::size_t i = 0; row != nullptr && i < params_.size(); ++i) {
    const NameId id = params_.id(i);
    if (id == kUnknownName || !row->allowed.has(id)) return refuse(draft_, Reason::parameter_unlisted, params_.at(i).name);
  }
  facts.operation_class = row != nullptr ? row->operation->operation_class : unknown;
  facts.reachable.add(facts.operation_class);
  if (draft_.kind == RequestKind::ws) {  // the bytes of a FIX logon have no parameters, and so are no request
    const OperationIndex::Reach reach = index_.reach(formable(params_, index_.names()));
    facts.reachable.add(reach.classes);
    if (context_.algorithm == kEd25519) facts.reachable.add(session);
    index_.warn_of(reach.collisions, row, draft_);
  }

  const std::size_t mark = out_.size();
  if (row == nullptr) append_operation(facts.method, operation_, facts.operation_class, out_);
  draft_.operation = row != nullptr ? row->text : out_.since(mark);
  return check_room();
}

SignStatus Message::publish(std::size_t preimage, std::size_t preimage_end, std::size_t message,
                            std::string_view suffix) noexcept {
  const std::size_t message_end = out_.size();
  const std::size_t most = signature_text_size(scheme_->form, context_.signature_size) + suffix.size();
  char* const room = out_.claim(most);
  if (room == nullptr) return refuse(draft_, Reason::too_large);
  draft_.preimage = out_.written().substr(preimage, preimage_end - preimage);
  draft_.message = out_.written().substr(message, message_end - message);
  draft_.placement = {.where = Placement::Where::message, .form = scheme_->form, .room = {room, most}, .suffix = suffix};
  draft_.algorithm = context_.algorithm;
  return {};
}

std::string_view Message::param(std::string_view name, std::string_view otherwise) const noexcept {
  const NameId id = index_.names().find(name);
  return id != kUnknownName && params_.present().has(id) ? params_.value_of(id) : otherwise;
}

// WebSocketMessage is  {"id":"…","method":"…","params":{"apiKey":"…",…,"signature":"…"}}  with the parameters in the order in
// which they are signed. Its id is the request's nonce, else the timestamp; it is not signed.
class WebSocketMessage : Message {
 public:
  using Message::Message;

  SignStatus run() noexcept {
    SignStatus status = begin();
    if (status.ok()) status = read_params();
    if (status.ok()) status = read_time();
    if (status.ok()) status = add_key();
    if (status.ok()) status = judge();
    return status.ok() ? write() : status;
  }

 private:
  SignStatus add_key() noexcept { return params_.append(index_.names().find("apiKey"), api_key_); }
  SignStatus write() noexcept;
  void sort() noexcept;
  void write_value(NameId id, std::string_view value) noexcept;

  std::array<std::uint8_t, Draft::kMaxParams> order_;  // the parameters, sorted by name
};

// sort is an insertion sort: messages have few parameters.
void WebSocketMessage::sort() noexcept {
  for (std::size_t i = 0; i < params_.size(); ++i) {
    std::size_t place = i;
    for (; place > 0 && params_.at(i).name < params_.at(order_[place - 1]).name; --place) order_[place] = order_[place - 1];
    order_[place] = static_cast<std::uint8_t>(i);
  }
}

SignStatus WebSocketMessage::write() noexcept {
  const std::string_view id = request_.nonce.empty() ? params_.value_of(kTimestamp) : out_.copy(request_.nonce);
  if (!is_word(id, 36, "-_")) return refuse(draft_, Reason::nonce_malformed, id);
  sort();
  const auto order = std::span(order_).first(params_.size());
  const std::size_t preimage = out_.size();
  for (const std::uint8_t i : order) {
    if (out_.size() != preimage) out_.append('&');
    out_.append(params_.at(i).name).append('=').append(params_.at(i).value);
  }
  const std::size_t preimage_end = out_.size();

  out_.append(R"({"id":")").append(id).append(R"(","method":")").append(operation_).append(R"(","params":{)");
  for (const std::uint8_t i : order) {
    out_.append('"').append(params_.at(i).name).append("\":");
    write_value(params_.id(i), params_.at(i).value);
    out_.append(',');
  }
  out_.append(R"("signature":")");
  return publish(preimage, preimage_end, preimage_end, R"("}})");
}

// write_value writes the times as numbers, as the documentation has them, and everything else as strings, which Binance takes for
// numbers too.
void WebSocketMessage::write_value(NameId id, std::string_view value) noexcept {
  if ((id == kTimestamp || id == kRecvWindow) && is_digits(value)) {
    out_.append(value);
    return;
  }
  out_.append('"');
  if (encode::is_unreserved(value)) {  // most are
    out_.append(value);
  } else {
    write_json_string(value, out_);
  }
  out_.append('"');
}

constexpr std::string_view kFixUncovered =
    "the signature covers SenderCompID, TargetCompID, MsgSeqNum and SendingTime, and no other field of the logon";

// FixLogon is the whole Logon<A>; place writes its checksum, which covers the signature. Fields besides the parameters that
// params may give: fix-api.md, "Header" and "Logon Request".
class FixLogon : Message {
 public:
  using Message::Message;

  SignStatus run() noexcept {
    SignStatus status = begin();
    if (status.ok() && !request_.nonce.empty()) status = refuse(draft_, Reason::nonce_unused);
    if (status.ok()) status = read_params();
    if (status.ok()) status = read_time();
    if (status.ok()) status = judge();
    if (status.ok()) status = check_fields();
    return status.ok() ? write() : status;
  }

 private:
  SignStatus check_fields() noexcept;
  SignStatus write() noexcept;
  void field(std::string_view tag, std::string_view value) noexcept { out_.append(tag).append('=').append(value).append(kSoh); }

  static constexpr char kSoh = '\x01';
  std::string_view sender_, target_, number_, heartbeat_, handling_, mode_, drop_copy_;
};

SignStatus FixLogon::check_fields() noexcept {
  sender_ = param("SenderCompID", "");
  if (sender_.empty()) return refuse(draft_, Reason::field_missing, "SenderCompID");
  target_ = param("TargetCompID", "SPOT");
  number_ = param("MsgSeqNum", "1");
  heartbeat_ = param("HeartBtInt", "30");
  handling_ = param("MessageHandling", "2");
  mode_ = param("ResponseMode", "");
  drop_copy_ = param("DropCopyFlag", "");

  const auto is_one_of = [](std::string_view value, std::string_view letters) {
    return value.size() == 1 && letters.find(value[0]) != std::string_view::npos;
  };
  const bool is_number = is_digits(number_) && number_.size() <= 18 && (number_.size() == 1 || number_[0] != '0');
  const bool is_heartbeat =
      is_digits(heartbeat_) && (heartbeat_.size() == 1 ? heartbeat_ >= "5" && heartbeat_ <= "9"
                                                       : heartbeat_.size() == 2 && heartbeat_ >= "10" && heartbeat_ <= "60");
  std::string_view wrong;
  if (!is_word(sender_, 8, "-_")) wrong = "SenderCompID";
  if (!is_word(target_, 8, "-_")) wrong = "TargetCompID";
  if (!is_number) wrong = "MsgSeqNum";
  if (!is_heartbeat) wrong = "HeartBtInt";
  if (!is_one_of(handling_, "12")) wrong = "MessageHandling";
  if (!mode_.empty() && !is_one_of(mode_, "12")) wrong = "ResponseMode";
  if (!drop_copy_.empty() && !is_one_of(drop_copy_, "YN")) wrong = "DropCopyFlag";
  return wrong.empty() ? SignStatus{} : refuse(draft_, Reason::field_malformed, wrong);
}

SignStatus FixLogon::write() noexcept {
  std::size_t mark = out_.size();
  append_time(TimeFormat::fix_ms, draft_.facts.timestamp_ms, out_);
  const std::string_view time = out_.since(mark);
  std::array<char, 8> digits;
  BoundedWriter signature_size(digits);
  signature_size.append_decimal(signature_text_size(scheme_->form, context_.signature_size));

  // BodyLength stands before what it measures, so both ends of the body are written first.
  mark = out_.size();
  field("35", "A");
  field("34", number_);
  field("49", sender_);
  field("52", time);
  field("56", target_);
  if (params_.present().has(kRecvWindow)) field("25000", params_.value_of(kRecvWindow));
  field("95", signature_size.written());
  out_.append("96=");
  const std::string_view front = out_.since(mark);
  mark = out_.size();
  out_.append(kSoh);
  field("98", "0");
  field("108", heartbeat_);
  field("141", "Y");
  field("553", api_key_);
  field("25035", handling_);
  if (!mode_.empty()) field("25036", mode_);
  if (!drop_copy_.empty()) field("9406", drop_copy_);
  const std::size_t back = out_.size() - mark;
  field("10", "000");
  const std::string_view suffix = out_.since(mark);

  const std::size_t preimage = out_.size();
  out_.append('A').append(kSoh).append(sender_).append(kSoh).append(target_).append(kSoh).append(number_).append(kSoh).append(
      time);
  const std::size_t preimage_end = out_.size();
  draft_.warnings[draft_.warning_count++] = kFixUncovered;
  out_.append("8=FIX.4.4").append(kSoh).append("9=");
  out_.append_decimal(front.size() + signature_text_size(scheme_->form, context_.signature_size) + back);
  out_.append(kSoh).append(front);
  if (const auto status = check_room(); !status.ok()) return status;
  return publish(preimage, preimage_end, preimage_end, suffix);
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  switch (request.kind) {
    case RequestKind::ws: return WebSocketMessage(venue, request, context, draft).run();
    case RequestKind::fix: return FixLogon(venue, request, context, draft).run();
    case RequestKind::rest: break;
  }
  const SignStatus status = canonicalise_joined(venue, request, context, draft);
  if (!status.ok() || context.algorithm != kEd25519) return status;
  // With the API key among its parameters it is a message too, as which an Ed25519 key logs on.
  const auto params = std::span(draft.params).first(draft.param_count);
  const bool is_message = std::ranges::any_of(params, [](const NameValue& param) { return param.name == "apiKey"; });
  if (is_message) draft.facts.reachable.add(session);
  return status;
}

// write_checksum fills in the three digits of "10=000|" at the end of a FIX message (fix-api.md, "Trailer").
void write_checksum(Draft& draft) noexcept {
  constexpr std::size_t kTrailerSize = 7;
  const std::size_t begin = static_cast<std::size_t>(draft.message.data() - draft.memory.get());
  const std::size_t end = begin + draft.message.size();
  unsigned sum = 0;
  for (std::size_t i = begin; i < end - kTrailerSize; ++i) sum += static_cast<unsigned char>(draft.memory[i]);
  for (std::size_t i = 0; i < 3; ++i, sum /= 10) {
    if (i == 0) sum %= 256;
    draft.memory[end - 2 - i] = static_cast<char>('0' + sum % 10);
  }
}

SignStatus place(const Venue& venue, ByteView signature, const CanonicalContext& context, Draft& draft) noexcept {
  const SignStatus status = place_signature(venue, signature, context, draft);
  if (status.ok() && draft.kind == RequestKind::fix) write_checksum(draft);
  return status;
}

}  // namespace

constexpr Venue kBinance{
    .name = "binance",
    .title = "Binance",
    .source = "binance/binance-spot-api-docs rest-api.md, web-socket-api.md, fix-api.md; developers.binance.com",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .collisions = kCollisions,
    .universal = kUniversal,
    .notes =
        "The signature is appended as the last parameter, to the body if there is one, else to the query; before it recvWindow, "
        "if it is given as an option, and timestamp, if the bytes have none. A WebSocket message takes params, and a nonce as "
        "its "
        "id. A FIX Logon takes SenderCompID, and TargetCompID (SPOT), MsgSeqNum (1), HeartBtInt (30), MessageHandling (2), "
        "ResponseMode and DropCopyFlag. Only Ed25519 keys log on.",
    .check = {.path = "/api/v3/account", .query = "omitZeroBalances=true"},
    .key_info = {.path = "/sapi/v1/account/apiRestrictions",
                 .withdraw_pointer = "/enableWithdrawals",
                 .ip_pointer = "/ipRestrict"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place,
};

}  // namespace custos::exchange
