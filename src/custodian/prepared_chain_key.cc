#include "custodian/prepared_chain_key.h"

#include <algorithm>

#include "custodian/key_grants.h"
#include "custodian/key_spec.h"

namespace custos {
namespace {

// Keys below a tree's root are remembered up to these numbers: each that can sign holds a secret in guarded memory.
constexpr std::size_t kMostSigningNodes = 64;
constexpr std::size_t kMostPublicKeys = 20'000;

constexpr int kMostReads = 8;  // beside busy writers

Result<void> check_chain_key(Custodian::Impl& home, const registry::KeyView& view) {
  const registry::KeyRow& row = view.key;
  const std::string name = "key " + row.token + ":" + row.name;
  if (row.state != key::to_string(key::State::active)) return fail(Errc::revoked, Origin::key, name + " is " + row.state);
  for (const auto& copy : view.copies) {
    auto checked = check_custody(home, copy);
    if (!checked && checked.error().code != Errc::not_found) return checked;  // what is gone is told when it is opened
  }
  return {};
}

// chain_of_purpose is the chain for which a key signs. Errors: refused.
Result<const wallet::Chain*> chain_of_purpose(const registry::KeyRow& row) {
  if (const wallet::Chain* chain = chain_of_key(row.purpose)) return chain;
  return fail(Errc::refused, Origin::key,
              "key " + row.token + ":" + row.name + " has the purpose " + row.purpose +
                  " and signs for nothing else: make a key with --purpose chain:NAME");
}

}  // namespace

Bytes compressed(const key::PublicKey& key) {
  constexpr std::size_t kPoint = 65, kCoordinate = 32;
  const Bytes& raw = key.raw();
  if (raw.size() != kPoint) return raw;
  Bytes point(raw.begin(), raw.begin() + 1 + kCoordinate);
  point.front() = (raw.back() & 1U) == 0 ? 0x02 : 0x03;  // SEC 1, 2.3.3
  return point;
}

Result<std::pair<registry::KeyView, std::uint64_t>> view_key_at_rest(Custodian::Impl& home, const KeyName& name) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  for (int attempt = 0; attempt < kMostReads; ++attempt) {
    const std::uint64_t epoch = home.control.epoch();
    if (epoch % 2 != 0) {
      if (auto settled = home.registry->settle(); !settled) return settled.failure();
      continue;
    }
    auto view = home.registry->view_key(name.token, name.label);
    if (!view) return view.failure();
    if (view->has_value()) return std::pair(**std::move(view), epoch);
    return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
  }
  return fail(Errc::busy, Origin::registry, "the registry is being changed without pause: try again");
}

Result<std::shared_ptr<PreparedChainKey>> PreparedChainKey::prepare(Custodian::Impl& home, const KeyName& name, KeySource source,
                                                                    std::size_t shelf) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  if (home.control.replaced()) {
    return fail(Errc::integrity, Origin::registry, "the file control was replaced while this process runs: restart it");
  }
  auto found = view_key_at_rest(home, name);
  if (!found) return found.failure();
  auto& [view, epoch] = *found;
  auto chain = chain_of_purpose(view.key);
  if (!chain) return chain.failure();
  if (auto checked = check_chain_key(home, view); !checked) return checked.failure();
  const auto algorithm = key::parse_algorithm(view.key.algorithm);
  if (!algorithm)
    return fail(Errc::integrity, Origin::registry, "key " + name.text() + " has the unknown algorithm " + view.key.algorithm);
  auto granted = granted_of(view.grants);
  if (!granted) return granted.failure();
  auto known = key::PublicKey::from_spki(*algorithm, view.public_key);
  if (!known) return fail(Errc::integrity, Origin::registry, "registry.db: the public key of " + name.text() + " is none");

  std::shared_ptr<PreparedChainKey> prepared(new PreparedChainKey(std::move(view), std::move(source), shelf, *algorithm));
  const bool is_ed25519 = key::facts_of(*algorithm).family == key::Family::ed25519;
  auto main = prepared->root(is_ed25519 ? key::Scheme::ed25519 : key::Scheme::ecdsa_digest);
  if (!main) return main.failure();
  prepared->main_ = *std::move(main);
  prepared->main_public_key_ = compressed(*known);
  prepared->epoch = epoch;
  prepared->chain = *chain;
  prepared->authoriser = std::make_unique<authorise::TransactionGrants>(*std::move(granted), epoch);
  return prepared;
}

Result<std::shared_ptr<Replicas>> PreparedChainKey::root(key::Scheme scheme) {
  if (auto known = find({scheme, {}})) return known;
  auto opened = Replicas::open(source_, view_, {.shelf = shelf_}, key::KeyUse(algorithm_, scheme));
  if (!opened) return opened.failure();
  const std::lock_guard lock(mutex_);
  return keys_.try_emplace(Node{scheme, {}}, *std::move(opened)).first->second;
}

std::shared_ptr<Replicas> PreparedChainKey::find(const Node& node) {
  const std::lock_guard lock(mutex_);
  const auto known = keys_.find(node);
  return known == keys_.end() ? nullptr : known->second;
}

Result<std::shared_ptr<Replicas>> PreparedChainKey::key_at(key::Scheme scheme, const wallet::KeyPath& path) {
  if (path.empty()) return this->root(scheme);
  if (auto known = find({scheme, path})) return known;
  auto root = this->root(scheme);
  if (!root) return root;
  if (const auto status = (*root)->ensure({}); !status.ok()) {
    return fail(status.code, status.origin, "the root of the key's tree could not be proved", status.native);
  }
  auto own = public_key(path);
  if (!own) return own.failure();
  const key::Algorithm leaf = key::leaf_of(algorithm_);
  auto known = leaf == key::Algorithm::ed25519 ? key::PublicKey::ed25519(*own) : key::PublicKey::ecdsa(leaf, *own);
  if (!known) return known.failure();
  auto derived = (*root)->front().derive(path);
  if (!derived) return derived.failure();
  auto key = Replicas::below(*std::move(derived), key::KeyUse(leaf, scheme), *std::move(known));
  const std::lock_guard lock(mutex_);
  if (keys_.size() >= kMostSigningNodes) std::erase_if(keys_, [](const auto& entry) { return !entry.first.second.empty(); });
  return keys_.try_emplace(Node{scheme, path}, std::move(key)).first->second;
}

Result<key::TreeNode> PreparedChainKey::node(const wallet::KeyPath& path) { return main_->front().node(path); }

Result<Bytes> PreparedChainKey::public_key(const wallet::KeyPath& path) {
  if (path.empty()) return main_public_key_;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = public_keys_.find(path); known != public_keys_.end()) return known->second;
  }
  auto found = node(path);
  if (!found) return found.failure();
  const std::lock_guard lock(mutex_);
  if (public_keys_.size() >= kMostPublicKeys) public_keys_.clear();
  return public_keys_.try_emplace(path, std::move(found->public_key)).first->second;
}

std::optional<std::array<std::uint8_t, 4>> PreparedChainKey::fingerprint() {
  if (!key::is_tree(algorithm_)) return std::nullopt;
  auto root = node({});
  if (!root) return std::nullopt;
  return root->fingerprint;
}

SignStatus PreparedChainKey::check_presence(const registry::ControlPage& control, std::chrono::nanoseconds interval,
                                            key::Deadline deadline) noexcept {
  bool answered = false;
  return main_->check_presence(control, interval, deadline, answered);
}

std::size_t PreparedChainKey::rearm(std::size_t max_sessions) noexcept { return main_->rearm(max_sessions); }

void PreparedChainKey::disarm() noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [node, key] : keys_) key->disarm();
}

}  // namespace custos
