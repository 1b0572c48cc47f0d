// Crypto.com Exchange v1, from exchange-docs.crypto.com ("Digital Signature", "Common API Reference").
//
// What is signed is method, id, api_key, the params and nonce, joined without a separator; so are the params' names and values,
// sorted by name. One string can thus be read as different params: where a parameter's name stands in a value, the answer warns.
// The method is safe: id has digits only and so ends it. It is the path behind /exchange/v1/. Facts hold the params as given.
//
// A request is given as params (strings) or as a body: the params' JSON object, or, known by its member "method", the whole
// envelope with id, method, params and nonce, to which api_key (where it is missing) and sig are appended.
#include <algorithm>
#include <array>

#include "exchange/composer.h"
#include "exchange/json.h"
#include "exchange/placement.h"
#include "exchange/request_time.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::string_view kPrefix = "/exchange/v1/";
constexpr std::size_t kMaxMembers = 64;   // of an object
constexpr std::size_t kParamNames = 256;  // of all params
constexpr std::size_t kMaxLevel =
    3;  // of lists: MAX_LEVEL of the documented samples, which write what is deeper each in its own way
constexpr std::size_t kMaxIdSize = 19;  // of an int64

constexpr std::string_view kReadsOtherwise =
    "a value holds the name of a parameter, and the venue joins names and values without a separator: the same signature fits a "
    "request that has this parameter";

constexpr std::array kAlgorithms{SigningAlgorithm{"HMAC-SHA256", SecretForm::text}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", kPrefix, "api.crypto.com"},
    {"testnet", kPrefix, "uat-api.3ona.co"},
});

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxIdSize && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// content gives what stands in a string without escapes, or a number as it is written.
std::string_view content(JsonValue value) noexcept {
  return value.type == JsonType::string ? value.raw.substr(1, value.raw.size() - 2) : value.raw;
}

// kKnownNames are the parameters of orders, withdrawals and transfers (exchange-docs.crypto.com). "to" is left out: it stands
// in too many words.
constexpr std::array<std::string_view, 22> kKnownNames{
    "account_id", "address",    "amount",        "client_oid", "client_wid",      "contingency_type",
    "currency",   "direction",  "exec_inst",     "from",       "instrument_name", "isolation_id",
    "leverage",   "network_id", "notional",      "order_id",   "order_list",      "price",
    "quantity",   "side",       "time_in_force", "type",
};
static_assert(std::ranges::is_sorted(kKnownNames));

struct Range {
  std::uint8_t begin = 0, end = 0;
};
// kByInitial tells for each character which of the known names begin with it.
constexpr auto kByInitial = [] {
  std::array<Range, 256> ranges{};
  for (std::size_t i = 0; i < kKnownNames.size(); ++i) {
    Range& range = ranges[static_cast<unsigned char>(kKnownNames[i].front())];
    if (range.end == 0) range.begin = static_cast<std::uint8_t>(i);
    range.end = static_cast<std::uint8_t>(i + 1);
  }
  return ranges;
}();

// ParamString writes params as they are signed, and remembers which of it are names.
class ParamString {
 public:
  explicit ParamString(Composer& composer) noexcept : composer_(composer), begin_(composer.out().size()) {}

  // write_members writes an object's members, sorted by name.
  void write_members(JsonValue object, std::size_t level = 0) noexcept {
    std::array<Member, kMaxMembers> members;
    std::size_t count = 0;
    for (JsonMembers all(object); all.next(); ++count) {
      const std::string_view name = content(all.name());
      const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
      if (!plain || count == members.size()) return composer_.refuse(Reason::member_malformed, name);
      members[count] = {name, all.value()};
    }
    const auto sorted = std::span(members).first(count);
    std::ranges::sort(sorted, {}, &Member::name);
    for (const Member& member : sorted) {
      if (name_count_ == names_.size()) return composer_.refuse(Reason::member_malformed, member.name);
      names_[name_count_++] = composer_.out().copy(member.name);
      write_value(member.value, level);
    }
  }

  // reads_otherwise says that a name which the venue knows stands in it where no name was written: in a value, or across the
  // border of a name and its value. The same signature then fits params that have it.
  [[nodiscard]] bool reads_otherwise() const noexcept {
    const std::string_view text = composer_.out().since(begin_);
    std::size_t next = 0;
    for (const char& c : text) {
      const Range known = kByInitial[static_cast<unsigned char>(c)];
      if (known.begin == known.end) continue;
      while (next < name_count_ && end_of(names_[next]) <= &c) ++next;
      const bool in_name = next < name_count_ && names_[next].data() <= &c;
      const std::size_t harmless = in_name ? static_cast<std::size_t>(end_of(names_[next]) - &c) : 0;
      const std::string_view rest(&c, static_cast<std::size_t>(end_of(text) - &c));
      for (std::size_t i = known.begin; i < known.end; ++i) {
        if (kKnownNames[i].size() > harmless && rest.starts_with(kKnownNames[i])) return true;
      }
    }
    return false;
  }

