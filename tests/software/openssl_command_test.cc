// What the engines sign, OpenSSL's command line verifies, and back.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "encode/ecdsa_signature.h"
#include "key/key_files.h"
#include "key/key_material.h"
#include "software/engine.h"
#include "support/vectors.h"

namespace custos::software {
namespace {

using key::Algorithm;

constexpr std::array kAsymmetric{Algorithm::ed25519,  Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1,
                                 Algorithm::rsa_2048, Algorithm::rsa_3072,   Algorithm::rsa_4096};
constexpr std::string_view kMessage = "symbol=LTCBTC&side=BUY&timestamp=1499827319559";

class OpenSslCommand : public ::testing::TestWithParam<Algorithm> {
 protected:
  void SetUp() override {
    folder_ = openssl_("version >/dev/null; pwd");
    folder_.back() = '/';
    make_key();
    openssl_("pkey -in key.pem -pubout -out public.pem");
    write("message", as_bytes(kMessage));
  }
  // RSA keys are those of tests/data, as finding primes takes its time.
  void make_key() const {
    if (key::facts_of(GetParam()).family != key::Family::rsa) {
      openssl_.generate(GetParam(), "key.pem");
      return;
    }
    for (const auto& vector : test::vectors_of("rsa_keys.json", "keys")) {
      if (test::algorithm_of(vector) == GetParam()) write("key.der", test::hex(vector.at("material")));
    }
    openssl_("pkey -inform DER -in key.der -out key.pem");
  }
  void write(const std::string& name, ByteView bytes) const { std::ofstream(folder_ + name, std::ios::binary) << as_text(bytes); }

  // Ed25519 hashes by itself; for the others the command hashes.
  [[nodiscard]] std::string hashing() const { return GetParam() == Algorithm::ed25519 ? " -rawin" : " -rawin -digest sha256"; }
  [[nodiscard]] bool is_ecdsa() const { return key::facts_of(GetParam()).family == key::Family::ecdsa; }

  const key::Openssl openssl_;
  std::string folder_;
};

TEST_P(OpenSslCommand, VerifiesWhatCustosSigns) {
  const auto read = key::read_pem(test::secret_of(openssl_.file("key.pem")), key::never);
  ASSERT_TRUE(read) << read.error().detail;
  const auto context = OpenSslContext::open({});
  const auto engine = make_engine(*context, GetParam(), read->material);
  ASSERT_TRUE(engine);
  Bytes signature(key::facts_of(GetParam()).signature_size);
  ASSERT_TRUE((*engine)->sign(as_bytes(kMessage), signature).ok());
  encode::EcdsaDer der;
  write("signature", is_ecdsa() ? encode::write_ecdsa_der(std::span(signature).first<64>(), der) : ByteView(signature));
  EXPECT_EQ(openssl_("pkeyutl -verify -pubin -inkey public.pem -in message -sigfile signature" + hashing()),
            "Signature Verified Successfully\n");
  EXPECT_EQ(key::public_key_of(GetParam(), read->material)->pem(), openssl_.file("public.pem"));
}

TEST_P(OpenSslCommand, SignsWhatCustosVerifies) {
  openssl_("pkeyutl -sign -inkey key.pem -in message -out signature" + hashing());
  const std::string text = openssl_.file("signature");
  Bytes signature(text.begin(), text.end());
  if (is_ecdsa()) {
    Bytes raw(64);
    ASSERT_TRUE(encode::read_ecdsa_der(signature, std::span(raw).first<64>()));
    signature = raw;
  }
  const std::string der = openssl_("pkey -in key.pem -pubout -outform DER");
  const auto key = key::PublicKey::from_spki(GetParam(), as_bytes(der));
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_TRUE(key->verifies(key::default_scheme(GetParam()), as_bytes(kMessage), signature));
  signature[5] ^= 1;
  EXPECT_FALSE(key->verifies(key::default_scheme(GetParam()), as_bytes(kMessage), signature));
}

INSTANTIATE_TEST_SUITE_P(All, OpenSslCommand, ::testing::ValuesIn(kAsymmetric), [](const auto& each) {
  std::string name(key::facts_of(each.param).name);
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace custos::software
