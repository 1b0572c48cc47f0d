// PooledToken: a faulty token opened with a device profile of the test's own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "faults/faulty_token.h"
#include "hsm/module.h"
#include "hsm/session_pool.h"
#include "hsm/token_key.h"

namespace custos::test {

class PooledToken : public FaultyToken {
 protected:
  static constexpr hsm::Profile kPlain{.name = "plain", .arming = hsm::Arming::off, .sessions = 8, .threads_at_once = 8};

  // open_pool opens the token and imports the key, unless `pool` was opened before.
  void open_pool(const hsm::Profile& profile, hsm::PoolOptions options = {}) {
    pool_ = pool_of(token_, profile, std::move(options));
  }

  std::shared_ptr<hsm::SessionPool> pool_of(const SoftHsmToken& token, const hsm::Profile& profile, hsm::PoolOptions options) {
    const hsm::ModuleSpec spec{token.config.module, token.config.environment, false, token.config.init_reserved};
    auto module = hsm::Module::open(spec);
    EXPECT_TRUE(module) << module.error().detail;
    auto login = std::make_unique<hsm::Login>(std::move(*module), *hsm::TokenUri::parse(token.config.uri), token.provider(),
                                              hsm::PinGuard(token.config.pin_guard), [spec] { return hsm::Module::open(spec); });
    auto health = std::make_shared<hsm::HealthMonitor>(token.config.name, [this](const TokenHealthChange& change) {
      const std::lock_guard lock(changes_mutex_);
      changes_.push_back(std::string(to_string(change.after)) +
                         (change.reason == TokenReason::none ? "" : " " + std::string(to_string(change.reason))));
      if (on_change_) on_change_();
    });
    auto pool =
        hsm::SessionPool::open(std::move(login), profile, token.config.acquire_timeout, std::move(health), std::move(options));
    EXPECT_TRUE(pool) << pool.error().detail;
    return std::move(*pool);
  }

  // pooled_key is the imported key, on the pool.
  std::shared_ptr<hsm::TokenKey> pooled_key() {
    const auto imported = token_.open()->import_key(key_, secret_text(secret_));
    EXPECT_TRUE(imported) << imported.error().detail;
    auto key = hsm::TokenKey::prepare(pool_, key_.id, key_.algorithm);
    EXPECT_TRUE(key) << key.error().detail;
    return *key;
  }

  [[nodiscard]] TokenHealth health() const { return pool_->health().tell(); }

  // expect_state waits for a state that another thread brings about.
  void expect_state(TokenState state) const {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (pool_->health().state() != state && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    EXPECT_EQ(to_string(pool_->health().state()), to_string(state));
  }

  [[nodiscard]] std::vector<std::string> changes() {
    const std::lock_guard lock(changes_mutex_);
    return changes_;
  }

  std::shared_ptr<hsm::SessionPool> pool_;
  std::mutex changes_mutex_;
  std::vector<std::string> changes_;
  std::function<void()> on_change_;  // called by the health's sink
};

}  // namespace custos::test
