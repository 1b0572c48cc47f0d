#include "wallet/bitcoin/psbt_facts.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "encode/hex.h"
#include "encode/shown_text.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

using facts::Effect;

// A person is warned from here on.
constexpr std::uint64_t kHighFeeShare = 10;                    // the fee is more than a tenth of what leaves
constexpr std::uint64_t kHighFeePerThousand = 1'000'000;       // satoshi for 1,000 bytes of the unsigned transaction: 0.01 BTC
constexpr std::uint32_t kHighestUsualIndex = 1'000'000;        // of an address below an account
constexpr std::size_t kShownData = 160;                        // bytes of an OP_RETURN's data beside its output
constexpr std::uint32_t kFirstFinalSequence = 0xFFFFFFFE;      // below: may be replaced (BIP 125)
constexpr std::string_view kPayToAnchor = "\x51\x02\x4e\x73";  // an anchor for fees that anybody spends (Bitcoin Core 28)

using NamedScript = std::pair<Bytes, AddressKind>;

// Ours is the key of ours that alone owns an output, and how.
struct Ours {
  KeyPath path;
  AddressKind kind;
};

// leaves_outputs_open: with NONE or SINGLE, whose bit is NONE's.
bool leaves_outputs_open(const PlannedSignature& signature) { return (signature.sighash & kSighashNone) != 0; }

// account_of a path is what its last two steps, the chain and the index, stand below. Nothing for a path where nobody looks: it
// is neither a receiving nor a change address, or far along the chain, or far below the root.
std::optional<KeyPath> account_of(const KeyPath& path) {
  if (path.size() < 2 || path.size() > kMaxPathSteps) return std::nullopt;
  if (path[path.size() - 2] > 1 || path.back() > kHighestUsualIndex) return std::nullopt;
  return KeyPath(path.begin(), path.end() - 2);
}

// data_of_op_return is what stands behind the OP_RETURN: the text of a single push, else all of it as "0x…", which no text is.
std::string data_of_op_return(ByteView behind) {
  const auto pushes = read_pushes(behind);
  const std::string_view text = pushes && pushes->size() == 1 ? as_text(pushes->front()) : std::string_view();
  const bool is_line = !text.empty() && encode::is_shown_text(text) && text.find_first_of("\r\n") == text.npos;
  return is_line && !text.starts_with("0x") ? std::string(text) : "0x" + encode::to_hex(behind);
}

class FactsReader {
 public:
  FactsReader(const Psbt& psbt, const Spent& spent, const SigningPlan& plan, OwnKeys* keys, Network network)
      : psbt_(psbt),
        spent_(spent),
        plan_(plan),
        keys_(keys),
        network_(network),
        outputs_open_(std::ranges::any_of(plan.signatures, leaves_outputs_open)) {
    facts_.chain = "bitcoin";
    facts_.kind = "PSBT version " + std::to_string(psbt.version());
    facts_.reachable.add(facts::OperationClass::withdraw);
  }

  Result<facts::TransactionFacts> read() {
    remember_kinds();
    if (auto scripts = remember_named_scripts(); !scripts) return scripts.failure();
    facts_.from = from();
    for (std::size_t i = 0; i < tx().outputs.size(); ++i) {
      if (auto output = read_output(i); !output) return output.failure();
    }
    if (auto fee = read_fee(); !fee) return fee.failure();
    read_sighashes();
    read_time();
    for (const Effect& effect : facts_.effects) {
      if (const auto reached = class_of(effect.kind)) facts_.reachable.add(*reached);
    }
    if (!facts_.undecoded.empty()) facts_.reachable.add(facts::OperationClass::unknown);
    return std::move(facts_);
  }

 private:
  [[nodiscard]] const Tx& tx() const { return psbt_.unsigned_tx(); }

  [[nodiscard]] std::string text_of(ByteView script) const {
    auto address = address_of_script(script, network_);
    return address ? std::move(*address) : "script " + encode::to_hex(script);
  }

  // from is the address that signs, or how many inputs do when there are several.
  [[nodiscard]] std::string from() const {
    if (plan_.signatures.empty()) return {};
    const auto script_of = [this](const PlannedSignature& signature) -> const Bytes& {
      return spent_.outputs[signature.input].script;
    };
    const Bytes& first = script_of(plan_.signatures.front());
    if (std::ranges::all_of(plan_.signatures, [&](const auto& each) { return script_of(each) == first; })) return text_of(first);
    std::set<std::size_t> inputs;
    for (const PlannedSignature& signature : plan_.signatures) inputs.insert(signature.input);
    return std::to_string(inputs.size()) + " inputs";
  }

