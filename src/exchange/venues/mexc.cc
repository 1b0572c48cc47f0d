// MEXC's rules: spot v3 from mexcdevelop/apidocs (spot_v3_en, "SIGNED"), contract v1 (contract_v1_en) and the older spot v2,
// which is signed like contract v1.
//
// Neither signs host, method or path. Spot v3 is Binance's scheme (joined_request.h). Contract v1 signs key, time and parameters
// or body, so the bytes of all requests of contract v1 and spot v2 are one family, and those of spot v3 another: each has a table
// and an index of its own. What could be read as bytes of the other family is refused.
#include <array>

#include "exchange/caller_headers.h"
#include "exchange/composer.h"
#include "exchange/joined_request.h"
#include "exchange/placement.h"
#include "exchange/reason.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};

constexpr std::string_view kContractPath = "/api/v1/private/";
constexpr std::string_view kSpotV2Path = "/open/api/v2/";
constexpr std::string_view kJson = "application/json";

constexpr auto kSpotHosts = std::to_array<Host>({
    {"live", "/api/v3/", "api.mexc.com"},
});
constexpr auto kContractHosts = std::to_array<Host>({
    {"live", kContractPath, "api.mexc.com"},
    {"live", kContractPath, "contract.mexc.com"},
    {"live", kSpotV2Path, "www.mexc.com"},
});

constexpr auto kSpotHeaders = std::to_array<Header>({
    {"X-MEXC-APIKEY", "${key}"},
    {"Content-Type", "application/x-www-form-urlencoded", Header::When::with_body},
});
constexpr auto kSpotSchemes = std::to_array<Scheme>({
    {
        .name = "spot v3",
        .select = "/api/v3/",
        .algorithm = "HMAC-SHA256",
        .preimage = "${query}${body}",
        .time_rule = "at most 1 s ahead of the server, at most the receive window (5000 ms unless given) behind it",
        .parameters = {.body_methods = "", .body = BodyForm::form},
        .recv_window_most = 60'000,
        .headers = kSpotHeaders,
    },
});

constexpr auto kContractHeaders = std::to_array<Header>({
    {"ApiKey", "${key}"},
    {"Request-Time", "${time}"},
    {"Signature", "${signature}"},
    {"Recv-Window", "${recv_window}", Header::When::with_recv_window},
    {"Content-Type", kJson.data()},
});

constexpr Scheme contract_scheme(std::string_view name, std::string_view path) {
  return {
      .name = name,
      .select = path,
      .algorithm = "HMAC-SHA256",
      .preimage = "${key}${time}${sorted}${body}",
      .time_rule = "within the receive window (10 s unless given, in seconds) of the server",
      .recv_window_most = 60,
      .headers = kContractHeaders,
  };
}

constexpr auto kContractSchemes = std::to_array<Scheme>({
    contract_scheme("contract v1", kContractPath),
    contract_scheme("spot v2", kSpotV2Path),
    {
        .kind = RequestKind::ws,
        .name = "contract WebSocket login",
        .select = "login",
        .algorithm = "HMAC-SHA256",
        .preimage = "${key}${time}",
        .time_rule = "within 10 s of the server",
        .message = R"({"method":"login","param":{"apiKey":"${key}","signature":"${signature}","reqTime":"${time}"}})",
    },
});

