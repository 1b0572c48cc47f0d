#include "wallet/solana/programs.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "encode/hex.h"
#include "wallet/solana/fields.h"
#include "wallet/solana/instruction_form.h"

namespace custos::wallet::sol {
namespace {

using facts::Effect;
using facts::OperationClass;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

// Accounts are the message's in their order: the keys, what the lookups load to write, what they load to read.
class Accounts {
 public:
  explicit Accounts(const Message& message) : message_(message) {
    for (const auto places : {&Lookup::writable, &Lookup::readonly}) {
      for (const Lookup& lookup : message.lookups) {
        for (const auto place : lookup.*places) loaded_.emplace_back(&lookup, place);
      }
    }
  }
  [[nodiscard]] bool is_loaded(std::size_t account) const { return account >= message_.keys.size(); }
  [[nodiscard]] bool signs(std::size_t account) const { return account < message_.signers; }
  [[nodiscard]] std::string name(std::size_t account) const {
    if (!is_loaded(account)) return to_base58(message_.keys[account]);
    const auto& [lookup, place] = loaded_[account - message_.keys.size()];
    return "lookup " + to_base58(lookup->table) + "[" + std::to_string(place) + "]";
  }

 private:
  const Message& message_;
  std::vector<std::pair<const Lookup*, std::uint8_t>> loaded_;
};

// Decoder describes one instruction.
class Decoder {
 public:
  Decoder(const Accounts& accounts, const std::string& signer, const Instruction& instruction, std::size_t number,
          facts::TransactionFacts& facts)
      : accounts_(accounts),
        signer_(signer),
        instruction_(instruction),
        name_("instruction " + std::to_string(number)),
        facts_(facts) {}

  void describe() {
    const Program* program = find_program(accounts_.name(instruction_.program));
    if (program == nullptr) return add_unknown("program");
    for (const auto& forms : {program->forms, program->more}) {
      for (const InstructionForm& form : forms) {
        if (!fits(form)) continue;
        if (form.more.runs_hook && program->id == kToken2022Program) add_hook(form);
        return add(form);
      }
    }
    add_unknown("instruction of program");
  }

 private:
  bool fits(const InstructionForm& form) {
    const ByteView data = instruction_.data;
    if (!as_text(data).starts_with(form.tag) || instruction_.accounts.size() < form.accounts) return false;
    if (form.more.token_program != 0) {
      const std::string program = accounts_.name(instruction_.accounts[form.more.token_program]);
      if (program != kTokenProgram && program != kToken2022Program) return false;
    }
    auto fields = read_fields(form.data, data.subspan(form.tag.size()));
    if (fields) fields_ = std::move(*fields);
    return fields.has_value();
  }

  void add(const InstructionForm& form) {
    Effect effect{.kind = form.kind, .to = expand(form.to), .asset = expand(form.asset), .what = expand(form.what)};
    effect.amount = fields_.amount.value_or(form.more.amount);
    const bool stays = effect.to == signer_;
    if (stays) effect.kind = form.more.ours.value_or(form.kind);
    if (!stays && form.more.unknown_amount) undecoded(name_ + ": how much it moves is not in the message");
    if (!stays && !form.more.hands_over.empty() && !effect.to.empty()) {
      effect.unlimited = true;
      facts_.reachable.add(OperationClass::withdraw);
      facts_.warnings.push_back(name_ + " hands " + expand(form.more.hands_over) + " over to " + effect.to);
    }
    if (stays && form.more.locks) {
      effect.unlimited = true;
      facts_.reachable.add(OperationClass::withdraw);
      facts_.warnings.push_back(name_ + " makes " + effect.to + " unable to send: an account with data cannot");
    }
    if (form.more.memo) add_text(as_text(instruction_.data));
    if (effect.kind == Effect::Kind::approval && fields_.amount == kUnlimited) {
      effect.unlimited = true;
      facts_.warnings.push_back("an unlimited approval of " + effect.asset + " to " + effect.to);
    }
    for (const std::string& account : std::exchange(loaded_, {})) undecoded(name_ + ": which account is " + account);
    add_effect(std::move(effect));
  }

