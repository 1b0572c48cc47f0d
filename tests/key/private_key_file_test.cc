// What read_pem reads: every form in which openssl writes a key, and the examples of the RFCs.
#include "key/private_key_file.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "key/key_files.h"
#include "key/public_key.h"

namespace custos::key {
namespace {

constexpr std::array kAlgorithms{Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048};
constexpr std::array kCurves{Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1};

TEST(PrivateKeyFile, ReadsTheExamplesOfTheRfcs) {
  for (const auto& vector : vectors("private_keys.json")) {
    const std::string pem = vector.at("pem");
    EXPECT_EQ(read(pem), vector.at("algorithm").get<std::string>() + ' ' + vector.at("material").get<std::string>())
        << vector.at("name");
  }
}

TEST(PrivateKeyFile, ReadsPkcs8OfEveryAlgorithm) {
  const Openssl openssl;
  for (const auto algorithm : kAlgorithms) {
    const auto expected = openssl.generate(algorithm, "key");
    EXPECT_EQ(read(openssl.file("key")), expected);
    EXPECT_EQ(read(openssl("pkcs8 -topk8 -in key -v2 aes-256-cbc -passout env:PASS"), passphrase()), expected);
  }
}

TEST(PrivateKeyFile, ReadsRsaKeysOf3072And4096Bits) {
  const Openssl openssl;
  for (const auto algorithm : {Algorithm::rsa_3072, Algorithm::rsa_4096}) {
    const auto expected = openssl.generate(algorithm, "key");
    EXPECT_EQ(read(openssl.file("key")), expected);
  }
}

TEST(PrivateKeyFile, ReadsPkcs8UnderEveryCipherAndFunction) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::ecdsa_p256, "key");
  for (const std::string cipher : {"aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"}) {
    for (const std::string function : {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512"}) {
      const auto pem = openssl("pkcs8 -topk8 -in key -v2 " + cipher + " -v2prf hmacWith" + function + " -passout env:PASS");
      EXPECT_EQ(read(pem, passphrase()), expected) << cipher << ' ' << function;
    }
    const auto pem = openssl("pkcs8 -topk8 -in key -v2 " + cipher + " -scrypt -scrypt_N 256 -passout env:PASS");
    EXPECT_EQ(read(pem, passphrase()), expected) << cipher << " scrypt";
  }
}

TEST(PrivateKeyFile, ReadsPkcs8UnderOpenSslsOwnScryptCost) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::ed25519, "key");
  EXPECT_EQ(read(openssl("pkcs8 -topk8 -in key -scrypt -passout env:PASS"), passphrase()), expected);
}

TEST(PrivateKeyFile, ReadsSec1WithAndWithoutParametersAndPublicKey) {
  const Openssl openssl;
  for (const auto curve : kCurves) {
    const auto expected = openssl.generate(curve, "key");
    for (const std::string form : {"", "-no_public", "-conv_form compressed"}) {
      const auto pem = openssl("ec -in key " + form);
      EXPECT_TRUE(pem.starts_with(begin("EC PRIVATE KEY"))) << pem;
      EXPECT_EQ(read(pem), expected) << form;
    }
    const std::string name = curve == Algorithm::ecdsa_p256 ? "prime256v1" : "secp256k1";
    openssl("ecparam -genkey -name " + name + " -out both");
    const auto with_parameters = openssl.file("both");
    EXPECT_TRUE(with_parameters.starts_with("-----BEGIN EC PARAMETERS-----")) << with_parameters;
    const auto alone = openssl("pkcs8 -topk8 -nocrypt -in both");
    EXPECT_EQ(read(with_parameters), read(alone));
    EXPECT_TRUE(read(alone).starts_with("ecdsa-")) << read(alone);
  }
}

TEST(PrivateKeyFile, ReadsPkcs1) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::rsa_2048, "key");
  const auto pem = openssl("rsa -traditional -in key");
  EXPECT_TRUE(pem.starts_with(begin("RSA PRIVATE KEY"))) << pem;
  EXPECT_EQ(read(pem), expected);
}