// kSpotOperations: spot_v3_en and broker_en of mexcdevelop/apidocs, pymexc 1.3.1 for parameter names; margin: spot_v3_en of 2022;
// ccxt 4.5.84 mexc.js (spot.private, broker.private). No row takes any names: MEXC signs no path, so what a row takes is signed
// for endpoints that the table lacks too. Where nothing documents a read (asset/internal/transfer/record, affiliate/list,
// strategy/group/uid), it takes the names of its like. tradeMode lets orders borrow: transfer. transfer/internal goes to another
// user's account and wants the permission to withdraw. A deposit address is made by POST: manage.
constexpr auto kSpotOperations = std::to_array<Operation>({
    {"GET", "/api/v3/account", read, "", ""},
    {"GET", "/api/v3/allOrders", read, "symbol", "startTime endTime limit orderId"},
    {"GET", "/api/v3/apiKeyInfo", read, "", ""},
    {"GET", "/api/v3/asset/internal/transfer/record", read, "",
     "asset currency from to startTime endTime start_time end_time page size limit page_num page_size"},
    {"POST", "/api/v3/batchOrders", trade, "batchOrders", ""},
    {"GET", "/api/v3/broker/capital/deposit/subAddress", read, "coin", "page limit"},
    {"POST", "/api/v3/broker/capital/deposit/subAddress", manage, "coin network", ""},
    {"GET", "/api/v3/broker/capital/deposit/subHisrec", read, "", "coin status startTime endTime page limit"},
    {"GET", "/api/v3/broker/capital/deposit/subHisrec/getall", read, "", "coin status startTime endTime page limit"},
    {"POST", "/api/v3/broker/capital/withdraw/apply", withdraw, "coin address amount",
     "network netWork memo remark withdrawOrderId subAccount"},
    {"GET", "/api/v3/broker/rebate/taxQuery", read, "", "startTime endTime page pageSize"},
    {"DELETE", "/api/v3/broker/sub-account/apiKey", manage, "subAccount apiKey", ""},
    {"GET", "/api/v3/broker/sub-account/apiKey", manage, "subAccount", ""},
    {"POST", "/api/v3/broker/sub-account/apiKey", manage, "subAccount permissions note", "ip"},
    {"POST", "/api/v3/broker/sub-account/futures", manage, "subAccount", ""},
    {"GET", "/api/v3/broker/sub-account/list", read, "", "subAccount page limit"},
    {"GET", "/api/v3/broker/sub-account/status", read, "", "subAccount"},
    {"GET", "/api/v3/broker/sub-account/universalTransfer", read, "",
     "fromAccount toAccount fromAccountType toAccountType startTime endTime page limit"},
    {"POST", "/api/v3/broker/sub-account/universalTransfer", transfer, "fromAccountType toAccountType asset amount",
     "fromAccount toAccount"},
    {"POST", "/api/v3/broker/sub-account/virtualSubAccount", manage, "subAccount note", "password"},
    {"GET", "/api/v3/capital/config/getall", read, "", "coin"},
    {"GET", "/api/v3/capital/convert", read, "", "startTime endTime page limit"},
    {"POST", "/api/v3/capital/convert", transfer, "asset", ""},
    {"GET", "/api/v3/capital/convert/list", read, "", ""},
    {"GET", "/api/v3/capital/deposit/address", read, "coin", "network"},
    {"POST", "/api/v3/capital/deposit/address", manage, "coin network", ""},
    {"GET", "/api/v3/capital/deposit/hisrec", read, "", "coin status startTime endTime limit"},
    {"GET", "/api/v3/capital/sub-account/universalTransfer", read, "fromAccountType toAccountType",
     "fromAccount toAccount startTime endTime page limit"},
    {"POST", "/api/v3/capital/sub-account/universalTransfer", transfer, "fromAccountType toAccountType asset amount",
     "fromAccount toAccount"},
    {"GET", "/api/v3/capital/transfer", read, "fromAccountType toAccountType", "startTime endTime page size"},
    {"POST", "/api/v3/capital/transfer", transfer, "fromAccountType toAccountType asset amount", "symbol"},
    {"GET", "/api/v3/capital/transfer/internal", read, "", "startTime endTime page limit tranId"},
    {"POST", "/api/v3/capital/transfer/internal", withdraw, "toAccountType toAccount asset amount", "areaCode"},
    {"GET", "/api/v3/capital/transfer/tranId", read, "tranId", ""},
    {"DELETE", "/api/v3/capital/withdraw", withdraw, "id", ""},
    {"POST", "/api/v3/capital/withdraw", withdraw, "coin address amount",
     "withdrawOrderId netWork network contractAddress memo remark"},
    {"GET", "/api/v3/capital/withdraw/address", read, "", "coin page limit"},
    {"POST", "/api/v3/capital/withdraw/apply", withdraw, "coin address amount",
     "withdrawOrderId network netWork contractAddress memo remark"},
    {"GET", "/api/v3/capital/withdraw/history", read, "", "coin status limit startTime endTime withdrawOrderId"},
    {"GET", "/api/v3/kyc/status", read, "", ""},
    {"GET", "/api/v3/margin/allOrders", read, "", "symbol isIsolated orderId startTime endTime limit"},
    {"GET", "/api/v3/margin/forceLiquidationRec", read, "", "symbol startTime endTime current size"},
    {"GET", "/api/v3/margin/isolated/account", read, "", "symbols"},
    {"GET", "/api/v3/margin/isolated/pair", read, "", "symbol"},
    {"GET", "/api/v3/margin/isolatedMarginData", read, "", "symbol"},
    {"GET", "/api/v3/margin/isolatedMarginTier", read, "", "symbol tier"},
    {"GET", "/api/v3/margin/loan", read, "", "asset symbol tranId startTime endTime current size"},
    {"POST", "/api/v3/margin/loan", transfer, "asset symbol amount", "isIsolated"},
    {"GET", "/api/v3/margin/maxBorrowable", read, "", "asset symbol"},
    {"GET", "/api/v3/margin/maxTransferable", read, "", "asset symbol"},
    {"GET", "/api/v3/margin/myTrades", read, "", "symbol isIsolated startTime endTime fromId limit"},
    {"DELETE", "/api/v3/margin/openOrders", trade, "symbol", "isIsolated"},
    {"GET", "/api/v3/margin/openOrders", read, "", "symbol isIsolated"},
    {"DELETE", "/api/v3/margin/order", trade, "symbol", "isIsolated orderId origClientOrderId newClientOrderId"},
    {"GET", "/api/v3/margin/order", read, "", "symbol isIsolated orderId origClientOrderId"},
    {"POST", "/api/v3/margin/order", trade, "symbol side type", "isIsolated quantity quoteOrderQty price newClientOrderId"},
    {"GET", "/api/v3/margin/priceIndex", read, "", "symbol"},
    {"GET", "/api/v3/margin/repay", read, "", "asset symbol tranId startTime endTime current size"},
    {"POST", "/api/v3/margin/repay", transfer, "asset symbol borrowId", "isIsolated amount isAllRepay"},
    {"POST", "/api/v3/margin/tradeMode", transfer, "tradeMode symbol", ""},
    {"GET", "/api/v3/mxDeduct/enable", read, "", ""},
    {"POST", "/api/v3/mxDeduct/enable", trade, "mxDeductEnable", ""},
    {"GET", "/api/v3/myTrades", read, "symbol", "orderId startTime endTime limit"},
    {"DELETE", "/api/v3/openOrders", trade, "symbol", ""},
    {"GET", "/api/v3/openOrders", read, "", "symbol"},
    {"DELETE", "/api/v3/order", trade, "symbol", "orderId origClientOrderId newClientOrderId"},
    {"GET", "/api/v3/order", read, "", "symbol orderId origClientOrderId"},
    {"POST", "/api/v3/order", trade, "symbol side type",
     "timeInForce quantity quoteOrderQty price newClientOrderId stopPrice icebergQty newOrderRespType stpMode"},
    {"DELETE", "/api/v3/order/all", trade, "", ""},
    {"POST", "/api/v3/order/test", trade, "symbol side type",
     "timeInForce quantity quoteOrderQty price newClientOrderId stopPrice icebergQty newOrderRespType stpMode"},
    {"GET", "/api/v3/rebate/affiliate/campaign", read, "", "startTime endTime page pageSize"},
    {"GET", "/api/v3/rebate/affiliate/commission", read, "", "startTime endTime inviteCode page pageSize"},
    {"GET", "/api/v3/rebate/affiliate/commission/detail", read, "", "startTime endTime inviteCode page pageSize type"},
    {"GET", "/api/v3/rebate/affiliate/list", read, "", "startTime endTime uid inviteCode page pageSize"},
    {"GET", "/api/v3/rebate/affiliate/referral", read, "", "startTime endTime uid inviteCode page pageSize"},
    {"GET", "/api/v3/rebate/affiliate/subaffiliates", read, "", "startTime endTime inviteCode page pageSize"},
    {"GET", "/api/v3/rebate/affiliate/withdraw", transfer, "", "startTime endTime inviteCode page pageSize"},
    {"GET", "/api/v3/rebate/detail", read, "", "startTime endTime page"},
    {"GET", "/api/v3/rebate/detail/kickback", read, "", "startTime endTime page"},
    {"GET", "/api/v3/rebate/referCode", read, "", ""},
    {"GET", "/api/v3/rebate/taxQuery", read, "", "startTime endTime page"},
    {"GET", "/api/v3/selfSymbols", read, "", ""},
    {"DELETE", "/api/v3/strategy/group", trade, "tradeGroupId", ""},
    {"GET", "/api/v3/strategy/group", read, "", "tradeGroupName tradeGroupId"},
    {"POST", "/api/v3/strategy/group", trade, "tradeGroupName", ""},
    {"DELETE", "/api/v3/strategy/group/uid", trade, "uid tradeGroupId", ""},
    {"GET", "/api/v3/strategy/group/uid", read, "", "uid tradeGroupId"},
    {"POST", "/api/v3/strategy/group/uid", trade, "uid tradeGroupId", ""},
    {"DELETE", "/api/v3/sub-account/apiKey", manage, "subAccount apiKey", ""},
    {"GET", "/api/v3/sub-account/apiKey", manage, "subAccount", ""},
    {"POST", "/api/v3/sub-account/apiKey", manage, "subAccount note permissions", "ip"},
    {"GET", "/api/v3/sub-account/asset", read, "subAccount accountType", ""},
    {"POST", "/api/v3/sub-account/futures", manage, "subAccount", ""},
    {"GET", "/api/v3/sub-account/list", read, "", "subAccount isFreeze page limit"},
    {"POST", "/api/v3/sub-account/margin", manage, "subAccount", ""},
    {"POST", "/api/v3/sub-account/virtualSubAccount", manage, "subAccount note", ""},
    {"GET", "/api/v3/tradeFee", read, "symbol", ""},
    {"GET", "/api/v3/uid", read, "", ""},
    {"DELETE", "/api/v3/userDataStream", read, "listenKey", ""},
    {"GET", "/api/v3/userDataStream", read, "", ""},
    {"POST", "/api/v3/userDataStream", read, "", ""},
    {"PUT", "/api/v3/userDataStream", read, "listenKey", ""},
});