 private:
  struct Member {
    std::string_view name;
    JsonValue value;
  };

  static const char* end_of(std::string_view text) noexcept { return text.data() + text.size(); }

  void write_value(JsonValue value, std::size_t level) noexcept {
    const bool container = value.type == JsonType::object || value.type == JsonType::array;
    if (container && level >= kMaxLevel) return composer_.refuse(Reason::member_malformed, value.raw);
    if (value.type == JsonType::object) return write_members(value, level);
    if (value.type == JsonType::array) {
      for (JsonElements elements(value); elements.next();) write_value(elements.value(), level + 1);
      return;
    }
    // Decimals come out differently in different languages; the venue wants strings.
    if (value.type == JsonType::number && value.raw.find_first_of(".eE") != std::string_view::npos) {
      return composer_.refuse(Reason::json_number, value.raw);
    }
    write_text(value, composer_.out());
  }

  Composer& composer_;
  std::size_t begin_;
  std::array<std::string_view, kParamNames> names_;  // NOLINT(*-member-init): filled up to name_count_
  std::size_t name_count_ = 0;
};

// Envelope is a request's body: the caller's, or to be written.
struct Envelope {
  JsonValue given;  // none: it is to be written around the params
  JsonValue params;
  std::string_view id, nonce;
  bool has_key = false;
};

// read_envelope reads the caller's envelope. What it may hold is what the signature covers.
void read_envelope(Composer& composer, Envelope& envelope) noexcept {
  for (JsonMembers members(envelope.given); members.next();) {
    const JsonValue value = members.value();
    const bool scalar = value.type == JsonType::string || value.type == JsonType::number;
    bool fits = false;
    if (is_string(members.name(), "id")) {
      envelope.id = content(value);
      fits = scalar && is_digits(envelope.id);
    } else if (is_string(members.name(), "nonce")) {
      envelope.nonce = content(value);
      fits = scalar && is_digits(envelope.nonce);
    } else if (is_string(members.name(), "method")) {
      fits = is_string(value, composer.path().substr(kPrefix.size()));
    } else if (is_string(members.name(), "params")) {
      envelope.params = value;
      fits = value.type == JsonType::object;
    } else if (is_string(members.name(), "api_key")) {
      envelope.has_key = true;
      fits = is_string(value, composer.context().api_key);
    } else {
      const bool signature = is_string(members.name(), "sig");
      return composer.refuse(signature ? Reason::signature_given : Reason::member_unknown, members.name().raw);
    }
    if (!fits) return composer.refuse(Reason::member_malformed, members.name().raw);
  }
  if (envelope.id.empty()) return composer.refuse(Reason::member_missing, "id");
  if (envelope.nonce.empty()) return composer.refuse(Reason::member_missing, "nonce");
}

// judge_nonce holds the envelope's nonce, which is the request's time, to the rule for times.
void judge_nonce(Composer& composer, std::string_view nonce) noexcept {
  if (composer.context().timestamp_ms) return composer.refuse(Reason::timestamp_twice);
  const auto time_ms = parse_timestamp_ms(nonce);
  if (!time_ms || nonce.size() > 13) return composer.refuse(Reason::timestamp_malformed, nonce);
  if (*time_ms - kMaxAheadMs > composer.context().now_ms) return composer.refuse(Reason::timestamp_ahead, nonce);
  composer.draft().facts.timestamp_ms = *time_ms;
}

// write_envelope writes the body up to the signature. Its members stand in ccxt's order.
std::string_view write_envelope(Composer& composer, const Envelope& envelope) noexcept {
  static constexpr Template kKeyAndSignature(R"(,"api_key":"${key}","sig":")");
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  if (envelope.given) {
    out.append(envelope.given.raw.substr(0, envelope.given.raw.size() - 1));
    envelope.has_key ? void(out.append(",\"sig\":\"")) : void(composer.expand(kKeyAndSignature, Composer::Into::json));
    return out.since(mark);
  }
  out.append("{\"id\":\"").append(composer.time()).append("\",\"method\":\"");
  out.append(composer.path().substr(kPrefix.size())).append("\",\"params\":");
  out.append(envelope.params ? envelope.params.raw : "{}");
  composer.expand(kKeyAndSignature, Composer::Into::json);
  return out.since(mark);
}

