#include "wallet/cosmos/description.h"

#include <algorithm>

#include "wallet/cosmos/messages.h"

namespace custos::wallet::cosmos_sdk {
namespace {

using facts::Effect;
using facts::OperationClass;
using Kind = facts::Effect::Kind;

const Meaning* meaning_of(std::string_view type_url) {
  for (const auto family : {sdk_meanings(), osmosis_meanings(), dydx_meanings()}) {
    const auto found = std::ranges::find(family, type_url, &Meaning::type_url);
    if (found != family.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

Effect effect_of(Kind kind, std::string what, std::string_view to) {
  Effect effect;
  effect.kind = kind;
  effect.to = to;
  effect.what = std::move(what);
  return effect;
}

std::string short_name(std::string_view type_url) { return std::string(type_url.substr(type_url.find_last_of("./") + 1)); }

// NOLINTNEXTLINE(misc-no-recursion): the reader limits the depth
void Description::describe(const Message& message, const std::string& place, const std::string& wrapper) {
  place_ = place;
  wrapper_ = wrapper;
  what_ = short_name(message.type_url);
  const Meaning* const meaning = meaning_of(message.type_url);
  if (message.schema == nullptr || meaning == nullptr) {
    add(effect_of(Kind::call, message.type_url));
    return undecoded("the unknown message " + message.type_url);
  }
  auto others = signers_of(message);
  std::erase(others, facts_.from);
  if (!others.empty()) what_ += " from " + std::string(others.front());
  if (others.size() > 1) what_ += " and " + std::to_string(others.size() - 1) + " others";
  if (meaning->describe != nullptr) return meaning->describe(*this, message);
  const Effect effect = effect_of(meaning->kind, what_, text_at(message, meaning->to));
  if (meaning->coins.empty()) return add(effect);
  add_coins(effect, message, meaning->coins);
}

void Description::add(Effect effect) {
  effect.what = wrapper_ + effect.what;
  if (const auto found = class_of(effect.kind)) facts_.reachable.add(*found);
  facts_.effects.push_back(std::move(effect));
}

void Description::undecoded(const std::string& what) {
  facts_.undecoded.push_back(place_ + ": " + what);
  facts_.reachable.add(OperationClass::unknown);
}

void Description::add_coins(const Effect& effect, const Message& message, std::string_view path) {
  const auto coins = values_at(message, path);
  for (const Value* coin : coins) {
    Effect one = effect;
    one.asset = text_at(*coin->message, "denom");
    one.amount = amount_at(*coin->message, "amount");
    add(std::move(one));
  }
  if (coins.empty()) add(effect);
}

}  // namespace custos::wallet::cosmos_sdk