// kContractOperations: contract_v1_en of mexcdevelop/apidocs, www.mexc.com/api-docs/futures, ccxt 4.5.84 mexc.js
// (contract.private, spot2.private), JKorf/Mexc.Net and pymexc 1.3.1 for parameter names. close_all and the cancel_all demand
// nothing, so the bytes of every request are theirs, and reading needs the grant to trade. change_margin and change_auto_add_im
// move funds between balance and position: transfer.
constexpr std::string_view kOrder =
    "price leverage openType positionId positionType externalOid stopLossPrice takeProfitPrice lossTrend profitTrend "
    "priceProtect "
    "positionMode reduceOnly marketCeiling flashClose bboTypeNum stpMode takeProfitType takeProfitOrderPrice takeProfitVol "
    "takeProfitReverse stopLossType stopLossOrderPrice stopLossVol stopLossReverse";
constexpr std::string_view kPlanOrder =
    "price vol leverage openType triggerType executeCycle orderType trend priceProtect positionMode reduceOnly lossTrend "
    "profitTrend stopLossPrice takeProfitPrice";
constexpr std::string_view kStopOrder =
    "symbol lossTrend profitTrend stopLossPrice takeProfitPrice priceProtect profitLossVolType volType takeProfitVol stopLossVol "
    "takeProfitReverse stopLossReverse takeProfitType takeProfitOrderPrice stopLossType stopLossOrderPrice";

