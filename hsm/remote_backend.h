// RemoteBackend: a token whose module may hang, or raises SIGPIPE when its connection is lost.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/process_life.h"
#include "hsm/call_threads.h"
#include "hsm/pin_gate.h"
#include "hsm/remote_key.h"
#include "hsm/token_backend.h"

namespace custos::hsm {

// RemoteBackend makes all calls of another TokenBackend in the token's threads, each bounded by the profile's operation_timeout;
// making keys, which takes small devices long, by ten times that. A call that is given up goes on without its caller, so that
// what it reads is its own. Without threads calls are made on the caller's, where a broken pipe is an error of the call.
class RemoteBackend final : public TokenBackend {
 public:
  // `calls` may be absent. The source of PINs is not asked any more once this is gone.
  RemoteBackend(std::shared_ptr<TokenBackend> token, std::shared_ptr<CallThreads> calls, std::shared_ptr<HealthMonitor> health,
                std::shared_ptr<PinGate> pin)
      : token_(std::move(token)), calls_(std::move(calls)), health_(std::move(health)), pin_(std::move(pin)) {}
  ~RemoteBackend() override;

  Result<key::BackendDescription> describe() override;
  std::shared_ptr<const key::DeviceHealth> health() const noexcept override { return health_; }
  Result<std::vector<key::StoredKey>> list() override;
  Result<key::MadeKey> generate(const key::KeyTemplate& key) override;
  Result<key::MadeKey> import_key(const key::KeyTemplate& key, const SecretBytes& material) override;
  std::string creation_warning(key::Algorithm algorithm) const override { return token_->creation_warning(algorithm); }
  Result<void> destroy(const key::KeyId& id) override;
  Result<key::KeyAttestation> attest(const key::KeyId& id) override;
  Result<std::shared_ptr<key::PreparedKey>> prepare(const key::KeyId& id, key::KeyUse use, std::size_t shelf) override;
  Result<std::unique_ptr<key::Sealer>> sealer(const key::KeyId& id, key::Algorithm algorithm) override;
  Result<std::optional<Bytes>> read_object(std::string_view name) override;
  Result<void> write_object(std::string_view name, ByteView value) override;
  Result<void> write_secret(std::string_view name, const SecretBytes& value,
                            const std::optional<key::SealReference>& under) override;
  Result<std::optional<SecretBytes>> read_secret(std::string_view name) override;
  Result<void> remove_secret(std::string_view name) override;
  Result<std::vector<ProbeFinding>> probe(const ProbeOptions& options) override;
  Result<void> ask_again() override;

 private:
  // bounded makes `work`, which owns what it touches, `times` the operation_timeout long.
  template <class F>
  auto bounded(F work, int times = 1);

  std::shared_ptr<TokenBackend> token_;
  const std::shared_ptr<CallThreads> calls_;
  const std::shared_ptr<HealthMonitor> health_;
  const std::shared_ptr<PinGate> pin_;
  const std::uint64_t fork_count_ = fork_count();

  std::mutex mutex_;  // guards what follows
  std::map<const key::PreparedKey*, std::weak_ptr<RemoteKey>> keys_;
};

}  // namespace custos::hsm
