#include "software/openssl_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "key/key_files.h"

namespace custos::software {
namespace {

using key::Algorithm;
using key::KeyUse;
using key::Scheme;
using ::testing::HasSubstr;

constexpr auto kMessage = "symbol=LTCBTC&side=BUY&timestamp=1499827319559";
constexpr std::array kAlgorithms{Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048};

class OpenSslStore : public ::testing::Test {
 protected:
  Result<std::shared_ptr<StoreBackend>> open(const std::string& file, const StorePin& pin = key::never) {
    const std::string folder = openssl_("version >/dev/null; pwd");
    return StoreBackend::open(
        {.name = "vendor", .uri = "file:" + folder.substr(0, folder.size() - 1) + '/' + file, .provider = {}}, pin);
  }
  std::shared_ptr<StoreBackend> opened(const std::string& file, const StorePin& pin = key::never) {
    auto store = open(file, pin);
    if (!store) ADD_FAILURE() << store.error().detail;
    return *std::move(store);
  }
  // refusal is the code and the line of a store that does not open.
  std::string refusal(const std::string& file, const StorePin& pin = key::never) {
    const auto store = open(file, pin);
    if (store) return "opened";
    return std::string(to_string(store.error().code)) + ": " + store.error().detail;
  }

  const key::Openssl openssl_;
};

SignStatus sign(key::PreparedKey& key, ByteView message, Bytes& signature) { return key.sign(message, signature, std::nullopt); }

TEST_F(OpenSslStore, SignsWithTheKeyOfAFile) {
  for (const auto algorithm : kAlgorithms) {
    openssl_.generate(algorithm, "key.pem");
    const auto store = opened("key.pem");
    EXPECT_EQ(store->standing_key().algorithm(), algorithm);
    EXPECT_EQ(store->standing_key().pem(), openssl_("pkey -pubout -in key.pem"));
    const auto prepared = store->prepare({}, algorithm, 4);
    ASSERT_TRUE(prepared) << prepared.error().detail;
    Bytes signature(key::facts_of(algorithm).signature_size);
    ASSERT_TRUE(sign(**prepared, as_bytes(kMessage), signature).ok());
    EXPECT_TRUE(store->standing_key().verifies(key::default_scheme(algorithm), as_bytes(kMessage), signature));
  }
}

TEST_F(OpenSslStore, AsksForThePassphraseOfAnEncryptedFile) {
  openssl_.generate(Algorithm::ed25519, "plain.pem");
  openssl_("pkcs8 -topk8 -in plain.pem -out key.pem -passout env:PASS");
  EXPECT_EQ(opened("key.pem", key::passphrase())->standing_key().pem(), openssl_("pkey -pubout -in plain.pem"));
  EXPECT_EQ(refusal("key.pem", key::passphrase("wrong")),
            "authentication: the OpenSSL store 'vendor' does not open with this PIN or passphrase");
  EXPECT_EQ(refusal("key.pem", []() -> Result<SecretBytes> { return fail(Errc::not_found, Origin::config, "no PIN file"); }),
            "not_found: no PIN file");
  EXPECT_EQ(refusal("key.pem", []() -> Result<SecretBytes> { throw std::runtime_error("the window was closed"); }),
            "internal: the prompt for the PIN or passphrase of the OpenSSL store 'vendor' threw an exception");
  const std::string endless(5000, 'x');
  EXPECT_EQ(refusal("key.pem", key::passphrase(endless)).substr(0, 10), "bad_input:");
}

TEST_F(OpenSslStore, SaysThatNothingIsThere) {
  EXPECT_THAT(refusal("absent.pem"), HasSubstr("not_found: the OpenSSL store 'vendor' cannot be read: "));
  EXPECT_THAT(refusal("absent.pem"), HasSubstr("No such file or directory"));
  const auto store = StoreBackend::open({.name = "vendor", .uri = "gopher://x", .provider = {}}, key::never);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("cannot be read: "));
}

TEST_F(OpenSslStore, WantsExactlyOnePrivateKey) {
  openssl_.generate(Algorithm::ed25519, "one.pem");
  openssl_.generate(Algorithm::ed25519, "two.pem");
  openssl_("version >/dev/null; cat one.pem two.pem > both.pem");
  openssl_("req -new -x509 -key one.pem -subj /CN=x -out certificate.pem");
  openssl_("pkey -in one.pem -pubout -out public.pem");
  EXPECT_EQ(refusal("both.pem"), "bad_input: the OpenSSL store 'vendor' holds 2 private keys: make its uri name one of them");
  const std::string none = "bad_input: the OpenSSL store 'vendor' holds no private key: check its uri in custos.toml";
  EXPECT_EQ(refusal("certificate.pem"), none);
  EXPECT_EQ(refusal("public.pem"), none);
  openssl_("rand -out garbage.pem 100");
  EXPECT_THAT(refusal("garbage.pem"), HasSubstr("bad_input: the OpenSSL store 'vendor' cannot be read: "));
}

TEST_F(OpenSslStore, RefusesAlgorithmsThatCustosHasNot) {
  openssl_("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out curve.pem");
  openssl_("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.pem");
  openssl_("genpkey -algorithm X25519 -out x25519.pem");
  EXPECT_THAT(refusal("curve.pem"), HasSubstr("holds a key on the curve 'secp384r1': Custos signs on P-256 and secp256k1"));
  EXPECT_THAT(refusal("small.pem"), HasSubstr("holds an RSA key of 1024 bits: Custos takes 2048, 3072 and 4096"));
  EXPECT_THAT(refusal("x25519.pem"), HasSubstr("holds a key of type 'X25519': Custos takes Ed25519, ECDSA and RSA"));
}

TEST_F(OpenSslStore, PreparesItsKeyForNothingElse) {
  openssl_.generate(Algorithm::ecdsa_p256, "key.pem");
  const auto store = opened("key.pem");
  EXPECT_TRUE(store->prepare({}, KeyUse(Algorithm::ecdsa_p256, Scheme::ecdsa_digest), 0));
  const auto other = store->prepare({}, Algorithm::ecdsa_secp256k1, 0);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().detail, "the OpenSSL store 'vendor' holds a key of ECDSA-P256, not of ECDSA-secp256k1");
  EXPECT_FALSE(store->prepare({}, KeyUse(Algorithm::ecdsa_p256, Scheme::ed25519), 0));
}

