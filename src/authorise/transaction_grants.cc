#include "authorise/transaction_grants.h"

#include <algorithm>

#include "authorise/grants.h"
#include "encode/quote.h"

namespace custos::authorise {
namespace {

using facts::Effect;
using facts::TransactionFacts;
using Kind = Effect::Kind;

constexpr std::string_view kClass = "class", kChainId = "chain-id", kDestination = "to", kMaximum = "max-value";

// is_word tells whether a text may stand in a line of its own: visible ASCII characters.
bool is_word(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

// leaves tells whether the amount of an effect is out of the signer's hands afterwards.
bool leaves(Kind kind) noexcept {
  return kind == Kind::transfer || kind == Kind::approval || kind == Kind::deploy || kind == Kind::call ||
         kind == Kind::delegation || kind == Kind::trade;
}

// goes_somewhere tells whether the destination of an effect must be an allowed one.
bool goes_somewhere(Kind kind) noexcept {
  return kind == Kind::transfer || kind == Kind::approval || kind == Kind::call || kind == Kind::delegation;
}

// amount_of an effect that leaves: a token that is one of a kind counts as one of its asset.
Uint256 amount_of(const Effect& effect) noexcept {
  return effect.amount.is_zero() && !effect.token_id.empty() ? Uint256(1) : effect.amount;
}

// add_within adds `amount` to `total`; false: that is above `limit`.
bool add_within(Uint256& total, const Uint256& amount, const Uint256& limit) noexcept {
  const auto sum = total.plus(amount);
  if (!sum || *sum > limit) return false;
  total = *sum;
  return true;
}

// has_memos tells chains whose destinations are granted with a memo.
bool has_memos(const TransactionFacts& facts) noexcept { return facts.chain == "cosmos"; }

// memo_of is what a receiver acts on beside the address: an exchange's deposit tag. Text of a message is none, and Ethereum's
// transactions have none.
std::string_view memo_of(const TransactionFacts& facts) noexcept {
  const bool is_message = facts.chain == "evm" || facts.reachable.has(facts::OperationClass::session);
  return is_message ? std::string_view() : std::string_view(facts.text);
}

// is_over_ibc tells destinations with a channel in front; a memo behind them is the packet's.
bool is_over_ibc(std::string_view to) noexcept { return to.find('/') != std::string_view::npos; }

// is_destination tells whether an entry allows what goes to `to`: the address alone, or ADDRESS#MEMO with exactly that memo.
bool is_destination(const KeyGranted::Texts& granted, std::string_view to, std::string_view memo) noexcept {
  if (memo.empty()) return granted.contains(to);
  if (is_over_ibc(to)) return false;
  return std::any_of(granted.lower_bound(to), granted.end(), [&](std::string_view entry) {
    return entry.starts_with(to) && entry.substr(to.size()).starts_with('#') && entry.substr(to.size() + 1) == memo;
  });
}

// next_word cuts the text up to the next separator off `rest`.
std::string_view next_word(std::string_view& rest, char separator) noexcept {
  const std::size_t end = rest.find(separator);
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return word;
}

// read_line reads one line of a canonical text into `granted`; false: it is none.
bool read_line(std::string_view line, KeyGranted& granted) {
  const std::string_view kind = next_word(line, ' ');
  if (kind == kClass) {
    const auto parsed = facts::parse_operation_class(line);
    if (parsed) granted.classes.add(*parsed);
    return parsed.has_value();
  }
  if (kind == kMaximum) {
    const auto amount = Uint256::parse(next_word(line, ' '));
    return amount && (line.empty() || is_word(line)) && granted.maximum_values.emplace(line, *amount).second;
  }
  if (!is_word(line)) return false;
  if (kind == kChainId) return granted.chain_ids.emplace(line).second;
  return kind == kDestination && granted.destinations.emplace(line).second;
}

// written_as is what stands behind an option in a command: the value, or, when a shell would not read it as one plain word, a
// name for it.
std::string written_as(std::string_view value, std::string_view name) {
  constexpr std::size_t kLongest = 512;
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("/:._-#").find(c) != std::string_view::npos;
  };
  const bool plain = !value.empty() && value.size() <= kLongest && std::ranges::all_of(value, is_plain);
  return std::string(plain ? value : name);
}

// amount_text writes an amount as --max-value takes it.
std::string amount_text(std::string_view asset, const Uint256& amount, std::string_view coin, unsigned decimals) {
  return asset.empty() ? amount.units(decimals) + (coin.empty() ? "" : " " + std::string(coin))
                       : amount.decimal() + " of " + encode::quoted(asset);
}

}  // namespace

std::string key_grants_text(const KeyGranted& granted) {
  std::string text;
  const auto line = [&text](std::string_view kind, std::string_view value) {
    text.append(kind).append(" ").append(value).append("\n");
  };
  for (const auto& name : grant_names({granted.classes})) line(kClass, name);
  for (const auto& id : granted.chain_ids) line(kChainId, id);
  for (const auto& address : granted.destinations) line(kDestination, address);
  for (const auto& [asset, amount] : granted.maximum_values)
    line(kMaximum, amount.decimal() + (asset.empty() ? "" : " " + asset));
  return text;
}

Result<KeyGranted> parse_key_grants(std::string_view text) {
  KeyGranted granted;
  granted.classes = {};
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = next_word(rest, '\n');
    if (!read_line(line, granted)) {
      return fail(Errc::integrity, Origin::registry,
                  "registry.db: " + encode::quoted(line) + " is no grant of a key: it was written by another version");
    }
  }
  return granted;
}

