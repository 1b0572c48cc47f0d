#include "exchange/dydx_transaction.h"

#include <algorithm>

#include "base/writer.h"
#include "encode/protobuf_reader.h"

namespace custos::exchange {
namespace {

using enum facts::OperationClass;

constexpr std::string_view kMsgExec = "/cosmos.authz.v1beta1.MsgExec";
constexpr std::string_view kMsgCreateTransfer = "/dydxprotocol.sending.MsgCreateTransfer";
constexpr std::string_view kMsgDepositToSubaccount = "/dydxprotocol.sending.MsgDepositToSubaccount";
constexpr std::string_view kTxExtension = "/dydxprotocol.accountplus.TxExtension";
constexpr std::string_view kPublicKey = "/cosmos.crypto.secp256k1.PubKey";
constexpr std::uint64_t kSignModeDirect = 1;
constexpr std::size_t kMaxExecDepth = 4;
// Sequences from here on are times in milliseconds (v4-chain, x/accountplus/keeper/timestampnonce.go).
constexpr std::uint64_t kTimestampSequence = std::uint64_t{1} << 40U;
constexpr std::uint64_t kMaxSequenceAheadMs = 60'000;  // design.md, "Exchange requests"

// danger ranks the classes: the worst of a transaction's messages is its operation.
constexpr int danger(facts::OperationClass operation_class) noexcept {
  switch (operation_class) {
    case read: return 0;
    case trade: return 1;
    case session: return 2;
    case transfer: return 3;
    case manage: return 4;
    case approve:
    case withdraw: return 5;
    case unknown: return 6;
  }
  return 6;
}

std::optional<ProtobufAny> read_any(std::string_view bytes) noexcept {
  ProtobufAny any;
  encode::ProtobufReader reader(bytes);
  while (reader.next()) {
    if (reader.is_integer() || reader.repeated() || reader.number() > 2) return std::nullopt;
    (reader.number() == 1 ? any.type_url : any.value) = reader.bytes();
  }
  const bool plain = std::ranges::all_of(any.type_url, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '/';
  });
  const bool fits = any.type_url.starts_with('/') && any.type_url.size() <= DydxTransaction::kMaxTypeUrl;
  return reader.malformed() || !fits || !plain ? std::nullopt : std::optional(any);
}

// field finds a field that holds bytes in a message that is not wholly read here; nothing when it is missing, stands twice or
// the message is not in canonical form.
std::optional<std::string_view> field(std::string_view message, std::uint32_t number) noexcept {
  std::optional<std::string_view> found;
  encode::ProtobufReader reader(message);
  while (reader.next()) {
    if (reader.number() != number) continue;
    if (reader.is_integer() || reader.repeated()) return std::nullopt;
    found = reader.bytes();
  }
  return reader.malformed() ? std::nullopt : found;
}

// stays_with_owner says that a message moves collateral between subaccounts of one owner. What does not read plainly does not.
bool stays_with_owner(const ProtobufAny& message) noexcept {
  std::optional<std::string_view> from, to;
  if (message.type_url == kMsgCreateTransfer) {  // { Transfer transfer = 1 { SubaccountId sender = 1, recipient = 2 } }
    const auto moved = field(message.value, 1);
    const auto sender = moved ? field(*moved, 1) : std::nullopt;
    const auto recipient = moved ? field(*moved, 2) : std::nullopt;
    if (sender) from = field(*sender, 1);
    if (recipient) to = field(*recipient, 1);
  } else {  // MsgDepositToSubaccount { string sender = 1, SubaccountId recipient = 2 }
    from = field(message.value, 1);
    const auto recipient = field(message.value, 2);
    if (recipient) to = field(*recipient, 1);
  }
  return from && to && !from->empty() && *from == *to;
}

// is_direct reads ModeInfo { Single single = 1 { SignMode mode = 1 } }.
bool is_direct(std::string_view bytes) noexcept {
  encode::ProtobufReader outer(bytes);
  if (!outer.next() || outer.number() != 1 || outer.is_integer()) return false;
  encode::ProtobufReader inner(outer.bytes());
  if (!inner.next() || inner.number() != 1 || !inner.is_integer() || inner.integer() != kSignModeDirect) return false;
  return !inner.next() && !inner.malformed() && !outer.next() && !outer.malformed();
}

}  // namespace

void DydxTransaction::refuse(Reason reason, std::string_view subject) noexcept {
  if (!ok()) return;
  fault_ = reason;
  subject_ = subject;
}

Reason DydxTransaction::read(std::string_view body, std::string_view auth_info) noexcept {
  read_body(body);
  if (ok()) read_auth_info(auth_info);
  // Orders cost no gas: a fee beside them only moves money, to whoever validates.
  if (pays_fee_ && danger(class_) < danger(transfer)) reachable_.add(transfer);
  return fault_;
}

void DydxTransaction::read_body(std::string_view bytes) noexcept {
  encode::ProtobufReader reader(bytes);
  while (ok() && reader.next()) {
    switch (reader.number()) {
      case 1:
        if (reader.is_integer()) return malformed("body.messages");
        take_message(reader.bytes(), 0);
        break;
      case 2:
        if (reader.is_integer() || reader.repeated()) return malformed("body.memo");
        break;
      case 3:
        if (!reader.is_integer() || reader.repeated()) return malformed("body.timeout_height");
        break;
      case 2047: {
        const auto extension = reader.is_integer() || reader.repeated() ? std::nullopt : read_any(reader.bytes());
        if (!extension || extension->type_url != kTxExtension) return malformed("body.non_critical_extension_options");
        break;
      }
      default: return malformed("body");
    }
  }
  if (reader.malformed() || type_url_.empty()) malformed("body");
}