// reach_shorter_methods counts the methods that the signed text begins with too: only the id's digits end a method.
void reach_shorter_methods(Composer& composer) noexcept {
  for (const Operation& operation : composer.venue().operations) {
    if (operation.method == "POST" && composer.path().starts_with(operation.path)) {
      composer.draft().facts.reachable.add(operation.operation_class);
    }
  }
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  if (request.kind != RequestKind::rest) return compose_by_scheme(venue, request, context, draft);
  Composer composer(venue, request, context, draft);
  composer.read();
  if (!composer.ok()) return composer.finish();
  if (draft.method != "POST") composer.refuse(Reason::operation_unlisted, composer.path());
  if (!composer.query().empty()) composer.refuse(Reason::query_unexpected, composer.query());

  Envelope envelope;
  if (!composer.body().empty()) {
    const JsonValue body = composer.json();
    if (body.type != JsonType::object) composer.refuse(Reason::json_no_container, body.raw);
    (member(body, "method") ? envelope.given : envelope.params) = body;
  }
  if (envelope.given) {
    read_envelope(composer, envelope);
    if (composer.ok()) judge_nonce(composer, envelope.nonce);
  } else {
    envelope.id = envelope.nonce = composer.time();
  }
  if (!composer.ok()) return composer.finish();
  reach_shorter_methods(composer);

  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  out.append(composer.path().substr(kPrefix.size())).append(envelope.id).append(context.api_key);
  ParamString params(composer);
  params.write_members(envelope.params);
  if (composer.ok() && params.reads_otherwise()) composer.warn(kReadsOtherwise);
  out.append(envelope.nonce);
  composer.set_preimage(out.since(mark));

  composer.set_body(write_envelope(composer, envelope));
  composer.write_outputs();
  // The template keeps room for the longer of the two ends.
  if (envelope.given) draft.placement.suffix = "\"}";
  return composer.finish();
}

void write_body(Composer& composer) noexcept { composer.out().append(composer.body()); }

constexpr std::string_view kTimeRule = "the nonce is the time, within 60 s of the server";

constexpr auto kHeaders = std::to_array<Header>({
    {"Content-Type", "application/json"},
});

constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .select = kPrefix,
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .parameters = {.body_methods = "POST"},
        .headers = kHeaders,
        .body = R"(${custom}${signature}","nonce":"${time}"})",
        .custom = write_body,
    },
    {
        .kind = RequestKind::ws,
        .name = "WebSocket public/auth",
        .select = "public/auth",
        .preimage = "public/auth${time}${key}${time}",
        .time_rule = kTimeRule,
        .binding = {.method = true, .path = true},
        .message = R"({"id":"${time}","nonce":"${time}","method":"public/auth","api_key":"${key}","sig":"${signature}"})",
    },
});

