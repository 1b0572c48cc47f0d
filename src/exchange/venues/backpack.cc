// Backpack, from backpack-exchange/bpx-api-client (rust/client/src/lib.rs) and docs.backpack.exchange.
//
// What is signed is the name of an instruction, the parameters of the query and then of the body, each sorted by name and with
// their plain values, time and window: "instruction=orderCancel&orderId=1&symbol=SOL_USDC&timestamp=1&window=5000". The venue
// takes the signature at the paths of that instruction only. Of a JSON array each element is signed as an object of its own.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::size_t kMaxMembers = 64;
constexpr std::uint32_t kWindowMs = 5'000;  // the default; the most is kMaxWindowMs
constexpr std::uint32_t kMaxWindowMs = 60'000;

constexpr std::string_view kStreamsUncovered =
    "the signature covers no stream's name: whoever holds this message can subscribe to any of the account's streams";

constexpr std::array kAlgorithms{SigningAlgorithm{"Ed25519", SecretForm::seed_base64}};
constexpr std::array<std::string_view, 1> kEnvironments{"live"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/api/v1/", "api.backpack.exchange"},
    {"live", "/wapi/v1/", "api.backpack.exchange"},
});

struct Instruction {
  Operation operation;
  std::string_view name;
};

// kInstructions: bpx-api-client and ccxt 4.5.84 backpack.js (options.instructions); docs.backpack.exchange for rfq, strategy and
// history; the names of the vault's instructions are unverified.
constexpr auto kInstructions = std::to_array<Instruction>({
    {{"GET", "/api/v1/account", read}, "accountQuery"},
    {{"PATCH", "/api/v1/account", manage}, "accountUpdate"},
    {{"POST", "/api/v1/account/convertDust", transfer}, "convertDust"},
    {{"GET", "/api/v1/account/limits/borrow", read}, "maxBorrowQuantity"},
    {{"GET", "/api/v1/account/limits/order", read}, "maxOrderQuantity"},
    {{"GET", "/api/v1/account/limits/withdrawal", read}, "maxWithdrawalQuantity"},
    {{"POST", "/api/v1/borrowLend", transfer}, "borrowLendExecute"},
    {{"GET", "/api/v1/borrowLend/positions", read}, "borrowLendPositionQuery"},
    {{"GET", "/api/v1/capital", read}, "balanceQuery"},
    {{"GET", "/api/v1/capital/collateral", read}, "collateralQuery"},
    {{"DELETE", "/api/v1/order", trade}, "orderCancel"},
    {{"GET", "/api/v1/order", read}, "orderQuery"},
    {{"POST", "/api/v1/order", trade}, "orderExecute"},
    {{"DELETE", "/api/v1/orders", trade}, "orderCancelAll"},
    {{"GET", "/api/v1/orders", read}, "orderQueryAll"},
    {{"POST", "/api/v1/orders", trade}, "orderExecute"},
    {{"GET", "/api/v1/position", read}, "positionQuery"},
    {{"POST", "/api/v1/rfq", trade}, "rfqSubmit"},
    {{"POST", "/api/v1/rfq/accept", trade}, "quoteAccept"},
    {{"POST", "/api/v1/rfq/cancel", trade}, "rfqCancel"},
    {{"POST", "/api/v1/rfq/quote", trade}, "quoteSubmit"},
    {{"POST", "/api/v1/rfq/refresh", trade}, "rfqRefresh"},
    {{"GET", "/api/v1/rfqs", read}, "rfqQuery"},
    {{"DELETE", "/api/v1/strategies", trade}, "strategyCancelAll"},
    {{"GET", "/api/v1/strategies", read}, "strategyQueryAll"},
    {{"DELETE", "/api/v1/strategy", trade}, "strategyCancel"},
    {{"GET", "/api/v1/strategy", read}, "strategyQuery"},
    {{"POST", "/api/v1/strategy", trade}, "strategyCreate"},
    {{"POST", "/api/v1/vault/mint", transfer}, "vaultMint"},
    {{"DELETE", "/api/v1/vault/redeem", transfer}, "vaultRedeemCancel"},
    {{"POST", "/api/v1/vault/redeem", transfer}, "vaultRedeem"},
    {{"GET", "/api/v1/vault/redeems/pending", read}, "vaultPendingRedeemsQuery"},
    {{"GET", "/wapi/v1/capital/deposit/address", read}, "depositAddressQuery"},
    {{"GET", "/wapi/v1/capital/deposits", read}, "depositQueryAll"},
    {{"GET", "/wapi/v1/capital/withdrawals", read}, "withdrawalQueryAll"},
    {{"POST", "/wapi/v1/capital/withdrawals", withdraw}, "withdraw"},
    {{"GET", "/wapi/v1/history/borrowLend", read}, "borrowHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/borrowLend/positions", read}, "borrowPositionHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/dust", read}, "dustHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/fills", read}, "fillHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/funding", read}, "fundingHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/interest", read}, "interestHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/orders", read}, "orderHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/pnl", read}, "pnlHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/position", read}, "positionHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/quote", read}, "quoteHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/quote/fill", read}, "quoteFillHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/rfq", read}, "rfqHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/rfq/fill", read}, "rfqFillHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/settlement", read}, "settlementHistoryQueryAll"},
    {{"GET", "/wapi/v1/history/strategies", read}, "strategyHistoryQueryAll"},
    {{"WS", "SUBSCRIBE", session}, "subscribe"},
    {{"WS", "UNSUBSCRIBE", session}, "subscribe"},
});
constexpr auto kOperations = [] {
  std::array<Operation, kInstructions.size()> operations;
  for (std::size_t i = 0; i < operations.size(); ++i) operations[i] = kInstructions[i].operation;
  return operations;
}();

