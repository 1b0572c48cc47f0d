#include "wallet/evm/typed_data_domains.h"

#include <algorithm>

#include "wallet/evm/typed_data_value.h"

namespace custos::wallet::ethereum {
namespace {

using facts::Effect;
using facts::TransactionFacts;

constexpr std::string_view kZeroAddress = "0x0000000000000000000000000000000000000000";

// is_type compares a message's type with a known one. Names have no brackets or commas, so that the text divides in one way only.
bool is_type(const KnownType& known, std::string_view type) {
  if (!known.of_witness) return type == known.type;
  if (!type.starts_with(known.type)) return false;
  const std::string_view rest = type.substr(known.type.size());
  const std::size_t end = rest.find(')');
  return rest.find(',') > end && rest.find(")TokenPermissions(address token,uint256 amount)", end) != std::string_view::npos;
}

// find answers the known type, or nullptr; `foreign` says that the type is known, and the domain is not its own.
const KnownType* find(const TypedData& data, bool& foreign) {
  for (const auto table : {token_types(), permit2_types(), safe_types(), hyperliquid_types()}) {
    for (const KnownType& known : table) {
      if (!is_type(known, data.message_type)) continue;
      if (known.is_domain(data)) return &known;
      foreign = true;
    }
  }
  return nullptr;
}

std::string domain_name(const Json& domain) {
  const auto name = domain.find("name");
  return name == domain.end() ? "without name" : shown(name->get_ref<const std::string&>());
}

void describe_unknown(const TypedData& data, bool foreign, TransactionFacts& facts) {
  facts.effects.push_back(
      {.kind = Effect::Kind::call, .to = verifying_contract(data.domain), .asset = {}, .what = data.primary_type});
  facts.undecoded.push_back("typed data of domain " + domain_name(data.domain) + ", type " + shown(data.primary_type));
  facts.text = message_text(data);
  if (foreign) facts.warnings.push_back("the type " + data.primary_type + " is known, but not under this domain");
}

}  // namespace

std::string verifying_contract(const Json& domain) {
  const auto contract = domain.find("verifyingContract");
  if (contract == domain.end()) return {};
  std::string text = checksum_text(*contract);
  return text == kZeroAddress ? std::string() : text;
}

bool has_text(const Json& object, const char* name, std::string_view text) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() && found->get_ref<const std::string&>() == text;
}

std::string message_text(const TypedData& data) { return data.message.dump(-1, ' ', true); }

void warn_of_stranger(TransactionFacts& facts, const std::string& owner) {
  if (facts.from.empty() || facts.from == owner) return;
  facts.warnings.push_back("the message speaks for " + owner + ", which is not the key's address");
}

Result<TransactionFacts> describe_typed_data(const TypedData& data, std::string from) {
  const auto chain_id = data.chain_id();
  TransactionFacts facts;
  facts.chain = "evm";
  facts.chain_id = chain_id ? chain_id->decimal() : "";
  facts.kind = "EIP-712 " + data.primary_type;
  facts.from = std::move(from);
  if (!chain_id) facts.warnings.emplace_back("the domain names no chain: the signature is good on any");

  bool foreign = false;
  if (const KnownType* known = find(data, foreign)) {
    if (auto done = known->describe(data, facts); !done) return done.failure();
  } else {
    describe_unknown(data, foreign, facts);
  }
  for (const Effect& effect : facts.effects) {
    if (const auto operation_class = facts::class_of(effect.kind)) facts.reachable.add(*operation_class);
  }
  return facts;
}

}  // namespace custos::wallet::ethereum