  // Token-2022 takes accounts behind those of a transfer for the signers of a multisig, and all of them go to the transfer hook
  // where the mint has one (spl-transfer-hook-interface, onchain::invoke_execute), whose own accounts cannot all sign.
  void add_hook(const InstructionForm& form) {
    const auto behind = ByteView(instruction_.accounts).subspan(form.accounts);
    const auto account = std::ranges::find_if(behind, [&](std::size_t place) { return !accounts_.signs(place); });
    if (account != behind.end()) undecoded(name_ + ": a transfer hook may run, with the account " + accounts_.name(*account));
  }

  void add_text(std::string_view memo) {
    if (!facts_.text.empty()) facts_.text += '\n';
    facts_.text += memo;
  }

  void add_unknown(const std::string& what) {
    const std::string program = accounts_.name(instruction_.program);
    const ByteView data = instruction_.data;
    const std::string start = data.empty() ? "" : ", 0x" + encode::to_hex(data.first(std::min<std::size_t>(data.size(), 8)));
    add_effect({.kind = Effect::Kind::call,
                .to = program,
                .asset = {},
                .what = "call with " + std::to_string(data.size()) + " bytes" + start});
    undecoded(name_ + ": unknown " + what + " " + program);
  }

  void add_effect(Effect effect) {
    if (const auto effect_class = facts::class_of(effect.kind)) facts_.reachable.add(*effect_class);
    facts_.effects.push_back(std::move(effect));
  }

  void undecoded(std::string what) {
    facts_.reachable.add(OperationClass::unknown);
    facts_.undecoded.push_back(std::move(what));
  }

  // expand puts values into a text of the form; accounts that are only known by their place in a table are remembered.
  std::string expand(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const std::size_t open = text.find('{');
      out += text.substr(0, open);
      if (open == std::string_view::npos) break;
      const std::size_t close = text.find('}', open);
      out += value(text.substr(open + 1, close - open - 1));
      text.remove_prefix(close + 1);
    }
    return out;
  }
  std::string value(std::string_view name) {
    const auto index = name.size() < 2 ? std::size_t{0} : static_cast<std::size_t>(name[1] - '0');
    switch (name[0]) {
      case 'a': return account(instruction_.accounts[index]);
      case 'k': return fields_.keys[index] ? to_base58(*fields_.keys[index]) : std::string();
      case 'o': return fields_.keys[index] ? to_base58(*fields_.keys[index]) : "nobody";
      case 'n': return std::to_string(fields_.numbers[index]);
      default: return fields_.text;
    }
  }
  std::string account(std::size_t account) {
    std::string name = accounts_.name(account);
    if (accounts_.is_loaded(account) && std::ranges::find(loaded_, name) == loaded_.end()) loaded_.push_back(name);
    return name;
  }

  const Accounts& accounts_;
  const std::string& signer_;
  const Instruction& instruction_;
  const std::string name_;
  facts::TransactionFacts& facts_;
  Fields fields_;
  std::vector<std::string> loaded_;
};

std::string list(const Bytes& places) {
  std::string text;
  for (const auto place : places) text += (text.empty() ? "" : ", ") + std::to_string(place);
  return text.empty() ? "none" : text;
}

}  // namespace

void describe(const Message& message, const PublicKey& signer, facts::TransactionFacts& facts) {
  const Accounts accounts(message);
  const std::string signer_name = to_base58(signer);
  for (std::size_t i = 0; i < message.instructions.size(); ++i) {
    Decoder(accounts, signer_name, message.instructions[i], i + 1, facts).describe();
  }
  for (const Lookup& lookup : message.lookups) {
    Effect effect{
        .kind = Effect::Kind::note, .to = to_base58(lookup.table), .asset = {}, .what = "address table lookup: entries "};
    effect.what += list(lookup.writable) + " to write, " + list(lookup.readonly) + " to read";
    facts.effects.push_back(std::move(effect));
  }
}

bool is_durable(const Message& message) {
  constexpr std::string_view kAdvanceNonceAccount("\4\0\0\0", 4);
  if (message.instructions.empty()) return false;
  const Instruction& first = message.instructions[0];
  return to_base58(message.keys[first.program]) == kSystemProgram && as_text(first.data).starts_with(kAdvanceNonceAccount);
}

}  // namespace custos::wallet::sol
