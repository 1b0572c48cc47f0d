// Trees of keys in a token: the two vendors' BIP 32, as the scripted module has it, against our own (src/key/key_tree.h).
#include <p11-kit/pkcs11.h>

#include <array>
#include <string>

#include "encode/hex.h"
#include "faults/faulty_home.h"
#include "faults/faulty_token.h"
#include "hsm/raw_session.h"
#include "key/key_path.h"
#include "key/key_tree.h"
#include "key/public_key.h"
#include "support/vectors.h"

namespace custos::test {
namespace {

using key::Algorithm;
using key::KeyUse;
using key::PublicKey;
using key::Scheme;
using ::testing::HasSubstr;
using Path = std::vector<std::uint32_t>;

constexpr std::string_view kNoBip32 =
    "this token cannot keep BIP32-secp256k1 keys: it derives no keys by BIP 32; choose another algorithm, or the software "
    "keystore";

class Bip32 : public FaultyToken {
 protected:
  void SetUp() override {
    FaultyToken::SetUp();
    backend_ = token_.open();
    key_.algorithm = Algorithm::bip32;
  }

  static SecretBytes bytes_of(std::string_view hex) { return *SecretBytes::copy_of(*encode::from_hex(hex)); }
  static Path path_of(std::string_view text) { return *key::parse_key_path(text); }
  static key::TreeNode expected(const Path& path) {
    static const SecretBytes root = *key::master_of_seed(Algorithm::bip32, bytes_of("000102030405060708090a0b0c0d0e0f"));
    return *key::derive_node(Algorithm::bip32, root, path);
  }

  std::shared_ptr<key::PreparedKey> prepared(KeyUse use = Algorithm::bip32) {
    auto found = backend_->prepare(key_.id, use, 4);
    EXPECT_TRUE(found) << found.error().detail;
    return *found;
  }

  static void expect_signs(key::PreparedKey& signer, const Path& path, Scheme scheme) {
    const auto known = PublicKey::ecdsa(Algorithm::ecdsa_secp256k1, expected(path).public_key);
    const Bytes message(32, 7);
    Bytes signature(64);
    const SignStatus status = signer.sign(message, signature, std::nullopt);
    ASSERT_TRUE(status.ok()) << to_string(status.code) << " 0x" << std::hex << status.native;
    EXPECT_TRUE(known->verifies(scheme, message, signature)) << key::key_path_text(path);
  }

  void expect_nothing_left(const std::string& when) {
    script("");
    EXPECT_EQ(RawSession(token_.config).count(CKO_SECRET_KEY, key_.id), 0U) << when;
  }
};

// Bip32Of is given the vendor, and how many attributes are read back while a tree is generated.
struct Vendor {
  std::string name;
  int reads;
  int unused_read;  // the chain code on the way to the first child, which Luna's mechanism does not need
};
class Bip32Of : public Bip32, public ::testing::WithParamInterface<Vendor> {
 protected:
  void SetUp() override {
    Bip32::SetUp();
    script(rule());
  }
  static std::string rule(const std::string& more = {}) { return "bip32 " + GetParam().name + "\n" + more; }

