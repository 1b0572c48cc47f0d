// Subject: the token and the key that a shape of `life` uses, made by the test that started it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "hsm/token_backend.h"
#include "key/backend.h"

namespace custos::life {

// must ends the process with status 1 and says what was expected.
void must(bool holds, std::string_view what);

struct Subject {
  std::string uri, pin;
  key::KeyId key;
  std::filesystem::path folder;

  // config is SoftHSM2's; open logs in with that or another; prepare finds the key. Failure ends the process.
  [[nodiscard]] hsm::TokenConfig config() const;
  [[nodiscard]] std::shared_ptr<hsm::TokenBackend> open() const { return open(config()); }
  [[nodiscard]] std::shared_ptr<hsm::TokenBackend> open(const hsm::TokenConfig& config) const;
  [[nodiscard]] std::shared_ptr<key::PreparedKey> prepare(hsm::TokenBackend& backend, std::size_t shelf = 0) const;
};

// must_sign makes a MAC and compares it with OpenSSL's.
void must_sign(key::PreparedKey& key, std::string_view what);

// try_sign makes a MAC; a right one is the only one that may come with success.
SignStatus try_sign(key::PreparedKey& key);

// Scripted is the token behind the scripted module (tests/fault_token), with a script and a log of this process's own.
class Scripted {
 public:
  explicit Scripted(const Subject& subject);
  [[nodiscard]] hsm::TokenConfig config() const;
  void write(std::string_view rules) const;
  // wait_for returns once the log has a line that begins so.
  void wait_for(std::string_view line) const;

 private:
  const Subject& subject_;
  std::filesystem::path script_, log_;
};

}  // namespace custos::life
