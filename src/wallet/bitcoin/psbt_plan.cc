#include "wallet/bitcoin/psbt_plan.h"

#include <algorithm>

#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kMaxOwnKeys = 100;  // of ours in one input: more would only cost time

Unexpected refuse(std::size_t input, std::string_view fault) {
  return fail(Errc::bad_input, Origin::request, input_name(input) + ": " + std::string(fault));
}

template <std::size_t N>
std::array<std::uint8_t, N> to_array(ByteView bytes) {
  std::array<std::uint8_t, N> array{};
  std::ranges::copy(bytes.first(N), array.begin());
  return array;
}

bool is_final(const PsbtMap& input) { return input.has(psbt::kInFinalScriptSig) || input.has(psbt::kInFinalScriptWitness); }

// has_code_separator: such a script's digests depend on where it stands when it runs, which nobody knows here.
bool has_code_separator(ByteView script) {
  ScriptReader reader(script);
  while (const auto instruction = reader.next()) {
    if (instruction->opcode == OP_CODESEPARATOR) return true;
  }
  return reader.malformed();
}

// Candidate is a key of ours that an input speaks of, and the leaves that its derivation lists; the caller's key has no list.
struct Candidate {
  OwnKey key;
  std::optional<std::set<Digest32>> leaves;
};

// Leaf is a tap_leaf_script that can be signed for.
struct Leaf {
  ControlBlock control;
  ByteView script;
};

// Planner goes through the inputs one after the other.
class Planner {
 public:
  Planner(const Psbt& psbt, const Spent& spent, OwnKeys& keys, bool any_sighash)
      : psbt_(psbt), spent_(spent), keys_(keys), any_sighash_(any_sighash) {}

  Result<SigningPlan> plan() {
    for (std::size_t i = 0; i < psbt_.inputs().size(); ++i) {
      if (spent_.proofs[i] == Proof::missing) {
        return refuse(i, "neither non_witness_utxo nor witness_utxo is there: what it spends is not known");
      }
      if (auto planned = plan_input(i); !planned) return planned.failure();
    }
    if (plan_.signatures.empty()) return nothing_to_sign();
    if (auto proved = check_amounts(); !proved) return proved.failure();
    if (auto digests = make_digests(); !digests) return digests.failure();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] const PsbtMap& map(std::size_t input) const { return psbt_.inputs()[input]; }

  Result<void> plan_input(std::size_t input) {
    const ByteView script = spent_.outputs[input].script;
    auto spend = read_spend(map(input), script, redeem_script_of(input), input_name(input));
    if (!spend) return spend.failure();
    plan_.spends.push_back(std::move(*spend));
    switch (plan_.spends.back().kind) {
      case Spend::Kind::unknown: return {};
      case Spend::Kind::incomplete: return refuse_incomplete(input);
      case Spend::Kind::taproot: return plan_taproot(input, to_array<32>(classify(script).subject));
      case Spend::Kind::legacy:
      case Spend::Kind::witness_v0: return plan_ecdsa(input);
    }
    return {};
  }

  // redeem_script_of is the field's; where there is none, that of the caller's key if the output is its p2sh-p2wpkh.
  ByteView redeem_script_of(std::size_t input) {
    if (const PsbtField* field = map(input).find(psbt::kInRedeemScript); field != nullptr) return field->value;
    const ByteView script = spent_.outputs[input].script;
    if (!keys_.named() || classify(script).kind != ScriptKind::p2sh) return {};
    if (redeem_script_.empty()) {
      redeem_script_ = redeem_script_of_key(keys_.named()->public_key);
      p2sh_script_ = p2sh_script(hash::hash160(redeem_script_));
    }
    if (!std::ranges::equal(script, p2sh_script_)) return {};
    return plan_.redeem_scripts.emplace(input, redeem_script_).first->second;
  }

