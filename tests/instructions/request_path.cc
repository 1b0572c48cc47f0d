// Runs one stage of the request path a number of times, so that instructions.py can count its instructions.
// Usage: custos_request_path STAGE TIMES
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "authorise/grants.h"
#include "exchange/venue.h"
#include "hash/hmac_key.h"

namespace custos::exchange {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// A limit order as an engine sends it: eight parameters and the timestamp.
constexpr auto kOrder = std::to_array<NameValue>({
    {"symbol", "LTCBTC"},
    {"side", "BUY"},
    {"type", "LIMIT"},
    {"timeInForce", "GTC"},
    {"quantity", "1"},
    {"price", "0.1"},
    {"newClientOrderId", "x-abcdef0123"},
});
constexpr std::string_view kOrderBody =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&newClientOrderId=x-abcdef0123";

constexpr std::string_view kOkxBody =
    R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"64250.15","sz":"0.00125"})";

RequestView order() {
  RequestView request;
  request.method = "POST";
  request.path = "/api/v3/order";
  request.recv_window = "5000";
  return request;
}

hash::HmacKey make_key() {
  auto secret = SecretBytes::allocate(64);
  require(secret.has_value());
  auto key = hash::HmacKey::make(hash::Algorithm::sha256, *secret);
  require(key.has_value());
  return *std::move(key);
}

// RequestPath holds what the stages work on. Every stage may be repeated.
class RequestPath {
 public:
  RequestPath() {
    by_params_.params = kOrder;
    by_body_.body = kOrderBody;
    account_.method = "GET";
    account_.path = "/api/v3/account";
    okx_order_.method = "POST";
    okx_order_.path = "/api/v5/trade/order";
    okx_order_.body = kOkxBody;
    okx_context_.passphrase = "phrase-1";
    order_by_params();
    body_ = draft_.body;
    placement_ = draft_.placement;
  }

  void order_by_params() { canonicalise(venue_, by_params_, context_); }
  void order_by_body() { canonicalise(venue_, by_body_, context_); }
  void account() { canonicalise(venue_, account_, context_); }
  void okx_order() { canonicalise(okx_, okx_order_, okx_context_); }
  void authorise() {
    const auto decision = grants_.authorise(draft_.facts, authorise::Intent(draft_.facts), {});
    require(decision.verdict == authorise::Decision::Verdict::allow);
  }
  void place() {
    draft_.body = body_;  // as canonicalise left it
    draft_.placement = placement_;
    require(venue_.place(venue_, mac_, context_, draft_).ok());
  }
  void hmac() { key_.mac(message_, mac_); }

 private:
  void canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context) {
    require(venue.canonicalise(venue, request, context, draft_).ok());
  }

  const Venue& venue_ = *find_venue("binance");
  const Venue& okx_ = *find_venue("okx");
  const CanonicalContext context_{.credential = "binance-main",
                                  .environment = "live",
                                  .api_key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
                                  .extra_hosts = {},
                                  .now_ms = 1'700'000'000'000,
                                  .timestamp_ms = {},
                                  .passphrase = {},
                                  .public_key = {}};
  CanonicalContext okx_context_ = context_;
  const authorise::Grants grants_{authorise::kDefaultGrants.classes, 1};
  const hash::HmacKey key_ = make_key();
  const std::array<std::uint8_t, 150> message_{};
  std::array<std::uint8_t, 32> mac_{};
  RequestView by_params_ = order();
  RequestView by_body_ = order();
  RequestView account_;
  RequestView okx_order_;
  Draft draft_{SignedRequest::kDefaultCapacity};
  std::string_view body_;
  Placement placement_;
};

struct Stage {
  std::string_view name;
  void (RequestPath::*run)();
};
constexpr auto kStages = std::to_array<Stage>({
    {"canonicalise-order-params", &RequestPath::order_by_params},
    {"canonicalise-order-body", &RequestPath::order_by_body},
    {"canonicalise-account", &RequestPath::account},
    {"canonicalise-okx-order", &RequestPath::okx_order},
    {"authorise", &RequestPath::authorise},
    {"place", &RequestPath::place},
    {"hmac-150-bytes", &RequestPath::hmac},
});

int run(std::string_view name, std::string_view times) {
  unsigned count = 0;
  require(std::from_chars(times.data(), times.data() + times.size(), count).ec == std::errc{});
  RequestPath path;
  for (const Stage& stage : kStages) {
    if (stage.name != name) continue;
    for (unsigned i = 0; i < count; ++i) (path.*stage.run)();
    return 0;
  }
  return 2;
}

}  // namespace
}  // namespace custos::exchange

// Without arguments it lists the stages.
int main(int argc, char** argv) {
  if (argc == 3) return custos::exchange::run(argv[1], argv[2]);
  for (const auto& stage : custos::exchange::kStages) std::printf("%s\n", std::string(stage.name).c_str());
  return argc == 1 ? 0 : 2;
}
