#include "custos/rearmer.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/own_thread.h"
#include "base/process_life.h"
#include "custodian/request_signer.h"

namespace custos {
namespace {

using SignerPointer = std::shared_ptr<RequestSigner::Impl>;
using Signers = std::vector<SignerPointer>;

// kSessionsAtOnce bounds one signer's turn, so that a busy one does not keep the others waiting.
constexpr std::size_t kSessionsAtOnce = 4;
// kPatience bounds the wait for a round in which the module hangs.
constexpr std::chrono::seconds kPatience{2};

}  // namespace

// Rearmer::Impl is kept alive by its thread too. The list of signers is never changed but replaced, so that the thread takes the
// mutex only when there is another.
struct Rearmer::Impl {
  explicit Impl(std::unique_ptr<IdleStrategy> strategy) : idle(std::move(strategy)) {}

  void run() noexcept;
  std::shared_ptr<const Signers> current() noexcept {
    const std::lock_guard lock(mutex);
    replaced.store(false);
    return signers;
  }
  void replace(std::shared_ptr<const Signers> fresh) noexcept {
    signers.swap(fresh);
    replaced.store(true);
  }

  const std::unique_ptr<IdleStrategy> idle;
  std::atomic<bool> stopping{false};
  std::atomic<bool> replaced{false};
  std::mutex mutex;  // guards what follows
  std::shared_ptr<const Signers> signers = std::make_shared<Signers>();

  std::mutex stop_mutex;
  std::optional<OwnThread> thread;
};

void Rearmer::Impl::run() noexcept {
  std::shared_ptr<const Signers> mine = std::make_shared<Signers>();
  while (!stopping.load(std::memory_order_relaxed) && !exiting()) {
    if (replaced.load(std::memory_order_relaxed)) mine = current();
    std::size_t work = 0;
    for (const auto& signer : *mine) work += signer->rearm(kSessionsAtOnce);
    idle->idle(work);
  }
}

Rearmer::Rearmer(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Rearmer::~Rearmer() {
  if (impl_) stop();
}
Rearmer::Rearmer(Rearmer&&) noexcept = default;
Rearmer& Rearmer::operator=(Rearmer&& other) noexcept {
  if (this == &other) return *this;
  if (impl_) stop();
  impl_ = std::move(other.impl_);
  return *this;
}

Result<Rearmer> Rearmer::start(RearmerOptions options) {
  if (!options.idle) options.idle = std::make_unique<BackoffIdle>();
  auto impl = std::make_shared<Impl>(std::move(options.idle));
  auto thread = OwnThread::start("custos-rearm", [impl] { impl->run(); }, options.cpu);
  if (!thread) return thread.failure();
  impl->thread.emplace(*std::move(thread));
  return Rearmer(std::move(impl));
}

void Rearmer::add(const RequestSigner& signer) const {
  const std::lock_guard lock(impl_->mutex);
  if (std::ranges::find(*impl_->signers, signer.impl()) != impl_->signers->end()) return;
  auto fresh = std::make_shared<Signers>(*impl_->signers);
  fresh->push_back(signer.impl());
  impl_->replace(std::move(fresh));
}

void Rearmer::remove(const RequestSigner& signer) const {
  const std::lock_guard lock(impl_->mutex);
  auto fresh = std::make_shared<Signers>(*impl_->signers);
  std::erase(*fresh, signer.impl());
  impl_->replace(std::move(fresh));
}

void Rearmer::stop() const noexcept {
  impl_->stopping.store(true);
  const std::lock_guard lock(impl_->stop_mutex);
  if (impl_->thread) impl_->thread->end(std::chrono::steady_clock::now() + kPatience);
}

}  // namespace custos