constexpr auto kContractOperations = std::to_array<Operation>({
    {"GET", "/api/v1/private/account/asset/analysis/export", read, "",
     "startTime endTime reverse includeUnrealisedPnl symbol fileType language"},
    {"GET", "/api/v1/private/account/asset/analysis/today_pnl", read, "", "reverse includeUnrealisedPnl"},
    {"POST", "/api/v1/private/account/asset/analysis/v3", read, "", "startTime endTime reverse includeUnrealisedPnl symbol"},
    {"GET", "/api/v1/private/account/asset/analysis/yesterday_pnl", read, "", ""},
    {"GET", "/api/v1/private/account/asset/analysis/{}", read, "", "currency startTime endTime"},
    {"POST", "/api/v1/private/account/asset/analysis/calendar/daily/v3", read, "",
     "startTime endTime reverse includeUnrealisedPnl"},
    {"POST", "/api/v1/private/account/asset/analysis/calendar/monthly/v3", read, "", "reverse includeUnrealisedPnl"},
    {"POST", "/api/v1/private/account/asset/analysis/recent/v3", read, "", "reverse includeUnrealisedPnl symbol"},
    {"GET", "/api/v1/private/account/asset/{}", read, "", ""},
    {"GET", "/api/v1/private/account/asset_book/order_deal_fee/total", read, "", "symbol startTime endTime"},
    {"GET", "/api/v1/private/account/assets", read, "", ""},
    {"POST", "/api/v1/private/account/change_risk_level", trade, "symbol level", "positionType"},
    {"GET", "/api/v1/private/account/config/contractFeeDiscountConfig", read, "", ""},
    {"GET", "/api/v1/private/account/contract/fee_rate", read, "", "symbol"},
    {"GET", "/api/v1/private/account/contract/zero_fee_rate", read, "", "symbol"},
    {"GET", "/api/v1/private/account/discountType", read, "", ""},
    {"GET", "/api/v1/private/account/feeDeductConfigs", read, "", ""},
    {"GET", "/api/v1/private/account/profit_rate/{}", read, "", ""},
    {"GET", "/api/v1/private/account/risk_limit", read, "", "symbol"},
    {"GET", "/api/v1/private/account/tiered_fee_rate", read, "", "symbol"},
    {"GET", "/api/v1/private/account/tiered_fee_rate/v2", read, "", "symbol"},
    {"GET", "/api/v1/private/account/transfer_record", read, "", "currency state type page_num page_size"},
    {"GET", "/api/v1/private/market_maker/self_trade/blacklist", read, "", "configName"},
    {"POST", "/api/v1/private/market_maker/self_trade/blacklist/create", trade, "configName blacklist", ""},
    {"POST", "/api/v1/private/market_maker/self_trade/blacklist/delete", trade, "configName", ""},
    {"GET", "/api/v1/private/market_maker/self_trade/blacklist/search", read, "", ""},
    {"POST", "/api/v1/private/market_maker/self_trade/blacklist/update", trade, "configName blacklist", ""},
    {"POST", "/api/v1/private/order/batch_cancel_with_external", trade, "symbol externalOid", ""},
    {"GET", "/api/v1/private/order/batch_query", read, "order_ids", ""},
    {"POST", "/api/v1/private/order/batch_query_with_external", read, "symbol externalOid", ""},
    {"POST", "/api/v1/private/order/cancel", trade, "", ""},
    {"POST", "/api/v1/private/order/cancel_all", trade, "", "symbol"},
    {"POST", "/api/v1/private/order/cancel_with_external", trade, "symbol externalOid", ""},
    {"POST", "/api/v1/private/order/change_limit_order", trade, "orderId price vol", "symbol"},
    {"POST", "/api/v1/private/order/chase_limit_order", trade, "orderId", "symbol"},
    {"POST", "/api/v1/private/order/create", trade, "symbol vol side type", kOrder},
    {"GET", "/api/v1/private/order/deal_details/{}", read, "", "symbol"},
    {"GET", "/api/v1/private/order/external/{}/{}", read, "", ""},
    {"GET", "/api/v1/private/order/fee_details", read, "", "symbol ids orderId start_time end_time page_num page_size"},
    {"GET", "/api/v1/private/order/get/{}", read, "", ""},
    {"GET", "/api/v1/private/order/list/close_orders", read, "", "symbol category page_num page_size"},
    {"GET", "/api/v1/private/order/list/history_orders", read, "",
     "symbol states category side orderId start_time end_time startTime endTime page_num page_size"},
    {"GET", "/api/v1/private/order/list/open_orders", read, "", "page_num page_size"},
    {"GET", "/api/v1/private/order/list/open_orders/{}", read, "", "page_num page_size"},
    {"GET", "/api/v1/private/order/list/order_deals", read, "", "symbol start_time end_time page_num page_size"},
    {"GET", "/api/v1/private/order/list/order_deals/v3", read, "", "symbol start_time end_time page_num page_size"},
    {"POST", "/api/v1/private/order/open_order_total_count", read, "", ""},
    {"POST", "/api/v1/private/order/submit", trade, "symbol vol side type", kOrder},
    {"POST", "/api/v1/private/order/submit_batch", trade, "symbol vol side type", kOrder},
    {"POST", "/api/v1/private/planorder/cancel", trade, "", "symbol orderId"},
    {"POST", "/api/v1/private/planorder/cancel_all", trade, "", "symbol"},
    {"POST", "/api/v1/private/planorder/change_stop_order", trade, "orderId symbol", kStopOrder.substr(7)},
    {"GET", "/api/v1/private/planorder/list/orders", read, "", "symbol states side start_time end_time page_num page_size"},
    {"POST", "/api/v1/private/planorder/place", trade, "symbol side triggerPrice", kPlanOrder},
    {"POST", "/api/v1/private/planorder/place/v2", trade, "symbol side triggerPrice", kPlanOrder},
    {"POST", "/api/v1/private/position/change_auto_add_im", transfer, "positionId isEnabled", ""},
    {"POST", "/api/v1/private/position/change_leverage", trade, "leverage positionId", "openType symbol positionType"},
    {"POST", "/api/v1/private/position/change_leverage", trade, "leverage openType symbol positionType", "positionId"},
    {"POST", "/api/v1/private/position/change_margin", transfer, "positionId amount type", ""},
    {"POST", "/api/v1/private/position/change_position_mode", trade, "positionMode", ""},
    {"POST", "/api/v1/private/position/close_all", trade, "", ""},
    {"GET", "/api/v1/private/position/funding_records", read, "",
     "symbol position_id position_type start_time end_time page_num page_size"},
    {"GET", "/api/v1/private/position/leverage", read, "symbol", ""},
    {"GET", "/api/v1/private/position/list/history_positions", read, "",
     "symbol type positionSide position_type start_time end_time page_num page_size"},
    {"GET", "/api/v1/private/position/open_positions", read, "", "symbol positionId"},
    {"GET", "/api/v1/private/position/position_mode", read, "", ""},
    {"POST", "/api/v1/private/position/reverse", trade, "symbol positionId vol", ""},
    {"POST", "/api/v1/private/stoporder/cancel", trade, "stopPlanOrderId", ""},
    {"POST", "/api/v1/private/stoporder/cancel_all", trade, "", "positionId symbol"},
    {"POST", "/api/v1/private/stoporder/change_plan_price", trade, "stopPlanOrderId", kStopOrder},
    {"POST", "/api/v1/private/stoporder/change_price", trade, "orderId", kStopOrder},
    {"GET", "/api/v1/private/stoporder/list/orders", read, "",
     "symbol is_finished state type start_time end_time page_num page_size"},
    {"GET", "/api/v1/private/stoporder/open_orders", read, "", "symbol"},
    {"GET", "/api/v1/private/stoporder/order_details/{}", read, "", ""},
    {"POST", "/api/v1/private/stoporder/place", trade, "positionId vol", kStopOrder},
    {"POST", "/api/v1/private/trackorder/cancel", trade, "", "symbol trackOrderId"},
    {"POST", "/api/v1/private/trackorder/change_order", trade, "symbol trackOrderId", "trend activePrice backType backValue vol"},
    {"GET", "/api/v1/private/trackorder/list/orders", read, "", "states symbol side start_time end_time pageIndex pageSize"},
    {"POST", "/api/v1/private/trackorder/place", trade, "symbol side vol backType backValue",
     "leverage openType trend activePrice positionMode reduceOnly"},
    {"GET", "/open/api/v2/account/balance", read, "", "currency"},
    {"GET", "/open/api/v2/account/info", read, "", ""},
    {"GET", "/open/api/v2/asset/address/list", read, "", "currency page_num page_size"},
    {"GET", "/open/api/v2/asset/deposit/address/list", read, "currency", ""},
    {"GET", "/open/api/v2/asset/deposit/list", read, "", "currency state start_time end_time page_num page_size"},
    {"POST", "/open/api/v2/asset/internal/transfer", transfer, "currency amount from to", ""},
    {"GET", "/open/api/v2/asset/internal/transfer/info", read, "", "transact_id"},
    {"GET", "/open/api/v2/asset/internal/transfer/record", read, "", "currency from to start_time end_time page_num page_size"},
    {"DELETE", "/open/api/v2/asset/withdraw", withdraw, "withdraw_id", ""},
    {"POST", "/open/api/v2/asset/withdraw", withdraw, "currency amount address", "chain remark"},
    {"GET", "/open/api/v2/asset/withdraw/list", read, "", "withdraw_id currency state start_time end_time page_num page_size"},
    {"GET", "/open/api/v2/market/api_symbols", read, "", ""},
    {"POST", "/open/api/v2/order/advanced/place_batch", trade, "symbol price quantity trade_type order_type", "client_order_id"},
    {"DELETE", "/open/api/v2/order/cancel", trade, "order_ids", "client_order_ids"},
    {"DELETE", "/open/api/v2/order/cancel", trade, "client_order_ids", "order_ids"},
    {"DELETE", "/open/api/v2/order/cancel_by_symbol", trade, "symbol", ""},
    {"GET", "/open/api/v2/order/deal_detail", read, "order_id", ""},
    {"GET", "/open/api/v2/order/deals", read, "symbol", "start_time limit"},
    {"GET", "/open/api/v2/order/list", read, "symbol trade_type states", "limit start_time"},
    {"GET", "/open/api/v2/order/open_orders", read, "symbol", "start_time limit trade_type"},
    {"POST", "/open/api/v2/order/place", trade, "symbol price quantity trade_type order_type", "client_order_id"},
    {"POST", "/open/api/v2/order/place_batch", trade, "symbol price quantity trade_type order_type", "client_order_id"},
    {"GET", "/open/api/v2/order/query", read, "order_ids", "client_order_ids"},
    {"WS", "login", session, "", ""},
});