TEST(PrivateKeyFile, ReadsOpenSslsOlderEncryption) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::ecdsa_secp256k1, "key");
  for (const std::string cipher : {"aes128", "aes192", "aes256", "des3"}) {
    EXPECT_EQ(read(openssl("ec -in key -passout env:PASS -" + cipher), passphrase()), expected) << cipher;
  }
  const auto rsa = openssl.generate(Algorithm::rsa_2048, "rsa");
  EXPECT_EQ(read(openssl("rsa -traditional -in rsa -passout env:PASS -aes256"), passphrase()), rsa);
}

TEST(PrivateKeyFile, ReadsUnderAnEmptyAndALongPassphrase) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::ed25519, "key");
  EXPECT_EQ(read(openssl("pkcs8 -topk8 -in key -passout pass:"), passphrase("")), expected);
  const std::string long_one(500, 'x');
  EXPECT_EQ(read(openssl("pkcs8 -topk8 -in key -passout pass:" + long_one), passphrase(long_one)), expected);
}

TEST(PrivateKeyFile, ReadsThroughTextBeforeTheKeyAndOtherLineEnds) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::ed25519, "key");
  const auto pem = openssl.file("key");
  EXPECT_EQ(read("Bag Attributes\n    localKeyID: 01\n\n" + pem + "\n \t\n"), expected);
  std::string windows;
  for (const char c : pem) windows += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(read(windows), expected);
  EXPECT_EQ(read(pem.substr(0, pem.size() - 1)), expected);  // no line end at the end of the file
}

TEST(PrivateKeyFile, AsksForThePassphraseOnce) {
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const auto pem = openssl("pkcs8 -topk8 -in key -passout env:PASS");
  int asked = 0;
  const auto source = [&asked]() -> Result<SecretBytes> {
    ++asked;
    return test::secret_of("wrong");
  };
  EXPECT_TRUE(read(pem, source).starts_with("authentication: "));
  EXPECT_EQ(asked, 1);
}

TEST(PrivateKeyFile, HandsOnTheErrorOfThePassphraseSource) {
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const auto pem = openssl("pkcs8 -topk8 -in key -passout env:PASS");
  EXPECT_EQ(read(pem, []() -> Result<SecretBytes> { return fail(Errc::busy, Origin::system, "no terminal"); }),
            "busy: no terminal");
  EXPECT_EQ(read(pem, nullptr), "authentication: the key file is encrypted: its passphrase is needed");
}

// Almost every wrong passphrase fails at the padding; 1 in 256 leaves some, and must not pass for a damaged key.
TEST(PrivateKeyFile, SaysOfEveryWrongPassphraseThatItDoesNotOpen) {
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const auto pem = openssl("pkcs8 -topk8 -in key -iter 1 -passout env:PASS");
  for (int i = 0; i < 2'000; ++i) {
    ASSERT_EQ(read(pem, passphrase("wrong " + std::to_string(i))),
              "authentication: the passphrase does not open the key file: it is wrong, or the file is damaged");
  }
}

// Each byte that a file loses or that is another gives an error or the same key: its public key vouches for it.
TEST(PrivateKeyFile, NeverReadsAnotherKeyFromADamagedFile) {
  const Openssl openssl;
  const auto expected = openssl.generate(Algorithm::ecdsa_p256, "key");
  const std::array files{openssl.file("key"), openssl("ec -in key"), openssl("pkcs8 -topk8 -in key -iter 1 -passout env:PASS"),
                         openssl("ec -in key -aes128 -passout env:PASS")};
  for (const auto& pem : files) {
    for (std::size_t i = 0; i < pem.size(); ++i) {
      const auto cut = read(pem.substr(0, i), passphrase());
      EXPECT_TRUE(cut == expected || cut.find(": ") != std::string::npos) << i << ": " << cut;
      for (const unsigned change : {0x01U, 0x20U, 0x80U}) {
        std::string flipped = pem;
        flipped[i] = static_cast<char>(static_cast<unsigned char>(pem[i]) ^ change);
        const auto answer = read(flipped, passphrase());
        EXPECT_TRUE(answer == expected || answer.find(": ") != std::string::npos) << i << " ^ " << change << ": " << answer;
      }
    }
  }
}

}  // namespace
}  // namespace custos::key
