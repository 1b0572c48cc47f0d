// TransactionGrants: what a key may sign for its chain, and the authoriser that holds transactions against it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "authorise/authoriser.h"
#include "base/uint256.h"
#include "custos/result.h"

namespace custos::authorise {

// kDefaultKeyClasses is what a new key may do: pay, and prove whose it is.
inline constexpr facts::ClassSet kDefaultKeyClasses{facts::OperationClass::withdraw, facts::OperationClass::session};

// kMaxKeyGrants is how many entries each list of a key's grants may have.
inline constexpr std::size_t kMaxKeyGrants = 1000;

// KeyGranted is what a key may do. Addresses are spelled as their chain's normal_address has them.
struct KeyGranted {
  using Texts = std::set<std::string, std::less<>>;

  facts::ClassSet classes = kDefaultKeyClasses;
  Texts chain_ids;  // empty: any
  // destinations are addresses; as ADDRESS#MEMO, in Cosmos, only with exactly that memo, and without it only without one: a
  // receiver such as an exchange credits by it. Over IBC it is the packet's, and the transaction has none. Empty: any. Else the
  // key trades nothing, a stranger's pool is a way out, and what it calls is among them or among the assets of maximum_values.
  Texts destinations;
  // maximum_values holds, by asset, the most that may leave in one transaction, in the smallest unit; the chain's own coin is "".
  // Empty: any amount of anything. Else what is not listed may not leave at all, nor a fee be paid in it: a token of which 0
  // leaves may be one that is one of a kind, number 0.
  std::map<std::string, Uint256, std::less<>> maximum_values;
  friend bool operator==(const KeyGranted&, const KeyGranted&) = default;
};

// key_grants_text is the canonical text of grants, for the registry: a line for each, sorted. parse_key_grants reads it. Errors:
// integrity.
[[nodiscard]] std::string key_grants_text(const KeyGranted& granted);
[[nodiscard]] Result<KeyGranted> parse_key_grants(std::string_view text);

// needed_classes is what must be granted for a transaction: what its reader found reachable, the class of each effect, and
// unknown where something was not decoded, or nothing was found.
[[nodiscard]] facts::ClassSet needed_classes(const facts::TransactionFacts& facts) noexcept;

// TransactionRule is the rule by which a transaction was denied; Decision::rule_id holds it shifted by kRuleShift, above the bits
// of the classes.
enum class TransactionRule : std::uint8_t {
  none,
  classes,
  chain_id,
  no_chain_id,
  memo,
  destination,
  contract,
  deploy,
  trade,
  asset,
  fee,
  unlimited,
  value
};
inline constexpr unsigned kRuleShift = 8;

class TransactionGrants final : public Authoriser {
 public:
  TransactionGrants(KeyGranted granted, std::uint64_t version) noexcept : granted_(std::move(granted)), version_(version) {}

  using Authoriser::authorise;
  // authorise allows what every rule allows. All that does not come back counts as leaving: transfers, approvals, what a trade
  // gives, the value that goes with a call or a new contract, and the highest fee. Staked value stays the signer's, and does not
  // count.
  [[nodiscard]] Decision authorise(const facts::TransactionFacts& facts, const TransactionIntent& intent,
                                   const SignContext& context) const noexcept override;

  // explain says in one line why these facts were denied and which command would allow them. `key` is TOKEN:LABEL, `coin` and
  // `decimals` how people write the chain's coin.
  [[nodiscard]] std::string explain(const facts::TransactionFacts& facts, const std::string& key, std::string_view coin,
                                    unsigned decimals) const;

  [[nodiscard]] const KeyGranted& granted() const noexcept { return granted_; }

 private:
  // Denial is the first rule that does not allow, and what it met.
  struct Denial {
    TransactionRule rule = TransactionRule::none;
    facts::ClassSet missing;
    std::string_view met;  // the chain id, destination or asset
    Uint256 limit{};       // of the asset
  };
  [[nodiscard]] Denial judge(const facts::TransactionFacts& facts) const noexcept;
  [[nodiscard]] Denial judge_destinations(const facts::TransactionFacts& facts) const noexcept;
  [[nodiscard]] Denial judge_values(const facts::TransactionFacts& facts) const noexcept;

  KeyGranted granted_;
  std::uint64_t version_;
};

}  // namespace custos::authorise
