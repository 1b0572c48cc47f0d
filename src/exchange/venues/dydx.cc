// dYdX v4, a Cosmos chain: dydxprotocol/v4-chain (proto/dydxprotocol, app/msgs), v4-clients (v4-client-js), cosmos-sdk
// (proto/cosmos/tx/v1beta1/tx.proto, docs/architecture/adr-027), ccxt 4.5.84 (dydx.js).
#include <algorithm>
#include <array>
#include <charconv>

#include "encode/base64.h"
#include "encode/protobuf_reader.h"
#include "encode/secp256k1_signature.h"
#include "exchange/composer.h"
#include "exchange/dydx_transaction.h"
#include "exchange/json.h"
#include "exchange/venues/venues.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::array kAlgorithms{SigningAlgorithm{"ECDSA-secp256k1", SecretForm::scalar_hex}};
constexpr std::array<std::string_view, 2> kEnvironments{"live", "testnet"};
constexpr std::string_view kPath = "/cosmos/tx/v1beta1/txs";
static_assert(kPath.size() <= DydxTransaction::kMaxPath);
constexpr auto kHosts = std::to_array<Host>({
    {"live", kPath, "dydx-rest.publicnode.com"},
    {"live", kPath, "dydx-ops-rest.kingnodes.com"},
    {"testnet", kPath, "test-dydx-rest.kingnodes.com"},
});

constexpr auto kHeaders = std::to_array<Header>({
    {"Content-Type", "application/json", Header::When::with_body},
});

// The SignDoc is what the templates cannot say: canonicalise writes it and the body.
constexpr auto kSchemes = std::to_array<Scheme>({
    {
        .name = "REST",
        .select = kPath,
        .form = SignatureForm::base64,
        .time = TimeFormat::none,
        .time_rule = "a sequence that is a time lies within 30 s before and after the chain's, in milliseconds",
        .binding = {.method = true, .path = true},  // by the messages' types, which are signed
        .headers = kHeaders,
    },
});

// kOperations: the path and the message's type URL. v4-chain, app/msgs/normal_msgs.go; exchanges.md, deny-list. Left out, and
// unknown thereby, are the messages of validators, relayers and market makers of the chain's own.
constexpr auto kOperations = std::to_array<Operation>({
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.authz.v1beta1.MsgExec", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.authz.v1beta1.MsgGrant", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.authz.v1beta1.MsgRevoke", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.bank.v1beta1.MsgMultiSend", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.bank.v1beta1.MsgSend", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.distribution.v1beta1.MsgDepositValidatorRewardsPool", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.distribution.v1beta1.MsgFundCommunityPool", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.distribution.v1beta1.MsgSetWithdrawAddress", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.feegrant.v1beta1.MsgGrantAllowance", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.feegrant.v1beta1.MsgRevokeAllowance", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.gov.v1.MsgDeposit", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.gov.v1.MsgVote", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.gov.v1.MsgVoteWeighted", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.gov.v1beta1.MsgDeposit", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.gov.v1beta1.MsgVote", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.gov.v1beta1.MsgVoteWeighted", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.staking.v1beta1.MsgBeginRedelegate", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.staking.v1beta1.MsgDelegate", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /cosmos.staking.v1beta1.MsgUndelegate", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.accountplus.MsgAddAuthenticator", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.accountplus.MsgRemoveAuthenticator", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.affiliates.MsgRegisterAffiliate", manage},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.clob.MsgBatchCancel", trade},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.clob.MsgCancelOrder", trade},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.clob.MsgPlaceOrder", trade},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.clob.MsgUpdateLeverage", trade},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.listing.MsgCreateMarketPermissionless", transfer},  // it deposits to the vault
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.sending.MsgCreateTransfer", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.sending.MsgDepositToSubaccount", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.sending.MsgWithdrawFromSubaccount", withdraw},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.vault.MsgDepositToMegavault", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /dydxprotocol.vault.MsgWithdrawFromMegavault", transfer},
    {"POST", "/cosmos/tx/v1beta1/txs /ibc.applications.transfer.v1.MsgTransfer", withdraw},
});

constexpr std::string_view kOutputBegin = R"({"tx_bytes":")";
constexpr std::string_view kOutputEnd = R"(","mode":"BROADCAST_MODE_SYNC"})";
constexpr std::size_t kSignatureSize = 64;
constexpr std::string_view kSignatureHead = "\x1A\x40";  // TxRaw.signatures, of 64 bytes