constexpr auto kSpotCollisions = std::to_array<Collision>({
    {"GET", "/api/v3/rebate/affiliate/withdraw",
     "these bytes are also valid as GET /api/v3/rebate/affiliate/withdraw: lists rebates that were paid out, moves nothing"},
});
// kContractCollisions has what the bytes of requests without parameters are besides.
constexpr auto kContractCollisions = std::to_array<Collision>({
    {"WS", "login", "these bytes are also valid as the contract WebSocket's login: shows orders and balances, places nothing"},
});

template <class Row, std::size_t kFirst, std::size_t kSecond>
constexpr std::array<Row, kFirst + kSecond> joined(const std::array<Row, kFirst>& first, const std::array<Row, kSecond>& second) {
  std::array<Row, kFirst + kSecond> all{};
  for (std::size_t i = 0; i < kFirst; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < kSecond; ++i) all[kFirst + i] = second[i];
  return all;
}
constexpr auto kHosts = joined(kSpotHosts, kContractHosts);
constexpr auto kSchemes = joined(kSpotSchemes, kContractSchemes);
constexpr auto kOperations = joined(kSpotOperations, kContractOperations);
constexpr auto kCollisions = joined(kSpotCollisions, kContractCollisions);

// index makes one index for each family, and one for all.
template <int kFamily>
const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

