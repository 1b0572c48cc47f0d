#include "tools/bench/venue_samples.h"

#include <array>

#include "tools/bench/request_subject.h"

namespace custos::bench {
namespace {

constexpr std::string_view kSha256 = "HMAC-SHA256", kSha384 = "HMAC-SHA384", kSha512 = "HMAC-SHA512";

constexpr auto kWooOrder = std::to_array<NameValue>({{"symbol", "SPOT_BTC_USDT"},
                                                     {"order_type", "LIMIT"},
                                                     {"order_price", "64250.15"},
                                                     {"order_quantity", "0.00125"},
                                                     {"side", "BUY"}});
constexpr auto kKrakenOrder = std::to_array<NameValue>(
    {{"ordertype", "limit"}, {"type", "buy"}, {"volume", "0.00125"}, {"pair", "XBTUSD"}, {"price", "64250.1"}});
constexpr auto kKrakenFuturesOrder = std::to_array<NameValue>(
    {{"orderType", "lmt"}, {"symbol", "PF_XBTUSD"}, {"side", "buy"}, {"size", "1"}, {"limitPrice", "64250"}});
constexpr auto kDeribitOrder =
    std::to_array<NameValue>({{"instrument_name", "BTC-PERPETUAL"}, {"amount", "10"}, {"type", "limit"}, {"price", "64250"}});
constexpr auto kBitstampOrder = std::to_array<NameValue>({{"amount", "0.00125"}, {"price", "64250"}});
constexpr auto kThreeCommasDeal = std::to_array<NameValue>({{"mode", "paper"}});
constexpr auto kHtxMatches = std::to_array<NameValue>({{"symbol", "btcusdt"}, {"types", "buy-limit"}, {"size", "100"}});
constexpr auto kGeminiOrder = std::to_array<NameValue>(
    {{"symbol", "btcusd"}, {"amount", "0.00125"}, {"price", "64250.15"}, {"side", "buy"}, {"type", "exchange limit"}});
constexpr auto kMexcOrder = std::to_array<NameValue>(
    {{"symbol", "BTCUSDT"}, {"side", "BUY"}, {"type", "LIMIT"}, {"quantity", "0.00125"}, {"price", "64250.15"}});
constexpr auto kLegacyOrder = std::to_array<NameValue>(
    {{"order_currency", "BTC"}, {"payment_currency", "KRW"}, {"units", "0.00125"}, {"price", "64250"}, {"type", "bid"}});

constexpr std::string_view kBybitOrder =
    R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.001","price":"64250.15"})";
constexpr std::string_view kOkxOrder =
    R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"64250.15","sz":"0.00125"})";
constexpr std::string_view kGateOrder =
    R"({"currency_pair":"BTC_USDT","type":"limit","side":"buy","amount":"0.00125","price":"64250.15"})";
constexpr std::string_view kKucoinOrder =
    R"({"clientOid":"d8a2f6b13c7e","side":"buy","symbol":"BTC-USDT","type":"limit","price":"64250.15","size":"0.00125"})";
constexpr std::string_view kBitgetOrder =
    R"({"symbol":"BTCUSDT","side":"buy","orderType":"limit","force":"gtc","price":"64250.15","size":"0.00125"})";
constexpr std::string_view kBitmexOrder = R"({"symbol":"XBTUSD","side":"Buy","orderQty":100,"price":64250,"ordType":"Limit"})";
constexpr std::string_view kBitfinexOrder = R"({"type":"EXCHANGE LIMIT","symbol":"tBTCUSD","price":"64250","amount":"0.00125"})";
constexpr std::string_view kCoinbaseOrder =
    R"({"product_id":"BTC-USD","side":"buy","type":"limit","price":"64250.15","size":"0.00125"})";
constexpr std::string_view kIntxOrder =
    R"({"client_order_id":"d8a2f6b13c7e","side":"BUY","size":"0.00125","tif":"GTC","instrument":"BTC-PERP","type":"LIMIT","price":"64250"})";