facts::ClassSet needed_classes(const TransactionFacts& facts) noexcept {
  facts::ClassSet needed = facts.reachable;
  for (const Effect& effect : facts.effects) {
    if (const auto of_effect = facts::class_of(effect.kind)) needed.add(*of_effect);
  }
  if (!facts.undecoded.empty() || needed.empty()) needed.add(facts::OperationClass::unknown);
  return needed;
}

Decision TransactionGrants::authorise(const TransactionFacts& facts, const TransactionIntent&,
                                      const SignContext&) const noexcept {
  const Denial denial = judge(facts);
  if (denial.rule == TransactionRule::none) return {Decision::Verdict::allow, 0, version_};
  const std::uint32_t rule = static_cast<std::uint32_t>(denial.rule) << kRuleShift;
  return {Decision::Verdict::deny, rule | denial.missing.bits(), version_};
}

TransactionGrants::Denial TransactionGrants::judge(const TransactionFacts& facts) const noexcept {
  const auto missing = needed_classes(facts).without(granted_.classes);
  if (!missing.empty()) return {TransactionRule::classes, missing, {}};
  if (!granted_.chain_ids.empty() && !granted_.chain_ids.contains(facts.chain_id)) {
    return {facts.chain_id.empty() ? TransactionRule::no_chain_id : TransactionRule::chain_id, {}, facts.chain_id};
  }
  if (const Denial denial = judge_destinations(facts); denial.rule != TransactionRule::none) return denial;
  return judge_values(facts);
}

TransactionGrants::Denial TransactionGrants::judge_destinations(const TransactionFacts& facts) const noexcept {
  if (granted_.destinations.empty()) return {};
  const std::string_view memo = memo_of(facts);
  if (!memo.empty() && !has_memos(facts)) return {TransactionRule::memo, {}, memo};
  for (const Effect& effect : facts.effects) {
    if (effect.kind == Kind::deploy) return {TransactionRule::deploy, {}, {}};
    if (effect.kind == Kind::trade) return {TransactionRule::trade, {}, {}};
    if (goes_somewhere(effect.kind) && !is_destination(granted_.destinations, effect.to, memo)) {
      const bool has_stray_memo = !memo.empty() && is_over_ibc(effect.to);
      return {has_stray_memo ? TransactionRule::memo : TransactionRule::destination, {}, has_stray_memo ? memo : effect.to};
    }
  }
  const bool is_known = facts.contract.empty() || granted_.destinations.contains(facts.contract) ||
                        granted_.maximum_values.contains(facts.contract);
  return is_known ? Denial{} : Denial{TransactionRule::contract, {}, facts.contract};
}

TransactionGrants::Denial TransactionGrants::judge_values(const TransactionFacts& facts) const noexcept {
  if (granted_.maximum_values.empty()) return {};
  std::map<std::string_view, Uint256> totals;
  for (const Effect& effect : facts.effects) {
    const Uint256 amount = amount_of(effect);
    const bool is_something = effect.unlimited || !effect.asset.empty() || !amount.is_zero();
    if (!leaves(effect.kind) || !is_something) continue;
    const auto maximum = granted_.maximum_values.find(effect.asset);
    if (maximum == granted_.maximum_values.end()) return {TransactionRule::asset, {}, effect.asset};
    const auto& [asset, limit] = *maximum;
    if (effect.unlimited) return {TransactionRule::unlimited, {}, asset, limit};
    if (!add_within(totals[asset], amount, limit)) return {TransactionRule::value, {}, asset, limit};
  }
  const auto& fee = facts.maximum_fee ? facts.maximum_fee : facts.fee;
  if (!fee || fee->is_zero()) return {};
  const auto maximum = granted_.maximum_values.find(facts.fee_asset);
  if (maximum == granted_.maximum_values.end()) return {TransactionRule::fee, {}, facts.fee_asset};
  const auto& [asset, limit] = *maximum;
  return add_within(totals[asset], *fee, limit) ? Denial{} : Denial{TransactionRule::value, {}, asset, limit};
}

