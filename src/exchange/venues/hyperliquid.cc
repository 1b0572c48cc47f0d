// Hyperliquid, from hyperliquid-python-sdk 0.24.0 (utils/signing.py, exchange.py) and its documentation ("Exchange endpoint",
// "Signing", "Nonces and API wallets").
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "custos/request.h"
#include "encode/hex.h"
#include "encode/secp256k1_signature.h"
#include "exchange/composer.h"
#include "exchange/hyperliquid_action.h"
#include "exchange/json.h"
#include "exchange/msgpack_writer.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"ECDSA-secp256k1", SecretForm::scalar_hex}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr auto kHosts = std::to_array<Host>({
    {"live", "/exchange", "api.hyperliquid.xyz"},
    {"testnet", "/exchange", "api.hyperliquid-testnet.xyz"},
});
constexpr std::string_view kPath = "/exchange";

constexpr auto kHeaders = std::to_array<Header>({
    {"Content-Type", "application/json", Header::When::with_body},
});

// The digest stands for what the templates cannot say: canonicalise writes it and the body.
constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .select = kPath,
        .time = TimeFormat::none,
        .time_rule = "the nonce lies within 2 days before and 1 day after the server's clock in milliseconds",
        .nonce = NonceRule::rising_ms,
        .binding = {.method = true, .path = true},  // by action.type, which is signed
        .headers = kHeaders,
    },
});

// kOperations: the path and action.type. The SDK's exchange.py; nktkas/hyperliquid for those that it lacks; exchanges.md,
// deny-list. Left out, and unknown thereby: multiSig, whose inner action is another's; spotDeploy, perpDeploy, CSignerAction,
// CValidatorAction and what else only those need who run markets and validators.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/exchange agentEnableDexAbstraction", manage},
    {"POST", "/exchange agentSendAsset", transfer},
    {"POST", "/exchange agentSetAbstraction", manage},
    {"POST", "/exchange approveAgent", manage},
    {"POST", "/exchange approveBuilderFee", manage},
    {"POST", "/exchange batchModify", trade},
    {"POST", "/exchange borrowLend", transfer},
    {"POST", "/exchange cDeposit", transfer},
    {"POST", "/exchange cWithdraw", transfer},
    {"POST", "/exchange cancel", trade},
    {"POST", "/exchange cancelByCloid", trade},
    {"POST", "/exchange claimRewards", transfer},
    {"POST", "/exchange convertToMultiSigUser", manage},
    {"POST", "/exchange createSubAccount", manage},
    {"POST", "/exchange createVault", transfer},  // it puts the first deposit in
    {"POST", "/exchange evmUserModify", manage},
    {"POST", "/exchange gossipPriorityBid", transfer},  // paid from the balance
    {"POST", "/exchange linkStakingUser", manage},
    {"POST", "/exchange modify", trade},
    {"POST", "/exchange noop", trade},
    {"POST", "/exchange order", trade},
    {"POST", "/exchange registerReferrer", manage},
    {"POST", "/exchange reserveRequestWeight", transfer},  // paid from the balance
    {"POST", "/exchange scheduleCancel", trade},
    {"POST", "/exchange sendAsset", withdraw},
    {"POST", "/exchange sendToEvmWithData", withdraw},
    {"POST", "/exchange setDisplayName", manage},
    {"POST", "/exchange setReferrer", manage},
    {"POST", "/exchange spotSend", withdraw},
    {"POST", "/exchange spotUser", manage},
    {"POST", "/exchange subAccountModify", manage},
    {"POST", "/exchange subAccountSpotTransfer", transfer},
    {"POST", "/exchange subAccountTransfer", transfer},
    {"POST", "/exchange tokenDelegate", transfer},
    {"POST", "/exchange topUpIsolatedOnlyMargin", trade},
    {"POST", "/exchange twapCancel", trade},
    {"POST", "/exchange twapOrder", trade},
    {"POST", "/exchange updateIsolatedMargin", trade},
    {"POST", "/exchange updateLeverage", trade},
    {"POST", "/exchange usdClassTransfer", transfer},
    {"POST", "/exchange usdSend", withdraw},
    {"POST", "/exchange userDexAbstraction", manage},
    {"POST", "/exchange userPortfolioMargin", manage},
    {"POST", "/exchange userSetAbstraction", manage},
    {"POST", "/exchange vaultDistribute", transfer},
    {"POST", "/exchange vaultModify", manage},
    {"POST", "/exchange vaultTransfer", transfer},
    {"POST", "/exchange withdraw3", withdraw},
});

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

constexpr std::size_t kMaxTypeSize = 64;
// The signature as it stands in the body: 64 digits for each dash, v for the tilde.
constexpr std::string_view kSignatureBegin = R"({"r":"0x)";
constexpr std::string_view kSignatureMiddle = R"(","s":"0x)";
constexpr std::string_view kSignatureEnd = R"(","v":)";
constexpr std::size_t kSignatureSize = kSignatureBegin.size() + 64 + kSignatureMiddle.size() + 64 + kSignatureEnd.size() + 3;

