// ContractKey: a key of one test, whose signatures are judged by OpenSSL.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hash/hash.h"
#include "hsm/token_backend.h"
#include "key/public_key.h"
#include "support/softhsm_fixture.h"

namespace custos::test {

class ContractKey {
 public:
  using Backend = std::shared_ptr<hsm::TokenBackend>;

  static Result<ContractKey> generate(const Backend& backend, key::Algorithm algorithm, std::size_t shelf = 0) {
    return make(backend, algorithm, std::nullopt, shelf);
  }
  // import is for all but RSA.
  static Result<ContractKey> import(const Backend& backend, key::Algorithm algorithm, std::size_t shelf = 0) {
    Bytes secret(key::facts_of(algorithm).secret_size);
    for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i + 1);
    return make(backend, algorithm, std::move(secret), shelf);
  }
  // any is the first that the device lets be made. Errors: that of the first.
  static Result<ContractKey> any(const Backend& backend, std::size_t shelf = 0) {
    auto first = import(backend, key::Algorithm::hmac_sha256, shelf);
    if (first) return first;
    for (const auto algorithm : {key::Algorithm::hmac_sha256, key::Algorithm::ecdsa_p256, key::Algorithm::rsa_2048}) {
      if (auto key = generate(backend, algorithm, shelf)) return key;
    }
    return first;
  }
  ContractKey(ContractKey&&) = default;
  ~ContractKey() {
    if (backend_ != nullptr) static_cast<void>(backend_->destroy(wanted_.id));
  }

  [[nodiscard]] const key::KeyId& id() const { return wanted_.id; }
  [[nodiscard]] key::Algorithm algorithm() const { return wanted_.algorithm; }
  [[nodiscard]] std::string what() const { return wanted_.label; }
  [[nodiscard]] key::PreparedKey& signer() const { return *signer_; }
  void use(std::shared_ptr<key::PreparedKey> signer) { signer_ = std::move(signer); }

  // sign answers "right", "WRONG", or the code of the failure.
  [[nodiscard]] std::string sign(std::string_view text) const {
    const ByteView message = as_bytes(text);
    Bytes signature(key::facts_of(wanted_.algorithm).signature_size);
    const SignStatus status = signer_->sign(message, signature, std::nullopt);
    if (!status.ok()) return std::string(to_string(status.code));
    return is_right(message, signature) ? "right" : "WRONG";
  }

 private:
  ContractKey(Backend backend, key::KeyTemplate wanted) : backend_(std::move(backend)), wanted_(std::move(wanted)) {}

  static Result<ContractKey> make(const Backend& backend, key::Algorithm algorithm, std::optional<Bytes> secret,
                                  std::size_t shelf) {
    const std::string label = std::string(key::facts_of(algorithm).option) + (secret ? "-imported" : "-generated");
    ContractKey key(backend, {key::KeyId::random(), label, algorithm});
    auto made = secret ? backend->import_key(key.wanted_, secret_text(as_text(*secret))) : backend->generate(key.wanted_);
    if (!made) return made.failure();
    auto signer = backend->prepare(key.id(), algorithm, shelf);
    if (!signer) return signer.failure();
    key.signer_ = std::move(*signer);
    if (!made->public_key.empty()) {
      auto known = key::PublicKey::from_spki(algorithm, made->public_key);
      if (!known) return known.failure();
      key.public_key_ = std::move(*known);
    } else {
      key.secret_ = std::move(secret);
    }
    return key;
  }

  // is_right: of a generated MAC key only its sameness can be judged.
  [[nodiscard]] bool is_right(ByteView message, const Bytes& signature) const {
    if (public_key_) return public_key_->verifies(key::default_scheme(wanted_.algorithm), message, signature);
    Bytes expected(signature.size());
    if (secret_) {
      return hash::hmac(key::facts_of(wanted_.algorithm).hash, secret_text(as_text(*secret_)), message, expected) &&
             expected == signature;
    }
    return signer_->sign(message, expected, std::nullopt).ok() && expected == signature;
  }

  Backend backend_;  // null once moved from
  key::KeyTemplate wanted_;
  std::shared_ptr<key::PreparedKey> signer_;
  std::optional<key::PublicKey> public_key_;
  std::optional<Bytes> secret_;
};

// sign_from_threads answers what each of `count` threads met first besides "right", or that.
inline std::vector<std::string> sign_from_threads(const ContractKey& key, std::size_t count, int signatures) {
  std::vector<std::string> met(count, "right");
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < count; ++t) {
    threads.emplace_back([&key, &met, t, signatures] {
      for (int i = 0; i < signatures && met[t] == "right"; ++i) {
        met[t] = key.sign("thread " + std::to_string(t) + ", " + std::to_string(i));
        key.signer().rearm(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return met;
}

}  // namespace custos::test