const OperationIndex& index(const Venue& venue) noexcept {
  static const OperationIndex built(venue);
  return built;
}

constexpr std::string_view chain_of(std::string_view environment) noexcept {
  return environment == "live" ? "dydx-mainnet-1" : "dydx-testnet-4";
}

// Fields goes through a message's fields as the chain does, which takes more forms than the canonical one, and stops at what it
// cannot read either.
class Fields {
 public:
  explicit Fields(std::string_view message) noexcept : rest_(message) {}

  bool next() noexcept {
    std::uint64_t tag = 0;
    if (!read_varint(tag)) return false;
    number_ = static_cast<std::uint32_t>(tag >> 3U);  // generated code keeps 32 bits of it
    bytes_ = {};
    std::uint64_t size = 0;
    switch (tag & 7U) {
      case 0: return read_varint(size);
      case 1: return take(8);
      case 2: return read_varint(size) && take(size);
      case 5: return take(4);
      default: stopped_at_group_ = true; return false;
    }
  }
  // stopped_at_group says that the chain may read on where this could not.
  [[nodiscard]] bool stopped_at_group() const noexcept { return stopped_at_group_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  bool take(std::uint64_t size) noexcept {
    if (size > rest_.size()) return false;
    bytes_ = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(bytes_.size());
    return true;
  }
  bool read_varint(std::uint64_t& value) noexcept {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::string_view rest_, bytes_;
  std::uint32_t number_ = 0;
  bool stopped_at_group_ = false;
};

// pays_builder says that a transaction has an order with builder codes: a fee besides the venue's, up to what the order says, to
// an address that it names (v4-chain, clob/order.proto: MsgPlaceOrder.order = 1, Order.builder_code_parameters = 13). The account
// agrees to it by nothing but this signature.
bool pays_builder(std::string_view body) noexcept {
  constexpr std::string_view kPlaceOrder = "/dydxprotocol.clob.MsgPlaceOrder";
  constexpr std::uint32_t kMessages = 1, kTypeUrl = 1, kValue = 2, kOrder = 1, kBuilderCode = 13;
  for (Fields messages(body); messages.next();) {
    if (messages.number() != kMessages) continue;
    std::string_view type, value;
    for (Fields any(messages.bytes()); any.next();) {
      if (any.number() == kTypeUrl) type = any.bytes();
      if (any.number() == kValue) value = any.bytes();
    }
    if (type != kPlaceOrder) continue;
    Fields message(value);
    while (message.next()) {
      if (message.number() != kOrder) continue;
      Fields order(message.bytes());
      while (order.next()) {
        if (order.number() == kBuilderCode) return true;
      }
      if (order.stopped_at_group()) return true;
    }
    if (message.stopped_at_group()) return true;
  }
  return false;
}

// judge replaces what the path alone said by what the transaction does.
void judge(Composer& composer, const DydxTransaction& transaction) noexcept {
  Draft& draft = composer.draft();
  const bool known = composer.path() == kPath && draft.method == "POST";
  draft.facts.operation_class = known ? transaction.operation_class() : unknown;
  draft.facts.reachable = known ? transaction.reachable() : facts::ClassSet{unknown};
  std::array<char, kPath.size() + 1 + DydxTransaction::kMaxTypeUrl> text;
  BoundedWriter name(text);
  name.append(kPath).append(' ').append(transaction.type_url());
  const std::size_t mark = composer.out().size();
  append_operation(draft.method, name.written(), draft.facts.operation_class, composer.out());
  draft.operation = composer.out().since(mark);
}

// Members are those of the caller's body.
struct Members {
  JsonValue body_bytes, auth_info_bytes, chain_id, account_number;
};

Members read_members(Composer& composer) noexcept {
  Members members;
  for (JsonMembers all(composer.json()); all.next();) {
    const auto is_name = [&](std::string_view name) { return is_string(all.name(), name); };
    JsonValue* const place = is_name("body_bytes")        ? &members.body_bytes
                             : is_name("auth_info_bytes") ? &members.auth_info_bytes
                             : is_name("chain_id")        ? &members.chain_id
                             : is_name("account_number")  ? &members.account_number
                                                          : nullptr;
    if (place == nullptr) {
      composer.refuse(Reason::member_unknown, all.name().raw);
    } else {
      *place = all.value();
    }
  }
  if (!members.body_bytes) composer.refuse(Reason::member_missing, "body_bytes");
  if (!members.auth_info_bytes) composer.refuse(Reason::member_missing, "auth_info_bytes");
  if (!members.chain_id) composer.refuse(Reason::member_missing, "chain_id");
  if (!members.account_number) composer.refuse(Reason::member_missing, "account_number");
  if (composer.ok() && !is_string(members.chain_id, chain_of(composer.context().environment))) {
    composer.refuse(Reason::member_foreign, "chain_id");
  }
  return members;
}

// read_account_number takes a number, or a text of its digits, as Cosmos writes 64-bit numbers in JSON.
std::uint64_t read_account_number(Composer& composer, JsonValue value) noexcept {
  std::string_view digits = value.raw;
  if (value.type == JsonType::string) digits = digits.substr(1, digits.size() - 2);
  std::uint64_t number = 0;
  const bool plain = (value.type == JsonType::string || value.type == JsonType::number) && !digits.empty() &&
                     (digits == "0" || digits.front() != '0');
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!plain || error != std::errc() || end != digits.data() + digits.size()) {
    composer.refuse(Reason::member_malformed, "account_number");
  }
  return number;
}

void append_varint(BoundedWriter& out, std::uint64_t value) noexcept {
  for (; value >= 0x80; value >>= 7U) out.append(static_cast<char>(value | 0x80U));
  out.append(static_cast<char>(value));
}

int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// append_decoded writes a field's tag, size and bytes, which stand as base64 (RFC 4648, section 4, canonical) in the JSON string
// `name`, and answers the bytes. Some write "/" as "\/"; other escapes are not taken.
std::string_view append_decoded(Composer& composer, char tag, JsonValue value, std::string_view name) noexcept {
  BoundedWriter& out = composer.out();
  std::string_view text = value.type == JsonType::string ? value.raw.substr(1, value.raw.size() - 2) : std::string_view();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::size_t digits = text.size() - static_cast<std::size_t>(std::ranges::count(text, '\\'));
  if (digits == 0 || digits % 4 != 0) {
    composer.refuse(Reason::member_malformed, name);
    return {};
  }
  const std::size_t size = digits / 4 * 3 - padding;
  text.remove_suffix(padding);
  append_varint(out.append(tag), size);
  char* const place = out.claim(size);
  if (place == nullptr) {
    composer.refuse(Reason::too_large);
    return {};
  }
  std::uint32_t bits = 0;
  std::size_t have = 0;  // bits that are not written yet
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\/")) ++i;
    const int digit = base64_digit(text[i]);
    if (digit < 0) {
      composer.refuse(Reason::member_malformed, name);
      return {};
    }
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    place[written++] = static_cast<char>(bits >> have & 0xFFU);
  }
  if ((bits & ((1U << have) - 1)) != 0) composer.refuse(Reason::member_malformed, name);
  return {place, size};
}

