// Trees of keys: the keys below a root, of secp256k1 (BIP 32) and of Ed25519 (SLIP-10).
#pragma once

#include <cstdint>
#include <span>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/backend.h"

namespace custos::key {

// A root is material as key/key_material.h has it, checked: private key ‖ chain code. Paths have at most kMaxPathSteps steps.
// Errors of all below: bad_input, for a path that the tree has not (a step of SLIP-10 that is not hardened; a child that does not
// exist, which is one of 2^127), naming the step; system.

// master_of_seed gives the root that a seed of 16 to 64 bytes makes.
[[nodiscard]] Result<SecretBytes> master_of_seed(Algorithm tree, const SecretBytes& seed);

// derive_key gives the private key at `path`, of the algorithm leaf_of(tree).
[[nodiscard]] Result<SecretBytes> derive_key(Algorithm tree, const SecretBytes& root, std::span<const std::uint32_t> path);
// derive_node gives its public half.
[[nodiscard]] Result<TreeNode> derive_node(Algorithm tree, const SecretBytes& root, std::span<const std::uint32_t> path);
// child_of gives the public half of a child of a secp256k1 node, without secrets (CKDpub). Errors: bad_input for a hardened step.
[[nodiscard]] Result<TreeNode> child_of(const TreeNode& parent, std::uint32_t step);

}  // namespace custos::key
