#include "hsm/remote_key.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/sigpipe_guard.h"

namespace custos::hsm {
namespace {

// kWholeShelf is more than any shelf has, and so little that wishes can be added up.
constexpr std::size_t kWholeShelf = 1U << 20U;

constexpr SignStatus kRevoked{Errc::revoked, Origin::token, 0};

}  // namespace

RemoteKey::RemoteKey(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, std::shared_ptr<CallThreads> calls,
                     std::shared_ptr<const HealthMonitor> health)
    : core_(std::make_shared<Core>()), use_(use), spreads_(key->spreads()), calls_(std::move(calls)), health_(std::move(health)) {
  core_->key = std::move(key);
}

RemoteKey::~RemoteKey() {
  if (calls_ != nullptr) {
    calls_->let_go(std::move(core_));
  } else {
    const SigpipeGuard guard;
    core_.reset();
  }
}

SignStatus RemoteKey::sign_in_thread(void* core, ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  return static_cast<Core*>(core)->key->sign(message, out, call);
}

SignStatus RemoteKey::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (closed()) return kRevoked;
  if (calls_ == nullptr) {
    const SigpipeGuard guard;
    return core_->key->sign(message, out, call);
  }
  const SignStatus status = calls_->call(core_, sign_in_thread, message, out, call);
  return status.ok() && closed() ? kRevoked : status;
}

key::PendingSign* RemoteKey::begin_sign(ByteView message, key::SignCall& call, Waker& waker) noexcept {
  if (calls_ == nullptr || closed()) return nullptr;
  return calls_->begin(core_, sign_in_thread, message, key::facts_of(use_.algorithm).signature_size, call, waker);
}

std::size_t RemoteKey::rearm(std::size_t max_sessions) noexcept {
  if (closed()) return 0;
  if (calls_ == nullptr) {
    const SigpipeGuard guard;
    return core_->key->rearm(max_sessions);
  }
  core_->to_rearm.fetch_add(std::min(max_sessions, kWholeShelf));
  if (core_->is_rearming.exchange(true)) return 0;
  const CallThreads::Work work = [](void* core, ByteView, std::span<std::uint8_t>, key::SignCall&) noexcept {
    auto& mine = *static_cast<Core*>(core);
    mine.key->rearm(mine.to_rearm.exchange(0));
    mine.is_rearming.store(false);
    return SignStatus{Errc::busy, Origin::token, 0};  // it may have had nothing to ask the device
  };
  if (!calls_->submit(core_, work)) core_->is_rearming.store(false);
  return 0;
}

SignStatus RemoteKey::exists(key::Deadline deadline) noexcept {
  if (closed()) return kRevoked;
  if (calls_ == nullptr) {
    const SigpipeGuard guard;
    return core_->key->exists(deadline);
  }
  key::SignCall call{.deadline = deadline};
  const CallThreads::Work work = [](void* core, ByteView, std::span<std::uint8_t>, key::SignCall& mine) noexcept {
    return static_cast<Core*>(core)->key->exists(mine.deadline);
  };
  return calls_->call(core_, work, {}, {}, call);
}

// let_go takes sessions from a shelf and closes them, which may hang: it is waited for like any call.
template <auto kDo>
void RemoteKey::let_go() noexcept {
  if (calls_ == nullptr) {
    const SigpipeGuard guard;
    ((*core_->key).*kDo)();
    return;
  }
  key::SignCall call;
  const CallThreads::Work work = [](void* core, ByteView, std::span<std::uint8_t>, key::SignCall&) noexcept {
    ((*static_cast<Core*>(core)->key).*kDo)();
    return SignStatus{Errc::busy, Origin::token, 0};
  };
  static_cast<void>(calls_->call(core_, work, {}, {}, call));
}

void RemoteKey::disarm() noexcept { let_go<&key::PreparedKey::disarm>(); }

void RemoteKey::close() noexcept {
  closed_.store(true);
  let_go<&key::PreparedKey::close>();
}

// cold makes a call of a tree of keys, which allocates; `work` owns what it touches.
template <class F>
auto RemoteKey::cold(F work) {
  if (calls_ != nullptr) return calls_->run(std::move(work), calls_->operation_timeout());
  const SigpipeGuard guard;
  return work();
}

Result<key::TreeNode> RemoteKey::node(std::span<const std::uint32_t> path) {
  return cold([core = core_, steps = std::vector(path.begin(), path.end())] { return core->key->node(steps); });
}

Result<std::shared_ptr<key::PreparedKey>> RemoteKey::derive(std::span<const std::uint32_t> path) {
  auto below = cold([core = core_, steps = std::vector(path.begin(), path.end())] { return core->key->derive(steps); });
  if (!below) return below;
  const key::KeyUse use(key::leaf_of(use_.algorithm), use_.scheme);
  return std::shared_ptr<key::PreparedKey>(std::make_shared<RemoteKey>(*std::move(below), use, calls_, health_));
}

}  // namespace custos::hsm
