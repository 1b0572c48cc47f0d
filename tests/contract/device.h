// Device: the token that the contract suite runs on, as tests/tokens/*.sh tell of it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "hsm/login.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "hsm/session_pool.h"
#include "hsm/token_backend.h"
#include "hsm/token_health.h"
#include "hsm/token_uri.h"
#include "support/softhsm_fixture.h"

namespace custos::test {

struct Device {
  std::string name;               // "opencryptoki"
  std::filesystem::path folder;   // of this run only
  std::filesystem::path results;  // where it leaves what it found
  hsm::TokenConfig config;
  std::string pin;

  // from_environment ends the program when run_device.py did not set it.
  static Device from_environment() {
    Device device;
    device.name = wanted("CUSTOS_CONTRACT_DEVICE");
    device.folder = wanted("CUSTOS_CONTRACT_FOLDER");
    device.results = wanted("CUSTOS_CONTRACT_RESULTS");
    device.config.name = device.name;
    device.config.module = wanted("TOKEN_MODULE");
    device.config.uri = wanted("TOKEN_URI");
    device.config.init_reserved = wanted("TOKEN_RESERVED");
    device.config.allow_shared_module = wanted("TOKEN_SHARED") == "1";
    device.config.pin_guard = device.folder / "pin-guard";
    device.pin = wanted("TOKEN_PIN");
    return device;
  }

  [[nodiscard]] static hsm::PinProvider provider(std::string text) {
    return [text = std::move(text)]() -> Result<SecretBytes> { return secret_text(text); };
  }

  // open logs in; a failure ends the program, since nothing of the test is left.
  [[nodiscard]] std::shared_ptr<hsm::TokenBackend> open() const {
    auto backend = hsm::TokenBackend::open(config, provider(pin));
    if (!backend) die(backend.error());
    return std::move(*backend);
  }

  [[nodiscard]] std::shared_ptr<hsm::Module> module() const {
    auto opened = hsm::Module::open({config.module, config.environment, config.allow_shared_module, config.init_reserved});
    if (!opened) die(opened.error());
    return std::move(*opened);
  }

  [[nodiscard]] hsm::Profile profile() const {
    auto chosen = hsm::choose_profile(config.profile, module()->description());
    if (!chosen) die(chosen.error());
    return *chosen;
  }

  // pool is a login beside the backends'.
  [[nodiscard]] std::shared_ptr<hsm::SessionPool> pool() const {
    auto login =
        std::make_unique<hsm::Login>(module(), *hsm::TokenUri::parse(config.uri), provider(pin), hsm::PinGuard(config.pin_guard));
    auto opened = hsm::SessionPool::open(std::move(login), profile(), config.acquire_timeout,
                                         std::make_shared<hsm::HealthMonitor>(name, nullptr));
    if (!opened) die(opened.error());
    return std::move(*opened);
  }

 private:
  static std::string wanted(const char* variable) {
    const char* value = std::getenv(variable);
    if (value == nullptr) {
      ADD_FAILURE() << variable << " is not set: run the suite with tests/contract/run_device.py";
      std::abort();
    }
    return value;
  }
  [[noreturn]] static void die(const Error& error) {
    ADD_FAILURE() << "the device does not open: " << error.detail;
    std::abort();
  }
};

}  // namespace custos::test
