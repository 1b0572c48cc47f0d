#include "software/software_key.h"

#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>
#include <vector>

#include "key/key_path.h"
#include "key/key_tree.h"

namespace custos::software {
namespace {

constexpr SignStatus kRevoked{Errc::revoked, Origin::key, 0};

// LooseSecret is a key that is in no keystore.
class LooseSecret final : public KeySource {
 public:
  LooseSecret(key::Algorithm algorithm, SecretBytes secret) : algorithm_(algorithm), secret_(std::move(secret)) {}

  Result<OpenedKey> open() override {
    auto engine = make_engine(nullptr, algorithm_, secret_);
    if (!engine) return engine.failure();
    secret_.wipe();  // it is opened once
    return OpenedKey{*std::move(engine)};
  }
  Result<std::int64_t> created_ms() override { return 0; }

 private:
  const key::Algorithm algorithm_;
  SecretBytes secret_;
};

Unexpected no_root(const SignStatus& status) {
  return fail(status.code, status.origin, "the tree of keys could not be used (" + std::string(to_string(status.code)) + ")",
              status.native);
}

// guarded runs cold code on a path that must not throw.
template <class Work>
SignStatus guarded(Work&& work) noexcept {
  try {
    auto done = work();
    if (done) return {};
    return {done.error().code, done.error().origin, done.error().native};
  } catch (const std::bad_alloc&) {
    return {Errc::system, Origin::system, ENOMEM};
  } catch (...) {  // the host's prompt threw
    return {Errc::internal, Origin::none, 0};
  }
}

}  // namespace

// Branch is where a derived key gets its engine: from its root.
class SoftwareKey::Branch final : public KeySource {
 public:
  Branch(std::shared_ptr<SoftwareKey> root, std::span<const std::uint32_t> path)
      : root_(std::move(root)), path_(path.begin(), path.end()) {}

  Result<OpenedKey> open() override {
    const std::int64_t created = root_created_ms();  // first: if the root changes meanwhile, this key must not pass for current
    auto engine = root_->with_engine([this](const Engine& root) { return root.derive(path_); });
    if (!engine) return engine.failure();
    return OpenedKey{*std::move(engine), created};
  }
  Result<std::int64_t> created_ms() override {
    if (const SignStatus status = root_->exists({}); !status.ok()) return no_root(status);
    return root_created_ms();
  }

 private:
  std::int64_t root_created_ms() {
    const std::lock_guard lock(root_->mutex_);
    return root_->created_ms_.value_or(0);
  }

  const std::shared_ptr<SoftwareKey> root_;
  const std::vector<std::uint32_t> path_;
};

SoftwareKey::SoftwareKey(key::KeyUse use, std::unique_ptr<KeySource> source, std::chrono::milliseconds idle, const Clock& clock)
    : use_(use),
      branches_(key::is_tree(use.algorithm) ? std::make_unique<Branches>() : nullptr),
      source_(std::move(source)),
      idle_(idle),
      clock_(clock),
      process_(::getpid()) {}

SoftwareKey::~SoftwareKey() { delete engine_.load(); }

Result<std::shared_ptr<SoftwareKey>> SoftwareKey::make(key::KeyUse use, std::unique_ptr<KeySource> source,
                                                       std::chrono::milliseconds idle, const Clock& clock) {
  std::shared_ptr<SoftwareKey> key(new SoftwareKey(use, std::move(source), idle, clock));
  const std::lock_guard lock(key->mutex_);
  if (auto opened = key->open_locked(); !opened) return opened.failure();
  return key;
}

Result<std::shared_ptr<SoftwareKey>> SoftwareKey::make(key::Algorithm algorithm, const SecretBytes& secret) {
  auto copy = secret.clone();
  if (!copy) return copy.failure();
  return make(algorithm, std::make_unique<LooseSecret>(algorithm, *std::move(copy)));
}

SignStatus SoftwareKey::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  for (;;) {
    if (closed()) return kRevoked;
    if (out.size() != key::facts_of(use_.algorithm).signature_size) return {Errc::internal, Origin::key, 0};
    if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
    {
      const ReaderSlots::Reader signer(signers_);
      if (const Engine* engine = engine_.load(); engine != nullptr) {
        const SignStatus status = engine->sign(message, out, call.recovery_id);
        return closed() ? kRevoked : status;  // if it was closed meanwhile
      }
    }
    if (const SignStatus status = reopen(); !status.ok()) return status;
  }
}

