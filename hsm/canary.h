// Canary: an object that dies when anybody resets the module.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "hsm/cryptoki.h"
#include "hsm/session.h"
#include "hsm/session_holder.h"
#include "hsm/session_pool.h"

namespace custos::hsm {

// Canary guards MACs in a module that strangers share, where a reset brings back the old handles with other keys behind them, and
// CKR_OK (devices.md 1.4). It is a session object with a random label: one that still reads right after C_Sign shows that the
// module was not reset since it was planted. A key that was proved under one planting must be proved again under the next.
// One for each token; thread-safe.
class Canary final : public SessionHolder {
 public:
  explicit Canary(std::shared_ptr<SessionPool> pool);
  ~Canary() override;

  // plant makes the object, unless it stands for the pool's generation. Errors: refused, by a module that makes no such objects;
  // as SessionPool::acquire.
  [[nodiscard]] Result<void> plant();

  // check reads it on a session that is about to sign, and plants it first where it does not stand for that session's generation.
  // `planting` becomes its number. CKR_CRYPTOKI_NOT_INITIALIZED: somebody reset the module.
  [[nodiscard]] CK_RV check(const Session& session, std::uint64_t& planting) noexcept;

  // still_sings reads it after signing: CKR_OK only for the same planting.
  [[nodiscard]] CK_RV still_sings(const Session& session, std::uint64_t planting) noexcept;

  // The pool takes its session for a new login and at exit, and never to lend it to another.
  void give_up() noexcept override;
  [[nodiscard]] bool holds_sessions() const noexcept override { return false; }
  [[nodiscard]] std::int64_t last_use_ns() const noexcept override { return 0; }

 private:
  using Label = std::array<char, 32>;
  struct Bird {
    Session owner;  // it dies with it
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    Label label{};
    std::uint64_t planting = 0;
  };
  [[nodiscard]] CK_RV plant_for(std::uint64_t generation) noexcept;
  [[nodiscard]] CK_RV read(const Session& session, std::uint64_t& planting) noexcept;

  const std::shared_ptr<SessionPool> pool_;
  std::mutex mutex_;  // not held while the pool is called
  Bird bird_;
  std::uint64_t plantings_ = 0;
};

}  // namespace custos::hsm
