#include "hsm/remote_backend.h"

#include <utility>

#include "base/process_life.h"
#include "base/sigpipe_guard.h"

namespace custos::hsm {
namespace {

constexpr int kMakingTakes = 10;

// run_bounded makes the call in a thread, or on this one where there are none.
template <class F>
auto run_bounded(CallThreads* calls, F work, int times) {
  if (calls != nullptr) return calls->run(std::move(work), calls->operation_timeout() * times);
  const SigpipeGuard guard;
  return work();
}

// RemoteSealer makes the calls of another Sealer likewise.
class RemoteSealer final : public key::Sealer {
 public:
  RemoteSealer(std::shared_ptr<key::Sealer> sealer, std::shared_ptr<CallThreads> calls)
      : sealer_(std::move(sealer)), calls_(std::move(calls)) {}
  ~RemoteSealer() override {
    if (calls_ != nullptr) calls_->let_go(std::move(sealer_));
  }

  Result<Bytes> seal(const SecretBytes& plaintext, ByteView context) override {
    auto mine = plaintext.clone();
    if (!mine) return mine.failure();
    return run_bounded(
        calls_.get(),
        [sealer = sealer_, text = *std::move(mine), about = Bytes(context.begin(), context.end())] {
          return sealer->seal(text, about);
        },
        1);
  }

  Result<SecretBytes> open(ByteView box, ByteView context) override {
    return run_bounded(
        calls_.get(),
        [sealer = sealer_, sealed = Bytes(box.begin(), box.end()), about = Bytes(context.begin(), context.end())] {
          return sealer->open(sealed, about);
        },
        1);
  }

 private:
  std::shared_ptr<key::Sealer> sealer_;
  const std::shared_ptr<CallThreads> calls_;
};

}  // namespace

RemoteBackend::~RemoteBackend() {
  if (fork_count() == fork_count_) pin_->close();  // in a child its lock may be another thread's
  if (calls_ != nullptr) {
    calls_->let_go(std::move(token_));
  } else {
    const SigpipeGuard guard;
    token_.reset();
  }
}

template <class F>
auto RemoteBackend::bounded(F work, int times) {
  return run_bounded(calls_.get(), std::move(work), times);
}

Result<key::BackendDescription> RemoteBackend::describe() {
  return bounded([token = token_] { return token->describe(); });
}

Result<std::vector<ProbeFinding>> RemoteBackend::probe(const ProbeOptions& options) {
  return bounded([token = token_, options] { return token->probe(options); }, kMakingTakes);
}

Result<std::vector<key::StoredKey>> RemoteBackend::list() {
  return bounded([token = token_] { return token->list(); });
}

Result<key::MadeKey> RemoteBackend::generate(const key::KeyTemplate& key) {
  return bounded([token = token_, key] { return token->generate(key); }, kMakingTakes);
}

Result<key::MadeKey> RemoteBackend::import_key(const key::KeyTemplate& key, const SecretBytes& material) {
  auto mine = material.clone();
  if (!mine) return mine.failure();
  return bounded([token = token_, key, mine = *std::move(mine)] { return token->import_key(key, mine); }, kMakingTakes);
}

Result<void> RemoteBackend::destroy(const key::KeyId& id) {
  return bounded([token = token_, id] { return token->destroy(id); });
}

Result<key::KeyAttestation> RemoteBackend::attest(const key::KeyId& id) {
  return bounded([token = token_, id] { return token->attest(id); });
}

// All that prepare one key share one RemoteKey, as they share the key in it.
Result<std::shared_ptr<key::PreparedKey>> RemoteBackend::prepare(const key::KeyId& id, key::KeyUse use, std::size_t shelf) {
  auto key = bounded([token = token_, id, use, shelf] { return token->prepare(id, use, shelf); });
  if (!key) return key;
  std::shared_ptr<RemoteKey> standing;  // let go of after the lock
  const std::lock_guard lock(mutex_);
  std::erase_if(keys_, [](const auto& entry) { return entry.second.expired(); });
  auto& known = keys_[key->get()];
  standing = known.lock();
  if (standing == nullptr || standing->closed()) {
    standing = std::make_shared<RemoteKey>(*std::move(key), use, calls_, health_);
    known = standing;
  }
  return std::shared_ptr<key::PreparedKey>(standing);
}

Result<std::unique_ptr<key::Sealer>> RemoteBackend::sealer(const key::KeyId& id, key::Algorithm algorithm) {
  auto sealer = bounded([token = token_, id, algorithm] { return token->sealer(id, algorithm); });
  if (!sealer) return sealer;
  return std::unique_ptr<key::Sealer>(std::make_unique<RemoteSealer>(*std::move(sealer), calls_));
}

Result<std::optional<Bytes>> RemoteBackend::read_object(std::string_view name) {
  return bounded([token = token_, name = std::string(name)] { return token->read_object(name); });
}

Result<void> RemoteBackend::write_object(std::string_view name, ByteView value) {
  return bounded([token = token_, name = std::string(name), value = Bytes(value.begin(), value.end())] {
    return token->write_object(name, value);
  });
}

Result<void> RemoteBackend::write_secret(std::string_view name, const SecretBytes& value,
                                         const std::optional<key::SealReference>& under) {
  auto mine = value.clone();
  if (!mine) return mine.failure();
  return bounded([token = token_, name = std::string(name), mine = *std::move(mine), under] {
    return token->write_secret(name, mine, under);
  });
}

Result<std::optional<SecretBytes>> RemoteBackend::read_secret(std::string_view name) {
  return bounded([token = token_, name = std::string(name)] { return token->read_secret(name); });
}

Result<void> RemoteBackend::remove_secret(std::string_view name) {
  return bounded([token = token_, name = std::string(name)] { return token->remove_secret(name); });
}

Result<void> RemoteBackend::ask_again() {
  return bounded([token = token_] { return token->ask_again(); });
}

}  // namespace custos::hsm
