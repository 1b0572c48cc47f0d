// RemoteKey: a key of a device that may hang, or whose lost connection raises SIGPIPE.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "hsm/call_threads.h"
#include "hsm/token_health.h"
#include "key/backend.h"

namespace custos::hsm {

// RemoteKey makes the calls of another PreparedKey in a token's threads, so that each ends on time: what the module reads and
// writes is a slot of CallThreads, never the caller's memory. Without threads it makes them on the caller's, where a broken pipe
// is an error of the call.
class RemoteKey final : public key::PreparedKey {
 public:
  // `calls` may be absent: the caller's thread then.
  RemoteKey(std::shared_ptr<key::PreparedKey> key, key::KeyUse use, std::shared_ptr<CallThreads> calls,
            std::shared_ptr<const HealthMonitor> health);
  ~RemoteKey() override;

  using PreparedKey::sign;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override;
  key::PendingSign* begin_sign(ByteView message, key::SignCall& call, Waker& waker) noexcept override;
  [[nodiscard]] bool ends_on_time() const noexcept override { return calls_ != nullptr; }
  [[nodiscard]] bool spreads() const noexcept override { return spreads_; }
  [[nodiscard]] std::shared_ptr<const key::DeviceHealth> health() const noexcept override { return health_; }
  void proved_wrong() noexcept override { core_->key->proved_wrong(); }

  // In threads, rearm is begun and not waited for: it answers 0, and shelf tells what came of it. What is asked for while another
  // one is under way is made with the next.
  std::size_t rearm(std::size_t max_sessions) noexcept override;
  void disarm() noexcept override;
  [[nodiscard]] std::size_t shelf() const noexcept override { return core_->key->shelf(); }

  SignStatus exists(key::Deadline deadline) noexcept override;
  [[nodiscard]] std::uint64_t generation() const noexcept override { return core_->key->generation(); }
  [[nodiscard]] Result<key::TreeNode> node(std::span<const std::uint32_t> path) override;
  [[nodiscard]] Result<std::shared_ptr<key::PreparedKey>> derive(std::span<const std::uint32_t> path) override;
  void close() noexcept override;
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

 private:
  // Core is what the threads hold: it outlives the RemoteKey while a call hangs.
  struct Core {
    std::shared_ptr<key::PreparedKey> key;
    std::atomic<bool> is_rearming{false};
    std::atomic<std::size_t> to_rearm{0};
  };

  static SignStatus sign_in_thread(void* core, ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept;
  template <auto kDo>
  void let_go() noexcept;
  template <class F>
  auto cold(F work);

  std::shared_ptr<Core> core_;
  const key::KeyUse use_;
  const bool spreads_;
  const std::shared_ptr<CallThreads> calls_;
  const std::shared_ptr<const HealthMonitor> health_;
  std::atomic<bool> closed_{false};
};

}  // namespace custos::hsm