  // home_of a key is its account; a single key has no other.
  [[nodiscard]] std::optional<KeyPath> home_of(const KeyPath& path) const { return keys_->is_single() ? path : account_of(path); }

  void remember_kinds() {
    for (std::size_t i = 0; i < plan_.signatures.size(); ++i) {
      const auto home = home_of(plan_.to_sign[i].path);
      if (!home) continue;
      auto& kinds = kinds_[*home];
      const PlannedSignature& signature = plan_.signatures[i];
      if (const auto kind = kind_of_key(signature.public_key, spent_.outputs[signature.input].script)) kinds.insert(*kind);
    }
  }

  Result<void> remember_named_scripts() {
    if (keys_ == nullptr || !keys_->named() || !plan_.paths.contains(keys_->named()->path)) return {};
    for (const auto kind : {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh, AddressKind::p2wpkh, AddressKind::p2tr}) {
      auto script = script_of_key(keys_->named()->public_key, kind);
      if (!script) return script.failure();
      named_scripts_.emplace_back(std::move(*script), kind);
    }
    return {};
  }

  Result<std::optional<Ours>> ours(std::size_t output) {
    using Answer = std::optional<Ours>;
    const Bytes& script = tx().outputs[output].script;
    if (keys_ == nullptr) return Answer();
    if (const auto named = std::ranges::find(named_scripts_, script, &NamedScript::first); named != named_scripts_.end()) {
      return Answer({keys_->named()->path, named->second});
    }
    for (const PsbtField& field : psbt_.outputs()[output].fields()) {
      WireReader reader(field.value);
      if (field.type == psbt::kOutTapBip32Derivation) {
        if (reader.compact_size() != 0) continue;  // a key of leaves: others may have a say
      } else if (field.type != psbt::kOutBip32Derivation) {
        continue;
      }
      const auto own = keys_->derived(reader.rest(), field.key);
      if (!own) return Unexpected{own.error()};
      const auto kind = *own ? kind_of_key((*own)->public_key, script) : std::nullopt;
      if (kind) return Answer({(*own)->path, *kind});
    }
    return Answer();
  }

  Result<void> read_output(std::size_t index) {
    const TxOutput& output = tx().outputs[index];
    const auto owned = ours(index);
    if (!owned) return Unexpected{owned.error()};
    Effect effect{.kind = Effect::Kind::transfer,
                  .to = text_of(output.script),
                  .asset = {},
                  .amount = output.value,
                  .what = output_name(index)};
    if (*owned) {
      if (!keys_->is_single()) effect.what += ", " + path_text((*owned)->path);
      if (comes_back(index, **owned)) effect.kind = Effect::Kind::change;
    } else {
      describe(index, output, effect);
    }
    if (effect.kind == Effect::Kind::transfer) leaving_ += output.value;
    facts_.effects.push_back(std::move(effect));
    return {};
  }

  // note_data: such data may direct value elsewhere (a swap, a token), so that it counts as the transaction's memo, all of it.
  void note_data(const std::string& data, Effect& effect) {
    effect.what += ": OP_RETURN " + (data.size() > kShownData ? "(" + std::to_string(data.size()) + " bytes)" : data);
    facts_.text += (facts_.text.empty() ? "" : "\n") + data;
  }

  // describe tells what is special about an output that is not ours.
  void describe(std::size_t index, const TxOutput& output, Effect& effect) {
    const ScriptClass script = classify(output.script);
    switch (script.kind) {
      case ScriptKind::op_return:
        note_data(data_of_op_return(script.subject), effect);
        if (output.value == 0) {
          effect.kind = Effect::Kind::note;
          effect.to.clear();
        } else {
          facts_.warnings.push_back(output_name(index) + " destroys " + Uint256(output.value).units(8) + " BTC: an OP_RETURN");
        }
        break;
      case ScriptKind::witness_unknown:
        if (as_text(output.script) != kPayToAnchor) {
          facts_.warnings.push_back(output_name(index) + " goes to a witness version without rules yet: anybody can take it");
        }
        break;
      case ScriptKind::p2pk:
      case ScriptKind::multisig:
      case ScriptKind::unknown: facts_.undecoded.push_back(output_name(index) + ": a script that no address stands for"); break;
      default: break;
    }
  }

