#include "software/passphrase_key.h"

#include "encode/hex.h"
#include "software/keystore_fixture.h"

namespace custos::software {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

std::string key_hex(std::string_view passphrase, const KdfCost& cost) {
  KdfSalt salt;
  salt.fill(0x5A);
  auto key = derive_key(secret_of(passphrase), salt, cost);
  return key ? encode::to_hex(key->view(InsecureSecretAccess{})) : key.error().detail;
}

TEST(PassphraseKey, DependsOnEverything) {
  const std::string key = key_hex("passphrase", {1, 8 * kMebibyte});
  EXPECT_EQ(key.size(), 64U);
  EXPECT_EQ(key_hex("passphrase", {1, 8 * kMebibyte}), key);
  EXPECT_NE(key_hex("passphrasf", {1, 8 * kMebibyte}), key);
  EXPECT_NE(key_hex("passphrase", {2, 8 * kMebibyte}), key);
  EXPECT_NE(key_hex("passphrase", {1, 9 * kMebibyte}), key);
}

TEST(PassphraseKey, KnowsWhatWorkIsSane) {
  EXPECT_TRUE(KdfCost{}.is_sane());
  EXPECT_TRUE((KdfCost{1, 8 * kMebibyte}.is_sane()));
  EXPECT_TRUE((KdfCost{64, 1024 * kMebibyte}.is_sane()));
  for (const KdfCost cost : {KdfCost{0, 64 * kMebibyte}, KdfCost{65, 64 * kMebibyte}, KdfCost{3, 8 * kMebibyte - 1},
                             KdfCost{3, 1024 * kMebibyte + 1}, KdfCost{3, 0}}) {
    EXPECT_FALSE(cost.is_sane()) << cost.passes << " passes, " << cost.memory_bytes;
  }
}

TEST(PassphraseKey, CalibratesToSaneWorkThatGrowsWithTheTime) {
  const auto little = calibrate(std::chrono::milliseconds(1));
  const auto more = calibrate(std::chrono::seconds(4));  // so much that no busy machine takes the least work for it
  ASSERT_TRUE(little && more);
  EXPECT_TRUE(little->is_sane() && more->is_sane());
  EXPECT_EQ(*little, (KdfCost{3, 16 * kMebibyte})) << "never less";
  EXPECT_GT(more->passes * more->memory_bytes, little->passes * little->memory_bytes);
}

TEST(PassphraseStrength, AcceptsWhatNobodyGuesses) {
  for (const std::string_view good :
       {kPassphrase, std::string_view("correct gravel 9 staple"), std::string_view("Tr0ub4dor&3xyzzy"),
        std::string_view("dreizehn Möwen"), std::string_view("9f86d081884c7d65")}) {
    const auto checked = check_passphrase(secret_of(good));
    EXPECT_TRUE(checked) << good << ": " << checked.error().detail;
  }
}

TEST(PassphraseStrength, SaysWhyOneIsWeak) {
  const std::array<std::pair<std::string_view, std::string_view>, 17> weak{{
      {"", "it has 0 characters: at least 12"},
      {"x", "it has 1 character: at least 12"},
      {"hunter2", "it has 7 characters: at least 12"},
      {"ÄÖÜäöüÄÖÜäö", "it has 11 characters"},
      {"password1234", "well-known"},
      {"P@ssw0rd!2024", "well-known"},
      {"2024-changeme-2024", "well-known"},
      {"PasswordPassword", "well-known"},
      {"correcthorsebatterystaple", "well-known"},
      {"administrator", "well-known"},
      {"aaaaaaaaaaaaaaaa", "only 1 different character:"},
      {"abababababab", "only 2 different characters"},
      {"gravel9gravel9", "repeats"},
      {"tulpentulpentul", "repeats"},
      {"abcdefghijklmn", "sequence"},
      {"qwertyuiop123456", "sequence"},
      {"98765432109876", "sequence"},
  }};
  for (const auto& [text, words] : weak) {
    SCOPED_TRACE(text);
    expect_error(check_passphrase(secret_of(text)), Errc::bad_input, words);
  }
}

TEST(PassphraseStrength, NeverRepeatsThePassphrase) {
  for (const std::string_view text : {"password1234", "gravel9gravel9", "abcdefghijklmn"}) {
    const auto checked = check_passphrase(secret_of(text));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().detail.find(text), std::string::npos);
    EXPECT_EQ(checked.error().detail.find(text.substr(0, 7)), std::string::npos) << checked.error().detail;
  }
}

}  // namespace
}  // namespace custos::software
