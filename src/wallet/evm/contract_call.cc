#include "wallet/evm/contract_call.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "wallet/evm/abi.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using Selector = std::array<std::uint8_t, 4>;

// kPermit2 is Uniswap's contract, at one address on most chains (github.com/Uniswap/permit2, README).
constexpr Address kPermit2{0x00, 0x00, 0x00, 0x00, 0x00, 0x22, 0xD4, 0x73, 0x03, 0x0F,
                           0x11, 0x6D, 0xDE, 0xE9, 0xF6, 0xB4, 0x3A, 0xC7, 0x8B, 0xA3};

// kWrappedEther is WETH9 on chain 1 (etherscan.io/address/0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2).
constexpr Address kWrappedEther{0xC0, 0x2A, 0xAA, 0x39, 0xB2, 0x23, 0xFE, 0x8D, 0x0A, 0x0E,
                                0x5C, 0x4F, 0x27, 0xEA, 0xD9, 0x08, 0x3C, 0x75, 0x6C, 0xC2};

// Call is one whose arguments were read.
struct Call {
  facts::TransactionFacts& facts;
  const std::optional<Address>& from;
  const Address& contract;
  std::string_view function;
  const AbiValues& arguments;

  [[nodiscard]] std::string asset() const { return address_text(contract); }
  [[nodiscard]] std::string what(std::string_view more = {}) const {
    return more.empty() ? std::string(function) : std::string(function) + ": " + std::string(more);
  }

  // of names the owner of what is moved or approved, and warns when that is not the signer.
  [[nodiscard]] std::string of(const Address& owner) const {
    const std::string text = address_text(owner);
    if (from && *from != owner) facts.warnings.push_back("disposes of what belongs to " + text + ", who is not the signer");
    return "of " + text;
  }
  // payload is data that the recipient gets and acts upon: nobody knows how.
  void payload(const Address& recipient, ByteView bytes) const {
    if (bytes.empty()) return;
    const std::string to = address_text(recipient);
    facts.undecoded.push_back(std::to_string(bytes.size()) + " bytes of data for the recipient " + to);
    facts.effects.push_back({.kind = Effect::Kind::call, .to = to, .asset = {}, .what = "the recipient is called with data"});
  }
  void transfer(const Address& to, const Uint256& amount, std::string words) const {
    facts.effects.push_back(
        {.kind = Effect::Kind::transfer, .to = address_text(to), .asset = asset(), .amount = amount, .what = std::move(words)});
    if (to == contract) facts.warnings.push_back("the tokens go to their own contract, " + address_text(to));
  }
  void transfer_one(const Address& to, const Uint256& amount, const Uint256& id, std::string words) const {
    transfer(to, amount, std::move(words));
    facts.effects.back().token_id = id.decimal();
  }
  void approve(const Address& spender, const Uint256& amount, std::string words) const {
    add_approval(facts, {.kind = Effect::Kind::approval,
                         .to = address_text(spender),
                         .asset = asset(),
                         .amount = amount,
                         .what = std::move(words)});
  }
};

// Each answers false when the arguments contradict themselves or the contract: the call is then not decoded.

bool transfer(const Call& call) {
  call.transfer(call.arguments[0].address, call.arguments[1].number, call.what());
  return true;
}

bool transfer_from(const Call& call) {
  const auto& arguments = call.arguments;
  call.transfer(arguments[1].address, arguments[2].number, call.what("amount or token id, " + call.of(arguments[0].address)));
  return true;
}

bool approve(const Call& call) {
  call.approve(call.arguments[0].address, call.arguments[1].number, call.what("amount or token id"));
  return true;
}

bool increase_allowance(const Call& call) {
  call.approve(call.arguments[0].address, call.arguments[1].number, call.what("so much more"));
  return true;
}

bool safe_transfer_from_721(const Call& call) {
  const auto& arguments = call.arguments;
  call.transfer_one(arguments[1].address, 1, arguments[2].number, call.what(call.of(arguments[0].address)));
  call.payload(arguments[1].address, arguments[3].bytes);
  return true;
}

bool safe_transfer_from_1155(const Call& call) {
  const auto& arguments = call.arguments;
  call.transfer_one(arguments[1].address, arguments[3].number, arguments[2].number, call.what(call.of(arguments[0].address)));
  call.payload(arguments[1].address, arguments[4].bytes);
  return true;
}

bool safe_batch_transfer_from(const Call& call) {
  const auto& arguments = call.arguments;
  const auto& ids = arguments[2].numbers;
  const auto& amounts = arguments[3].numbers;
  if (ids.empty() || ids.size() != amounts.size()) return false;
  const std::string words = call.what(call.of(arguments[0].address));
  for (std::size_t i = 0; i < ids.size(); ++i) call.transfer_one(arguments[1].address, amounts[i], ids[i], words);
  call.payload(arguments[1].address, arguments[4].bytes);
  return true;
}

bool set_approval_for_all(const Call& call) {
  const bool approved = !call.arguments[1].number.is_zero();
  call.approve(call.arguments[0].address, approved ? Uint256::max() : Uint256(),
               call.what(approved ? "all tokens, also those to come" : "taken back"));
  return true;
}