  // comes_back tells whether an output of ours is change: our signatures fix it, its owner will find it, and it can be moved as
  // an input is that we sign: a token may have no Schnorr signatures, and a wallet looks for one kind of address.
  bool comes_back(std::size_t index, const Ours& output) {
    if (outputs_open_) return false;
    const auto home = home_of(output.path);
    const auto kinds = home ? kinds_.find(*home) : kinds_.end();
    if (kinds == kinds_.end()) {
      facts_.warnings.push_back(output_name(index) + ": our key at an unusual path, " + path_text(output.path));
      return false;
    }
    if (kinds->second.contains(output.kind)) return true;
    facts_.warnings.push_back(output_name(index) + ": our key as " + std::string(to_string(output.kind)) +
                              ", and what it signs here is of another kind");
    return false;
  }

  Result<void> read_fee() {
    std::uint64_t in = 0, out = 0;
    for (std::size_t i = 0; i < spent_.outputs.size(); ++i) {
      if (spent_.proofs[i] == Proof::missing) {
        facts_.undecoded.push_back(input_name(i) + ": what it spends is not known");
        continue;
      }
      if (spent_.proofs[i] == Proof::claimed && plan_.signatures.empty()) {
        facts_.warnings.push_back(input_name(i) + ": its amount is claimed, not proved");
      }
      in += spent_.outputs[i].value;
      if (in > kMaxMoney) return fail(Errc::bad_input, Origin::request, "PSBT: the inputs are worth more than there is");
    }
    for (const TxOutput& output : tx().outputs) out += output.value;
    if (std::ranges::find(spent_.proofs, Proof::missing) != spent_.proofs.end()) return {};
    if (out > in) {
      return fail(Errc::bad_input, Origin::request,
                  "PSBT: the outputs are worth " + std::to_string(out - in) + " satoshi more than the inputs");
    }
    facts_.fee = facts_.maximum_fee = Uint256(in - out);
    warn_of_fee(in - out, leaving_ > 0 ? leaving_ : out);
    return {};
  }

  void warn_of_fee(std::uint64_t fee, std::uint64_t base) {
    const std::string text = "the fee of " + Uint256(fee).units(8) + " BTC is more than ";
    if (fee > base / kHighFeeShare) facts_.warnings.push_back(text + "a tenth of what leaves");
    const std::uint64_t size = serialise_without_witness(tx()).size();
    if (fee > kHighFeePerThousand * size / 1'000) {
      facts_.warnings.push_back(text + "0.01 BTC for 1000 bytes of the unsigned transaction");
    }
  }

  // read_sighashes: what our signatures leave open is nobody's to decode.
  void read_sighashes() {
    for (const PlannedSignature& signature : plan_.signatures) {
      const std::string with = input_name(signature.input) + " is signed with " + sighash_text(signature.sighash);
      const std::uint8_t outputs = signature.sighash & kSighashSingle;
      if (outputs == kSighashNone) facts_.undecoded.push_back(with + ": others may change every output");
      if (outputs == kSighashSingle) facts_.undecoded.push_back(with + ": others may change every output but one");
      if ((signature.sighash & kSighashAnyoneCanPay) != 0)
        facts_.undecoded.push_back(with + ": others may add inputs, whose value would be fee");
    }
  }

  void read_time() {
    const auto below = [&](std::uint32_t sequence) {
      return std::ranges::any_of(tx().inputs, [&](const TxInput& input) { return input.sequence < sequence; });
    };
    if (tx().lock_time != 0 && below(kFinalSequence)) {
      const bool is_height = tx().lock_time < kFirstTimeLocktime;
      add_note((is_height ? "lock time: not before block " : "lock time: not before Unix time ") +
               std::to_string(tx().lock_time));
    }
    if (below(kFirstFinalSequence)) add_note("may be replaced (BIP 125)");
  }

  void add_note(std::string text) {
    facts_.effects.push_back({.kind = Effect::Kind::note, .to = {}, .asset = {}, .amount = {}, .what = std::move(text)});
  }

  const Psbt& psbt_;
  const Spent& spent_;
  const SigningPlan& plan_;
  OwnKeys* const keys_;
  const Network network_;
  const bool outputs_open_;                         // others may change them
  std::map<KeyPath, std::set<AddressKind>> kinds_;  // of the inputs that keys of an account sign alone
  std::vector<NamedScript> named_scripts_;          // of the key that the caller named, where it signs
  facts::TransactionFacts facts_;
  std::uint64_t leaving_ = 0;
};

}  // namespace

Result<facts::TransactionFacts> psbt_facts(const Psbt& psbt, const Spent& spent, const SigningPlan& plan, OwnKeys* keys,
                                           Network network) {
  return FactsReader(psbt, spent, plan, keys, network).read();
}

}  // namespace custos::wallet::btc