std::string TransactionGrants::explain(const TransactionFacts& facts, const std::string& key, std::string_view coin,
                                       unsigned decimals) const {
  const Denial denial = judge(facts);
  const std::string begin = "key " + key + " may not sign this " + facts.kind + ": ";
  const std::string grant = "custos key grant " + key;
  const std::string met = encode::quoted(denial.met.substr(0, 128));
  const std::string asset = denial.met.empty() ? (coin.empty() ? "the chain's coin" : std::string(coin)) : met;
  const std::string maximum =
      grant + " --max-value " + (denial.met.empty() ? "" : written_as(denial.met, "ASSET") + "=") + "AMOUNT";
  switch (denial.rule) {
    case TransactionRule::none: break;
    case TransactionRule::classes: {
      std::string names, options;
      for (const auto& name : grant_names({denial.missing})) {
        names += (names.empty() ? "" : " and ") + name;
        options += " --class " + name;
      }
      std::string reason = "class " + names + " is not granted";
      if (denial.missing.has(facts::OperationClass::unknown) && !facts.undecoded.empty()) {
        reason += "; not decoded: " + facts.undecoded.front();
      }
      return begin + reason + " (" + grant + options + ")";
    }
    case TransactionRule::chain_id:
      return begin + "it is for chain id " + met + ", which is not granted (" + grant + " --chain-id " +
             written_as(denial.met, "ID") + ")";
    case TransactionRule::no_chain_id:
      return begin + "it says no chain id, so it is good on any chain, and the key is held to some (" + grant +
             " --chain-id any)";
    case TransactionRule::destination: {
      if (denial.met.empty()) return begin + "it names no destination, and the key is held to some (" + grant + " --to any)";
      const std::string memo(memo_of(facts));
      const std::string entry = std::string(denial.met) + (memo.empty() ? "" : "#" + memo);
      return begin + "its destination " + met + (memo.empty() ? "" : " with the memo " + encode::quoted(memo.substr(0, 128))) +
             " is not granted (" + grant + " --to " + written_as(entry, memo.empty() ? "ADDRESS" : "ADDRESS#MEMO") + ")";
    }
    case TransactionRule::memo:
      return begin + "its memo " + met + " is not granted, and " +
             (has_memos(facts) ? "what goes to another chain has its memo in the packet alone"
                               : "the destinations that the key is held to have none") +
             ": leave it out, or lift the limit (" + grant + " --to any)";
    case TransactionRule::contract:
      return begin + "it calls " + met + ", which is neither among the key's destinations nor an asset with a maximum value (" +
             grant + " --to " + written_as(denial.met, "ADDRESS") + ")";
    case TransactionRule::deploy:
      return begin + "it makes a contract, and the key is held to some destinations (" + grant + " --to any)";
    case TransactionRule::trade:
      return begin +
             "it trades, and what a stranger's pool gives for it may be nothing, while the key is held to some destinations (" +
             grant + " --to any)";
    case TransactionRule::asset:
      return begin + "the key has no maximum value of " + asset + ", and has one of others (" + maximum + ")";
    case TransactionRule::fee:
      return begin + "its fee is paid in " + asset + ", of which the key has no maximum value, and has one of others (" +
             maximum + ")";
    case TransactionRule::unlimited:
      return begin + "what it lets go of " + asset + " is unlimited, and the key may let go of " +
             amount_text(denial.met, denial.limit, coin, decimals) + " at most: approve an amount, or lift the maximum (" +
             grant + " --max-value any)";
    case TransactionRule::value:
      return begin + "more than " + amount_text(denial.met, denial.limit, coin, decimals) +
             " would leave, counting the highest fee, which is the key's maximum (" + maximum + ")";
  }
  return begin + "it is not granted";
}

}  // namespace custos::authorise
