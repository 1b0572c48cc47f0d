#include "hsm/bip32.h"

#include <secp256k1_recovery.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "encode/secp256k1_signature.h"
#include "hash/ripemd160.h"
#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/mechanisms.h"
#include "hsm/new_objects.h"
#include "hsm/sign_operation.h"
#include "key/key_path.h"
#include "key/key_tree.h"

namespace custos::hsm {
namespace {

using key::PublicKey;
using Path = std::span<const std::uint32_t>;

// Thales' numbers (Luna SDK, cryptoki_v2.h).
constexpr CK_MECHANISM_TYPE kLunaMasterDerive = CKM_VENDOR_DEFINED + 0xE00;  // CKM_BIP32_MASTER_DERIVE
constexpr CK_MECHANISM_TYPE kLunaChildDerive = CKM_VENDOR_DEFINED + 0xE01;   // CKM_BIP32_CHILD_DERIVE
constexpr CK_ATTRIBUTE_TYPE kLunaChainCode = CKA_VENDOR_DEFINED + 0x1100;    // CKA_BIP32_CHAIN_CODE
constexpr CK_KEY_TYPE kLunaKeyType = CKK_VENDOR_DEFINED + 0x14;              // CKK_BIP32

// IBM's numbers (openCryptoki, pkcs11types.h).
constexpr CK_MECHANISM_TYPE kIbmDerive = CKM_VENDOR_DEFINED + 0x70001;     // CKM_IBM_BTC_DERIVE
constexpr CK_ATTRIBUTE_TYPE kIbmUseAsData = CKA_VENDOR_DEFINED + 0x10008;  // CKA_IBM_USE_AS_DATA
constexpr CK_ULONG kIbmPrivateChild = 1;                                   // CK_IBM_BTC_BIP0032_PRV2PRV
constexpr CK_ULONG kIbmMaster = 4;                                         // CK_IBM_BTC_BIP0032_MASTERK
constexpr CK_ULONG kIbmVersion = 1;                                        // CK_IBM_BTC_DERIVE_PARAMS_VERSION_1

// LunaPair begins CK_BIP32_MASTER_DERIVE_PARAMS and CK_BIP32_CHILD_DERIVE_PARAMS.
struct LunaPair {
  CK_ATTRIBUTE* open_template;
  CK_ULONG open_count;
  CK_ATTRIBUTE* own_template;
  CK_ULONG own_count;
};
struct LunaMaster {
  LunaPair pair;
  CK_OBJECT_HANDLE open_half, own_half;
};
struct LunaChild {
  LunaPair pair;
  CK_ULONG* path;
  CK_ULONG path_length;
  CK_OBJECT_HANDLE open_half, own_half;
  CK_ULONG path_error_index;
};

// IbmParameter is CK_IBM_BTC_DERIVE_PARAMS. The chain code is the parent's, and after the call the child's.
struct IbmParameter {
  CK_ULONG type, child_number;
  CK_BYTE* chain_code;
  CK_ULONG chain_code_size;
  CK_ULONG version;
};

constexpr std::size_t kSeedSize = 32;  // BIP 32, "Master key generation": 16 to 64

constexpr std::array<Flag, 12> kSeedFlags{{{CKA_TOKEN, true, "TOKEN"},
                                           {CKA_PRIVATE, true, "PRIVATE"},
                                           {CKA_SENSITIVE, true, "SENSITIVE"},
                                           {CKA_EXTRACTABLE, false, "EXTRACTABLE"},
                                           {CKA_SIGN, false, "SIGN"},
                                           {CKA_VERIFY, false, "VERIFY"},
                                           {CKA_ENCRYPT, false, "ENCRYPT"},
                                           {CKA_DECRYPT, false, "DECRYPT"},
                                           {CKA_WRAP, false, "WRAP"},
                                           {CKA_UNWRAP, false, "UNWRAP"},
                                           {CKA_DERIVE, true, "DERIVE"},
                                           {CKA_MODIFIABLE, false, "MODIFIABLE"}}};

// DerivedFlags are those of a key that only derives, on the way down, or only signs, where the path ends.
using DerivedFlags = std::array<Flag, 9>;
constexpr DerivedFlags derived_flags(bool signs) {
  return {{{CKA_TOKEN, false, "TOKEN"},
           {CKA_PRIVATE, true, "PRIVATE"},
           {CKA_SENSITIVE, true, "SENSITIVE"},
           {CKA_EXTRACTABLE, false, "EXTRACTABLE"},
           {CKA_SIGN, signs, "SIGN"},
           {CKA_DECRYPT, false, "DECRYPT"},
           {CKA_UNWRAP, false, "UNWRAP"},
           {CKA_DERIVE, !signs, "DERIVE"},
           {CKA_MODIFIABLE, false, "MODIFIABLE"}}};
}
constexpr DerivedFlags kDerives = derived_flags(false);
constexpr DerivedFlags kSigns = derived_flags(true);

// What the keys of a tree sign to show their public halves; like check messages they begin with a byte that no canonicaliser
// emits.
constexpr std::array<std::string_view, 2> kTreeChecks{{{"\0custos-tree-a", 14}, {"\0custos-tree-b", 14}}};

Unexpected odd_tree(std::string_view why) {
  return fail(Errc::integrity, Origin::token, fmt::format("the token's tree of keys is not sound: {}", why));
}

Result<bool> offers(const Module& module, CK_SLOT_ID slot, CK_MECHANISM_TYPE type) {
  CK_MECHANISM_INFO info{};
  const CK_RV rv = module.functions().C_GetMechanismInfo(slot, type, &info);
  if (rv == CKR_MECHANISM_INVALID) return false;
  if (rv != CKR_OK) return token_failure(rv, "cannot ask the token for BIP 32");
  return (info.flags & CKF_DERIVE) != 0;
}

CK_RV call_derive(const TokenSeed& seed, CK_OBJECT_HANDLE base, CK_MECHANISM mechanism, Template* wanted,
                  CK_OBJECT_HANDLE* made) {
  return seed.module.functions().C_DeriveKey(seed.session, &mechanism, base, wanted == nullptr ? nullptr : wanted->data(),
                                             wanted == nullptr ? 0 : wanted->size(), made);
}

Unexpected cannot_derive(CK_RV rv) { return token_failure(rv, "cannot derive a key of the tree"); }

// checked gives a key that is protected as was asked for.
Result<DerivedKey> checked(const TokenSeed& seed, DerivedKey key, const DerivedFlags& flags) {
  if (auto sound = check_flags(seed.module, seed.session, key.handle(), flags); !sound) return sound.failure();
  return key;
}

// take_pair keeps the private half. The chain code stands beside the public one.
Result<DerivedKey> take_pair(const TokenSeed& seed, CK_OBJECT_HANDLE own_half, CK_OBJECT_HANDLE open_half,
                             const DerivedFlags& flags) {
  DerivedKey own(seed, own_half);
  const DerivedKey open(seed, open_half);
  auto told = read_bytes(seed.module, seed.session, open_half, kLunaChainCode);
  if (!told) return told.failure();
  if (!*told || (*told)->size() != own.chain_code.size()) return odd_tree("it tells no chain code");
  std::ranges::copy(**told, own.chain_code.begin());
  return checked(seed, std::move(own), flags);
}

// LunaTemplates describes both halves. They name no curve, which the mechanisms refuse.
struct LunaTemplates {
  explicit LunaTemplates(const DerivedFlags& flags) {
    own.number(CKA_KEY_TYPE, kLunaKeyType);
    for (const Flag& flag : flags) own.flag(flag.type, flag.value);
    open.number(CKA_KEY_TYPE, kLunaKeyType).flag(CKA_TOKEN, false).flag(CKA_PRIVATE, true).flag(CKA_DERIVE, false);
  }
  [[nodiscard]] LunaPair pair() noexcept { return {open.data(), open.size(), own.data(), own.size()}; }