// kOperations: ccxt 4.5.84 cryptocom.js (v1.private.post), exchange-docs.crypto.com. All are POST, reads too. "public/auth" is
// what a WebSocket logon signs.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/exchange/v1/private/advanced/cancel-all-orders", trade},
    {"POST", "/exchange/v1/private/advanced/cancel-oco", trade},
    {"POST", "/exchange/v1/private/advanced/cancel-order", trade},
    {"POST", "/exchange/v1/private/advanced/cancel-oto", trade},
    {"POST", "/exchange/v1/private/advanced/cancel-otoco", trade},
    {"POST", "/exchange/v1/private/advanced/create-oco", trade},
    {"POST", "/exchange/v1/private/advanced/create-order", trade},
    {"POST", "/exchange/v1/private/advanced/create-oto", trade},
    {"POST", "/exchange/v1/private/advanced/create-otoco", trade},
    {"POST", "/exchange/v1/private/advanced/get-open-orders", read},
    {"POST", "/exchange/v1/private/advanced/get-order-detail", read},
    {"POST", "/exchange/v1/private/advanced/get-order-history", read},
    {"POST", "/exchange/v1/private/amend-order", trade},
    {"POST", "/exchange/v1/private/bot/create-trading-bot", trade},
    {"POST", "/exchange/v1/private/bot/get-trading-bot-executions", read},
    {"POST", "/exchange/v1/private/bot/get-trading-bots", read},
    {"POST", "/exchange/v1/private/bot/pause-trading-bot", trade},
    {"POST", "/exchange/v1/private/bot/resume-trading-bot", trade},
    {"POST", "/exchange/v1/private/bot/terminate-trading-bot", trade},
    {"POST", "/exchange/v1/private/bot/update-trading-bot", trade},
    {"POST", "/exchange/v1/private/cancel-all-orders", trade},
    {"POST", "/exchange/v1/private/cancel-order", trade},
    {"POST", "/exchange/v1/private/cancel-order-list", trade},
    {"POST", "/exchange/v1/private/change-account-leverage", trade},
    {"POST", "/exchange/v1/private/change-account-settings", trade},
    {"POST", "/exchange/v1/private/change-isolated-margin-leverage", trade},
    {"POST", "/exchange/v1/private/close-position", trade},
    {"POST", "/exchange/v1/private/create-isolated-margin-transfer", transfer},
    {"POST", "/exchange/v1/private/create-order", trade},
    {"POST", "/exchange/v1/private/create-order-list", trade},
    {"POST", "/exchange/v1/private/create-subaccount-transfer", transfer},
    {"POST", "/exchange/v1/private/create-withdrawal", withdraw},
    {"POST", "/exchange/v1/private/fiat/fiat-create-withdraw", withdraw},
    {"POST", "/exchange/v1/private/fiat/fiat-deposit-history", read},
    {"POST", "/exchange/v1/private/fiat/fiat-deposit-info", read},
    {"POST", "/exchange/v1/private/fiat/fiat-get-bank-accounts", read},
    {"POST", "/exchange/v1/private/fiat/fiat-transaction-limit", read},
    {"POST", "/exchange/v1/private/fiat/fiat-transaction-quota", read},
    {"POST", "/exchange/v1/private/fiat/fiat-withdraw-history", read},
    {"POST", "/exchange/v1/private/get-account-settings", read},
    {"POST", "/exchange/v1/private/get-accounts", read},
    {"POST", "/exchange/v1/private/get-cancel-on-disconnect", read},
    {"POST", "/exchange/v1/private/get-currency-networks", read},
    {"POST", "/exchange/v1/private/get-deposit-address", read},
    {"POST", "/exchange/v1/private/get-deposit-history", read},
    {"POST", "/exchange/v1/private/get-fee-credit-balances", read},
    {"POST", "/exchange/v1/private/get-fee-rate", read},
    {"POST", "/exchange/v1/private/get-instrument-fee-rate", read},
    {"POST", "/exchange/v1/private/get-open-orders", read},
    {"POST", "/exchange/v1/private/get-order-detail", read},
    {"POST", "/exchange/v1/private/get-order-history", read},
    {"POST", "/exchange/v1/private/get-order-list", read},
    {"POST", "/exchange/v1/private/get-positions", read},
    {"POST", "/exchange/v1/private/get-subaccount-balances", read},
    {"POST", "/exchange/v1/private/get-trades", read},
    {"POST", "/exchange/v1/private/get-transactions", read},
    {"POST", "/exchange/v1/private/get-withdrawal-history", read},
    {"POST", "/exchange/v1/private/set-cancel-on-disconnect", trade},
    {"POST", "/exchange/v1/private/staking/convert", transfer},
    {"POST", "/exchange/v1/private/staking/get-convert-history", read},
    {"POST", "/exchange/v1/private/staking/get-open-convert", read},
    {"POST", "/exchange/v1/private/staking/get-open-stake", read},
    {"POST", "/exchange/v1/private/staking/get-reward-history", read},
    {"POST", "/exchange/v1/private/staking/get-stake-history", read},
    {"POST", "/exchange/v1/private/staking/get-staking-instruments", read},
    {"POST", "/exchange/v1/private/staking/get-staking-position", read},
    {"POST", "/exchange/v1/private/staking/stake", transfer},
    {"POST", "/exchange/v1/private/staking/unstake", transfer},
    {"POST", "/exchange/v1/private/user-balance", read},
    {"POST", "/exchange/v1/private/user-balance-history", read},
    {"POST", "/exchange/v1/public/auth", session},
    {"WS", "public/auth", session},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

}  // namespace

constexpr Venue kCryptoCom{
    .name = "crypto-com",
    .title = "Crypto.com Exchange v1",
    .source = "exchange-docs.crypto.com; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The body is the params' JSON object, or the whole envelope (id, method, params, nonce) without sig; params given one by "
        "one are strings. Write decimals as strings. The venue joins names and values without a separator, so one signature "
        "fits other params that read the same; the method stays.",
    .check = {.method = "POST", .path = "/exchange/v1/private/user-balance", .body = "{}"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place_signature,
};

}  // namespace custos::exchange