constexpr std::string_view kName = "mexc";
constexpr std::string_view kUniversal = "timestamp recvWindow signature";

// kSpot and kContract are the venue with one family's part each.
constexpr Venue family(std::span<const Host> hosts, std::span<const Scheme> schemes, std::span<const Operation> operations) {
  Venue venue{};
  venue.name = kName;
  venue.hosts = hosts;
  venue.schemes = schemes;
  venue.operations = operations;
  return venue;
}
constexpr auto kSpot = [] {
  Venue venue = family(kSpotHosts, kSpotSchemes, kSpotOperations);
  venue.collisions = kSpotCollisions;
  venue.universal = kUniversal;
  venue.index = index<1>;
  return venue;
}();
constexpr auto kContract = [] {
  Venue venue = family(kContractHosts, kContractSchemes, kContractOperations);
  venue.index = index<2>;
  return venue;
}();

constexpr std::size_t kTimeSize = 13;  // Unix milliseconds from 2001 to 2286

// is_contract_preimage says that bytes begin like those of the contract family: with the key and a time in milliseconds.
bool is_contract_preimage(std::string_view bytes, std::string_view api_key) noexcept {
  if (!bytes.starts_with(api_key) || bytes.size() < api_key.size() + kTimeSize) return false;
  return bytes.substr(api_key.size(), kTimeSize).find_first_not_of("0123456789") == std::string_view::npos;
}