// As deep as messages may be wrapped, which is bounded.
void DydxTransaction::take_message(std::string_view bytes, std::size_t depth) noexcept {  // NOLINT(misc-no-recursion)
  const auto message = read_any(bytes);
  if (!message) return malformed("body.messages");
  std::array<char, kMaxPath + 1 + kMaxTypeUrl> text;
  BoundedWriter name(text);
  name.append(path_).append(' ').append(message->type_url);
  const OperationIndex::Row* const row = index_.find("POST", name.written());
  const facts::OperationClass found = row != nullptr ? row->operation->operation_class : unknown;
  reachable_.add(found);
  if (type_url_.empty() || danger(found) > danger(class_)) {
    class_ = found;
    type_url_ = message->type_url;
  }
  if (message->type_url == kMsgCreateTransfer || message->type_url == kMsgDepositToSubaccount) {
    if (!stays_with_owner(*message)) reachable_.add(withdraw);
  }
  if (message->type_url == kMsgExec) take_wrapped(message->value, depth);
}

// take_wrapped reads MsgExec { string grantee = 1, repeated Any msgs = 2 }.
void DydxTransaction::take_wrapped(std::string_view exec, std::size_t depth) noexcept {  // NOLINT(misc-no-recursion)
  if (depth == kMaxExecDepth) return malformed("body.messages");
  encode::ProtobufReader reader(exec);
  while (ok() && reader.next()) {
    const bool grantee = reader.number() == 1 && !reader.repeated();
    if (reader.is_integer() || (!grantee && reader.number() != 2)) return malformed("body.messages");
    if (!grantee) take_message(reader.bytes(), depth + 1);
  }
  if (reader.malformed()) malformed("body.messages");
}

void DydxTransaction::read_auth_info(std::string_view bytes) noexcept {
  bool signer = false;
  bool fee = false;
  encode::ProtobufReader reader(bytes);
  while (ok() && reader.next()) {
    if (reader.is_integer() || reader.repeated() || reader.number() > 2) return malformed("auth_info");
    if (reader.number() == 1) {
      signer = true;
      read_signer(reader.bytes());
    } else {
      fee = true;
      read_fee(reader.bytes());
    }
  }
  if (reader.malformed() || !signer || !fee) malformed("auth_info");
}

// read_signer reads SignerInfo { Any public_key = 1, ModeInfo mode_info = 2, uint64 sequence = 3 }.
void DydxTransaction::read_signer(std::string_view bytes) noexcept {
  constexpr std::string_view kPart = "auth_info.signer_infos";
  bool key = false;
  bool mode = false;
  encode::ProtobufReader reader(bytes);
  while (reader.next()) {
    if (reader.repeated() || reader.number() > 3 || reader.is_integer() != (reader.number() == 3)) return malformed(kPart);
    if (reader.number() == 1) {
      key = true;
      if (!is_our_key(reader.bytes())) return refuse(Reason::transaction_key_foreign, kPart);
    } else if (reader.number() == 2) {
      mode = true;
      if (!is_direct(reader.bytes())) return malformed("auth_info.signer_infos.mode_info");
    } else {
      read_sequence(reader.integer());
    }
  }
  if (reader.malformed() || !mode) return malformed(kPart);
  if (!key) refuse(Reason::transaction_key_foreign, kPart);
}

// is_our_key says that a key is the signer's, compressed (SEC 1, 2.3.3).
bool DydxTransaction::is_our_key(std::string_view bytes) const noexcept {
  const auto any = read_any(bytes);
  const auto key = any && any->type_url == kPublicKey ? field(any->value, 1) : std::nullopt;
  if (!key || public_key_.size() != 65 || key->size() != 33 || any->value.size() != 2 + key->size()) return false;
  const char head = static_cast<char>(2 + (public_key_.back() & 1U));
  return key->front() == head && key->substr(1) == as_text(public_key_.subspan(1, 32));
}

void DydxTransaction::read_sequence(std::uint64_t sequence) noexcept {
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms_, 0));
  if (sequence < kTimestampSequence || sequence <= now + kMaxSequenceAheadMs) return;
  BoundedWriter digits(digits_);
  digits.append_decimal(sequence);
  refuse(Reason::nonce_ahead, digits.written());
}

// read_fee reads Fee { repeated Coin amount = 1, uint64 gas_limit = 2 }; another payer or granter (3, 4) is not taken.
void DydxTransaction::read_fee(std::string_view bytes) noexcept {
  encode::ProtobufReader reader(bytes);
  while (reader.next()) {
    const bool amount = reader.number() == 1 && !reader.is_integer();
    const bool gas_limit = reader.number() == 2 && reader.is_integer() && !reader.repeated();
    if (!amount && !gas_limit) return malformed("auth_info.fee");
    pays_fee_ |= amount;
  }
  if (reader.malformed()) malformed("auth_info.fee");
}

}  // namespace custos::exchange
