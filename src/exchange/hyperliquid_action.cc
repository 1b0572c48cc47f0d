#include "exchange/hyperliquid_action.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "encode/percent.h"
#include "exchange/msgpack_writer.h"
#include "hash/keccak.h"

namespace custos::exchange {
namespace {

using Word = std::array<std::uint8_t, 32>;  // EIP-712 encodes every field as one

// kUserActions: the SDK's *_SIGN_TYPES; cDeposit, cWithdraw, linkStakingUser, userPortfolioMargin and sendToEvmWithData are those
// of nktkas/hyperliquid (src/api/exchange/_methods), which the SDK lacks.
constexpr auto kUserActions = std::to_array<UserAction>({
    {"approveAgent",
     "HyperliquidTransaction:ApproveAgent(string hyperliquidChain,address agentAddress,string agentName,uint64 nonce)",
     "agentName"},
    {"approveBuilderFee",
     "HyperliquidTransaction:ApproveBuilderFee(string hyperliquidChain,string maxFeeRate,address builder,uint64 nonce)"},
    {"cDeposit", "HyperliquidTransaction:CDeposit(string hyperliquidChain,uint64 wei,uint64 nonce)"},
    {"cWithdraw", "HyperliquidTransaction:CWithdraw(string hyperliquidChain,uint64 wei,uint64 nonce)"},
    {"convertToMultiSigUser",
     "HyperliquidTransaction:ConvertToMultiSigUser(string hyperliquidChain,string signers,uint64 nonce)"},
    {"linkStakingUser",
     "HyperliquidTransaction:LinkStakingUser(string hyperliquidChain,address user,bool isFinalize,uint64 nonce)"},
    {"sendAsset",
     "HyperliquidTransaction:SendAsset(string hyperliquidChain,string destination,string sourceDex,string destinationDex,string "
     "token,string amount,string fromSubAccount,uint64 nonce)"},
    {"sendToEvmWithData",
     "HyperliquidTransaction:SendToEvmWithData(string hyperliquidChain,string token,string amount,string sourceDex,string "
     "destinationRecipient,string addressEncoding,uint32 destinationChainId,uint64 gasLimit,bytes data,uint64 nonce)"},
    {"spotSend",
     "HyperliquidTransaction:SpotSend(string hyperliquidChain,string destination,string token,string amount,uint64 time)"},
    {"tokenDelegate",
     "HyperliquidTransaction:TokenDelegate(string hyperliquidChain,address validator,uint64 wei,bool isUndelegate,uint64 nonce)"},
    {"usdClassTransfer",
     "HyperliquidTransaction:UsdClassTransfer(string hyperliquidChain,string amount,bool toPerp,uint64 nonce)"},
    {"usdSend", "HyperliquidTransaction:UsdSend(string hyperliquidChain,string destination,string amount,uint64 time)"},
    {"userDexAbstraction",
     "HyperliquidTransaction:UserDexAbstraction(string hyperliquidChain,address user,bool enabled,uint64 nonce)"},
    {"userPortfolioMargin",
     "HyperliquidTransaction:UserPortfolioMargin(string hyperliquidChain,address user,bool enabled,uint64 nonce)"},
    {"userSetAbstraction",
     "HyperliquidTransaction:UserSetAbstraction(string hyperliquidChain,address user,string abstraction,uint64 nonce)"},
    {"withdraw3", "HyperliquidTransaction:Withdraw(string hyperliquidChain,string destination,string amount,uint64 time)"},
});

constexpr std::size_t kMaxFields = 10;

struct Field {
  std::string_view type, name;
};

// Fields are those of an encoded type, read out of its text.
struct Fields {
  constexpr explicit Fields(std::string_view encoded) noexcept {
    const std::size_t open = encoded.find('(') + 1;
    std::string_view rest = encoded.substr(open, encoded.size() - open - 1);
    while (!rest.empty()) {
      const std::string_view field = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
      const std::size_t space = field.find(' ');
      list[count++] = {field.substr(0, space), field.substr(space + 1)};
    }
  }
  [[nodiscard]] std::span<const Field> all() const noexcept { return std::span(list).first(count); }