  // candidates are the caller's key and those of derivations of `type`, each once.
  Result<std::vector<Candidate>> candidates(std::size_t input, std::uint64_t type) {
    std::vector<Candidate> found;
    for (const PsbtField& field : map(input).fields()) {
      if (field.type != type) continue;
      WireReader reader(field.value);
      std::set<Digest32> leaves;
      if (type == psbt::kInTapBip32Derivation) {
        for (std::size_t left = reader.count(32); left > 0; --left) leaves.insert(to_array<32>(reader.bytes(32)));
      }
      auto key = keys_.derived(reader.rest(), field.key);
      if (!key) return key.failure();
      if (!*key) continue;
      if (found.size() == kMaxOwnKeys) return refuse(input, "more than 100 keys of ours");
      found.push_back({std::move(**key), std::move(leaves)});
    }
    const auto& named = keys_.named();
    const bool listed =
        named && std::ranges::any_of(found, [&](const Candidate& c) { return c.key.public_key == named->public_key; });
    if (named && !listed) found.push_back({*named, std::nullopt});
    return found;
  }

  Result<void> refuse_incomplete(std::size_t input) {
    const auto found = candidates(input, psbt::kInBip32Derivation);
    if (!found) return Unexpected{found.error()};
    const bool ours = std::ranges::any_of(*found, [](const Candidate& candidate) { return candidate.leaves.has_value(); });
    if (!ours || is_final(map(input))) return {};
    return refuse(input, "it names a key of ours, and redeem_script or witness_script is missing");
  }

  Result<void> plan_ecdsa(std::size_t input) {
    auto found = candidates(input, psbt::kInBip32Derivation);
    if (!found) return found.failure();
    const Spend& spend = plan_.spends.back();
    for (const Candidate& candidate : *found) {
      const Bytes& key = candidate.key.public_key;
      const bool ours = spend.key_hash ? hash::hash160(key) == *spend.key_hash : mentions_key(spend.script_code, key);
      if (!ours) continue;
      if (is_final(map(input)) || map(input).find(psbt::kInPartialSig, key) != nullptr) {
        note_signed(input);
        continue;
      }
      const auto sighash = sighash_of(input, false);
      if (!sighash) return Unexpected{sighash.error()};
      if (!spend.key_hash && has_code_separator(spend.script_code)) {
        return refuse(input, "its script has an OP_CODESEPARATOR, and such are not signed");
      }
      add({.input = input, .sighash = *sighash, .public_key = key}, candidate.key.path, SignatureKind::ecdsa);
    }
    return {};
  }

  Result<void> plan_taproot(std::size_t input, const XOnlyKey& output) {
    auto found = candidates(input, psbt::kInTapBip32Derivation);
    if (!found) return found.failure();
    if (found->empty()) return {};
    for (const Candidate& candidate : *found) {
      const auto path = key_path_of(input, output, candidate.key);
      if (!path) return Unexpected{path.error()};
      if (*path) return plan_key_path(input, candidate.key, **path);
    }
    return plan_script_path(input, output, *found);
  }

  // KeyPathTweak: the output key is the key itself (nothing to add), or the key and what BIP 341 adds.
  using KeyPathTweak = std::optional<Digest32>;

  // key_path_of tells whether the key alone unlocks an output. Errors: bad_input, where tap_internal_key says so and it does not.
  Result<std::optional<KeyPathTweak>> key_path_of(std::size_t input, const XOnlyKey& output, const OwnKey& own) {
    using Answer = std::optional<KeyPathTweak>;
    const PsbtField* internal = map(input).find(psbt::kInTapInternalKey);
    const bool is_internal = internal != nullptr && std::ranges::equal(internal->value, own.x_only());
    if (internal == nullptr || is_internal) {
      const auto x = to_array<32>(own.x_only());
      const Digest32 tweak = tap_tweak(x, merkle_root_of(input));
      if (const auto made = output_key(x, tweak); made && made->key == output) return Answer(tweak);
      if (is_internal) return refuse(input, "tap_internal_key and tap_merkle_root do not make its output's key");
    }
    if (std::ranges::equal(own.x_only(), output)) return Answer(KeyPathTweak());
    return Answer();
  }

