// TransactionFixture: signers of transactions in a home, over keys whose signatures a test may twist.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "custodian/custodian_impl.h"
#include "custodian/transaction_signer.h"
#include "support/home_fixture.h"

namespace custos::test {

// Twisting is what a test wants done to signatures, and how many were made.
struct Twisting {
  std::function<void(std::span<std::uint8_t> signature, key::SignCall& call)> twist;
  int signatures = 0;
};

// TwistedKey signs with a real key, and then does what a test wants to the signature; so do the keys below it.
class TwistedKey final : public key::PreparedKey {
 public:
  TwistedKey(std::shared_ptr<key::PreparedKey> real, Twisting& twisting) : real_(std::move(real)), twisting_(twisting) {}

  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override {
    const SignStatus status = real_->sign(message, out, call);
    ++twisting_.signatures;
    if (status.ok() && twisting_.twist) twisting_.twist(out, call);
    return status;
  }
  using PreparedKey::sign;
  SignStatus exists(key::Deadline deadline) noexcept override { return real_->exists(deadline); }
  [[nodiscard]] std::uint64_t generation() const noexcept override { return real_->generation(); }
  [[nodiscard]] Result<key::TreeNode> node(std::span<const std::uint32_t> path) override { return real_->node(path); }
  [[nodiscard]] Result<std::shared_ptr<PreparedKey>> derive(std::span<const std::uint32_t> path) override {
    return twisted(real_->derive(path), twisting_);
  }
  void close() noexcept override { real_->close(); }

  static Result<std::shared_ptr<PreparedKey>> twisted(Result<std::shared_ptr<PreparedKey>> real, Twisting& twisting) {
    if (!real) return real;
    return std::shared_ptr<PreparedKey>(std::make_shared<TwistedKey>(*std::move(real), twisting));
  }

 private:
  std::shared_ptr<key::PreparedKey> real_;
  Twisting& twisting_;
};

class TransactionFixture : public HomeFixture {
 protected:
  static KeyName make_key(Custodian& custodian, const std::string& label, const std::string& purpose = "chain:evm") {
    KeySpec spec;
    spec.name = {"dev", label};
    spec.purpose = purpose;
    auto made = custodian.administration().generate_key(spec);
    EXPECT_TRUE(made) << made.error().detail;
    return spec.name;
  }

  // import_key puts a key into the software keystore.
  static KeyName import_key(Custodian& custodian, const std::string& label, const std::string& purpose, SecretBytes secret,
                            KeyEncoding encoding) {
    KeySpec spec;
    spec.name = {"software", label};
    spec.purpose = purpose;
    auto made = custodian.administration().import_key(spec, std::move(secret), encoding);
    EXPECT_TRUE(made) << made.error().detail;
    return spec.name;
  }

  // twisted prepares a signer over a key whose signatures `twisting` has its will of; it outlives the signer.
  static Result<TransactionSigner> twisted(Custodian& custodian, const KeyName& name, Twisting& twisting) {
    const KeySource real = home_keys(*custodian.impl());
    const KeySource source = [real, &twisting](const auto& row, const auto& copy, key::KeyUse use, std::size_t shelf) {
      return TwistedKey::twisted(real(row, copy, use, shelf), twisting);
    };
    return TransactionSigner::Impl::prepare(custodian.impl(), name, {.shelf = 0}, source);
  }

  static TransactionView view_of(std::string_view bytes) {
    TransactionView view;
    view.bytes = bytes;
    return view;
  }

  // field gives one of the answer's; "" when it has none.
  static std::string field(const SignedTransaction& transaction, std::string_view name) {
    const auto found = std::ranges::find(transaction.fields, name, &TransactionField::name);
    return found == transaction.fields.end() ? std::string() : found->value;
  }
};

}  // namespace custos::test
