// PreparedChainKey: all that the signatures of one chain's key need, proved, as of one epoch.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "authorise/transaction_grants.h"
#include "custodian/custodian_impl.h"
#include "custodian/prepared_credential.h"
#include "custodian/replicas.h"
#include "custos/administration.h"
#include "wallet/transaction.h"

namespace custos {

// view_key_at_rest reads a key in a snapshot that no change was being committed to, and the epoch before it. Errors: not_found.
[[nodiscard]] Result<std::pair<registry::KeyView, std::uint64_t>> view_key_at_rest(Custodian::Impl& home, const KeyName& name);

// PreparedChainKey is immutable but for what it remembers of the key's tree. Thread-safe.
class PreparedChainKey {
 public:
  // prepare reads the key verified from the registry, opens it and proves it. Errors: refused, when its purpose is no chain;
  // those of view_key_at_rest and open_key.
  static Result<std::shared_ptr<PreparedChainKey>> prepare(Custodian::Impl& home, const KeyName& name, KeySource source,
                                                           std::size_t shelf);

  // key_at is the key at `path`, ready to sign in `scheme`. Errors: bad_input, for a path that the key has not, or a scheme
  // that its backend has not; those of open_key.
  [[nodiscard]] Result<std::shared_ptr<Replicas>> key_at(key::Scheme scheme, const wallet::KeyPath& path);
  // public_key is the one at `path`, as wallet::Keyring has it.
  [[nodiscard]] Result<Bytes> public_key(const wallet::KeyPath& path);
  // fingerprint is that of the tree's root; absent where there is no tree.
  [[nodiscard]] std::optional<std::array<std::uint8_t, 4>> fingerprint();

  // check_presence asks now and then whether the key is still there.
  SignStatus check_presence(const registry::ControlPage& control, std::chrono::nanoseconds interval,
                            key::Deadline deadline) noexcept;
  std::size_t rearm(std::size_t max_sessions) noexcept;
  void disarm() noexcept;

  std::uint64_t epoch = 0;
  const wallet::Chain* chain = nullptr;
  std::unique_ptr<authorise::TransactionGrants> authoriser;

 private:
  using Node = std::pair<key::Scheme, wallet::KeyPath>;

  PreparedChainKey(registry::KeyView view, KeySource source, std::size_t shelf, key::Algorithm algorithm)
      : view_(std::move(view)), source_(std::move(source)), shelf_(shelf), algorithm_(algorithm) {}
  // root is the key itself in a scheme.
  Result<std::shared_ptr<Replicas>> root(key::Scheme scheme);
  [[nodiscard]] std::shared_ptr<Replicas> find(const Node& node);
  // node asks the tree.
  Result<key::TreeNode> node(const wallet::KeyPath& path);

  const registry::KeyView view_;
  const KeySource source_;
  const std::size_t shelf_;
  const key::Algorithm algorithm_;
  std::shared_ptr<Replicas> main_;  // the key itself, in its chain's usual scheme
  Bytes main_public_key_;           // as wallet::Keyring has it

  std::mutex mutex_;  // guards what follows
  std::map<Node, std::shared_ptr<Replicas>> keys_;
  std::map<wallet::KeyPath, Bytes> public_keys_;
};

// compressed gives a public key as wallet::Keyring has it.
[[nodiscard]] Bytes compressed(const key::PublicKey& key);

}  // namespace custos