  Template own, open;
};

Result<DerivedKey> derive_by_luna(const TokenSeed& seed, Path path) {
  const DerivedFlags& master_flags = path.empty() ? kSigns : kDerives;
  LunaTemplates of_master(master_flags);
  LunaMaster master{of_master.pair(), CK_INVALID_HANDLE, CK_INVALID_HANDLE};
  CK_RV rv = call_derive(seed, seed.handle, {kLunaMasterDerive, &master, sizeof master}, nullptr, nullptr);
  if (rv != CKR_OK) return cannot_derive(rv);
  auto root = take_pair(seed, master.own_half, master.open_half, master_flags);
  if (!root || path.empty()) return root;

  std::vector<CK_ULONG> steps(path.begin(), path.end());
  LunaTemplates of_child(kSigns);
  LunaChild child{of_child.pair(), steps.data(), steps.size(), CK_INVALID_HANDLE, CK_INVALID_HANDLE, 0};
  rv = call_derive(seed, root->handle(), {kLunaChildDerive, &child, sizeof child}, nullptr, nullptr);
  if (rv != CKR_OK) return cannot_derive(rv);
  return take_pair(seed, child.own_half, child.open_half, kSigns);
}

// derive_step_by_ibm derives from the seed where there is no parent.
Result<DerivedKey> derive_step_by_ibm(const TokenSeed& seed, const DerivedKey* parent, std::uint32_t step,
                                      const DerivedFlags& flags) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_PRIVATE_KEY).number(CKA_KEY_TYPE, CKK_EC);
  wanted.bytes(CKA_EC_PARAMS, curve_of(key::Algorithm::ecdsa_secp256k1, {})).flag(kIbmUseAsData, true);
  for (const Flag& flag : flags) wanted.flag(flag.type, flag.value);
  auto chain_code = parent == nullptr ? std::array<std::uint8_t, 32>{} : parent->chain_code;
  IbmParameter parameter{kIbmMaster, 0, chain_code.data(), 0, kIbmVersion};
  if (parent != nullptr) parameter = {kIbmPrivateChild, step, chain_code.data(), chain_code.size(), kIbmVersion};

  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  const CK_OBJECT_HANDLE base = parent == nullptr ? seed.handle : parent->handle();
  const CK_RV rv = call_derive(seed, base, {kIbmDerive, &parameter, sizeof parameter}, &wanted, &made);
  if (rv != CKR_OK) return cannot_derive(rv);
  DerivedKey key(seed, made);
  key.chain_code = chain_code;
  return checked(seed, std::move(key), flags);
}