// The beginning that SignDoc and TxRaw share, body_bytes = 1 and auth_info_bytes = 2, is written to the body as far as base64's
// groups of 3 bytes go; place writes the rest, which the signature ends.
constexpr std::size_t rest_of(std::size_t shared) noexcept { return shared % 3; }

constexpr std::size_t tail_size(std::size_t shared) noexcept {
  return encode::base64_size(rest_of(shared) + kSignatureHead.size() + kSignatureSize);
}

void write_body(Composer& composer, std::string_view shared) noexcept {
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  const std::string_view groups = shared.substr(0, shared.size() - rest_of(shared.size()));
  out.append(kOutputBegin);
  char* const begin = out.claim(encode::base64_size(groups.size()));
  char* const room = out.claim(tail_size(shared.size()));
  out.append(kOutputEnd);
  composer.set_body(out.since(mark));
  char* const beside = out.claim(encode::base64_size(kSignatureSize));  // the signature alone, to be shown
  if (out.overflowed()) return composer.refuse(Reason::too_large);
  encode::write_base64(as_bytes(groups), begin);
  std::fill_n(room, tail_size(shared.size()), ' ');  // until there is one
  const auto size = static_cast<std::size_t>(beside - room) + encode::base64_size(kSignatureSize);
  composer.draft().placement = {Placement::Where::body, SignatureForm::base64, 0, {room, size}, {}};
}

