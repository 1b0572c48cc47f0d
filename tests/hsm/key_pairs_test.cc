#include "hsm/key_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "encode/hex.h"
#include "hash/hash.h"
#include "hsm/raw_session.h"
#include "hsm/test_keys.h"
#include "key/key_material.h"
#include "key/public_key.h"
#include "support/nss_fixture.h"
#include "support/softhsm_fixture.h"

namespace custos {
namespace {

using key::Algorithm;
using key::KeyUse;
using key::PublicKey;
using key::Scheme;
using test::material_of;
using test::NssToken;
using test::RawSession;
using test::secret_of;
using test::SoftHsmToken;
using ::testing::HasSubstr;

constexpr std::string_view kMessage = "symbol=LTCBTC&side=BUY&timestamp=1499827319559";

std::vector<Algorithm> algorithms_of(const SoftHsmToken&) {
  return {Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048};
}
std::vector<Algorithm> algorithms_of(const NssToken&) { return {Algorithm::ecdsa_p256, Algorithm::rsa_2048}; }

template <class Token>
class KeyPairsTest : public ::testing::Test {
 protected:
  static key::KeyTemplate key_of(Algorithm algorithm, key::Usage usage = key::Usage::sign) {
    static int count = 0;
    return {key::KeyId::random(), fmt::format("{}#{}", key::facts_of(algorithm).option, ++count), algorithm, usage};
  }

  PublicKey generated(const key::KeyTemplate& key) { return known(key, backend_->generate(key)); }
  PublicKey imported(const key::KeyTemplate& key) {
    return known(key, backend_->import_key(key, secret_of(material_of(key.algorithm))));
  }

  std::shared_ptr<key::PreparedKey> prepared(const key::KeyId& id, KeyUse use, std::size_t shelf = 0) {
    auto found = backend_->prepare(id, use, shelf);
    EXPECT_TRUE(found) << found.error().detail;
    return *found;
  }

  static Bytes sign(key::PreparedKey& key, Algorithm algorithm, ByteView message) {
    Bytes signature(key::facts_of(algorithm).signature_size);
    const SignStatus status = key.sign(message, signature, std::nullopt);
    EXPECT_TRUE(status.ok()) << to_string(status.code) << " 0x" << std::hex << status.native;
    return signature;
  }

  // expect_signs shows that the key in the token is the other half of `known`.
  void expect_signs(const key::KeyTemplate& key, const PublicKey& known) {
    const auto signer = prepared(key.id, key.algorithm);
    const Scheme scheme = key::default_scheme(key.algorithm);
    for (const std::string_view message : {kMessage, std::string_view()}) {
      const Bytes signature = sign(*signer, key.algorithm, as_bytes(message));
      EXPECT_TRUE(known.verifies(scheme, as_bytes(message), signature)) << key.label;
      EXPECT_FALSE(known.verifies(scheme, as_bytes("another"), signature)) << key.label;
    }
  }

  Token token_ = Token::make();
  std::shared_ptr<hsm::TokenBackend> backend_ = token_.open();