template <class Work>
auto SoftwareKey::with_engine(const Work& work) -> decltype(work(std::declval<const Engine&>())) {
  for (;;) {
    if (closed()) return no_root(kRevoked);
    {
      const ReaderSlots::Reader reader(signers_);
      if (const Engine* engine = engine_.load(); engine != nullptr) return work(*engine);
    }
    if (const SignStatus status = reopen(); !status.ok()) return no_root(status);
  }
}

Result<key::TreeNode> SoftwareKey::derive_node(std::span<const std::uint32_t> path) {
  return with_engine([path](const Engine& engine) { return engine.node(path); });
}

Result<key::TreeNode> SoftwareKey::node(std::span<const std::uint32_t> path) {
  const bool is_public = use_.algorithm == key::Algorithm::bip32 && !path.empty() && (path.back() & key::kHardened) == 0;
  if (!is_public || path.size() > key::kMaxPathSteps || closed()) return derive_node(path);
  const auto above = path.first(path.size() - 1);
  const std::uint64_t now = generation();
  auto parent = branches_->find_node(above, now);
  if (!parent) {
    auto derived = derive_node(above);
    if (!derived) return derived;
    if (generation() == now) branches_->keep_node(above, now, *derived);
    parent = *std::move(derived);
  }
  return key::child_of(*parent, path.back());
}

Result<std::shared_ptr<key::PreparedKey>> SoftwareKey::derive(std::span<const std::uint32_t> path) {
  if (branches_ == nullptr) return key::no_tree();
  auto key = branches_->find(path);
  if (key == nullptr) {
    auto made =
        make({key::leaf_of(use_.algorithm), use_.scheme}, std::make_unique<Branch>(shared_from_this(), path), idle_, clock_);
    if (!made) return made.failure();
    key = branches_->share(path, *std::move(made));
  }
  if (closed()) {  // meanwhile: close may have missed it
    key->close();
    return no_root(kRevoked);
  }
  return std::shared_ptr<key::PreparedKey>(std::move(key));
}

SignStatus SoftwareKey::reopen() noexcept {
  return guarded([this]() -> Result<void> {
    const std::lock_guard lock(mutex_);
    if (closed() || is_open()) return {};
    return open_locked();
  });
}

Result<void> SoftwareKey::open_locked() {
  auto opened = source_->open();
  if (!opened) return opened.failure();
  if (created_ms_) generation_.fetch_add(1);  // before anybody can sign with it
  created_ms_ = opened->created_ms;
  last_used_ms_ = clock_.now_ms();
  engine_.store(opened->engine.release());
  return {};
}

void SoftwareKey::wipe_locked() noexcept {
  const Engine* engine = engine_.exchange(nullptr);
  if (engine == nullptr) return;
  if (::getpid() == process_) signers_.wait_until_left();
  delete engine;
}

void SoftwareKey::close() noexcept {
  closed_.store(true, std::memory_order_release);
  {
    const std::lock_guard lock(mutex_);
    wipe_locked();
  }
  if (branches_ != nullptr) branches_->close();
}

void SoftwareKey::sweep() noexcept {
  if (idle_.count() == 0) return;
  if (branches_ != nullptr) branches_->sweep();
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || !is_open()) return;
  const std::int64_t now_ms = clock_.now_ms();
  if (signers_.take_used() || now_ms < last_used_ms_) {
    last_used_ms_ = now_ms;
  } else if (now_ms - last_used_ms_ >= idle_.count()) {
    wipe_locked();
  }
}

std::size_t SoftwareKey::rearm(std::size_t) noexcept {
  sweep();
  return 0;
}

SignStatus SoftwareKey::exists(key::Deadline) noexcept {
  if (closed()) return kRevoked;
  return guarded([this]() -> Result<void> {
    auto created_ms = source_->created_ms();
    if (!created_ms) return created_ms.failure();
    const std::lock_guard lock(mutex_);
    if (created_ms_ != *created_ms) {  // another key: what is open is not to sign any more
      wipe_locked();
      created_ms_ = *created_ms;
      generation_.fetch_add(1);
    }
    return {};
  });
}

}  // namespace custos::software
