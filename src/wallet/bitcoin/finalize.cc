#include "wallet/bitcoin/finalize.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "hash/digest.h"
#include "hash/ripemd160.h"
#include "wallet/bitcoin/script.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kCompressedSize = 33;

Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

XOnlyKey to_key(ByteView view) {
  XOnlyKey key;
  std::ranges::copy(view, key.begin());
  return key;
}

// Finalizer works on one input.
class Finalizer {
 public:
  Finalizer(const Collected& input, std::string_view what) : input_(input), what_(what) {}

  Result<FinalInput> run() const {
    const auto output = classify(input_.script_pubkey);
    switch (output.kind) {
      case ScriptKind::p2sh: return inside_p2sh(output.subject);
      case ScriptKind::p2wpkh:
      case ScriptKind::p2wsh: {
        auto witness = witness_of(output);
        if (!witness) return witness.failure();
        return FinalInput{{}, std::move(*witness)};
      }
      case ScriptKind::p2tr: return taproot(to_key(output.subject));
      default: return legacy(input_.script_pubkey);
    }
  }

 private:
  Unexpected refused(std::string_view fault) const {
    return fail(Errc::bad_input, Origin::request, std::string(what_) + " cannot be finalized: " + std::string(fault));
  }

  const PartialSignature* signature_by(ByteView key) const {
    const auto found =
        std::ranges::find_if(input_.signatures, [key](const auto& s) { return std::ranges::equal(s.public_key, key); });
    return found == input_.signatures.end() ? nullptr : &*found;
  }

  // for_key_hash is signature and key, of the key that has the hash.
  Result<WitnessStack> for_key_hash(ByteView key_hash, bool compressed_only) const {
    for (const auto& signature : input_.signatures) {
      if (compressed_only && signature.public_key.size() != kCompressedSize) continue;
      if (std::ranges::equal(hash::hash160(signature.public_key), key_hash))
        return WitnessStack{signature.signature, signature.public_key};
    }
    return refused("the signature of its key is missing");
  }

  Result<WitnessStack> for_multisig(const Multisig& multisig) const {
    WitnessStack stack{{}};  // OP_CHECKMULTISIG takes one element too many
    for (const auto key : multisig.keys) {
      if (stack.size() > multisig.required) break;
      if (const auto* signature = signature_by(key); signature != nullptr) stack.push_back(signature->signature);
    }
    if (stack.size() > multisig.required) return stack;
    return refused("it has " + std::to_string(stack.size() - 1) + " of the " + std::to_string(multisig.required) +
                   " signatures that it needs");
  }

  // satisfy is what a script wants on the stack.
  Result<WitnessStack> satisfy(ByteView script) const {
    const auto found = classify(script);
    if (found.kind == ScriptKind::p2pkh) return for_key_hash(found.subject, false);
    if (found.kind == ScriptKind::multisig) return for_multisig(*read_multisig(script));
    if (found.kind != ScriptKind::p2pk) return refused("its script is of a form that is not known here");
    const auto* signature = signature_by(found.subject);
    if (signature == nullptr) return refused("the signature of its key is missing");
    return WitnessStack{signature->signature};
  }

  Result<FinalInput> legacy(ByteView script) const {
    const auto stack = satisfy(script);
    if (!stack) return Unexpected{stack.error()};
    FinalInput made;
    for (const auto& item : *stack) put_push(made.script_sig, item);
    return made;
  }

  // witness_of is the witness for p2wpkh or p2wsh.
  Result<WitnessStack> witness_of(const ScriptClass& output) const {
    if (output.kind == ScriptKind::p2wpkh) return for_key_hash(output.subject, true);
    const auto script = input_.witness_script;
    if (script.empty()) return refused("its witness script is missing");
    if (script.size() > kMaxScriptSize) return refused("its witness script is longer than the network takes");
    if (!std::ranges::equal(hash::sha256_of(script), output.subject)) return refused("the witness script is not its output's");
    auto stack = satisfy(script);
    if (stack) stack->push_back(to_bytes(script));
    return stack;
  }

  Result<FinalInput> inside_p2sh(ByteView script_hash) const {
    const auto script = input_.redeem_script;
    if (script.empty()) return refused("its redeem script is missing");
    if (script.size() > kMaxRedeemScriptSize) return refused("its redeem script is longer than the network takes");
    if (!std::ranges::equal(hash::hash160(script), script_hash)) return refused("the redeem script is not its output's");
    const auto inner = classify(script);
    FinalInput made;
    if (inner.kind == ScriptKind::p2wpkh || inner.kind == ScriptKind::p2wsh) {
      auto witness = witness_of(inner);
      if (!witness) return witness.failure();
      made.witness = std::move(*witness);
    } else {
      auto bare = legacy(script);
      if (!bare) return bare;
      made = std::move(*bare);
    }
    put_push(made.script_sig, script);
    return made;
  }

  using LeafSignatures = std::map<std::pair<Digest32, XOnlyKey>, const Bytes*>;

  // satisfy_leaf is the stack for a leaf: signatures for the first keys that have one, in the reverse order of the keys, since
  // the first key takes the top; nothing for a script of another form, or too few signatures.
  static std::optional<WitnessStack> satisfy_leaf(ByteView script, const Digest32& leaf_hash, const LeafSignatures& signatures) {
    const auto multisig = read_multi_a(script);
    if (!multisig) return std::nullopt;
    WitnessStack stack;
    unsigned found = 0;
    for (const auto key : multisig->keys) {
      const auto signature = signatures.find({leaf_hash, to_key(key)});
      const bool takes = found < multisig->required && signature != signatures.end();
      stack.push_back(takes ? *signature->second : Bytes());
      found += takes ? 1 : 0;
    }
    if (found < multisig->required) return std::nullopt;
    std::ranges::reverse(stack);
    return stack;
  }

  Result<FinalInput> taproot(const XOnlyKey& output_key) const {
    if (!input_.tap_key_signature.empty()) return FinalInput{{}, {to_bytes(input_.tap_key_signature)}};
    LeafSignatures signatures;
    for (const auto& signature : input_.tap_script_signatures) {
      signatures[{signature.leaf_hash, signature.key}] = &signature.signature;
    }
    for (const auto& leaf : input_.tap_leaves) {
      const auto control = read_control_block(leaf.control_block);
      if (!control || control->leaf_version != kTapscriptVersion) continue;
      auto stack = satisfy_leaf(leaf.script, tap_leaf_hash(control->leaf_version, leaf.script), signatures);
      if (!stack) continue;
      if (!commits_to(output_key, *control, leaf.script)) return refused("a script of its tree is not its output's");
      stack->push_back(leaf.script);
      stack->push_back(leaf.control_block);
      return FinalInput{{}, std::move(*stack)};
    }
    return refused("neither its key has signed, nor enough keys of a script of a form that is known here");
  }

  const Collected& input_;
  std::string_view what_;
};

}  // namespace

Result<FinalInput> finalize(const Collected& input, std::string_view what) { return Finalizer(input, what).run(); }

}  // namespace custos::wallet::btc