  void generate() {
    const auto made = backend_->generate(key_);
    ASSERT_TRUE(made) << made.error().detail;
  }
};
// The seed has twelve flags; each derived key nine, and in a Luna a chain code: the root, the root again, its first child.
INSTANTIATE_TEST_SUITE_P(Vendors, Bip32Of,
                         ::testing::Values(Vendor{"luna", 12 + 3 * (1 + 9), 12 + (1 + 9)}, Vendor{"ibm", 12 + 3 * 9, -1}),
                         [](const auto& of) { return of.param.name; });

TEST_P(Bip32Of, GeneratesATreeAndAnswersItsRoot) {
  const auto made = backend_->generate(key_);
  ASSERT_TRUE(made) << made.error().detail;
  const auto known = PublicKey::from_spki(Algorithm::bip32, made->public_key);
  ASSERT_TRUE(known) << known.error().detail;
  EXPECT_EQ(known->spki(), PublicKey::ecdsa(Algorithm::bip32, expected({}).public_key)->spki());
  EXPECT_THAT(made->uri, HasSubstr("type=secret-key"));
  const auto attestation = backend_->attest(key_.id);
  ASSERT_TRUE(attestation) << attestation.error().detail;
  EXPECT_EQ(attestation->sensitive, true);
  EXPECT_EQ(attestation->extractable, false);
  EXPECT_EQ(attestation->local, true);
}

TEST_P(Bip32Of, HasTheNodesOfTestVector1) {
  generate();
  const auto tree = prepared();
  int compared = 0;
  for (const auto& vector : vectors_of("bip32.json")) {
    if (vector.at("source") != "vector 1") continue;
    const Path path = path_of(vector.at("path").get<std::string>());
    SCOPED_TRACE(key::key_path_text(path));
    const auto node = tree->node(path);
    ASSERT_TRUE(node) << node.error().detail;
    const key::TreeNode wanted = expected(path);
    EXPECT_EQ(encode::to_hex(node->chain_code), vector.at("chain_code").get<std::string>());
    EXPECT_EQ(node->public_key, wanted.public_key);
    EXPECT_EQ(node->chain_code, wanted.chain_code);
    EXPECT_EQ(node->fingerprint, wanted.fingerprint);
    EXPECT_EQ(node->parent_fingerprint, wanted.parent_fingerprint);
    EXPECT_EQ(node->depth, wanted.depth);
    EXPECT_EQ(node->child_number, wanted.child_number);
    ++compared;
  }
  EXPECT_EQ(compared, 6);
}

TEST_P(Bip32Of, SignsWithTheRootAndWithKeysBelowIt) {
  generate();
  for (const Scheme scheme : {Scheme::ecdsa_sha256, Scheme::ecdsa_digest}) {
    const auto tree = prepared({Algorithm::bip32, scheme});
    expect_signs(*tree, {}, scheme);
    for (const std::string_view text : {"m", "m/0'", "m/0'/1", "m/44'/60'/0'/0/5"}) {
      const auto key = tree->derive(path_of(text));
      ASSERT_TRUE(key) << key.error().detail;
      expect_signs(**key, path_of(text), scheme);
    }
  }
}

TEST_P(Bip32Of, DestroysEveryKeyThatItDerives) {
  generate();
  const auto tree = prepared();
  const std::size_t before = calls("C_DestroyObject");
  ASSERT_TRUE(tree->node(path_of("m/0'/1'")));  // the parent's fingerprint is in it
  EXPECT_EQ(calls("C_DestroyObject") - before, GetParam().name == "luna" ? 2U * (2 + 2) : 2U + 3U);
}

TEST_P(Bip32Of, ATreeThatDiffersInAnyAttributeIsDestroyed) {
  for (int after = 0; after <= GetParam().reads; ++after) {
    if (after == GetParam().unused_read) continue;
    const std::string when = "read " + std::to_string(after);
    script(rule("alter_attributes count=1 after=" + std::to_string(after)));
    const auto made = backend_->generate(key_);
    if (after == GetParam().reads) {
      EXPECT_TRUE(made) << when << " is one too many: " << made.error().detail;
      return;
    }
    ASSERT_FALSE(made) << when;
    EXPECT_EQ(made.error().code, Errc::integrity) << when << ": " << made.error().detail;
    expect_nothing_left(when);
  }
}

TEST_P(Bip32Of, ASeedWhoseTreeCannotBeDerivedIsDestroyed) {
  script(rule("C_DeriveKey rv=CKR_FUNCTION_FAILED"));
  const auto made = backend_->generate(key_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr("cannot derive a key of the tree"));
  expect_nothing_left("");
}

TEST_P(Bip32Of, ALostSessionIsANewGenerationAndSignsNothing) {
  generate();
  const auto key = *prepared({Algorithm::bip32, Scheme::ecdsa_digest})->derive(path_of("m/0'/1"));
  const std::uint64_t generation = key->generation();
  script(rule("lose_sessions once before=C_DeriveKey"));
  Bytes signature(64);
  EXPECT_EQ(key->sign(Bytes(32, 7), signature, std::nullopt).code, Errc::device_gone);
  EXPECT_EQ(signature, Bytes(64));
  EXPECT_NE(key->generation(), generation);
  expect_signs(*key, path_of("m/0'/1"), Scheme::ecdsa_digest);
}

TEST_P(Bip32Of, AClosedTreeClosesItsKeys) {
  generate();
  const auto tree = prepared();
  const auto key = *tree->derive(path_of("m/1"));
  tree->close();
  Bytes signature(64);
  EXPECT_EQ(key->sign(Bytes(32, 7), signature, std::nullopt).code, Errc::revoked);
  EXPECT_EQ(key->exists({}).code, Errc::revoked);
  EXPECT_EQ(tree->node({}).error().code, Errc::revoked);
  EXPECT_EQ(tree->derive({}).error().code, Errc::revoked);
}

TEST_P(Bip32Of, ADestroyedSeedTakesItsTreeAlong) {
  generate();
  const auto key = *prepared()->derive(path_of("m/1"));
  EXPECT_TRUE(key->exists({}).ok());
  ASSERT_TRUE(backend_->destroy(key_.id));
  Bytes signature(64);
  EXPECT_EQ(key->sign(Bytes(32, 7), signature, std::nullopt).code, Errc::not_found);
  EXPECT_EQ(key->exists({}).code, Errc::not_found);
}

TEST_P(Bip32Of, RefusesWhatATreeHasNot) {
  generate();
  const auto tree = prepared();
  EXPECT_EQ(tree->node(Path(256, 0)).error().detail, "a key path has at most 255 steps");
  const auto key = *tree->derive(path_of("m/1"));
  EXPECT_EQ(key->node({}).error().code, Errc::bad_input);
  EXPECT_EQ(key->derive({}).error().code, Errc::bad_input);
  EXPECT_THAT(backend_->prepare(key_.id, {Algorithm::bip32, Scheme::schnorr_digest}, 0).error().detail, HasSubstr("Schnorr"));
  Bytes signature(64);
  key::SignCall armed_only{.no_fallback = true};
  EXPECT_EQ(key->sign(Bytes(32, 7), signature, armed_only).code, Errc::busy);
}

TEST_P(Bip32Of, ImportsNoTree) {
  const auto imported = backend_->import_key(key_, bytes_of(std::string(128, '1')));
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().code, Errc::bad_input);
  EXPECT_THAT(imported.error().detail, HasSubstr("generated in its token and never imported"));
  expect_nothing_left("");
}

TEST_P(Bip32Of, DerivesNothingBySlip10) {
  key_.algorithm = Algorithm::slip10_ed25519;
  EXPECT_THAT(backend_->generate(key_).error().detail, HasSubstr("cannot keep SLIP10-Ed25519 keys"));
}

TEST_F(Bip32, ATokenWithoutItSaysSo) {
  for (const auto& refused : {backend_->generate(key_), backend_->import_key(key_, bytes_of(std::string(128, '1')))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_input);
    EXPECT_EQ(refused.error().detail, kNoBip32);
  }
  EXPECT_EQ(backend_->prepare(key_.id, Algorithm::bip32, 0).error().detail, kNoBip32);
}

// A whole home over such a token: addresses, extended public keys and a signed payment of a key below the root.
class Bip32Home : public FaultyHome {};

TEST_F(Bip32Home, ATreeInATokenSignsForAChain) {
  for (const std::string vendor : {"luna", "ibm"}) {
    SCOPED_TRACE(vendor);
    script("bip32 " + vendor);
    auto custodian = open();
    KeySpec spec;
    spec.name = {"dev", "tree-" + vendor};
    spec.purpose = "chain:evm";
    spec.algorithm = "bip32";
    const auto made = custodian.administration().generate_key(spec);
    ASSERT_TRUE(made) << made.error().detail;
    for (const auto& vector : vectors_of("bip32.json")) {
      if (vector.at("source") != "vector 1") continue;
      EXPECT_EQ(*custodian.administration().extended_public_key(spec.name, vector.at("path").get<std::string>(), ""),
                vector.at("xpub").get<std::string>());
    }
    AddressView place;
    place.path = "m/44'/60'/0'/0/0";
    const auto address = custodian.administration().key_address(spec.name, place);
    ASSERT_TRUE(address) << address.error().detail;
    auto signer = custodian.prepare_transaction_signer(spec.name);
    ASSERT_TRUE(signer) << signer.error().detail;
    TransactionView view;
    view.bytes =
        R"({"chainId":1,"nonce":7,"to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","value":"1","gas":21000,"gasPrice":"1"})";
    view.path = place.path;
    const auto answer = signer->sign(view);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->info.from, address->address);
  }
}

}  // namespace
}  // namespace custos::test