SignStatus canonicalise_spot(const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  const SignStatus status = canonicalise_joined(kSpot, request, context, draft);
  if (!status.ok()) return status;
  if (is_contract_preimage(draft.preimage, context.api_key)) {
    const std::string_view name = draft.params[0].name;
    draft.reset();
    return refuse(draft, Reason::parameter_unlisted, name);
  }
  // MEXC refuses a POST, PUT or DELETE without a body whose Content-Type is not JSON (error 700013; ccxt sends it).
  const auto headers = std::span(draft.headers).first(draft.header_count);
  bool own_type = false;
  for (const NameValue& header : headers) own_type |= same_header(header.name, "Content-Type");
  if (own_type || draft.method == "GET") return {};
  if (draft.header_count == Draft::kMaxHeaders) {
    draft.reset();
    return refuse(draft, Reason::too_many_headers, "Content-Type");
  }
  draft.headers[draft.header_count++] = {"Content-Type", kJson};
  return {};
}

// check_family refuses what spot v3 could read in a contract request: it wants a parameter timestamp somewhere in the bytes, and
// parameters begin at a '=', which bodies need not have. It refuses too what the contract's signature does not cover.
void check_family(Composer& composer) noexcept {
  if (!composer.ok()) return;
  if (composer.draft().method == "POST" && !composer.query().empty()) {
    return composer.refuse(Reason::query_unexpected, composer.query());
  }
  for (const NameValue& param : composer.params()) {
    if (param.name.ends_with("timestamp")) return composer.refuse(Reason::parameter_unlisted, param.name);
  }
  const std::size_t equals = composer.body().find('=');
  if (equals == std::string_view::npos) return;
  const std::size_t begin = equals < 16 ? 0 : equals - 16;
  composer.refuse(Reason::reads_as_another, composer.body().substr(begin, equals - begin + 1));
}