Result<DerivedKey> derive_by_ibm(const TokenSeed& seed, Path path) {
  auto key = derive_step_by_ibm(seed, nullptr, 0, path.empty() ? kSigns : kDerives);
  for (std::size_t depth = 0; key && depth < path.size(); ++depth) {
    key = derive_step_by_ibm(seed, &*key, path[depth], depth + 1 == path.size() ? kSigns : kDerives);
  }
  return key;
}

using Signature = std::array<std::uint8_t, 64>;

Result<Signature> sign_check(const TokenSeed& seed, const DerivedKey& key, std::string_view message) {
  const SignInput input(key::Scheme::ecdsa_sha256, as_bytes(message));
  Signature signature{};
  CK_RV rv = begin_sign(seed.module, seed.session, CKM_ECDSA, key.handle());
  if (rv == CKR_OK) rv = end_sign(seed.module, seed.session, input.view(), signature);
  if (rv != CKR_OK) return token_failure(rv, "a key of the tree does not sign");
  if (!encode::make_low_s(signature)) return odd_tree("a key's signature is none");
  return signature;
}

// recover gives one of the public keys of which `signature` may be (SEC 1, 4.1.6), compressed; empty where there is none.
Bytes recover(const Signature& signature, std::string_view message, int candidate) {
  const SignInput input(key::Scheme::ecdsa_sha256, as_bytes(message));
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed, signature.data(), candidate) != 1 ||
      secp256k1_ecdsa_recover(secp256k1_context_static, &point, &parsed, input.view().data()) != 1) {
    return {};
  }
  Bytes compressed(33);
  std::size_t size = compressed.size();
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, compressed.data(), &size, &point, SECP256K1_EC_COMPRESSED);
  return compressed;
}

// public_half finds the public key that fits two signatures: vendors tell public keys in ways of their own, IBM's that of a root
// in none, and the private key has proved itself by it.
Result<Bytes> public_half(const TokenSeed& seed, const DerivedKey& key) {
  auto first = sign_check(seed, key, kTreeChecks[0]);
  if (!first) return first.failure();
  auto second = sign_check(seed, key, kTreeChecks[1]);
  if (!second) return second.failure();
  for (int candidate = 0; candidate < 4; ++candidate) {
    Bytes point = recover(*first, kTreeChecks[0], candidate);
    if (point.empty()) continue;
    const auto known = PublicKey::ecdsa(key::Algorithm::bip32, point);
    if (known && known->verifies(key::Scheme::ecdsa_sha256, as_bytes(kTreeChecks[1]), *second)) return point;
  }
  return odd_tree("a key's signatures are of no one key");
}