// instruction_of answers the instruction of the request's operation, or nothing where there is none in the table.
std::string_view instruction_of(const Composer& composer) noexcept {
  if (composer.row() == nullptr) return {};
  return kInstructions[static_cast<std::size_t>(composer.row()->operation - kOperations.data())].name;
}

// write_pair writes a parameter as it is signed; `write` writes its value. What would read as another one is refused.
template <class Write>
void write_pair(Composer& composer, std::string_view name, Write write) noexcept {
  constexpr std::array<std::string_view, 3> kOurs{"instruction", "timestamp", "window"};
  if (std::ranges::find(kOurs, name) != kOurs.end()) return composer.refuse(Reason::member_unknown, name);
  BoundedWriter& out = composer.out();
  out.append('&').append(name).append('=');
  const std::size_t mark = out.size();
  write(out);
  if (out.since(mark).find('&') != std::string_view::npos) composer.refuse(Reason::value_ambiguous, name);
}

void write_query(Composer& composer) noexcept {
  std::array<NameValue, Draft::kMaxParams> pairs;
  const auto given = composer.params().first(composer.params_in_query());
  const auto sorted = std::span(pairs).first(given.size());
  std::ranges::copy(given, sorted.begin());
  std::ranges::sort(sorted, {}, &NameValue::name);
  for (const NameValue& pair : sorted) {
    write_pair(composer, pair.name, [&](BoundedWriter& out) { out.append(pair.value); });
  }
}

bool is_plain(std::string_view name) noexcept {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != '\\' && c != '&' && c != '='; });
}

void write_object(Composer& composer, JsonValue object) noexcept {
  struct Member {
    std::string_view name;
    JsonValue value;
  };
  std::array<Member, kMaxMembers> members;
  std::size_t count = 0;
  for (JsonMembers all(object); all.next(); ++count) {
    const std::string_view name = all.name().raw.substr(1, all.name().raw.size() - 2);
    const JsonType type = all.value().type;
    const bool scalar = type == JsonType::string || type == JsonType::number || type == JsonType::boolean;
    if (!is_plain(name) || !scalar || count == members.size()) return composer.refuse(Reason::member_malformed, name);
    members[count] = {name, all.value()};
  }
  const auto sorted = std::span(members).first(count);
  std::ranges::sort(sorted, {}, &Member::name);
  for (const auto& [name, value] : sorted) {
    if (value.type == JsonType::number && value.raw.find_first_of("eE") != std::string_view::npos) {
      return composer.refuse(Reason::json_number, value.raw);
    }
    write_pair(composer, name, [&, one = value](BoundedWriter& out) { write_text(one, out); });
  }
}

