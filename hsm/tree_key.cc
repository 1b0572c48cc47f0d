#include "hsm/tree_key.h"

#include <cerrno>

#include "hsm/ck_rv.h"
#include "hsm/cold_call.h"
#include "hsm/key_search.h"
#include "hsm/mechanisms.h"
#include "hsm/sign_operation.h"

namespace custos::hsm {
namespace {

constexpr SignStatus kRevoked{Errc::revoked, Origin::token, 0};
constexpr SignStatus kNoDigest{Errc::bad_input, Origin::key, 0};
constexpr SignStatus kNoneArmed{Errc::busy, Origin::key, 0};

Unexpected revoked() { return fail(Errc::revoked, Origin::token, "the tree of keys is closed"); }

// guarded runs cold work on a path that must not throw.
template <class Work>
SignStatus guarded(Work&& work) noexcept {
  try {
    const Result<void> done = work();
    if (done) return {};
    return {done.error().code, done.error().origin, done.error().native};
  } catch (...) {  // out of memory
    return {Errc::system, Origin::system, ENOMEM};
  }
}

}  // namespace

TreeKey::TreeKey(std::shared_ptr<const TreeKey> root, std::span<const std::uint32_t> path)
    : pool_(root->pool_),
      id_(root->id_),
      use_(key::leaf_of(root->use_.algorithm), root->use_.scheme),
      by_(root->by_),
      root_(std::move(root)),
      path_(path.begin(), path.end()) {}

Result<std::shared_ptr<key::PreparedKey>> TreeKey::prepare(std::shared_ptr<SessionPool> pool, const key::KeyId& id,
                                                           key::KeyUse use) {
  if (auto mechanism = choose_sign_mechanism(use); !mechanism) return mechanism.failure();
  auto by = cold_call(*pool, [&](const Module& module, CK_SESSION_HANDLE session) -> Result<Bip32> {
    auto offered = find_bip32(module, session, use.algorithm);
    if (!offered) return offered;
    auto seed = the_key_by_id(module, session, class_of(use.algorithm), id);
    if (!seed) return seed.failure();
    return offered;
  });
  if (!by) return by.failure();
  return std::shared_ptr<key::PreparedKey>(new TreeKey(std::move(pool), id, use, *by));
}

Result<TokenSeed> TreeKey::find_seed(const Module& module, CK_SESSION_HANDLE session) const {
  auto handle = the_key_by_id(module, session, class_of(key::Algorithm::bip32), id_);
  if (!handle) return handle.failure();
  return TokenSeed{module, session, by_, *handle};
}

SignStatus TreeKey::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (closed()) return kRevoked;
  if (out.size() != key::facts_of(use_.algorithm).signature_size) return {Errc::internal, Origin::token, CKR_BUFFER_TOO_SMALL};
  if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
  if (call.no_fallback) return kNoneArmed;
  const SignInput input(use_.scheme, message);
  if (!input.fits()) return kNoDigest;
  call.path = key::Path::fallback;
  const auto work = [&](const Module& module, CK_SESSION_HANDLE session) -> Result<void> {
    auto seed = find_seed(module, session);
    if (!seed) return seed.failure();
    auto key = derive_key(*seed, path_);
    if (!key) return key.failure();
    CK_RV rv = hsm::begin_sign(module, session, CKM_ECDSA, key->handle());
    if (rv == CKR_OK) rv = end_sign(module, session, input.view(), out);
    return rv == CKR_OK ? Result<void>() : token_failure(rv, "a key of the tree does not sign");
  };
  const SignStatus status = guarded([&] { return cold_call_once(*pool_, work, call.deadline); });
  if (status.ok() && pool_->suspect()) return {Errc::integrity, Origin::token, CKR_CRYPTOKI_NOT_INITIALIZED};
  return status.ok() && closed() ? kRevoked : status;
}

SignStatus TreeKey::exists(key::Deadline deadline) noexcept {
  if (closed()) return kRevoked;
  const auto work = [&](const Module& module, CK_SESSION_HANDLE session) -> Result<void> {
    auto seed = find_seed(module, session);
    return seed ? Result<void>() : Result<void>(seed.failure());
  };
  return guarded([&] { return cold_call_once(*pool_, work, deadline); });
}

Result<key::TreeNode> TreeKey::node(std::span<const std::uint32_t> path) {
  if (root_ != nullptr) return key::no_tree();
  if (closed()) return revoked();
  return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) -> Result<key::TreeNode> {
    auto seed = find_seed(module, session);
    if (!seed) return seed.failure();
    return derive_node(*seed, path);
  });
}

Result<std::shared_ptr<key::PreparedKey>> TreeKey::derive(std::span<const std::uint32_t> path) {
  if (root_ != nullptr) return key::no_tree();
  if (closed()) return revoked();
  return std::shared_ptr<key::PreparedKey>(new TreeKey(shared_from_this(), path));
}

}  // namespace custos::hsm