Result<key::TreeNode> read_node(const TokenSeed& seed, Path path) {
  auto key = derive_key(seed, path);
  if (!key) return key.failure();
  auto public_key = public_half(seed, *key);
  if (!public_key) return public_key.failure();
  key::TreeNode node;
  node.public_key = *std::move(public_key);
  node.chain_code = key->chain_code;
  std::ranges::copy_n(hash::hash160(node.public_key).begin(), static_cast<std::ptrdiff_t>(node.fingerprint.size()),
                      node.fingerprint.begin());
  node.depth = static_cast<std::uint8_t>(path.size());
  node.child_number = path.empty() ? 0 : path.back();
  return node;
}

// prove_tree compares a child that the token derives with the one that follows from the root's public half (BIP 32, CKDpub): the
// public key, the chain code and the derivation are what we take them for.
Result<PublicKey> prove_tree(const TokenSeed& seed) {
  constexpr std::array<std::uint32_t, 1> kFirst{0};
  auto root = read_node(seed, {});
  if (!root) return root.failure();
  auto told = read_node(seed, kFirst);
  if (!told) return told.failure();
  auto expected = key::child_of(*root, kFirst[0]);
  if (!expected) return expected.failure();
  if (told->public_key != expected->public_key || told->chain_code != expected->chain_code) {
    return odd_tree("its first child is not the one of BIP 32");
  }
  return PublicKey::ecdsa(key::Algorithm::bip32, root->public_key);
}

}  // namespace

DerivedKey::~DerivedKey() {
  if (handle_ != CK_INVALID_HANDLE) module_->functions().C_DestroyObject(session_, handle_);  // else it ends with its session
}

Result<Bip32> find_bip32(const Module& module, CK_SESSION_HANDLE session, key::Algorithm tree) {
  const auto& facts = key::facts_of(tree);
  const Unexpected none =
      fail(Errc::bad_input, Origin::token,
           fmt::format(
               "this token cannot keep {} keys: it derives no keys by BIP 32; choose another algorithm, or the software keystore",
               facts.name));
  if (tree != key::Algorithm::bip32) return none;
  CK_SESSION_INFO info{};
  if (const CK_RV rv = module.functions().C_GetSessionInfo(session, &info); rv != CKR_OK) {
    return token_failure(rv, "cannot ask the token for BIP 32");
  }
  for (const auto& [type, by] : {std::pair{kLunaMasterDerive, Bip32::luna}, {kIbmDerive, Bip32::ibm}}) {
    auto offered = offers(module, info.slotID, type);
    if (!offered) return offered.failure();
    if (*offered) return by;
  }
  return none;
}

Result<DerivedKey> derive_key(const TokenSeed& seed, Path path) {
  if (path.size() > key::kMaxPathSteps) {
    return fail(Errc::bad_input, Origin::key, fmt::format("a key path has at most {} steps", key::kMaxPathSteps));
  }
  return seed.by == Bip32::luna ? derive_by_luna(seed, path) : derive_by_ibm(seed, path);
}

Result<key::TreeNode> derive_node(const TokenSeed& seed, Path path) {
  if (path.empty()) return read_node(seed, path);
  auto parent = read_node(seed, path.first(path.size() - 1));
  if (!parent) return parent;
  if ((path.back() & key::kHardened) == 0) return key::child_of(*parent, path.back());
  auto node = read_node(seed, path);
  if (node) node->parent_fingerprint = parent->fingerprint;
  return node;
}

Result<PublicKey> generate_tree(const Module& module, CK_SESSION_HANDLE session, const key::KeyTemplate& key) {
  auto by = find_bip32(module, session, key.algorithm);
  if (!by) return by.failure();
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_GENERIC_SECRET).number(CKA_VALUE_LEN, kSeedSize);
  wanted.bytes(CKA_ID, key.id.bytes).text(CKA_LABEL, key.label);
  for (const Flag& flag : kSeedFlags) wanted.flag(flag.type, flag.value);
  if (*by == Bip32::ibm) wanted.flag(kIbmUseAsData, true);
  CK_MECHANISM mechanism{CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE seed = CK_INVALID_HANDLE;
  const CK_RV rv = module.functions().C_GenerateKey(session, &mechanism, wanted.data(), wanted.size(), &seed);
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot generate the seed of \"{}\"", key.label));

  NewObjects made(module, session, key.label);
  if (auto sound = made.add(seed, kSeedFlags); !sound) return sound.failure();
  auto known = prove_tree({module, session, *by, seed});
  if (known) made.keep();
  return known;
}

}  // namespace custos::hsm