bool permit(const Call& call) {
  const auto& arguments = call.arguments;
  call.approve(arguments[1].address, arguments[2].number, call.what(call.of(arguments[0].address)));
  return true;
}

bool permit2_approve(const Call& call) {
  if (call.contract != kPermit2) return false;
  const auto& arguments = call.arguments;
  add_approval(call.facts, {.kind = Effect::Kind::approval,
                            .to = address_text(arguments[1].address),
                            .asset = address_text(arguments[0].address),
                            .amount = arguments[2].number,
                            .what = call.what("through Permit2, until the time " + arguments[3].number.decimal())});
  return true;
}

bool is_wrapped_ether(const Call& call) { return call.facts.chain_id == "1" && call.contract == kWrappedEther; }

// Wrapped ether stays the signer's; what deposit() is sent is a transfer of its own.
bool deposit(const Call& call) {
  if (!is_wrapped_ether(call)) return false;
  call.facts.effects.push_back(
      {.kind = Effect::Kind::stake, .to = call.asset(), .asset = call.asset(), .what = call.what("the value is wrapped")});
  return true;
}

bool withdraw(const Call& call) {
  if (!is_wrapped_ether(call)) return false;
  call.facts.effects.push_back({.kind = Effect::Kind::stake,
                                .to = call.asset(),
                                .asset = call.asset(),
                                .amount = call.arguments[0].number,
                                .what = call.what("unwrapped")});
  return true;
}

struct Function {
  Selector selector;
  std::string_view text;
  bool (*describe)(const Call&);
};

constexpr auto kFunctions = std::to_array<Function>({
    {{0xA9, 0x05, 0x9C, 0xBB}, "transfer(address,uint256)", transfer},
    {{0x23, 0xB8, 0x72, 0xDD}, "transferFrom(address,address,uint256)", transfer_from},
    {{0x09, 0x5E, 0xA7, 0xB3}, "approve(address,uint256)", approve},
    {{0x39, 0x50, 0x93, 0x51}, "increaseAllowance(address,uint256)", increase_allowance},
    {{0x42, 0x84, 0x2E, 0x0E}, "safeTransferFrom(address,address,uint256)", safe_transfer_from_721},
    {{0xB8, 0x8D, 0x4F, 0xDE}, "safeTransferFrom(address,address,uint256,bytes)", safe_transfer_from_721},
    {{0xF2, 0x42, 0x43, 0x2A}, "safeTransferFrom(address,address,uint256,uint256,bytes)", safe_transfer_from_1155},
    {{0x2E, 0xB2, 0xC2, 0xD6}, "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", safe_batch_transfer_from},
    {{0xA2, 0x2C, 0xB4, 0x65}, "setApprovalForAll(address,bool)", set_approval_for_all},
    {{0xD5, 0x05, 0xAC, 0xCF}, "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", permit},
    {{0x87, 0x51, 0x7C, 0x45}, "approve(address,address,uint160,uint48)", permit2_approve},
    {{0xD0, 0xE3, 0x0D, 0xB0}, "deposit()", deposit},
    {{0x2E, 0x1A, 0x7D, 0x4D}, "withdraw(uint256)", withdraw},
});

bool describe_known(facts::TransactionFacts& facts, const std::optional<Address>& from, const Address& contract, ByteView data) {
  constexpr std::size_t kSelector = 4;
  if (data.size() < kSelector) return false;
  facts.selector = hex_text(data.first<kSelector>());
  if (contract == from) return false;  // an account is no token: what answers is the code that it runs (EIP-7702)
  const auto matches = [&](const Function& function) { return std::ranges::equal(function.selector, data.first<kSelector>()); };
  const auto function = std::ranges::find_if(kFunctions, matches);
  if (function == kFunctions.end()) return false;
  const auto arguments = read_abi(function->text, data.subspan(kSelector));
  return arguments && function->describe({facts, from, contract, function->text, *arguments});
}

}  // namespace

void describe_call(facts::TransactionFacts& facts, const std::optional<Address>& from, const Address& contract, ByteView data) {
  if (describe_known(facts, from, contract, data)) return;
  const std::string to = address_text(contract);
  const std::string size = std::to_string(data.size()) + " bytes of data";
  facts.undecoded.push_back("the call of " + to + (facts.selector.empty() ? "" : ", selector " + facts.selector) + ", " + size);
  facts.effects.push_back({.kind = Effect::Kind::call, .to = to, .asset = {}, .what = size});
}

bool is_unlimited(const Uint256& amount) noexcept { return amount.bit_width() >= 128 || amount == Uint256::power_minus_one(96); }

void add_approval(facts::TransactionFacts& facts, Effect approval) {
  approval.unlimited = is_unlimited(approval.amount);
  if (approval.unlimited) facts.warnings.push_back("an unlimited approval of " + approval.asset + " to " + approval.to);
  facts.effects.push_back(std::move(approval));
}

}  // namespace custos::wallet::ethereum