 private:
  static PublicKey known(const key::KeyTemplate& key, const Result<key::MadeKey>& made) {
    EXPECT_TRUE(made) << key.label << ": " << made.error().detail;
    EXPECT_THAT(made->uri, HasSubstr("type=private"));
    auto known = PublicKey::from_spki(key.algorithm, made->public_key);
    EXPECT_TRUE(known) << key.label << ": " << known.error().detail;
    return *known;
  }
};

using Tokens = ::testing::Types<SoftHsmToken, NssToken>;
TYPED_TEST_SUITE(KeyPairsTest, Tokens);

TYPED_TEST(KeyPairsTest, GeneratesKeysWhoseSignaturesVerify) {
  for (const Algorithm algorithm : algorithms_of(this->token_)) {
    const auto key = this->key_of(algorithm);
    this->expect_signs(key, this->generated(key));
  }
}

TYPED_TEST(KeyPairsTest, ImportsKeysWhoseSignaturesVerify) {
  for (const Algorithm algorithm : algorithms_of(this->token_)) {
    const auto key = this->key_of(algorithm);
    const auto known = this->imported(key);
    EXPECT_EQ(known.spki(), key::public_key_of(algorithm, secret_of(material_of(algorithm)))->spki()) << key.label;
    this->expect_signs(key, known);
  }
}

TYPED_TEST(KeyPairsTest, SignsADigestAsItStands) {
  const auto key = this->key_of(Algorithm::ecdsa_p256);
  const auto known = this->imported(key);
  const auto signer = this->prepared(key.id, {key.algorithm, Scheme::ecdsa_digest});
  const Digest32 digest = hash::sha256(as_bytes(kMessage));
  const Bytes signature = this->sign(*signer, key.algorithm, digest);
  EXPECT_TRUE(known.verifies(Scheme::ecdsa_digest, digest, signature));
  EXPECT_TRUE(known.verifies(Scheme::ecdsa_sha256, as_bytes(kMessage), signature));
}

TYPED_TEST(KeyPairsTest, RefusesADigestOfAnotherSize) {
  const auto key = this->key_of(Algorithm::ecdsa_p256);
  this->imported(key);
  const auto signer = this->prepared(key.id, {key.algorithm, Scheme::ecdsa_digest});
  Bytes signature(64);
  for (const std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    EXPECT_EQ(signer->sign(Bytes(size), signature, std::nullopt).code, Errc::bad_input) << size << " bytes";
    EXPECT_EQ(signature, Bytes(64)) << size << " bytes";
  }
}

TYPED_TEST(KeyPairsTest, SignsOnArmedSessions) {
  for (const Algorithm algorithm : algorithms_of(this->token_)) {
    const auto key = this->key_of(algorithm);
    const auto known = this->imported(key);
    const auto signer = this->prepared(key.id, key.algorithm, 3);
    EXPECT_EQ(signer->rearm(8), 3U) << key.label;
    Bytes signature(key::facts_of(algorithm).signature_size);
    key::SignCall call{.no_fallback = true};
    ASSERT_TRUE(signer->sign(as_bytes(kMessage), signature, call).ok()) << key.label;
    EXPECT_EQ(call.path, key::Path::armed) << key.label;
    EXPECT_TRUE(known.verifies(key::default_scheme(algorithm), as_bytes(kMessage), signature)) << key.label;
  }
}

TYPED_TEST(KeyPairsTest, PreparesOneKeyForTwoSchemesApart) {
  const auto key = this->key_of(Algorithm::ecdsa_p256);
  const auto known = this->imported(key);
  const KeyUse of_digests{key.algorithm, Scheme::ecdsa_digest};
  const auto whole = this->prepared(key.id, key.algorithm);
  const auto digests = this->prepared(key.id, of_digests);
  EXPECT_NE(whole, digests);
  EXPECT_EQ(whole, this->prepared(key.id, key.algorithm));
  EXPECT_EQ(digests, this->prepared(key.id, of_digests));
  EXPECT_TRUE(known.verifies(Scheme::ecdsa_sha256, as_bytes(kMessage), this->sign(*whole, key.algorithm, as_bytes(kMessage))));

  ASSERT_TRUE(this->backend_->destroy(key.id));
  Bytes signature(64);
  EXPECT_EQ(whole->sign(as_bytes(kMessage), signature, std::nullopt).code, Errc::revoked);
  EXPECT_EQ(digests->sign(Bytes(32), signature, std::nullopt).code, Errc::revoked);
}

TYPED_TEST(KeyPairsTest, RefusesASchemeThatTheAlgorithmHasNot) {
  const auto key = this->key_of(Algorithm::ecdsa_p256);
  this->imported(key);
  for (const KeyUse use : {KeyUse(Algorithm::ecdsa_p256, Scheme::ed25519), KeyUse(Algorithm::ecdsa_p256, Scheme::mac),
                           KeyUse(Algorithm::rsa_2048, Scheme::ecdsa_sha256), KeyUse(Algorithm::aes_256)}) {
    const auto signer = this->backend_->prepare(key.id, use, 0);
    ASSERT_FALSE(signer);
    EXPECT_EQ(signer.error().code, Errc::bad_input);
  }
}

TYPED_TEST(KeyPairsTest, SaysThatTokensMakeNoSchnorrSignatures) {
  for (const Scheme scheme : {Scheme::schnorr_digest, Scheme::schnorr_tweaked}) {
    const auto signer = this->backend_->prepare(key::KeyId::random(), KeyUse(Algorithm::ecdsa_secp256k1, scheme), 0);
    ASSERT_FALSE(signer);
    EXPECT_EQ(signer.error().code, Errc::bad_input);
    EXPECT_THAT(signer.error().detail, HasSubstr("this token makes no Schnorr signatures"));
  }
}

TYPED_TEST(KeyPairsTest, RefusesTreesBeforeAnythingIsMade) {
  for (const Algorithm tree : {Algorithm::bip32, Algorithm::slip10_ed25519}) {
    const auto key = this->key_of(tree);
    for (const auto& made : {this->backend_->generate(key), this->backend_->import_key(key, secret_of(Bytes(64, 1)))}) {
      ASSERT_FALSE(made) << key.label;
      EXPECT_EQ(made.error().code, Errc::bad_input);
      EXPECT_THAT(made.error().detail,
                  HasSubstr("it derives no keys by BIP 32; choose another algorithm, or the software keystore"));
    }
  }
}

TYPED_TEST(KeyPairsTest, KeepsBothHalvesToTheirOneUse) {
  struct Expected {
    CK_ATTRIBUTE_TYPE type;
    bool value;
  };
  const auto expect = [](const RawSession& look, CK_OBJECT_HANDLE object, std::initializer_list<Expected> all) {
    for (const auto& [type, value] : all) EXPECT_EQ(look.flag(object, type), value) << "attribute 0x" << std::hex << type;
  };
  for (const bool seals : {false, true}) {
    const auto generated =
        this->key_of(seals ? Algorithm::rsa_2048 : Algorithm::ecdsa_p256, seals ? key::Usage::seal : key::Usage::sign);
    this->generated(generated);
    std::vector<key::KeyTemplate> keys{generated};
    if (!seals) this->imported(keys.emplace_back(this->key_of(Algorithm::rsa_2048)));
    for (const auto& key : keys) {
      SCOPED_TRACE(key.label);
      const RawSession look(this->token_.config);
      expect(look, look.only(CKO_PRIVATE_KEY, key.id),
             {{CKA_TOKEN, true},
              {CKA_PRIVATE, true},
              {CKA_SENSITIVE, true},
              {CKA_EXTRACTABLE, false},
              {CKA_SIGN, !seals},
              {CKA_DECRYPT, seals},
              {CKA_SIGN_RECOVER, false},
              {CKA_UNWRAP, false},
              {CKA_DERIVE, false},
              {CKA_MODIFIABLE, false}});
      expect(look, look.only(CKO_PUBLIC_KEY, key.id),
             {{CKA_TOKEN, true},
              {CKA_VERIFY, !seals},
              {CKA_ENCRYPT, seals},
              {CKA_WRAP, false},
              {CKA_DERIVE, false},
              {CKA_MODIFIABLE, false}});
    }
  }
}

TYPED_TEST(KeyPairsTest, ASealingKeyDoesNotSignOrUnwrap) {
  const auto key = this->key_of(Algorithm::rsa_2048, key::Usage::seal);
  this->generated(key);
  const auto signer = this->prepared(key.id, key.algorithm);
  Bytes signature(256);
  EXPECT_FALSE(signer->sign(as_bytes(kMessage), signature, std::nullopt).ok());

  const RawSession look(this->token_.config);
  const CK_OBJECT_HANDLE own = look.only(CKO_PRIVATE_KEY, key.id), open = look.only(CKO_PUBLIC_KEY, key.id);
  CK_MECHANISM mechanism{CKM_RSA_PKCS, nullptr, 0};
  hsm::Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_EXTRACTABLE, true).flag(CKA_TOKEN, false);
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  EXPECT_NE(look.call().C_UnwrapKey(look.handle(), &mechanism, own, signature.data(), signature.size(), wanted.data(),
                                    wanted.size(), &made),
            CKR_OK);
  wanted.number(CKA_VALUE_LEN, 32);
  CK_MECHANISM generate{CKM_AES_KEY_GEN, nullptr, 0};
  ASSERT_EQ(look.call().C_GenerateKey(look.handle(), &generate, wanted.data(), wanted.size(), &made), CKR_OK);
  CK_ULONG size = signature.size();
  EXPECT_NE(look.call().C_WrapKey(look.handle(), &mechanism, open, made, signature.data(), &size), CKR_OK);
}

TYPED_TEST(KeyPairsTest, ListsAPairOnceAndAttestsIt) {
  const auto key = this->key_of(Algorithm::ecdsa_p256);
  this->generated(key);
  const auto keys = this->backend_->list();
  ASSERT_TRUE(keys) << keys.error().detail;
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().id, key.id);
  EXPECT_EQ(keys->front().label, key.label);
  EXPECT_THAT(keys->front().uri, HasSubstr("type=private"));
  const auto told = this->backend_->attest(key.id);
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_EQ(told->sensitive, true);
  EXPECT_EQ(told->extractable, false);
}

