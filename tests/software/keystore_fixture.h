// KeystoreFixture: a software keystore in a temporary folder, with a token that seals and a clock that stands still.
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "key/key_material.h"
#include "key/public_key.h"
#include "software/keystore_format.h"
#include "software/software_backend.h"
#include "support/home_fixture.h"

namespace custos::software {

using test::read_file;
using test::secret_of;
using test::write_file;

inline constexpr std::string_view kPassphrase = "gravel umbrella 7 tuesday";
inline constexpr std::string_view kHome = "3b241101-e2bb-4255-8caf-4136c566a962";

// FakeSealer stands for a token's key that seals.
class FakeSealer final : public key::Sealer {
 public:
  FakeSealer() { randombytes_buf(key_.data(), key_.size()); }

  Result<Bytes> seal(const SecretBytes& plaintext, ByteView context) override {
    if (gone) return fail(Errc::device_gone, Origin::token, "the token is away");
    const auto from = plaintext.view(InsecureSecretAccess{});
    Bytes box(24 + from.size() + 16);
    randombytes_buf(box.data(), 24);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box.data() + 24, nullptr, from.data(), from.size(), context.data(), context.size(),
                                               nullptr, box.data(), key_.data());
    if (spoils) box.back() ^= 1U;
    return box;
  }

  Result<SecretBytes> open(ByteView box, ByteView context) override {
    if (gone) return fail(Errc::device_gone, Origin::token, "the token is away");
    ++opened;
    if (box.size() < 40) return fail(Errc::integrity, Origin::token, "sealed data does not open");
    auto plaintext = SecretBytes::allocate(box.size() - 40);
    if (!plaintext) return plaintext;
    const auto to = plaintext->mutable_view(InsecureSecretAccess{});
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(to.data(), nullptr, nullptr, box.data() + 24, box.size() - 24, context.data(),
                                                   context.size(), box.data(), key_.data()) != 0) {
      return fail(Errc::integrity, Origin::token, "sealed data does not open");
    }
    return plaintext;
  }

  std::atomic<bool> gone{false};
  bool spoils = false;
  std::atomic<int> opened{0};

 private:
  std::array<std::uint8_t, 32> key_{};
};

class KeystoreFixture : public ::testing::Test {
 protected:
  using Backend = std::shared_ptr<SoftwareBackend>;

  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path file() const { return folder() / "keystore"; }
  [[nodiscard]] std::filesystem::path previous() const { return folder() / "keystore.previous"; }

  // config derives with the cheapest hash there is and counts; it waits by moving the clock.
  [[nodiscard]] KeystoreConfig config() {
    KeystoreConfig config;
    config.file = file();
    config.home_id = kHome;
    config.seams.derive = [this](const SecretBytes& passphrase, const KdfSalt& salt, const KdfCost& cost) -> Result<SecretBytes> {
      costs_.push_back(cost);
      auto key = SecretBytes::allocate(32);
      const auto from = passphrase.view(InsecureSecretAccess{});
      crypto_generichash(key->mutable_view(InsecureSecretAccess{}).data(), 32, from.data(), from.size(), salt.data(),
                         salt.size());
      return key;
    };
    config.seams.wait = [this](std::chrono::milliseconds time) {
      waits_.push_back(time);
      clock_.advance(time);
    };
    return config;
  }

  [[nodiscard]] PassphraseProvider passphrase(std::string text = std::string(kPassphrase)) {
    return [this, text = std::move(text)](Wanted wanted) -> Result<SecretBytes> {
      asked_.push_back(wanted);
      return secret_of(text);
    };
  }

  [[nodiscard]] key::SealerSource sealers() {
    return [this](const key::SealReference& under) -> Result<std::shared_ptr<key::Sealer>> {
      const auto found = sealers_.find(under.token);
      if (found == sealers_.end()) return fail(Errc::not_found, Origin::token, "there is no token " + under.token);
      return std::shared_ptr<key::Sealer>(found->second);
    };
  }

  [[nodiscard]] Result<Backend> try_open(const std::string& text = std::string(kPassphrase)) {
    return SoftwareBackend::open(config(), passphrase(text), sealers(), clock_);
  }
  [[nodiscard]] Backend open(const std::string& text = std::string(kPassphrase)) { return must(try_open(text)); }
  [[nodiscard]] Backend open(KeystoreConfig config) {
    return must(SoftwareBackend::open(std::move(config), passphrase(), sealers(), clock_));
  }

  template <class T>
  static T must(Result<T> result) {
    if (!result) {
      ADD_FAILURE() << result.error().detail;
      std::abort();
    }
    return *std::move(result);
  }

  [[nodiscard]] static key::KeyTemplate key_template(const std::string& label,
                                                     key::Algorithm algorithm = key::Algorithm::hmac_sha256) {
    key::KeyTemplate key;
    key.id = key::KeyId::random();
    key.label = label;
    key.algorithm = algorithm;
    key.purpose = "venue:binance";
    return key;
  }

  [[nodiscard]] static key::SealReference under(const std::string& token = "main") { return {token, key::KeyId{{7}}}; }

  // add_key makes a key and answers its id.
  static key::KeyId add_key(SoftwareBackend& backend, const std::string& label,
                            key::Algorithm algorithm = key::Algorithm::hmac_sha256,
                            const std::optional<key::SealReference>& sealed_under = {}) {
    auto key = key_template(label, algorithm);
    key.sealed_under = sealed_under;
    must(backend.generate(key));
    return key.id;
  }

  [[nodiscard]] static std::shared_ptr<key::PreparedKey> prepare(SoftwareBackend& backend, const key::KeyId& id,
                                                                 key::KeyUse use = key::Algorithm::hmac_sha256) {
    return must(backend.prepare(id, use, 0));
  }

  [[nodiscard]] static Bytes signature_of(key::PreparedKey& key, std::string_view message,
                                          key::Algorithm algorithm = key::Algorithm::hmac_sha256) {
    Bytes out(key::facts_of(algorithm).signature_size);
    const auto status = key.sign(as_bytes(message), out, std::nullopt);
    EXPECT_TRUE(status.ok()) << to_string(status.code);
    return out;
  }

  [[nodiscard]] KeystoreImage image() const {
    const std::string content = read_file(file());
    return must(KeystoreImage::parse(Bytes(content.begin(), content.end())));
  }

  // in_child answers the exit status of what runs in a child process.
  template <class Work>
  static int in_child(Work&& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  ManualClock clock_{1'700'000'000'000};
  std::map<std::string, std::shared_ptr<FakeSealer>> sealers_{{"main", std::make_shared<FakeSealer>()},
                                                              {"spare", std::make_shared<FakeSealer>()}};
  std::vector<Wanted> asked_;
  std::vector<KdfCost> costs_;
  std::vector<std::chrono::milliseconds> waits_;

 private:
  // in_memory is a folder where fsync costs nothing: these tests write thousands of times, and none of them cuts the power.
  static std::filesystem::path in_memory() {
    return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
  }
  test::TemporaryFolder folder_{in_memory()};
};

template <class T>
void expect_error(const Result<T>& result, Errc code, std::string_view words) {
  ASSERT_FALSE(result) << "expected " << to_string(code);
  EXPECT_EQ(result.error().code, code) << result.error().detail;
  EXPECT_NE(result.error().detail.find(words), std::string::npos) << "expected '" << words << "' in: " << result.error().detail;
}

}  // namespace custos::software
