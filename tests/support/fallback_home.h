// FallbackHome: a home with the credential of Binance's documented example and its secret a second time in the software keystore.
#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custos/administration.h"
#include "support/home_fixture.h"

namespace custos::test {

inline constexpr std::string_view kSpare = "software:spare";

// signed_by_fallback tells whether the answer says so; the venue's own warnings may stand beside it.
inline bool signed_by_fallback(const SignedRequest& answer) {
  return std::ranges::any_of(answer.warnings(),
                             [](std::string_view text) { return text.starts_with("the fallback key signed"); });
}

class FallbackHome : public HomeFixture {
 protected:
  void SetUp() override {
    HomeFixture::SetUp();
    prepare_home();
    custodian_.emplace(open());
    set_cheap_passphrase();
    set_log_sink([this](LogLevel level, std::string_view line) {
      const std::lock_guard lock(warnings_mutex_);
      if (level == LogLevel::warning) warnings_.emplace_back(line);
    });
  }
  void TearDown() override {
    set_log_sink({});
    HomeFixture::TearDown();
  }

  // prepare_home may change the home before it is opened.
  virtual void prepare_home() {}

  [[nodiscard]] Administration admin() const { return custodian_->administration(); }

  // import_spare puts `secret` into the keystore.
  void import_spare(std::string_view secret = kDocumentedSecret, const std::string& name = std::string(kSpare),
                    const std::string& algorithm = "hmac-sha256") const {
    const auto imported = admin().import_key({*KeyName::parse(name), algorithm, "venue:binance", ""}, secret_of(secret));
    ASSERT_TRUE(imported) << imported.error().detail;
  }

  Result<CredentialInfo> set_fallback(std::string_view key = kSpare) const {
    CredentialChange change;
    change.fallback = *KeyName::parse(key);
    return admin().set_credential("binance-main", change);
  }

  // add_documented_in adds the credential with its key in that token, and the grant.
  void add_documented_in(const std::string& token) const {
    CredentialSpec spec;
    spec.name = "binance-main";
    spec.venue = "binance";
    spec.api_key = kDocumentedApiKey;
    spec.token = token;
    spec.grants = {"read", "trade", "fallback"};
    spec.secret = secret_of(kDocumentedSecret);
    const auto added = admin().add_credential(std::move(spec));
    ASSERT_TRUE(added) << added.error().detail;
  }

  // add_with_fallback adds the credential, its spare key and, unless `granted` is false, the grant.
  void add_with_fallback(bool granted = true) {
    add_documented(*custodian_);
    import_spare();
    const auto set = set_fallback();
    ASSERT_TRUE(set) << set.error().detail;
    if (granted) {
      ASSERT_TRUE(admin().grant("binance-main", {"fallback"}));
    }
  }

  [[nodiscard]] CredentialInfo shown() const {
    auto info = admin().show_credential("binance-main");
    if (!info) std::abort();
    return *std::move(info);
  }

  [[nodiscard]] std::vector<std::string> warnings() const {
    const std::lock_guard lock(warnings_mutex_);
    return warnings_;
  }
  [[nodiscard]] bool warned_of(std::string_view text) const {
    return std::ranges::any_of(warnings(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  std::optional<Custodian> custodian_;

 private:
  // The usual cost of a passphrase is not what these tests are about.
  void set_cheap_passphrase() const {
    std::string passphrase = read_file(home() / "pin" / "keystore");
    if (passphrase.ends_with('\n')) passphrase.pop_back();
    const auto made = admin().initialise_keystore(secret_of(passphrase), std::chrono::milliseconds(1));
    ASSERT_TRUE(made) << made.error().detail;
  }

  mutable std::mutex warnings_mutex_;
  std::vector<std::string> warnings_;
};

}  // namespace custos::test