TYPED_TEST(KeyPairsTest, DestroysBothHalves) {
  const auto key = this->key_of(Algorithm::ecdsa_p256);
  this->imported(key);
  const auto destroyed = this->backend_->destroy(key.id);
  ASSERT_TRUE(destroyed) << destroyed.error().detail;
  const RawSession look(this->token_.config);
  EXPECT_EQ(look.count(CKO_PRIVATE_KEY, key.id) + look.count(CKO_PUBLIC_KEY, key.id), 0U);
  EXPECT_EQ(this->backend_->destroy(key.id).error().code, Errc::not_found);
}

TYPED_TEST(KeyPairsTest, RefusesALabelOrIdThatAnyKeyHas) {
  const auto pair = this->key_of(Algorithm::ecdsa_p256);
  const key::KeyTemplate secret{key::KeyId::random(), "secret#1", Algorithm::hmac_sha256};
  this->generated(pair);
  ASSERT_TRUE(this->backend_->generate(secret));
  for (const auto& there : {pair, secret}) {
    for (const Algorithm algorithm : {Algorithm::ecdsa_p256, Algorithm::hmac_sha256}) {
      const auto same_label = this->backend_->generate({key::KeyId::random(), there.label, algorithm});
      ASSERT_FALSE(same_label) << there.label;
      EXPECT_EQ(same_label.error().code, Errc::already_exists) << same_label.error().detail;
      const auto same_id = this->backend_->generate({there.id, "new#1", algorithm});
      ASSERT_FALSE(same_id) << there.label;
      EXPECT_EQ(same_id.error().code, Errc::already_exists) << same_id.error().detail;
    }
  }
}