SignStatus canonicalise_contract(const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  Composer composer(kContract, request, context, draft);
  composer.begin();
  if (request.kind == RequestKind::rest) {
    composer.read_target();
    composer.read_query();
  } else {
    composer.read_operation();
    composer.read_params();
  }
  composer.read_body();
  check_family(composer);
  composer.read_times();
  // The time and the parameters behind it are signed without a separator: a shorter time could begin a name with digits.
  if (composer.ok() && composer.time().size() != kTimeSize) composer.refuse(Reason::timestamp_range, composer.time());
  composer.judge();
  const bool is_login = composer.query().empty() && composer.body().empty() && request.kind == RequestKind::rest;
  if (composer.ok() && is_login) composer.warn(kContractCollisions[0].reason);
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  static_cast<void>(venue);
  const bool is_contract = request.path.starts_with(kContractPath) || request.path.starts_with(kSpotV2Path);
  if (request.kind == RequestKind::rest && !is_contract) return canonicalise_spot(request, context, draft);
  return canonicalise_contract(request, context, draft);
}

}  // namespace

constexpr Venue kMexc{
    .name = kName,
    .title = "MEXC",
    .source = "mexcdevelop/apidocs spot_v3_en, contract_v1_en; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .collisions = kCollisions,
    .universal = kUniversal,
    .notes =
        "On spot v3 params always form the query; recvWindow, timestamp and signature are appended to the body if there is one, "
        "else to the query. On contract v1 the receive window is in seconds, params form the query of a GET or DELETE and a JSON "
        "body of strings for POST. Reading needs the grant to trade: the same bytes cancel all orders. The spot WebSocket takes "
        "a "
        "listenKey (POST /api/v3/userDataStream) and no signature.",
    .check = {.path = "/api/v3/account"},
    .index = index<0>,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
