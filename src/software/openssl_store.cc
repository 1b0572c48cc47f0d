#include "software/openssl_store.h"

#include <atomic>
#include <utility>

#include "encode/quote.h"
#include "software/engine.h"
#include "software/evp_sign.h"
#include "software/openssl_store_key.h"

namespace custos::software {
namespace {

// PreparedStoreKey has no sessions of its own, and its generation never changes.
class PreparedStoreKey final : public key::PreparedKey {
 public:
  PreparedStoreKey(std::shared_ptr<const StoreKey> key, key::KeyUse use) noexcept : key_(std::move(key)), use_(use) {}

  // A deadline is judged before OpenSSL is called, which cannot be interrupted.
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept override {
    if (const SignStatus status = exists(call.deadline); !status.ok()) return status;
    if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
    const SignStatus status = evp_sign(*key_->context, key_->key.get(), use_, message, out);
    return status.ok() ? exists(call.deadline) : status;  // revoked, if it was closed meanwhile
  }
  // OpenSSL has no question for whether a key still stands where it was loaded from; a device's signature fails when it is gone.
  SignStatus exists(key::Deadline) noexcept override {
    return closed_.load(std::memory_order_acquire) ? SignStatus{Errc::revoked, Origin::key, 0} : SignStatus{};
  }
  [[nodiscard]] std::uint64_t generation() const noexcept override { return 1; }
  void close() noexcept override { closed_.store(true, std::memory_order_release); }

 private:
  const std::shared_ptr<const StoreKey> key_;
  const key::KeyUse use_;
  std::atomic<bool> closed_{false};
};

class OpenSslStore final : public StoreBackend {
 public:
  OpenSslStore(StoreConfig config, std::shared_ptr<const StoreKey> key) noexcept
      : config_(std::move(config)), key_(std::move(key)) {}

  [[nodiscard]] const key::PublicKey& standing_key() const noexcept override { return key_->public_key; }

  [[nodiscard]] Result<key::BackendDescription> describe() override {
    key::BackendDescription description;
    description.uri = config_.uri;
    description.label = config_.name;
    description.model = "OpenSSL store";
    description.profile = "provider " + config_.provider.name;
    description.arming = "off";
    description.pin_state = "ok";
    description.keeps_objects = false;
    if (config_.provider.name == "default") {
      description.notices.emplace_back("OpenSSL holds this private key in the memory of this process while it is open");
    }
    return description;
  }
  [[nodiscard]] Result<std::vector<key::StoredKey>> list() override {
    return std::vector<key::StoredKey>{{std::nullopt, config_.name, config_.uri}};
  }

  Result<key::MadeKey> generate(const key::KeyTemplate&) override { return refuse("makes no keys"); }
  Result<key::MadeKey> import_key(const key::KeyTemplate&, const SecretBytes&) override { return refuse("takes no keys"); }
  Result<void> destroy(const key::KeyId&) override { return refuse("destroys no keys"); }
  [[nodiscard]] Result<key::KeyAttestation> attest(const key::KeyId&) override { return key::KeyAttestation{}; }

  [[nodiscard]] Result<std::shared_ptr<key::PreparedKey>> prepare(const key::KeyId&, key::KeyUse use, std::size_t) override {
    if (auto checked = check_scheme(use); !checked) return checked.failure();
    if (key::is_schnorr(use.scheme)) return refuse_use("makes no Schnorr signatures: keep the key in the software keystore");
    if (const auto stands = key_->public_key.algorithm(); stands != use.algorithm) {
      return refuse_use("holds a key of " + std::string(key::facts_of(stands).name) + ", not of " +
                        std::string(key::facts_of(use.algorithm).name));
    }
    return std::shared_ptr<key::PreparedKey>(std::make_shared<PreparedStoreKey>(key_, use));
  }

  [[nodiscard]] Result<std::optional<Bytes>> read_object(std::string_view) override { return std::optional<Bytes>(); }
  Result<void> write_object(std::string_view, ByteView) override { return refuse("keeps no records"); }

 private:
  [[nodiscard]] Unexpected refuse(std::string_view what) const {
    return fail(Errc::bad_input, Origin::crypto,
                "the OpenSSL store " + encode::quoted(config_.name) + ' ' + std::string(what) +
                    ": Custos only signs with the key that stands there; use the tool of whoever made the store");
  }

  [[nodiscard]] Unexpected refuse_use(std::string_view why) const {
    return fail(Errc::bad_input, Origin::key, "the OpenSSL store " + encode::quoted(config_.name) + ' ' + std::string(why));
  }

  const StoreConfig config_;
  const std::shared_ptr<const StoreKey> key_;
};

}  // namespace

Result<std::shared_ptr<StoreBackend>> StoreBackend::open(StoreConfig config, StorePin pin) {
  auto context = OpenSslContext::open_for_store(config.provider);
  if (!context) return context.failure();
  auto key = load_store_key(*std::move(context), config.name, config.uri, pin);
  if (!key) return key.failure();
  return std::shared_ptr<StoreBackend>(
      std::make_shared<OpenSslStore>(std::move(config), std::make_shared<const StoreKey>(*std::move(key))));
}

}  // namespace custos::software