TYPED_TEST(KeyPairsTest, RefusesMaterialThatIsNoKeyAndLeavesNothing) {
  for (const auto& [algorithm, material] :
       std::initializer_list<std::pair<Algorithm, Bytes>>{{Algorithm::ecdsa_p256, Bytes(32)},
                                                          {Algorithm::ecdsa_p256, Bytes(31, 1)},
                                                          {Algorithm::ecdsa_p256, Bytes(32, 0xff)},
                                                          {Algorithm::rsa_2048, Bytes{0x30, 0x00}}}) {
    const auto key = this->key_of(algorithm);
    const auto made = this->backend_->import_key(key, secret_of(material));
    ASSERT_FALSE(made) << key.label;
    EXPECT_EQ(made.error().code, Errc::bad_input) << made.error().detail;
  }
  EXPECT_TRUE(this->backend_->list()->empty());
}

TYPED_TEST(KeyPairsTest, RefusesAUseThatTheAlgorithmIsNotFor) {
  for (const auto& [algorithm, usage] :
       std::initializer_list<std::pair<Algorithm, key::Usage>>{{Algorithm::aes_256, key::Usage::sign},
                                                               {Algorithm::hmac_sha256, key::Usage::seal},
                                                               {Algorithm::ecdsa_p256, key::Usage::seal}}) {
    const auto made = this->backend_->generate(this->key_of(algorithm, usage));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::bad_input) << made.error().detail;
  }
  const auto brought = this->backend_->import_key(this->key_of(Algorithm::aes_256, key::Usage::seal), secret_of(Bytes(32, 1)));
  ASSERT_FALSE(brought);
  EXPECT_EQ(brought.error().code, Errc::bad_input) << brought.error().detail;
  EXPECT_TRUE(this->backend_->list()->empty());
}

using SoftHsmPairs = KeyPairsTest<SoftHsmToken>;
using NssPairs = KeyPairsTest<NssToken>;

TEST_F(SoftHsmPairs, ImportsLongRsaKeys) {
  for (const Algorithm algorithm : {Algorithm::rsa_3072, Algorithm::rsa_4096}) {
    const auto key = key_of(algorithm);
    expect_signs(key, imported(key));
  }
}

