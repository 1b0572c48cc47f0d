#include "wallet/solana/message.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/trimmed.h"
#include "base/writer.h"
#include "encode/base58.h"
#include "encode/base64.h"
#include "encode/hex.h"

namespace custos::wallet::sol {
namespace {

constexpr std::size_t kMaxAccounts = 256;  // an instruction names them by one byte
constexpr std::uint8_t kVersionBit = 0x80;

// Reader walks over bytes; the first fault stays, and what is read behind it is zero.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  ByteView take(std::size_t size, std::string_view what) {
    if (size > rest_.size()) fault("it ends within " + std::string(what));
    if (failed()) return {};
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::uint8_t byte(std::string_view what) {
    const ByteView taken = take(1, what);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  template <class Array>
  Array array(std::string_view what) {
    Array value{};
    std::ranges::copy(take(value.size(), what), value.begin());
    return value;
  }
  // count is a compact-u16: seven bits a byte, the lowest first, in the fewest bytes.
  std::size_t count(std::string_view what) {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 21; shift += 7) {
      const std::uint8_t next = byte(what);
      value |= static_cast<std::size_t>(next & 0x7FU) << shift;
      if ((next & 0x80U) != 0) continue;
      if (shift != 0 && next == 0) break;  // a shorter one says the same
      if (value > 0xFFFF) break;
      return failed() ? 0 : value;
    }
    fault("the length of " + std::string(what) + " is no canonical compact-u16");
    return 0;
  }
  Bytes counted(std::string_view what) {
    const ByteView taken = take(count(what), what);
    return {taken.begin(), taken.end()};
  }
  void end() {
    if (!rest_.empty()) fault(std::to_string(rest_.size()) + " bytes stand behind its end");
  }
  void fault(const std::string& what) {
    if (fault_.empty()) fault_ = what;
  }
  [[nodiscard]] ByteView rest() const { return rest_; }
  [[nodiscard]] bool failed() const { return !fault_.empty(); }
  [[nodiscard]] const std::string& why() const { return fault_; }