  // merkle_root_of is the field's, or what the first leaf's control block leads to.
  [[nodiscard]] std::optional<Digest32> merkle_root_of(std::size_t input) const {
    if (const PsbtField* root = map(input).find(psbt::kInTapMerkleRoot); root != nullptr) return to_array<32>(root->value);
    const PsbtField* leaf = map(input).find(psbt::kInTapLeafScript);
    if (leaf == nullptr) return std::nullopt;
    const auto control = read_control_block(leaf->key);
    if (!control) return std::nullopt;
    return merkle_root(*control, tap_leaf_hash(leaf->value.back(), leaf->value.first(leaf->value.size() - 1)));
  }

  Result<void> plan_key_path(std::size_t input, const OwnKey& own, const KeyPathTweak& tweak) {
    if (is_final(map(input)) || map(input).has(psbt::kInTapKeySig)) {
      note_signed(input);
      return {};
    }
    const auto sighash = sighash_of(input, true);
    if (!sighash) return Unexpected{sighash.error()};
    add({.input = input, .ecdsa = false, .sighash = *sighash, .public_key = own.public_key}, own.path,
        tweak ? SignatureKind::schnorr_tweak : SignatureKind::schnorr);
    if (tweak) plan_.to_sign.back().message.assign(tweak->begin(), tweak->end());  // the digest comes before it
    return {};
  }

  Result<void> plan_script_path(std::size_t input, const XOnlyKey& output, const std::vector<Candidate>& found) {
    const auto leaves = leaves_of(input);
    for (const Candidate& candidate : found) {
      if (!candidate.leaves) {
        for (const auto& [hash, leaf] : leaves) {
          if (auto planned = plan_leaf(input, output, candidate.key, hash, leaf); !planned) return planned;
        }
        continue;
      }
      for (const Digest32& hash : *candidate.leaves) {
        const auto leaf = leaves.find(hash);
        if (leaf == leaves.end()) continue;
        if (auto planned = plan_leaf(input, output, candidate.key, hash, leaf->second); !planned) return planned;
      }
    }
    return {};
  }

  [[nodiscard]] std::map<Digest32, Leaf> leaves_of(std::size_t input) const {
    std::map<Digest32, Leaf> leaves;
    for (const PsbtField& field : map(input).fields()) {
      if (field.type != psbt::kInTapLeafScript || field.value.back() != kTapscriptVersion) continue;
      const ByteView script = field.value.first(field.value.size() - 1);
      const auto control = read_control_block(field.key);
      if (control) leaves.emplace(tap_leaf_hash(kTapscriptVersion, script), Leaf{*control, script});
    }
    return leaves;
  }

  Result<void> plan_leaf(std::size_t input, const XOnlyKey& output, const OwnKey& own, const Digest32& hash, const Leaf& leaf) {
    if (!mentions_x_only_key(leaf.script, own.x_only())) return {};
    Bytes place(own.x_only().begin(), own.x_only().end());
    put_bytes(place, hash);
    if (is_final(map(input)) || map(input).find(psbt::kInTapScriptSig, place) != nullptr) {
      note_signed(input);
      return {};
    }
    if (leaf.control.leaf_version != kTapscriptVersion || !commits_to(output, leaf.control, leaf.script)) {
      return refuse(input, "a tap_leaf_script that names our key is not in its output's tree");
    }
    if (has_code_separator(leaf.script))
      return refuse(input, "a tap_leaf_script has an OP_CODESEPARATOR, and such are not signed");
    const auto sighash = sighash_of(input, true);
    if (!sighash) return Unexpected{sighash.error()};
    add({.input = input, .ecdsa = false, .sighash = *sighash, .public_key = own.public_key, .leaf_hash = hash}, own.path,
        SignatureKind::schnorr);
    return {};
  }

