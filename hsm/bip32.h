// BIP 32 inside a token, by the mechanisms of two vendors. Written from what they publish, and tested against a fake module alone
// (tests/fault_token): no Luna and no IBM device has run this yet.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "key/backend.h"
#include "key/public_key.h"

namespace custos::hsm {

// Bip32 is by whose mechanisms a token derives keys.
enum class Bip32 : unsigned char {
  luna,  // CKM_BIP32_MASTER_DERIVE and CKM_BIP32_CHILD_DERIVE (Thales Luna SDK, "BIP32 Mechanism Support and Implementation")
  ibm,   // CKM_IBM_BTC_DERIVE, as openCryptoki's EP11 token has it: it answers chain codes in the mechanism's parameter
};

// find_bip32 asks the token of a session which of them it offers for such a tree. Errors: bad_input, when it has none; as
// token_failure.
[[nodiscard]] Result<Bip32> find_bip32(const Module& module, CK_SESSION_HANDLE session, key::Algorithm tree);

// TokenSeed is the seed of a tree, a secret key that only derives, and the session on which its keys are derived.
struct TokenSeed {
  const Module& module;
  CK_SESSION_HANDLE session;
  Bip32 by;
  CK_OBJECT_HANDLE handle;
};

// DerivedKey is a private key of a tree: a session object, sensitive and not extractable, that is destroyed with this.
class DerivedKey {
 public:
  DerivedKey(const TokenSeed& seed, CK_OBJECT_HANDLE handle) noexcept
      : module_(&seed.module), session_(seed.session), handle_(handle) {}
  ~DerivedKey();
  DerivedKey(DerivedKey&& other) noexcept
      : chain_code(other.chain_code),
        module_(other.module_),
        session_(other.session_),
        handle_(std::exchange(other.handle_, CK_INVALID_HANDLE)) {}
  DerivedKey& operator=(DerivedKey&& other) noexcept {
    std::swap(chain_code, other.chain_code);
    std::swap(module_, other.module_);
    std::swap(session_, other.session_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  DerivedKey(const DerivedKey&) = delete;
  DerivedKey& operator=(const DerivedKey&) = delete;

  [[nodiscard]] CK_OBJECT_HANDLE handle() const noexcept { return handle_; }

  std::array<std::uint8_t, 32> chain_code{};

 private:
  const Module* module_;
  CK_SESSION_HANDLE session_;
  CK_OBJECT_HANDLE handle_;
};

// derive_key derives the key at `path`, which only signs; derive_node, its public half. The session is logged in; after a failure
// that came from the token the caller discards it. Errors: bad_input for a path of more than key::kMaxPathSteps steps; integrity
// for a key that is not as protected as a key must be; as token_failure.
[[nodiscard]] Result<DerivedKey> derive_key(const TokenSeed& seed, std::span<const std::uint32_t> path);
[[nodiscard]] Result<key::TreeNode> derive_node(const TokenSeed& seed, std::span<const std::uint32_t> path);

// generate_tree makes a seed of 32 bytes, a private, sensitive, not extractable token key that only derives; lets its tree prove
// that it is one of BIP 32; and destroys it where anything differs. It answers the root's public key. Errors: integrity, as
// token_failure.
[[nodiscard]] Result<key::PublicKey> generate_tree(const Module& module, CK_SESSION_HANDLE session, const key::KeyTemplate& key);

}  // namespace custos::hsm
