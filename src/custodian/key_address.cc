// Addresses and extended public keys of keys.
#include <algorithm>
#include <array>

#include "custodian/key_grants.h"
#include "custodian/prepared_chain_key.h"
#include "custodian/transaction_info.h"
#include "custos/transaction.h"
#include "encode/quote.h"
#include "key/extended_key.h"
#include "key/key_path.h"

namespace custos {
namespace {

Result<wallet::KeyPath> path_of(std::string_view text) {
  if (text.empty()) return wallet::KeyPath();
  return key::parse_key_path(text);
}

// PublicHalf is a key without its secret.
struct PublicHalf {
  registry::KeyView view;
  key::PublicKey key;
};

Result<PublicHalf> public_half(Custodian::Impl& home, const KeyName& name) {
  auto found = view_key_at_rest(home, name);
  if (!found) return found.failure();
  registry::KeyView& view = found->first;
  const auto algorithm = key::parse_algorithm(view.key.algorithm);
  if (!algorithm || view.public_key.empty()) {
    return fail(Errc::bad_input, Origin::key, "key " + name.text() + " is " + view.key.algorithm + ", which has no public key");
  }
  auto known = key::PublicKey::from_spki(*algorithm, view.public_key);
  if (!known) return fail(Errc::integrity, Origin::registry, "registry.db: the public key of " + name.text() + " is none");
  return PublicHalf{std::move(view), *std::move(known)};
}

// node_of asks the key's backend for a node of its tree.
Result<key::TreeNode> node_of(Custodian::Impl& home, const PublicHalf& half, const wallet::KeyPath& path) {
  auto key = open_key(home_keys(home), half.view, {}, nullptr);
  if (!key) return key.failure();
  return (*key)->front().node(path);
}

// chain_for is the chain that an address is wanted for. A key of one chain has no address in another: what is sent there could
// not be moved.
Result<const wallet::Chain*> chain_for(const registry::KeyRow& row, std::string_view wanted) {
  const wallet::Chain* own = chain_of_key(row.purpose);
  if (own == nullptr || wanted.empty() || wanted == own->name()) {
    if (own != nullptr) return own;
    auto chain = chain_named(wanted);
    if (!chain && wanted.empty()) {
      return fail(
          Errc::bad_input, Origin::key,
          "key " + row.token + ":" + row.name + " has the purpose " + row.purpose + ", which is no chain: name one with --chain");
    }
    return chain;
  }
  if (auto known = chain_named(wanted); !known) return known;
  return fail(Errc::refused, Origin::key,
              "key " + row.token + ":" + row.name + " has the purpose " + row.purpose +
                  " and signs for nothing else, so it has no address in " + std::string(wanted));
}

// check_movable: what is paid to a Taproot address moves by Schnorr signatures alone (BIP 341), and not every backend makes them.
Result<void> check_movable(Custodian::Impl& home, const PublicHalf& half, std::string_view kind) {
  if (kind != "p2tr") return {};
  const auto key = Replicas::open(home_keys(home), half.view, {}, key::KeyUse(half.key.algorithm(), key::Scheme::schnorr_digest));
  if (!key) return Unexpected{key.error()};
  return {};
}

}  // namespace

Result<AddressInfo> Administration::key_address(const KeyName& name, const AddressView& view) const {
  auto path = path_of(view.path);
  if (!path) return path.failure();
  auto half = public_half(*impl_, name);
  if (!half) return half.failure();
  auto chain = chain_for(half->view.key, view.chain);
  if (!chain) return chain.failure();
  Bytes public_key = compressed(half->key);
  if (!path->empty()) {
    auto node = node_of(*impl_, *half, *path);
    if (!node) return node.failure();
    public_key = std::move(node->public_key);
  }
  auto address = (*chain)->address(public_key, {view.kind, view.network, view.prefix});
  if (!address) return address.failure();
  if (auto movable = check_movable(*impl_, *half, view.kind); !movable) return movable.failure();
  return AddressInfo{std::string((*chain)->name()), *std::move(address), std::move(public_key)};
}

Result<std::string> Administration::extended_public_key(const KeyName& name, std::string_view path,
                                                        std::string_view network) const {
  constexpr std::array<std::string_view, 5> kNetworks{"", "main", "test", "signet", "regtest"};
  if (std::ranges::find(kNetworks, network) == kNetworks.end()) {
    return fail(Errc::bad_input, Origin::key, encode::quoted(network) + " is no network (known: main, test, signet, regtest)");
  }
  auto steps = path_of(path);
  if (!steps) return steps.failure();
  auto half = public_half(*impl_, name);
  if (!half) return half.failure();
  if (half->key.algorithm() != key::Algorithm::bip32) {
    return fail(Errc::bad_input, Origin::key,
                "key " + name.text() + " is " + half->view.key.algorithm + ": only a bip32 key has extended public keys");
  }
  auto node = node_of(*impl_, *half, *steps);
  if (!node) return node.failure();
  return key::extended_public_key(*node, network.empty() || network == "main" ? key::Network::main : key::Network::test);
}

}  // namespace custos
