// Description: what messages do, written down as facts.
#pragma once

#include <span>
#include <string>

#include "facts/transaction_facts.h"
#include "wallet/cosmos/message.h"

namespace custos::wallet::cosmos_sdk {

// short_name is that of a type: "MsgSend".
[[nodiscard]] std::string short_name(std::string_view type_url);

[[nodiscard]] facts::Effect effect_of(facts::Effect::Kind kind, std::string what, std::string_view to = {});

// Description goes through messages and writes down what they do.
class Description {
 public:
  explicit Description(facts::TransactionFacts& facts) : facts_(facts) {}

  // describe adds one message, as deep as it was read. `place` is "message 1".
  void describe(const Message& message, const std::string& place, const std::string& wrapper);

  // add adds an effect, and its class.
  void add(facts::Effect effect);
  void add_class(facts::ClassSet classes) { facts_.reachable.add(classes); }
  void note(std::string what) { add(effect_of(facts::Effect::Kind::note, std::move(what))); }
  void select(const std::string& name) { facts_.selector = name; }
  // begin_notes ends the messages: what follows is of the whole transaction.
  void begin_notes() {
    place_ = "transaction";
    wrapper_.clear();
  }
  void warn(std::string warning) { facts_.warnings.push_back(std::move(warning)); }
  // undecoded makes the class unknown.
  void undecoded(const std::string& what);
  // add_coins adds an effect for each coin on the path, one without an amount when there is none.
  void add_coins(const facts::Effect& effect, const Message& message, std::string_view path);

  // what is the current message: "MsgSend", "MsgSend from cosmos1…" when it speaks for somebody else.
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] const std::string& place() const { return place_; }

 private:
  facts::TransactionFacts& facts_;
  std::string place_, wrapper_, what_;
};

// Meaning of a message's type: an effect of `kind` for each coin at the path `coins`, to what stands at `to`; or `describe` says
// it.
struct Meaning {
  std::string_view type_url;
  void (*describe)(Description&, const Message&) = nullptr;
  facts::Effect::Kind kind = facts::Effect::Kind::call;
  std::string_view to{}, coins{};
};

// The meanings of each family's messages; a family's own file has them.
[[nodiscard]] std::span<const Meaning> sdk_meanings();
[[nodiscard]] std::span<const Meaning> osmosis_meanings();
[[nodiscard]] std::span<const Meaning> dydx_meanings();

}  // namespace custos::wallet::cosmos_sdk
