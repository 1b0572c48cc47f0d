#include "transaction_answer.h"

#include <algorithm>

#include "json_writer.h"

namespace custos::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

// in_units writes a whole number of the smallest unit in the one that has so many decimals: ("1500", 3) is "1.5".
std::string in_units(std::string amount, unsigned decimals) {
  if (amount.size() <= decimals) amount.insert(0, decimals + 1 - amount.size(), '0');
  amount.insert(amount.size() - decimals, ".");
  amount.resize(amount.find_last_not_of('0') + 1);
  if (amount.ends_with('.')) amount.pop_back();
  return amount;
}

std::string amount_text(const TransactionInfo& info, const std::string& amount, const std::string& asset) {
  if (!asset.empty()) return amount + " of " + escaped(asset);
  return in_units(amount, info.coin_decimals) + (info.coin.empty() ? "" : " " + info.coin);
}

std::string effect_text(const TransactionInfo& info, const TransactionEffect& effect) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  const bool one_of_a_kind = !effect.token_id.empty();
  if (effect.unlimited) {
    add("UNLIMITED" + (effect.asset.empty() ? "" : ", of " + escaped(effect.asset)));
  } else if (one_of_a_kind) {
    add("token " + escaped(effect.token_id) + " of " + escaped(effect.asset) +
        (effect.amount == "0" || effect.amount == "1" ? "" : ", " + effect.amount + " times"));
  } else if (effect.amount != "0" || effect.kind == "transfer" || effect.kind == "change" || effect.kind == "approval") {
    add(amount_text(info, effect.amount, effect.asset));
  }
  if (!effect.to.empty()) add("to " + escaped(effect.to));
  if (!effect.what.empty()) text += (text.empty() ? "" : "  ") + ("(" + escaped(effect.what) + ")");
  return text;
}

Json effect_json(const TransactionEffect& effect) {
  return {{"kind", effect.kind},         {"to", effect.to},
          {"asset", effect.asset},       {"amount", effect.amount},
          {"token_id", effect.token_id}, {"unlimited", effect.unlimited},
          {"what", effect.what}};
}

}  // namespace

void append_signed(std::string& out, const SignedTransaction& transaction, std::string_view id) {
  begin_object(out, id);
  for (const auto& field : transaction.fields) {
    if (field.json) {
      append_json_member(out, field.name, field.value);
    } else {
      append_member(out, field.name, is_utf8(field.value) ? field.value : escaped(field.value));
    }
  }
  std::vector<std::string> warnings = transaction.info.warnings;
  for (auto& warning : warnings) {
    if (!is_utf8(warning)) warning = escaped(warning);
  }
  append_list(out, "warnings", warnings);
  out += '}';
}

std::string signed_text(const SignedTransaction& transaction) {
  Lines lines;
  for (const auto& field : transaction.fields) lines.emplace_back(field.name, escaped(field.value));
  for (const auto& warning : transaction.info.warnings) lines.emplace_back("warning", escaped(warning));
  return sheet(lines);
}

std::string transaction_text(const TransactionInfo& info) {
  Lines lines{{"chain", info.chain + (info.chain_id.empty() ? "" : " " + escaped(info.chain_id))},
              {"kind", escaped(info.kind)},
              {"from", escaped(info.from)}};
  for (const auto& effect : info.effects) lines.emplace_back(effect.kind, effect_text(info, effect));
  const auto fee = [&](const std::string& amount) { return amount.empty() ? "" : amount_text(info, amount, info.fee_asset); };
  lines.emplace_back("fee", fee(info.fee));
  if (info.maximum_fee != info.fee) lines.emplace_back("fee at most", fee(info.maximum_fee));
  lines.emplace_back("nonce", escaped(info.nonce));
  lines.emplace_back("selector", escaped(info.selector));
  lines.emplace_back("text", escaped(info.text));
  for (const auto& what : info.undecoded) lines.emplace_back("NOT DECODED", escaped(what));
  for (const auto& warning : info.warnings) lines.emplace_back("WARNING", escaped(warning));
  lines.emplace_back("needs", joined(info.classes, ", "));
  return sheet(lines);
}

Json transaction_json(const TransactionInfo& info) {
  Json effects = Json::array();
  for (const auto& effect : info.effects) effects.push_back(effect_json(effect));
  return {{"chain", info.chain},
          {"chain_id", info.chain_id},
          {"kind", info.kind},
          {"from", info.from},
          {"effects", std::move(effects)},
          {"fee", info.fee},
          {"maximum_fee", info.maximum_fee},
          {"fee_asset", info.fee_asset},
          {"nonce", info.nonce},
          {"selector", info.selector},
          {"text", info.text},
          {"undecoded", info.undecoded},
          {"warnings", info.warnings},
          {"classes", info.classes}};
}

}  // namespace custos::cli
