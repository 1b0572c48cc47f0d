// Fuzzes the reader of typed data (EIP-712). An input is JSON; one that begins with "~" and digits up to a line's end is read for
// that chain.
//
// What must hold: the same text gives the same answer twice; a refusal is one line; what is read signs one digest, reaches its
// effects' classes, and shows nothing that steers a terminal; written anew, or with the domain's type left out where that is the
// standard's, it gives the same digest; with a member more than the type has, it is refused.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "wallet/evm/typed_data.h"
#include "wallet/json_input.h"

namespace {

using custos::Result;
using custos::facts::TransactionFacts;
using custos::wallet::Json;
using custos::wallet::Transaction;

void require(bool holds) {
  if (!holds) std::abort();
}

Result<std::unique_ptr<Transaction>> read(std::string_view json, std::string_view chain_id) {
  custos::wallet::Input input;
  input.bytes = json;
  input.chain_id = chain_id;
  return custos::wallet::ethereum::read_typed_data(input, nullptr);
}

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void check_facts(const TransactionFacts& facts) {
  require(facts.chain == "evm" && !facts.reachable.empty() && !facts.effects.empty() && facts.from.empty());
  for (const auto* text : {&facts.kind, &facts.chain_id, &facts.nonce, &facts.selector, &facts.text}) require(is_one_line(*text));
  for (const auto* list : {&facts.undecoded, &facts.warnings}) require(std::ranges::all_of(*list, is_one_line));
  if (!facts.undecoded.empty()) require(facts.reachable.has(custos::facts::OperationClass::unknown));
  for (const auto& effect : facts.effects) {
    const auto operation_class = custos::facts::class_of(effect.kind);
    require(!operation_class || facts.reachable.has(*operation_class));
    for (const auto* text : {&effect.to, &effect.asset, &effect.token_id, &effect.what}) require(is_one_line(*text));
  }
}

// is_standard says that a domain's type has its members in the standard's order, which is what leaving it out means.
bool is_standard(const Json& members) {
  constexpr std::array<std::string_view, 5> kOrder{"name", "version", "chainId", "verifyingContract", "salt"};
  std::size_t last = 0;
  for (const Json& member : members) {
    const auto place = std::ranges::find(kOrder, member.at("name").get_ref<const std::string&>()) - kOrder.begin() + 1;
    if (static_cast<std::size_t>(place) < last) return false;
    last = static_cast<std::size_t>(place);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view json(reinterpret_cast<const char*>(data), size);
  std::string_view chain_id;
  if (json.starts_with('~')) {
    chain_id = json.substr(1, json.find('\n') - 1);
    json.remove_prefix(std::min(chain_id.size() + 2, json.size()));
  }

  const auto first = read(json, chain_id);
  const auto second = read(json, chain_id);
  require(first.has_value() == second.has_value());
  if (!first) {
    const std::string& line = first.error().detail;
    require(line == second.error().detail && line.starts_with("typed data: ") && is_one_line(line));
    return 0;
  }
  require((*first)->to_sign().size() == 1 && (*first)->facts().effects == (*second)->facts().effects);
  const custos::Bytes digest = (*first)->to_sign()[0].message;
  require(digest.size() == 32 && digest == (*second)->to_sign()[0].message);
  check_facts((*first)->facts());

  Json again = *custos::wallet::parse_json(json, "the input");
  const auto signs_the_same = [&] {
    const auto other = read(again.dump(), chain_id);
    require(other.has_value() && (*other)->to_sign()[0].message == digest);
  };
  signs_the_same();
  Json& types = again["types"];
  if (types.contains("EIP712Domain") && is_standard(types["EIP712Domain"])) {
    types.erase("EIP712Domain");
    signs_the_same();
  }
  again["message"]["no_member_of_any"] = 1;  // names that long may stand in a type, and then in the message
  if (again["message"].size() == custos::wallet::parse_json(json, "the input")->at("message").size() + 1) {
    require(!read(again.dump(), chain_id));
  }
  return 0;
}
