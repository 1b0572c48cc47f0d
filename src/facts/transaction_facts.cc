#include "facts/transaction_facts.h"

#include <string_view>

#include "hash/hash.h"

namespace custos::facts {
namespace {

// Encoder writes items as the facts of requests are encoded (docs/architecture.md, "Intent digest").
class Encoder {
 public:
  void item(std::string_view text) {
    number(text.size(), 4);
    const auto bytes = as_bytes(text);
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void number(std::uint64_t value, unsigned width) {
    for (unsigned i = width; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (i * 8)));
  }
  void number(const Uint256& value) {
    const auto bytes = value.bytes();
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void number(const std::optional<Uint256>& value) {
    number(value.has_value() ? 1 : 0, 1);
    if (value) number(*value);
  }
  void items(const std::vector<std::string>& list) {
    number(list.size(), 4);
    for (const auto& text : list) item(text);
  }
  void bytes(ByteView view) { out_.insert(out_.end(), view.begin(), view.end()); }
  [[nodiscard]] const Bytes& written() const { return out_; }

 private:
  Bytes out_;
};

}  // namespace

std::optional<OperationClass> class_of(Effect::Kind kind) noexcept {
  switch (kind) {
    case Effect::Kind::transfer: return OperationClass::withdraw;
    case Effect::Kind::approval: return OperationClass::approve;
    case Effect::Kind::stake:
    case Effect::Kind::vote:
    case Effect::Kind::delegation: return OperationClass::manage;
    case Effect::Kind::trade: return OperationClass::trade;
    case Effect::Kind::deploy:
    case Effect::Kind::call: return OperationClass::unknown;
    case Effect::Kind::change:
    case Effect::Kind::note: return std::nullopt;
  }
  return OperationClass::unknown;
}

Digest32 intent_digest(const TransactionFacts& facts, const Digest32& digest) {
  Encoder out;
  out.item("custos-transaction-facts-v2");
  for (const auto* text : {&facts.chain, &facts.chain_id, &facts.kind, &facts.from}) out.item(*text);
  out.number(facts.effects.size(), 4);
  for (const Effect& effect : facts.effects) {
    out.number(static_cast<std::uint64_t>(effect.kind), 1);
    out.item(effect.to);
    out.item(effect.asset);
    out.number(effect.amount);
    out.number(effect.unlimited ? 1 : 0, 1);
    out.item(effect.token_id);
    out.item(effect.what);
  }
  out.number(facts.fee);
  out.number(facts.maximum_fee);
  for (const auto* text : {&facts.fee_asset, &facts.nonce, &facts.selector, &facts.contract, &facts.text}) out.item(*text);
  out.items(facts.undecoded);
  out.items(facts.warnings);
  out.number(facts.reachable.bits(), 1);
  out.bytes(digest);
  return hash::sha256(out.written());
}

}  // namespace custos::facts