// write_instruction writes the instruction with the parameters, once for each object of the body.
void write_instruction(Composer& composer) noexcept {
  if (composer.scheme().kind == RequestKind::ws) {
    composer.out().append("instruction=subscribe");
    return;
  }
  const std::string_view name = instruction_of(composer);
  if (name.empty()) return composer.refuse(Reason::operation_unlisted, composer.path());
  const auto write = [&](JsonValue object) {
    if (object && object.type != JsonType::object) return composer.refuse(Reason::json_no_container, object.raw);
    composer.out().append("instruction=").append(name);
    write_query(composer);
    write_object(composer, object);
  };
  const JsonValue body = composer.json();
  if (body.type != JsonType::array) return write(body);
  bool first = true;
  for (JsonElements elements(body); elements.next() && composer.ok(); first = false) {
    if (!first) composer.out().append('&');
    write(elements.value());
  }
  if (first) composer.refuse(Reason::json_no_container, body.raw);
}

// write_streams writes a message up to the signature's array: the caller's object, or one of the parameter "streams", a list
// with commas.
void write_streams(Composer& composer) noexcept {
  BoundedWriter& out = composer.out();
  composer.warn(kStreamsUncovered);
  composer.draft().facts.reachable.add(session);  // whatever the message is called
  if (!composer.body().empty()) {
    const JsonValue message = composer.json();
    if (!composer.params().empty()) return composer.refuse(Reason::params_beside_body);
    if (!is_string(member(message, "method"), composer.path())) return composer.refuse(Reason::member_malformed, "method");
    if (member(message, "signature")) return composer.refuse(Reason::signature_given);
    out.append(message.raw.substr(0, message.raw.size() - 1));
    return;
  }
  const std::string_view streams = composer.param("streams");
  if (streams.empty()) return composer.refuse(Reason::field_missing, "streams");
  if (composer.params().size() != 1) return composer.refuse(Reason::field_malformed, composer.params().back().name);
  out.append("{\"method\":\"");
  write_json_string(composer.path(), out);
  out.append("\",\"params\":[");
  for (std::size_t begin = 0; begin <= streams.size();) {
    const std::size_t end = std::min(streams.find(',', begin), streams.size());
    out.append(begin == 0 ? "\"" : ",\"");
    write_json_string(streams.substr(begin, end - begin), out);
    out.append('"');
    begin = end + 1;
  }
  out.append(']');
}

// write_custom is called first for what is signed and then for the message.
void write_custom(Composer& composer) noexcept {
  composer.draft().preimage.empty() ? write_instruction(composer) : write_streams(composer);
}

// reach_same_instruction counts all operations that one instruction stands for.
void reach_same_instruction(Composer& composer) noexcept {
  for (const Instruction& instruction : kInstructions) {
    if (instruction.name == instruction_of(composer)) {
      composer.draft().facts.reachable.add(instruction.operation.operation_class);
    }
  }
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  if (request.kind != RequestKind::rest) return compose_by_scheme(venue, request, context, draft);
  Composer composer(venue, request, context, draft);
  composer.read();
  if (composer.ok()) reach_same_instruction(composer);
  composer.write_preimage();
  composer.write_outputs();
  return composer.finish();
}

constexpr auto kHeaders = std::to_array<Header>({
    {"X-API-Key", "${public_key}"},
    {"X-Signature", "${signature}"},
    {"X-Timestamp", "${time}"},
    {"X-Window", "${recv_window}"},
    {"Content-Type", "application/json", Header::When::with_body},
});

constexpr std::string_view kTimeRule = "within the window";
constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .preimage = "${custom}&timestamp=${time}&window=${recv_window}",
        .form = SignatureForm::base64,
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},  // by the instruction
        .parameters = {.body_methods = "POST PUT PATCH DELETE"},
        .recv_window_default = kWindowMs,
        .recv_window_most = kMaxWindowMs,
        .headers = kHeaders,
        .custom = write_custom,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket subscription",
        .preimage = "${custom}&timestamp=${time}&window=${recv_window}",
        .form = SignatureForm::base64,
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .recv_window_default = kWindowMs,
        .recv_window_most = kMaxWindowMs,
        .message = R"(${custom},"signature":["${public_key}","${signature}","${time}","${recv_window}"]})",
        .custom = write_custom,
    },
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kBackpack{
    .name = "backpack",
    .title = "Backpack Exchange",
    .source = "backpack-exchange/bpx-api-client@dc5d8b1; docs.backpack.exchange; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The signature covers the instruction that stands for method and path, not these themselves. X-API-Key is the key's "
        "public half. WebSocket: --method SUBSCRIBE or UNSUBSCRIBE, with the message's JSON as the body, or the param streams "
        "(a list with commas); the signature does not cover the streams.",
    .check = {.path = "/api/v1/capital"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