  // sighash_of is the type with which an input of ours is signed.
  [[nodiscard]] Result<std::uint8_t> sighash_of(std::size_t input, bool taproot) const {
    const PsbtField* field = map(input).find(psbt::kInSighashType);
    if (field == nullptr) return taproot ? kSighashDefault : kSighashAll;
    const std::uint32_t type = WireReader(field->value).u32();
    if (!(taproot ? is_taproot_sighash(type) : is_ecdsa_sighash(type))) {
      return refuse(input, "sighash_type is " + sighash_text(type) + ", which is none of this input's");
    }
    if (type != kSighashAll && type != kSighashDefault && !any_sighash_) {
      return refuse(input,
                    "sighash_type is " + sighash_text(type) + ": only ALL and DEFAULT are signed unless others are allowed");
    }
    return static_cast<std::uint8_t>(type);
  }

  void add(PlannedSignature signature, const KeyPath& path, SignatureKind kind) {
    plan_.signatures.push_back(std::move(signature));
    plan_.to_sign.push_back({.kind = kind, .message = {}, .path = path});
    plan_.paths.insert(path);
  }

  void note_signed(std::size_t input) {
    if (!signed_) signed_ = input;
  }

  [[nodiscard]] Unexpected nothing_to_sign() const {
    if (signed_) return refuse(*signed_, "a signature is already there, and no other is ours to make");
    return fail(Errc::bad_input, Origin::request, "PSBT: no input is one that this key signs");
  }

  // check_amounts: a signature by BIP 341 is of all amounts, and worthless if one is a lie; any other is of its own input's
  // amount at most, so that the fee that is shown is true only where every amount is proved.
  [[nodiscard]] Result<void> check_amounts() const {
    const bool all_committed = std::ranges::all_of(
        plan_.signatures, [](const PlannedSignature& s) { return !s.ecdsa && (s.sighash & kSighashAnyoneCanPay) == 0; });
    if (all_committed) return {};
    const auto claimed = std::ranges::find(spent_.proofs, Proof::claimed);
    if (claimed == spent_.proofs.end()) return {};
    return refuse(static_cast<std::size_t>(claimed - spent_.proofs.begin()),
                  "witness_utxo alone does not prove its amount (BIP 143): include non_witness_utxo");
  }

  Result<void> make_digests() {
    SighashCache cache(psbt_.unsigned_tx(), spent_.outputs);
    for (std::size_t i = 0; i < plan_.signatures.size(); ++i) {
      const PlannedSignature& signature = plan_.signatures[i];
      const auto digest = signature.ecdsa ? spend_digest(cache, signature.input, plan_.spends[signature.input],
                                                         spent_.outputs[signature.input].value, signature.sighash)
                                          : cache.taproot(signature.input, signature.sighash, signature.leaf_hash);
      if (!digest) return Unexpected{digest.error()};
      Bytes& message = plan_.to_sign[i].message;
      message.insert(message.begin(), digest->begin(), digest->end());
    }
    return {};
  }

  const Psbt& psbt_;
  const Spent& spent_;
  OwnKeys& keys_;
  const bool any_sighash_;
  SigningPlan plan_;
  Bytes redeem_script_, p2sh_script_;  // of the caller's key
  std::optional<std::size_t> signed_;  // the first input that bears our signature
};

}  // namespace

Result<SigningPlan> plan_inspection(const Psbt& psbt, const Spent& spent) {
  SigningPlan plan;
  for (std::size_t i = 0; i < psbt.inputs().size(); ++i) {
    plan.spends.emplace_back();
    if (spent.proofs[i] == Proof::missing) continue;
    const PsbtMap& input = psbt.inputs()[i];
    auto spend = read_spend(input, spent.outputs[i].script, input.value(psbt::kInRedeemScript), input_name(i));
    if (!spend) return spend.failure();
    plan.spends.back() = std::move(*spend);
  }
  return plan;
}

Result<SigningPlan> plan_signatures(const Psbt& psbt, const Spent& spent, OwnKeys& keys, bool any_sighash) {
  return Planner(psbt, spent, keys, any_sighash).plan();
}

}  // namespace custos::wallet::btc