// RFC 8032, section 7.1, test 2.
TEST_F(SoftHsmPairs, SignsAsRfc8032Does) {
  const auto key = key_of(Algorithm::ed25519);
  const Bytes seed = *encode::from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const auto made = backend_->import_key(key, secret_of(seed));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(encode::to_hex(sign(*prepared(key.id, key.algorithm), key.algorithm, Bytes{0x72})),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST_F(SoftHsmPairs, MakesSignaturesThatOpensslsCommandLineVerifies) {
  const auto folder = test::softhsm_folder();
  const auto file = [&](std::string_view name) { return (folder / name).string(); };
  const auto write = [&](std::string_view name, ByteView bytes) {
    std::ofstream(file(name), std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  };
  const auto der_of = [](const Bytes& r_and_s) {  // Ecdsa-Sig-Value, RFC 3279, 2.2.3
    Bytes der{0x30, 0};
    for (const std::size_t from : {std::size_t{0}, std::size_t{32}}) {
      std::size_t first = from;
      while (r_and_s[first] == 0) ++first;
      const bool pad = r_and_s[first] >= 0x80;
      der.insert(der.end(), {0x02, static_cast<std::uint8_t>(from + 32 - first + (pad ? 1 : 0))});
      if (pad) der.push_back(0);
      der.insert(der.end(), r_and_s.begin() + static_cast<std::ptrdiff_t>(first),
                 r_and_s.begin() + static_cast<std::ptrdiff_t>(from + 32));
    }
    der[1] = static_cast<std::uint8_t>(der.size() - 2);
    return der;
  };
  write("message", as_bytes(kMessage));
  for (const Algorithm algorithm : {Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048}) {
    const auto key = key_of(algorithm);
    const auto known = generated(key);
    Bytes signature = sign(*prepared(key.id, algorithm), algorithm, as_bytes(kMessage));
    if (key::facts_of(algorithm).family == key::Family::ecdsa) signature = der_of(signature);
    write("public.der", known.spki());
    write("signature", signature);
    const std::string digest = algorithm == Algorithm::ed25519 ? "" : " -digest sha256";
    const std::string command = "openssl pkeyutl -verify -pubin -keyform DER -inkey " + file("public.der") + " -rawin" + digest +
                                " -in " + file("message") + " -sigfile " + file("signature") + " > /dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << key.label << ": " << command;
  }
}

TEST_F(SoftHsmPairs, RefusesAnEd25519SeedOf31Bytes) {
  const auto made = backend_->import_key(key_of(Algorithm::ed25519), secret_of(Bytes(31, 1)));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::bad_input);
  EXPECT_THAT(made.error().detail, HasSubstr("31"));
}

// The profile of a YubiHSM 2, before SoftHSM2, which takes the curve's name too.
TEST_F(SoftHsmPairs, NamesTheCurveOfEd25519WhereTheDeviceWantsThat) {
  backend_.reset();
  token_.config.profile = "yubihsm2";
  backend_ = token_.open();
  const auto key = key_of(Algorithm::ed25519);
  expect_signs(key, generated(key));
  const RawSession look(token_.config);
  Bytes curve(32);
  CK_ATTRIBUTE wanted{CKA_EC_PARAMS, curve.data(), curve.size()};
  ASSERT_EQ(look.call().C_GetAttributeValue(look.handle(), look.only(CKO_PUBLIC_KEY, key.id), &wanted, 1), CKR_OK);
  EXPECT_EQ(as_text(ByteView(curve).first(wanted.ulValueLen)),
            "\x13\x0c"
            "edwards25519");
}

TEST_F(SoftHsmPairs, WarnsBeforeAKeyIsMadeWhoseBackupCannotBeRestoredElsewhere) {
  EXPECT_EQ(backend_->creation_warning(Algorithm::ed25519), "");
  backend_.reset();
  token_.config.profile = "yubihsm2";
  backend_ = token_.open();
  EXPECT_THAT(backend_->creation_warning(Algorithm::ed25519), HasSubstr("no other device"));
  EXPECT_EQ(backend_->creation_warning(Algorithm::ecdsa_p256), "");
}

TEST_F(NssPairs, RefusesWhatNssLacksBeforeAnythingIsMade) {
  for (const auto& [algorithm, lack] : std::initializer_list<std::pair<Algorithm, const char*>>{
           {Algorithm::ed25519, "it has no CKM_EDDSA"}, {Algorithm::ecdsa_secp256k1, "it does not know the curve"}}) {
    const auto key = key_of(algorithm);
    for (const auto& made : {backend_->generate(key), backend_->import_key(key, secret_of(material_of(algorithm)))}) {
      ASSERT_FALSE(made) << key.label;
      EXPECT_EQ(made.error().code, Errc::bad_input);
      EXPECT_THAT(made.error().detail, HasSubstr(lack));
    }
  }
}

// Under a profile that does not know what NSS lacks, NSS itself refuses.
TEST_F(NssPairs, LeavesNothingOfAKeyOnACurveThatTheTokenRefuses) {
  backend_.reset();
  token_.config.profile = "generic";
  backend_ = token_.open();
  const auto key = key_of(Algorithm::ecdsa_secp256k1);
  for (const auto& made : {backend_->import_key(key, secret_of(material_of(key.algorithm))), backend_->generate(key)}) {
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::bad_input);
    EXPECT_THAT(made.error().detail, HasSubstr("does not know this curve"));
  }
  const RawSession look(token_.config);
  EXPECT_EQ(look.count(CKO_PRIVATE_KEY, key.id) + look.count(CKO_PUBLIC_KEY, key.id), 0U);
}

}  // namespace
}  // namespace custos