// Members are those of the caller's body; absent and null mean the same to the venue.
struct Members {
  JsonValue action, nonce, vault, expires_after;
};

Members read_members(Composer& composer) noexcept {
  Members members;
  for (JsonMembers all(composer.json()); all.next();) {
    const auto is_name = [&](std::string_view name) { return is_string(all.name(), name); };
    JsonValue* const place = is_name("action")         ? &members.action
                             : is_name("nonce")        ? &members.nonce
                             : is_name("vaultAddress") ? &members.vault
                             : is_name("expiresAfter") ? &members.expires_after
                                                       : nullptr;
    if (is_name("signature") && all.value().type != JsonType::null) composer.refuse(Reason::signature_given);
    if (place == nullptr && !is_name("signature")) composer.refuse(Reason::member_unknown, all.name().raw);
    if (place != nullptr && all.value().type != JsonType::null) *place = all.value();
  }
  if (!members.action) composer.refuse(Reason::member_missing, "action");
  if (members.action && members.action.type != JsonType::object) composer.refuse(Reason::member_malformed, "action");
  return members;
}

// read_type answers action.type; a name of letters and digits, which the operation's text shows.
std::string_view read_type(Composer& composer, JsonValue action) noexcept {
  const JsonValue value = member(action, "type");
  const std::string_view raw = value.raw.size() < 2 ? std::string_view() : value.raw.substr(1, value.raw.size() - 2);
  const bool plain =
      value.type == JsonType::string && !raw.empty() && raw.size() <= kMaxTypeSize &&
      std::ranges::all_of(raw, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  if (!plain) composer.refuse(value ? Reason::member_malformed : Reason::member_missing, "type");
  return plain ? raw : std::string_view();
}

// read_nonce takes the request's nonce from where it is given: the option, the body, or the action, which repeats it where it is
// a user's; all given ones must agree. Without one a new nonce is taken. The venue wants nonces that are new, not rising (it
// remembers the 100 highest): the caller's own, which its threads may send in any order, are not counted.
std::optional<std::uint64_t> read_nonce(Composer& composer, const Members& members, const UserAction* user,
                                        CanonicalContext& context) noexcept {
  const std::string_view own_name = user != nullptr ? user->nonce_field() : std::string_view();
  const JsonValue own = user != nullptr ? member(members.action, own_name) : JsonValue();
  if (user != nullptr && !own) composer.refuse(Reason::member_missing, own_name);
  const JsonValue given = members.nonce ? members.nonce : own;
  std::uint64_t number = 0;
  if (given && !read_integer(given, number)) composer.refuse(Reason::member_malformed, members.nonce ? "nonce" : own_name);
  if (given) composer.expect_nonce_in_body();
  if (given || !composer.request().nonce.empty()) context.nonces = nullptr;
  composer.read_times();
  if (composer.nonce().empty() && given) composer.set_nonce(given.raw);
  if (!composer.ok()) return std::nullopt;

  // The text in the body and the text that was checked are one: both are decimal numbers without leading zeros.
  if (members.nonce && members.nonce.raw != composer.nonce()) composer.refuse(Reason::nonce_differs, "nonce");
  if (own && own.raw != composer.nonce()) composer.refuse(Reason::nonce_differs, own_name);
  const std::string_view text = composer.nonce();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// judge finds the class by action.type.
void judge(Composer& composer, std::string_view type) noexcept {
  composer.judge();
  if (!composer.ok()) return;
  Draft& draft = composer.draft();
  std::array<char, kPath.size() + 1 + kMaxTypeSize> text;
  BoundedWriter name(text);
  name.append(kPath).append(' ').append(type);
  const OperationIndex::Row* const row = index(composer.venue()).find(draft.method, name.written());
  const bool known = row != nullptr && composer.path() == kPath;
  draft.facts.operation_class = known ? row->operation->operation_class : unknown;
  draft.facts.reachable = {draft.facts.operation_class};
  if (known) {
    draft.operation = row->text;
  } else {
    const std::size_t mark = composer.out().size();
    append_operation(draft.method, name.written(), unknown, composer.out());
    draft.operation = composer.out().since(mark);
  }
}

void write_digest(Composer& composer, const Members& members, const UserAction* user, std::uint64_t nonce) noexcept {
  const bool mainnet = composer.context().environment == "live";
  Digest32 digest{};
  ActionFault fault;
  if (user != nullptr) {
    // A user's signature covers the action's fields and nothing beside it.
    if (members.vault) return composer.refuse(Reason::member_uncovered, "vaultAddress");
    if (members.expires_after) return composer.refuse(Reason::member_uncovered, "expiresAfter");
    fault = user_digest(*user, members.action, mainnet, composer.out(), digest);
  } else {
    L1Action action{.action = members.action, .nonce = nonce, .mainnet = mainnet};
    std::uint64_t expires_after = 0;
    if (members.vault) {
      action.vault = read_address(members.vault);
      if (!action.vault) return composer.refuse(Reason::member_malformed, "vaultAddress");
    }
    if (members.expires_after) {
      if (!read_integer(members.expires_after, expires_after)) {
        return composer.refuse(Reason::member_malformed, "expiresAfter");
      }
      action.expires_after = expires_after;
    }
    fault = l1_digest(action, composer.out(), digest);
  }
  if (fault.reason != Reason::none) return composer.refuse(fault.reason, fault.subject);
  composer.set_preimage(composer.out().copy(as_text(digest)));
}

void write_body(Composer& composer, const Members& members) noexcept {
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  out.append(R"({"action":)").append(members.action.raw).append(R"(,"nonce":)").append(composer.nonce());
  out.append(R"(,"signature":)");
  char* const room = out.claim(kSignatureSize);
  if (members.vault) out.append(R"(,"vaultAddress":)").append(members.vault.raw);
  if (members.expires_after) out.append(R"(,"expiresAfter":)").append(members.expires_after.raw);
  out.append('}');
  if (room == nullptr || out.overflowed()) return composer.refuse(Reason::too_large);
  std::fill_n(room, kSignatureSize, ' ');  // until there is one
  composer.set_body(out.since(mark));
  composer.draft().placement = {Placement::Where::body, SignatureForm::hex, 0, {room, kSignatureSize}, {}};
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& given, Draft& draft) noexcept {
  CanonicalContext context = given;
  Composer composer(venue, request, context, draft);
  composer.begin();
  composer.read_target();
  composer.read_query();
  if (composer.ok() && !composer.query().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  composer.read_body();
  if (!composer.ok()) return composer.finish();

  const Members members = read_members(composer);
  const std::string_view type = composer.ok() ? read_type(composer, members.action) : std::string_view();
  if (!composer.ok()) return composer.finish();
  const UserAction* const user = find_user_action(type);
  const auto nonce = read_nonce(composer, members, user, context);
  judge(composer, type);
  if (composer.ok() && nonce) write_digest(composer, members, user, *nonce);
  if (composer.ok()) write_body(composer, members);
  composer.write_outputs();
  return composer.finish();
}

SignStatus place(const Venue& venue, ByteView signature, const CanonicalContext& context, Draft& draft) noexcept {
  static_cast<void>(venue);
  const Placement placement = draft.placement;
  draft.placement = {};
  std::array<std::uint8_t, 64> low_s;
  Digest32 digest;
  const bool fits =
      signature.size() == low_s.size() && placement.room.size() == kSignatureSize && draft.preimage.size() == digest.size();
  if (!fits) return refuse(draft, Reason::signature_size);
  std::ranges::copy(signature, low_s.begin());
  std::ranges::copy(as_bytes(draft.preimage), digest.begin());
  const auto id = encode::make_low_s(low_s) ? encode::recovery_id(low_s, digest, context.public_key) : std::nullopt;
  // The ids 2 and 3 belong to an r above the order, which nobody finds; the venue has no v for them.
  if (!id || *id > 1) return refuse(draft, Reason::signature_foreign);

  std::array<char, 64> r, s;
  encode::write_hex(std::span(low_s).first<32>(), r.data());
  encode::write_hex(std::span(low_s).last<32>(), s.data());
  BoundedWriter out(placement.room);
  out.append(kSignatureBegin).append({r.data(), r.size()}).append(kSignatureMiddle).append({s.data(), s.size()});
  out.append(kSignatureEnd).append(*id == 0 ? "27" : "28").append('}');
  draft.signature = out.written();
  return {};
}

}  // namespace

constexpr Venue kHyperliquid{
    .name = "hyperliquid",
    .title = "Hyperliquid",
    .source = "hyperliquid-dex/hyperliquid-python-sdk 0.24.0; nktkas/hyperliquid; ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The API key is the account's address. POST /exchange with the body {\"action\":{...}} and, as needed, \"vaultAddress\", "
        "\"expiresAfter\" (milliseconds) and \"nonce\"; the class is that of action.type. The action is sent and signed as it is "
        "written: its members in the SDK's order, prices and sizes as strings without trailing zeros, addresses in lower case, "
        "no "
        "floats. A user-signed action (withdraw3, usdSend and the like) carries hyperliquidChain, signatureChainId and its own "
        "time or nonce, and needs the account's own key, not an API wallet's.",
    .signs_digest = true,
    .check = {.method = "POST", .path = "/exchange", .body = R"({"action":{"type":"noop"}})"},
    .index = index,
    .canonicalise = canonicalise,
    .place = place,
};

}  // namespace custos::exchange
