// RegistrySeal: the token key and the token data object that guard the registry.
#pragma once

#include <memory>
#include <string>

#include "key/backend.h"
#include "registry/seal.h"

namespace custos {

// RegistrySeal seals rows with a prepared HMAC-SHA256 key of purpose "registry". Thread-safe.
class RegistrySeal final : public registry::RowSealer {
 public:
  RegistrySeal(std::string key_id, std::shared_ptr<key::PreparedKey> key) : key_id_(std::move(key_id)), key_(std::move(key)) {}
  [[nodiscard]] std::string_view algorithm() const noexcept override { return "HMAC-SHA256"; }
  [[nodiscard]] std::string_view key_id() const noexcept override { return key_id_; }
  [[nodiscard]] Result<Digest32> mac(ByteView row) override;

 private:
  std::string key_id_;
  std::shared_ptr<key::PreparedKey> key_;
};

// TokenMirror keeps the head's mirror in a data object named after the home. Thread-safe.
class TokenMirror final : public registry::HeadMirror {
 public:
  TokenMirror(const std::string& home_id, std::shared_ptr<key::Backend> backend)
      : object_("custos-head:" + home_id), backend_(std::move(backend)) {}
  [[nodiscard]] Result<std::optional<registry::Mirror>> load() override;
  Result<void> store(const registry::Mirror& mirror) override;

 private:
  std::string object_;
  std::shared_ptr<key::Backend> backend_;
};

}  // namespace custos