SignStatus canonicalise(const Venue& venue, const RequestView& request, const CanonicalContext& context, Draft& draft) noexcept {
  Composer composer(venue, request, context, draft);
  composer.begin();
  composer.read_target();
  composer.read_query();
  if (composer.ok() && !composer.query().empty()) composer.refuse(Reason::query_unexpected, composer.query());
  composer.read_body();
  composer.read_times();
  composer.judge();
  if (!composer.ok()) return composer.finish();

  const Members members = read_members(composer);
  if (!composer.ok()) return composer.finish();
  const std::uint64_t account_number = read_account_number(composer, members.account_number);
  // SignDoc { bytes body_bytes = 1, bytes auth_info_bytes = 2, string chain_id = 3, uint64 account_number = 4 }
  BoundedWriter& out = composer.out();
  const std::size_t mark = out.size();
  const std::string_view body = append_decoded(composer, '\x0A', members.body_bytes, "body_bytes");
  const std::string_view auth_info = append_decoded(composer, '\x12', members.auth_info_bytes, "auth_info_bytes");
  const std::string_view shared = out.since(mark);
  const std::string_view chain = chain_of(context.environment);
  append_varint(out.append('\x1A'), chain.size());
  out.append(chain);
  if (account_number != 0) append_varint(out.append('\x20'), account_number);
  composer.set_preimage(out.since(mark));
  if (out.overflowed()) composer.refuse(Reason::too_large);

  if (!composer.ok()) return composer.finish();

  DydxTransaction transaction(index(venue), kPath, context.public_key, context.now_ms);
  const Reason fault = transaction.read(body, auth_info);
  if (fault != Reason::none) composer.refuse(fault, transaction.subject());
  if (composer.ok()) judge(composer, transaction);
  if (composer.ok() && pays_builder(body)) draft.facts.reachable.add(withdraw);
  if (composer.ok()) write_body(composer, shared);
  composer.write_outputs();
  return composer.finish();
}

SignStatus place(const Venue& venue, ByteView signature, const CanonicalContext& context, Draft& draft) noexcept {
  static_cast<void>(venue);
  static_cast<void>(context);
  const Placement placement = draft.placement;
  draft.placement = {};
  encode::ProtobufReader reader(draft.preimage);
  const bool two = reader.next() && reader.next();
  const auto shared = two ? static_cast<std::size_t>(reader.bytes().data() + reader.bytes().size() - draft.preimage.data()) : 0;
  const std::size_t beside = encode::base64_size(kSignatureSize);
  if (!two || signature.size() != kSignatureSize || placement.room.size() < tail_size(shared) + beside) {
    return refuse(draft, Reason::signature_size);
  }
  std::array<std::uint8_t, kSignatureSize> low_s;
  std::ranges::copy(signature, low_s.begin());
  if (!encode::make_low_s(low_s)) return refuse(draft, Reason::signature_foreign);

  std::array<char, 2 + kSignatureHead.size() + kSignatureSize> tail;
  BoundedWriter out(tail);
  out.append(draft.preimage.substr(shared - rest_of(shared), rest_of(shared))).append(kSignatureHead).append(as_text(low_s));
  encode::write_base64(as_bytes(out.written()), placement.room.data());
  const std::span<char> shown = placement.room.last(beside);
  encode::write_base64(low_s, shown.data());
  draft.signature = {shown.data(), shown.size()};
  return {};
}

}  // namespace

constexpr Venue kDydx{
    .name = "dydx",
    .title = "dYdX v4",
    .source = "dydxprotocol/v4-chain; dydxprotocol/v4-clients; cosmos-sdk (tx.proto, ADR-027); ccxt 4.5.84",
    .algorithms = kAlgorithms,
    .environments = kEnvironments,
    .hosts = kHosts,
    .schemes = kSchemes,
    .operations = kOperations,
    .notes =
        "The API key is the account's address. POST /cosmos/tx/v1beta1/txs with the body {\"body_bytes\":\"base64 of the "
        "TxBody\","
        "\"auth_info_bytes\":\"base64 of the AuthInfo\",\"chain_id\":\"dydx-mainnet-1\",\"account_number\":\"N\"}; what is sent "
        "is "
        "the signed transaction. SIGN_MODE_DIRECT with the credential's own key, and no other signer, payer or granter. Each "
        "message's class counts, and that of what a MsgExec holds. A transfer to another owner's subaccount reaches withdraw, "
        "and "
        "so does an order with builder codes, whose address it pays; a fee with orders reaches transfer, for orders are free. "
        "Other nodes: record the host with the credential.",
    .index = index,
    .canonicalise = canonicalise,
    .place = place,
};

}  // namespace custos::exchange