  std::array<Field, kMaxFields> list{};
  std::size_t count = 0;
};
static_assert(std::ranges::all_of(kUserActions, [](const UserAction& action) {
  const Fields fields(action.encoded);
  return fields.list[0].name == "hyperliquidChain" && fields.list[fields.count - 1].type == "uint64" &&
         fields.list[fields.count - 1].name == action.nonce_field();
}));

// big_endian is a number as EIP-712 has it.
Word big_endian(std::uint64_t number) noexcept {
  Word word{};
  for (std::size_t i = 0; i < 8; ++i) word[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return word;
}

Word hash_text(std::string_view text) noexcept { return hash::keccak256(as_bytes(text)); }

template <class... Words>
Word hash_words(const Words&... words) noexcept {
  const std::array<ByteView, sizeof...(Words)> parts{ByteView(words)...};
  return hash::keccak256(parts);
}

// domain_of is the separator of {name, "1", chain_id, the address zero}, of the name's hash.
Word domain_of(const Word& name, std::uint64_t chain_id) noexcept {
  static const Word type = hash_text("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  static const Word version = hash_text("1");
  return hash_words(type, name, version, big_endian(chain_id), Word{});
}

// type_hash_of is the hash of a type's text, of all types made once.
const Word& type_hash_of(const UserAction& action) noexcept {
  static const auto hashes = [] {
    std::array<Word, kUserActions.size()> list;
    std::ranges::transform(kUserActions, list.begin(), hash_text, &UserAction::encoded);
    return list;
  }();
  return hashes[static_cast<std::size_t>(&action - kUserActions.data())];
}

Digest32 typed_digest(const Word& domain, const Word& structure) noexcept {
  constexpr std::array<std::uint8_t, 2> kPrefix{0x19, 0x01};  // EIP-191, version of structured data
  return hash_words(kPrefix, domain, structure);
}

// read_hex_bytes undoes hexadecimal text with "0x" in front; false when it is none.
bool read_hex_bytes(std::string_view text, std::span<std::uint8_t> bytes) noexcept {
  if (!text.starts_with("0x") || text.size() != 2 + 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = encode::hex_digit(text[2 + 2 * i]);
    const int low = encode::hex_digit(text[3 + 2 * i]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

// inside gives a string's content where it has no escapes: addresses and numbers need none.
std::string_view inside(JsonValue value) noexcept {
  return value.type == JsonType::string ? value.raw.substr(1, value.raw.size() - 2) : std::string_view();
}

// read_chain_id reads "0x66eee": up to 64 bits, as wallets have them.
bool read_chain_id(JsonValue value, std::uint64_t& chain_id) noexcept {
  const std::string_view text = inside(value);
  if (!text.starts_with("0x") || text.size() < 3 || text.size() > 18) return false;
  chain_id = 0;
  for (const char c : text.substr(2)) {
    const int digit = encode::hex_digit(c);
    if (digit < 0) return false;
    chain_id = chain_id << 4U | static_cast<std::uint64_t>(digit);
  }
  return true;
}

// encode_field writes a field's value as one word; false when it has not the field's type.
bool encode_field(std::string_view type, JsonValue value, BoundedWriter& scratch, Word& word) noexcept {
  if (type == "string") {
    if (value.type != JsonType::string) return false;
    const std::size_t mark = scratch.size();
    word = hash_text(write_text(value, scratch));
    if (!scratch.overflowed()) scratch.truncate(mark);
    return true;
  }
  if (type == "address") {
    const auto address = read_address(value);
    if (!address) return false;
    word = {};
    std::ranges::copy(*address, word.begin() + 12);
    return true;
  }
  if (type == "bool") {
    word = big_endian(value.raw == "true" ? 1 : 0);
    return value.type == JsonType::boolean;
  }
  if (type == "bytes") {
    const std::string_view text = inside(value);
    const std::size_t size = text.size() < 2 ? 0 : (text.size() - 2) / 2;
    const std::size_t mark = scratch.size();
    char* place = scratch.claim(size);
    if (place == nullptr) return true;  // the caller sees that it did not fit
    const std::span bytes(reinterpret_cast<std::uint8_t*>(place), size);
    const bool valid = read_hex_bytes(text, bytes);
    word = hash::keccak256(bytes);
    scratch.truncate(mark);
    return valid;
  }
  std::uint64_t number = 0;
  if (!read_integer(value, number) || (type == "uint32" && number > UINT32_MAX)) return false;
  word = big_endian(number);
  return true;
}

}  // namespace

std::optional<EthereumAddress> read_address(JsonValue value) noexcept {
  EthereumAddress address;
  return read_hex_bytes(inside(value), address) ? std::optional(address) : std::nullopt;
}

ActionFault l1_digest(const L1Action& action, BoundedWriter& scratch, Digest32& digest) noexcept {
  const std::size_t mark = scratch.size();
  const std::string_view wrong = write_msgpack(action.action, scratch);
  if (!wrong.empty()) return {Reason::number_not_integer, wrong};
  const auto append = [&](ByteView bytes) { scratch.append(as_text(bytes)); };
  const auto append_number = [&](std::uint64_t number) {
    const Word word = big_endian(number);
    append(std::span(word).last<8>());
  };
  append_number(action.nonce);
  scratch.append(action.vault ? '\x01' : '\x00');
  if (action.vault) append(*action.vault);
  if (action.expires_after) {
    scratch.append('\x00');
    append_number(*action.expires_after);
  }
  if (scratch.overflowed()) return {Reason::too_large};
  const Word connection_id = hash_text(scratch.since(mark));
  scratch.truncate(mark);
  static const Word domain = domain_of(hash_text("Exchange"), 1337);
  static const Word type = hash_text("Agent(string source,bytes32 connectionId)");
  static const Word mainnet = hash_text("a");
  static const Word testnet = hash_text("b");
  digest = typed_digest(domain, hash_words(type, action.mainnet ? mainnet : testnet, connection_id));
  return {};
}

const UserAction* find_user_action(std::string_view type) noexcept {
  const auto found = std::ranges::find(kUserActions, type, &UserAction::type);
  return found == kUserActions.end() ? nullptr : &*found;
}

ActionFault user_digest(const UserAction& type, JsonValue action, bool mainnet, BoundedWriter& scratch,
                        Digest32& digest) noexcept {
  const Fields fields(type.encoded);
  std::uint64_t chain_id = 0;
  std::array<JsonValue, kMaxFields> values{};
  JsonValue chain;
  for (JsonMembers members(action); members.next();) {
    const auto is_name = [&](std::string_view name) { return is_string(members.name(), name); };
    const auto all = fields.all();
    const auto field = std::ranges::find_if(all, is_name, &Field::name);
    if (field != all.end()) {
      values[static_cast<std::size_t>(field - all.begin())] = members.value();
    } else if (is_name("signatureChainId")) {
      chain = members.value();
    } else if (!is_name("type")) {
      return {Reason::member_unknown, members.name().raw};
    }
  }
  if (!chain) return {Reason::member_missing, "signatureChainId"};
  if (!read_chain_id(chain, chain_id)) return {Reason::member_malformed, "signatureChainId"};

  std::array<Word, 1 + kMaxFields> words;
  words[0] = type_hash_of(type);
  for (std::size_t i = 0; i < fields.count; ++i) {
    const Field& field = fields.list[i];
    const bool left_out = values[i].type == JsonType::none && field.name == type.optional_text;
    const JsonValue value = left_out ? JsonValue{JsonType::string, R"("")"} : values[i];
    if (!value) return {Reason::member_missing, field.name};
    if (!encode_field(field.type, value, scratch, words[1 + i])) return {Reason::member_malformed, field.name};
  }
  if (scratch.overflowed()) return {Reason::too_large};
  if (!is_string(values[0], mainnet ? "Mainnet" : "Testnet")) return {Reason::member_foreign, "hyperliquidChain"};
  const Word structure = hash::keccak256(ByteView(words.front().data(), (1 + fields.count) * sizeof(Word)));
  static const Word domain_name = hash_text("HyperliquidSignTransaction");
  digest = typed_digest(domain_of(domain_name, chain_id), structure);
  return {};
}

}  // namespace custos::exchange