TEST_F(OpenSslStore, MakesNoSchnorrSignatures) {
  openssl_.generate(Algorithm::ecdsa_secp256k1, "key.pem");
  const auto key = opened("key.pem")->prepare({}, KeyUse(Algorithm::ecdsa_secp256k1, Scheme::schnorr_tweaked), 0);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Errc::bad_input);
  EXPECT_EQ(key.error().detail, "the OpenSSL store 'vendor' makes no Schnorr signatures: keep the key in the software keystore");
}

TEST_F(OpenSslStore, SignsNothingOnceItsKeyIsClosed) {
  openssl_.generate(Algorithm::ed25519, "key.pem");
  const auto key = *opened("key.pem")->prepare({}, Algorithm::ed25519, 0);
  Bytes signature(64);
  EXPECT_EQ(key->sign(as_bytes(kMessage), signature, std::chrono::steady_clock::now()).code, Errc::deadline_exceeded);
  EXPECT_TRUE(key->exists(std::nullopt).ok());
  EXPECT_EQ(key->generation(), 1U);
  key->close();
  EXPECT_EQ(sign(*key, as_bytes(kMessage), signature).code, Errc::revoked);
  EXPECT_EQ(key->exists(std::nullopt).code, Errc::revoked);
  EXPECT_EQ(signature, Bytes(64));
}

TEST_F(OpenSslStore, MakesAndDestroysNothing) {
  openssl_.generate(Algorithm::ed25519, "key.pem");
  const auto store = opened("key.pem");
  EXPECT_THAT(store->generate({}).error().detail, HasSubstr("'vendor' makes no keys: Custos only signs with the key"));
  EXPECT_THAT(store->import_key({}, *SecretBytes::allocate(32)).error().detail, HasSubstr("takes no keys"));
  EXPECT_THAT(store->destroy({}).error().detail, HasSubstr("destroys no keys"));
  EXPECT_THAT(store->write_object("head", Bytes{1}).error().detail, HasSubstr("keeps no records"));
  EXPECT_EQ(*store->read_object("head"), std::nullopt);
}

TEST_F(OpenSslStore, DescribesItself) {
  openssl_.generate(Algorithm::ed25519, "key.pem");
  const auto store = opened("key.pem");
  const auto description = store->describe();
  ASSERT_TRUE(description);
  EXPECT_EQ(description->label, "vendor");
  EXPECT_THAT(description->uri, HasSubstr("/key.pem"));
  EXPECT_FALSE(description->keeps_objects);
  EXPECT_EQ(description->notices.size(), 1U);
  EXPECT_EQ(store->list()->size(), 1U);
}

TEST_F(OpenSslStore, SaysThatItsProviderCannotBeLoaded) {
  const auto store = StoreBackend::open({.name = "hsm", .uri = "pkcs11:token=x", .provider = {"nonsense", {}}}, key::never);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("the OpenSSL provider nonsense cannot be loaded"));
}

}  // namespace
}  // namespace custos::software