 private:
  ByteView rest_;
  std::string fault_;
};

void read_header(Reader& in, Message& message) {
  std::uint8_t first = in.byte("the header");
  if ((first & kVersionBit) != 0) {
    if (first != kVersionBit) in.fault("its version is " + std::to_string(first & 0x7FU) + ", which is not known");
    message.version_0 = true;
    first = in.byte("the header");
  }
  message.signers = first;
  message.readonly_signers = in.byte("the header");
  message.readonly_others = in.byte("the header");
}

void read_body(Reader& in, Message& message) {
  for (std::size_t left = in.count("the account keys"); left > 0 && !in.failed(); --left) {
    message.keys.push_back(in.array<PublicKey>("the account keys"));
  }
  message.recent_blockhash = in.array<PublicKey>("the recent blockhash");
  for (std::size_t left = in.count("the instructions"); left > 0 && !in.failed(); --left) {
    Instruction& instruction = message.instructions.emplace_back();
    instruction.program = in.byte("an instruction");
    instruction.accounts = in.counted("an instruction's accounts");
    instruction.data = in.counted("an instruction's data");
  }
  if (!message.version_0) return;
  for (std::size_t left = in.count("the address table lookups"); left > 0 && !in.failed(); --left) {
    Lookup& lookup = message.lookups.emplace_back();
    lookup.table = in.array<PublicKey>("an address table lookup");
    lookup.writable = in.counted("an address table lookup");
    lookup.readonly = in.counted("an address table lookup");
  }
}

// fault_of says what a validator would not accept (solana-message, `sanitize`); empty: nothing.
std::string fault_of(const Message& message) {
  if (message.signers == 0) return "it has no signer";
  if (message.readonly_signers >= message.signers) return "no signer is writable, so that nobody pays the fee";
  if (std::size_t{message.signers} + message.readonly_others > message.keys.size()) {
    return "its header counts more accounts than its " + std::to_string(message.keys.size()) + " keys";
  }
  auto keys = message.keys;
  std::ranges::sort(keys);
  if (const auto twice = std::ranges::adjacent_find(keys); twice != keys.end())
    return "the account " + to_base58(*twice) + " stands twice";

  std::size_t accounts = keys.size();
  std::vector<std::pair<PublicKey, std::uint8_t>> loaded;
  for (const Lookup& lookup : message.lookups) {
    if (lookup.writable.empty() && lookup.readonly.empty())
      return "it looks nothing up in the address table " + to_base58(lookup.table);
    for (const auto* places : {&lookup.writable, &lookup.readonly}) {
      for (const auto place : *places) loaded.emplace_back(lookup.table, place);
    }
  }
  std::ranges::sort(loaded);
  if (const auto twice = std::ranges::adjacent_find(loaded); twice != loaded.end()) {
    return "it looks up entry " + std::to_string(twice->second) + " of the address table " + to_base58(twice->first) + " twice";
  }
  accounts += loaded.size();
  if (accounts > kMaxAccounts) return "it has " + std::to_string(accounts) + " accounts, more than 256";

  for (std::size_t i = 0; i < message.instructions.size(); ++i) {
    const Instruction& instruction = message.instructions[i];
    const std::string name = "instruction " + std::to_string(i + 1);
    if (instruction.program == 0) return name + " calls the account that pays the fee";
    if (instruction.program >= message.keys.size()) return name + " calls a program that is not among the keys";
    if (std::ranges::any_of(instruction.accounts, [&](std::size_t account) { return account >= accounts; })) {
      return name + " names an account that is not there";
    }
  }
  return {};
}

std::size_t transaction_size(std::size_t message, std::size_t signatures) { return 1 + 64 * signatures + message; }

// read_bare reads a message without signatures.
Result<Unsigned> read_bare(ByteView bytes) {
  auto message = read_message(bytes);
  if (!message) return message.failure();
  const std::size_t size = transaction_size(bytes.size(), message->signers);
  if (size > kMaxTransactionBytes) return refuse("the transaction would have " + std::to_string(size) + " bytes, more than 1232");
  std::vector<Signature> none(message->signers);
  return Unsigned{{bytes.begin(), bytes.end()}, std::move(*message), std::move(none)};
}

Result<Unsigned> read_whole(ByteView bytes) {
  Reader in(bytes);
  Unsigned transaction;
  const std::size_t signatures = in.count("the signatures");
  for (std::size_t left = signatures; left > 0 && !in.failed(); --left) {
    transaction.signatures.push_back(in.array<Signature>("the signatures"));
  }
  if (in.failed()) return refuse(in.why());
  transaction.bytes.assign(in.rest().begin(), in.rest().end());
  auto message = read_message(transaction.bytes);
  if (!message) return message.failure();
  if (signatures != message->signers) {
    return refuse("it has " + std::to_string(signatures) + " signatures, and its header wants " +
                  std::to_string(message->signers));
  }
  transaction.message = std::move(*message);
  return transaction;
}

// read_binary reads whichever of the two it is. A legacy message begins as a count of signatures does; a version's mark would
// count at least 128 signatures, which do not fit.
Result<Unsigned> read_binary(ByteView bytes) {
  if (bytes.empty()) return refuse("there is nothing to read");
  if (bytes.size() > kMaxTransactionBytes)
    return refuse(std::to_string(bytes.size()) + " bytes are more than 1232, the most of a transaction");
  auto bare = read_bare(bytes);
  if ((bytes[0] & kVersionBit) != 0) return bare;
  auto whole = read_whole(bytes);
  if (bare && whole) return refuse("the bytes can be read as a transaction and as a message");
  if (bare || whole) return bare ? std::move(bare) : std::move(whole);
  return refuse("this is no transaction (" + whole.error().detail + ") and no message (" + bare.error().detail + ")");
}

bool is_text(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n'; });
}

}  // namespace

Unexpected refuse(const std::string& why) { return fail(Errc::bad_input, Origin::request, why); }

std::string to_base58(ByteView bytes) {
  std::array<char, encode::base58_size(encode::kMaxBase58Bytes)> buffer;
  BoundedWriter out(buffer);
  return std::string(encode::write_base58(bytes, out));
}

Result<Message> read_message(ByteView bytes) {
  Reader in(bytes);
  Message message;
  read_header(in, message);
  read_body(in, message);
  in.end();
  if (!in.failed()) in.fault(fault_of(message));
  if (in.failed()) return refuse(in.why());
  return message;
}

Result<Unsigned> read_transaction(std::string_view input) {
  if (!is_text(input)) return read_binary(as_bytes(input));
  const std::string_view text = trimmed(input);
  const std::string_view digits = text.substr(text.starts_with("0x") ? 2 : 0);
  if (const auto bytes = encode::from_hex(digits); bytes && !bytes->empty()) return read_binary(*bytes);
  const auto base64 = text.empty() ? std::nullopt : encode::read_base64(text);
  const auto base58 = encode::read_base58(text);
  if (!base64 && (!base58 || base58->empty())) return refuse("the transaction is neither hexadecimal, base64 nor base58 text");
  if (!base64) return read_binary(*base58);
  auto transaction = read_binary(*base64);
  if (!base58) return transaction;
  auto other = read_binary(*base58);
  if (transaction && other) return refuse("the text can be read as base64 and as base58");
  return transaction ? std::move(transaction) : std::move(other);
}

Bytes write_transaction(const Unsigned& transaction) {
  Bytes bytes{static_cast<std::uint8_t>(transaction.signatures.size())};  // at most 19 fit: one byte
  for (const Signature& signature : transaction.signatures) bytes.insert(bytes.end(), signature.begin(), signature.end());
  bytes.insert(bytes.end(), transaction.bytes.begin(), transaction.bytes.end());
  return bytes;
}

}  // namespace custos::wallet::sol
