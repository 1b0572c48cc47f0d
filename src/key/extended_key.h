// Extended keys: nodes of a BIP 32 tree as text.
#pragma once

#include <string>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/backend.h"

namespace custos::key {

// Network is which chain a text names by its first letters: "xpub…" and "xprv…", or "tpub…" and "tprv…" for the test networks.
enum class Network : unsigned char { main, test };

// extended_public_key writes a node of secp256k1 (BIP 32, "Serialization format"). Errors: bad_input, for one of Ed25519, of
// which nothing can be derived publicly.
[[nodiscard]] Result<std::string> extended_public_key(const TreeNode& node, Network network);

// root_of_extended_key reads "xprv…" or "tprv…" of a root, and gives material of Algorithm::bip32. Errors: bad_input, saying what
// the text is instead: a public key, a key below its root, another format.
[[nodiscard]] Result<SecretBytes> root_of_extended_key(const SecretBytes& text);

}  // namespace custos::key
