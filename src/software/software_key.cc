#include "software/software_key.h"

#include <unistd.h>

#include <cerrno>
#include <new>
#include <utility>

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

SoftwareKey::SoftwareKey(key::KeyUse use, std::unique_ptr<KeySource> source, std::chrono::milliseconds idle, const Clock& clock)
    : signature_size_(key::facts_of(use.algorithm).signature_size),
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
    if (out.size() != signature_size_) return {Errc::internal, Origin::key, 0};
    if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
    {
      const ReaderSlots::Reader signer(signers_);
      if (const Engine* engine = engine_.load(); engine != nullptr) {
        const SignStatus status = engine->sign(message, out);
        return closed() ? kRevoked : status;  // if it was closed meanwhile
      }
    }
    if (const SignStatus status = reopen(); !status.ok()) return status;
  }
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
  const std::lock_guard lock(mutex_);
  wipe_locked();
}

void SoftwareKey::sweep() noexcept {
  if (idle_.count() == 0) return;
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