constexpr std::string_view kLegacyCoinbaseOrder =
    R"({"client_order_id":"d8a2f6b13c7e","product_id":"BTC-USD","side":"BUY","order_configuration":{"limit_limit_gtc":{"base_size":"0.00125","limit_price":"64250"}}})";
constexpr std::string_view kCryptoComOrder =
    R"({"instrument_name":"BTCUSD-PERP","side":"BUY","type":"LIMIT","price":"64250.1","quantity":"0.00125"})";
constexpr std::string_view kUpbitOrder =
    R"({"market":"KRW-BTC","side":"bid","volume":"0.00125","price":"64250","ord_type":"limit"})";
constexpr std::string_view kAscendexOrder =
    R"({"id":"d8a2f6b13c7e","time":1700000000123,"symbol":"BTC/USDT","orderPrice":"64250.15","orderQty":"0.00125","orderType":"limit","side":"buy"})";

constexpr auto kSamples = std::to_array<VenueSample>({
    {"3commas", kSha256, "POST", "/public/api/ver1/users/change_mode", "", "", kThreeCommasDeal},
    {"ascendex", kSha256, "POST", "/6/api/pro/v1/cash/order", "", kAscendexOrder},
    {"binance", kSha256, "POST", "/api/v3/order", "", "", kOrder},
    {"bitfinex", kSha384, "POST", "/v2/auth/w/order/submit", "", kBitfinexOrder},
    {"bitget", kSha256, "POST", "/api/v2/spot/trade/place-order", "", kBitgetOrder},
    {"bithumb", kSha256, "POST", "/v1/orders", "", kUpbitOrder},
    {"bithumb-legacy", kSha512, "POST", "/trade/place", "", "", kLegacyOrder},
    {"bitmex", kSha256, "POST", "/api/v1/order", "", kBitmexOrder},
    {"bitstamp", kSha256, "POST", "/api/v2/buy/btcusd/", "", "", kBitstampOrder},
    {"bybit", kSha256, "POST", "/v5/order/create", "", kBybitOrder},
    {"coinbase-exchange", kSha256, "POST", "/orders", "", kCoinbaseOrder},
    {"coinbase-intx", kSha256, "POST", "/api/v1/orders", "", kIntxOrder},
    {"coinbase-legacy", kSha256, "POST", "/api/v3/brokerage/orders", "", kLegacyCoinbaseOrder},
    {"crypto-com", kSha256, "POST", "/exchange/v1/private/create-order", "", kCryptoComOrder},
    {"deribit", kSha256, "GET", "/api/v2/private/buy", "", "", kDeribitOrder},
    {"gate", kSha512, "POST", "/api/v4/spot/orders", "", kGateOrder},
    {"gemini", kSha384, "POST", "/v1/order/new", "", "", kGeminiOrder},
    {"htx", kSha256, "GET", "/v1/order/orders", "", "", kHtxMatches},
    {"kraken", kSha512, "POST", "/0/private/AddOrder", "", "", kKrakenOrder},
    {"kraken-futures", kSha512, "POST", "/derivatives/api/v3/sendorder", "", "", kKrakenFuturesOrder},
    {"kucoin", kSha256, "POST", "/api/v1/orders", "", kKucoinOrder},
    {"mexc", kSha256, "POST", "/api/v3/order", "", "", kMexcOrder},
    {"okx", kSha256, "POST", "/api/v5/trade/order", "", kOkxOrder},
    {"phemex", kSha256, "PUT", "/spot/orders/create",
     "symbol=sBTCUSDT&side=Buy&priceEp=6425015000000&ordType=Limit&baseQtyEv=125000", ""},
    {"upbit", kSha512, "POST", "/v1/orders", "", kUpbitOrder},
    {"woox", kSha256, "POST", "/v1/order", "", "", kWooOrder},
});

}  // namespace

std::span<const VenueSample> venue_samples() noexcept { return kSamples; }

}  // namespace custos::bench
