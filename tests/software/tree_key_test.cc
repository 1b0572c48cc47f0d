// Trees of keys in the software keystore: what stands below a prepared key.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "encode/hex.h"
#include "encode/secp256k1_signature.h"
#include "hash/hash.h"
#include "key/extended_key.h"
#include "key/key_path.h"
#include "key/key_tree.h"
#include "software/keystore_fixture.h"
#include "software/software_key.h"

namespace custos::software {
namespace {

using key::Algorithm;
using key::KeyUse;
using key::Scheme;

using Path = std::vector<std::uint32_t>;
Path path(std::string_view text) { return *key::parse_key_path(text); }

constexpr std::string_view kSeed = "000102030405060708090a0b0c0d0e0f";
SecretBytes root_of(Algorithm tree) { return *key::master_of_seed(tree, *SecretBytes::copy_of(*encode::from_hex(kSeed))); }

class TreeKeyTest : public KeystoreFixture {
 protected:
  [[nodiscard]] Backend open_idling() {
    auto config = this->config();
    config.idle = std::chrono::seconds(10);
    return open(std::move(config));
  }

  // add_root imports the tree of kSeed.
  static key::KeyId add_root(SoftwareBackend& backend, Algorithm tree = Algorithm::bip32) {
    auto key = key_template("tree#1", tree);
    key.purpose = "chain:bitcoin";
    must(backend.import_key(key, root_of(tree)));
    return key.id;
  }

  static key::PublicKey leaf_key(Algorithm tree, const key::TreeNode& node) {
    return must(tree == Algorithm::bip32 ? key::PublicKey::ecdsa(key::leaf_of(tree), node.public_key)
                                         : key::PublicKey::ed25519(node.public_key));
  }

  static std::shared_ptr<SoftwareKey> as_software(const std::shared_ptr<key::PreparedKey>& key) {
    return std::dynamic_pointer_cast<SoftwareKey>(key);
  }
};

TEST_F(TreeKeyTest, AGeneratedTreeSignsWithItsRootAndWithWhatIsBelow) {
  for (const Algorithm tree : {Algorithm::bip32, Algorithm::slip10_ed25519}) {
    const auto backend = open();
    auto wanted = key_template(std::string(key::facts_of(tree).option), tree);
    const auto made = must(backend->generate(wanted));
    const auto root = prepare(*open(), wanted.id, tree);
    const Scheme scheme = key::default_scheme(tree);
    const auto own = must(key::PublicKey::from_spki(tree, made.public_key));
    EXPECT_TRUE(own.verifies(scheme, as_bytes("message"), signature_of(*root, "message", tree)));
    EXPECT_EQ(leaf_key(tree, must(root->node({}))).spki(), own.spki());

    const Path below = path("m/44'/60'/0'");
    const auto child = must(root->derive(below));
    const auto signature = signature_of(*child, "message", tree);
    EXPECT_TRUE(leaf_key(tree, must(root->node(below))).verifies(scheme, as_bytes("message"), signature));
    EXPECT_FALSE(own.verifies(scheme, as_bytes("message"), signature));
  }
}

TEST_F(TreeKeyTest, NodesAreThoseOfTheTree) {
  const auto backend = open();
  const auto key = prepare(*backend, add_root(*backend), Algorithm::bip32);
  const auto root = root_of(Algorithm::bip32);
  // Twice, so that the second time public parents are known; more parents than are kept.
  for (int round = 0; round < 2; ++round) {
    for (const auto* text : {"m", "m/0", "m/0'", "m/84'/0'/0'/0/0", "m/84'/0'/0'/0/1", "m/84'/0'/0'/1/0", "m/1/1", "m/2/1",
                             "m/3/1", "m/4/1", "m/5/1", "m/6/1", "m/7/1", "m/8/1", "m/9/1", "m/84'/0'/0'/0/1'"}) {
      SCOPED_TRACE(text);
      const auto told = must(key->node(path(text)));
      const auto expected = must(key::derive_node(Algorithm::bip32, root, path(text)));
      EXPECT_EQ(*key::extended_public_key(told, key::Network::main), *key::extended_public_key(expected, key::Network::main));
      EXPECT_EQ(told.fingerprint, expected.fingerprint);
    }
  }
}

TEST_F(TreeKeyTest, DerivedKeysSignInTheSchemeOfTheirRoot) {
  const auto backend = open();
  const auto id = add_root(*backend);
  const Digest32 digest = hash::sha256(as_bytes("message"));
  Bytes tweaked(digest.begin(), digest.end());
  tweaked.resize(64, 0x17);
  for (const auto& [scheme, message] :
       {std::pair{Scheme::ecdsa_digest, ByteView(digest)}, std::pair{Scheme::schnorr_digest, ByteView(digest)},
        std::pair{Scheme::schnorr_tweaked, ByteView(tweaked)}}) {
    const auto root = prepare(*backend, id, {Algorithm::bip32, scheme});
    const auto child = must(root->derive(path("m/86'/0'/0'/0/0")));
    std::array<std::uint8_t, 64> signature{};
    key::SignCall call;
    ASSERT_TRUE(child->sign(message, signature, call).ok());
    const auto known = leaf_key(Algorithm::bip32, must(root->node(path("m/86'/0'/0'/0/0"))));
    EXPECT_TRUE(known.verifies(scheme, message, signature));
    EXPECT_EQ(call.recovery_id.has_value(), scheme == Scheme::ecdsa_digest);
    if (call.recovery_id) {
      EXPECT_EQ(encode::recovery_id(signature, digest, known.raw()), unsigned{*call.recovery_id});
    }
  }
}

TEST_F(TreeKeyTest, TheEmptyPathIsTheRootItself) {
  const auto backend = open();
  const auto root = prepare(*backend, add_root(*backend), Algorithm::bip32);
  EXPECT_EQ(signature_of(*must(root->derive({})), "message", Algorithm::bip32), signature_of(*root, "message", Algorithm::bip32));
}

TEST_F(TreeKeyTest, AKeyThatIsNoTreeHasNoPaths) {
  const auto backend = open();
  const auto tree = prepare(*backend, add_root(*backend), Algorithm::bip32);
  const auto plain = prepare(*backend, add_key(*backend, "plain#1", Algorithm::ecdsa_secp256k1), Algorithm::ecdsa_secp256k1);
  for (const auto& key : {plain, must(tree->derive(path("m/0")))}) {
    expect_error(key->node(path("m/0")), Errc::bad_input, "the key is no tree of keys");
    expect_error(key->derive(path("m/0")), Errc::bad_input, "the key is no tree of keys");
    expect_error(key->derive({}), Errc::bad_input, "the key is no tree of keys");
  }
}

TEST_F(TreeKeyTest, RefusesPathsThatTheTreeHasNot) {
  const auto backend = open();
  const auto edwards = prepare(*backend, add_root(*backend, Algorithm::slip10_ed25519), Algorithm::slip10_ed25519);
  expect_error(edwards->node(path("m/44'/0")), Errc::bad_input, "step 2 of m/44'/0 is not hardened");
  expect_error(edwards->derive(path("m/44'/0")), Errc::bad_input, "step 2 of m/44'/0 is not hardened");
  auto wanted = key_template("other#1", Algorithm::bip32);
  must(backend->generate(wanted));
  const auto root = prepare(*backend, wanted.id, Algorithm::bip32);
  expect_error(root->node(Path(256, 0)), Errc::bad_input, "at most 255 steps");
  expect_error(root->derive(Path(256, 0)), Errc::bad_input, "at most 255 steps");
}

TEST_F(TreeKeyTest, ClosingTheRootClosesWhatIsBelow) {
  const auto backend = open();
  const auto root = prepare(*backend, add_root(*backend), Algorithm::bip32);
  const auto one = must(root->derive(path("m/0"))), other = must(root->derive(path("m/1'")));
  root->close();
  for (const auto& key : {root, one, other}) {
    Bytes signature(64);
    EXPECT_EQ(key->sign(as_bytes("message"), signature, std::nullopt).code, Errc::revoked);
    EXPECT_EQ(signature, Bytes(64));
    EXPECT_FALSE(as_software(key)->is_open());
  }
  expect_error(root->derive(path("m/0")), Errc::revoked, "");
  expect_error(root->node(path("m/0")), Errc::revoked, "");
  expect_error(root->node(path("m/0'")), Errc::revoked, "");
}

TEST_F(TreeKeyTest, DestroyingTheKeyClosesWhatIsBelow) {
  const auto backend = open();
  const auto id = add_root(*backend);
  const auto child = must(prepare(*backend, id, Algorithm::bip32)->derive(path("m/0")));  // nobody else has the root
  ASSERT_TRUE(backend->destroy(id));
  Bytes signature(64);
  EXPECT_EQ(child->sign(as_bytes("message"), signature, std::nullopt).code, Errc::revoked);
}

TEST_F(TreeKeyTest, ADerivedKeyIsSharedWhileSomebodyHasIt) {
  const auto backend = open();
  const auto root = prepare(*backend, add_root(*backend), Algorithm::bip32);
  const auto child = must(root->derive(path("m/0/1")));
  EXPECT_EQ(must(root->derive(path("m/0/1"))), child);
  EXPECT_NE(must(root->derive(path("m/0/2"))), child);
  child->close();
  const auto again = must(root->derive(path("m/0/1")));
  EXPECT_NE(again, child) << "a closed one stays closed";
  EXPECT_EQ(signature_of(*again, "message", Algorithm::bip32).size(), 64U);
}

TEST_F(TreeKeyTest, AnIdleTreeIsWipedWithAllThatIsBelowAndOpenedAgain) {
  const auto backend = open_idling();
  const auto root = prepare(*backend, add_root(*backend), Algorithm::bip32);
  const auto child = must(root->derive(path("m/84'/0'/0'/0/0")));
  const Bytes before = signature_of(*child, "message", Algorithm::bip32);
  backend->sweep();  // it was used
  clock_.advance(std::chrono::seconds(10));
  backend->sweep();
  EXPECT_FALSE(as_software(root)->is_open());
  EXPECT_FALSE(as_software(child)->is_open());
  const auto generation = child->generation();
  EXPECT_EQ(signature_of(*child, "message", Algorithm::bip32), before);
  EXPECT_GT(child->generation(), generation) << "to be proved again";
  clock_.advance(std::chrono::seconds(10));
  backend->sweep();
  EXPECT_EQ(must(root->node(path("m/84'/0'/0'/0/0"))).depth, 5) << "a node opens the tree too";
}

TEST_F(TreeKeyTest, AUsedChildDoesNotKeepItsRootOpen) {
  const auto backend = open_idling();
  const auto root = prepare(*backend, add_root(*backend), Algorithm::bip32);
  const auto child = must(root->derive(path("m/0")));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(signature_of(*child, "message", Algorithm::bip32).size(), 64U);
    clock_.advance(std::chrono::seconds(9));
    backend->sweep();
  }
  EXPECT_TRUE(as_software(child)->is_open());
  EXPECT_FALSE(as_software(root)->is_open());
}

TEST_F(TreeKeyTest, AnotherEntryIsAnotherGenerationForWhatIsBelow) {
  const auto backend = open();
  auto wanted = key_template("tree#1", Algorithm::bip32);
  must(backend->import_key(wanted, root_of(Algorithm::bip32)));
  const auto root = prepare(*backend, wanted.id, Algorithm::bip32);
  const auto child = must(root->derive(path("m/0/0")));
  const auto node = must(root->node(path("m/0/0")));
  const Bytes before = signature_of(*child, "message", Algorithm::bip32);

  const auto elsewhere = open();  // another process replaces the entry
  ASSERT_TRUE(elsewhere->destroy(wanted.id));
  clock_.advance(std::chrono::seconds(1));
  must(elsewhere->generate(wanted));

  const auto generation = child->generation();
  EXPECT_TRUE(child->exists(std::nullopt).ok());
  EXPECT_GT(child->generation(), generation);
  EXPECT_NE(signature_of(*child, "message", Algorithm::bip32), before);
  EXPECT_NE(must(root->node(path("m/0/0"))).public_key, node.public_key) << "and no node of before is told";
}

TEST_F(TreeKeyTest, IsSealedBackedUpAndVerifiedLikeOthers) {
  const auto backend = open();
  const auto id = add_root(*backend);
  must(backend->seal(id, under()));
  const auto root = prepare(*open(), id, Algorithm::bip32);
  EXPECT_EQ(must(root->node(path("m/0'"))).fingerprint,
            must(key::derive_node(Algorithm::bip32, root_of(Algorithm::bip32), path("m/0'"))).fingerprint);
  must(backend->unseal(id));
  EXPECT_TRUE(open()->verify());
}

TEST_F(TreeKeyTest, DerivesAndSignsFromManyThreadsUntilItIsClosed) {
  const auto backend = open();
  const auto root = prepare(*backend, add_root(*backend), Algorithm::bip32);
  std::atomic<int> wrong{0}, signatures{0};
  std::array<std::thread, 4> threads;
  for (std::uint32_t t = 0; t < threads.size(); ++t) {
    threads[t] = std::thread([&, t] {
      for (std::uint32_t i = 0;; ++i) {
        const Path where{key::kHardened | (i % 3), t % 2};
        const auto node = root->node(where);
        const auto child = root->derive(where);
        if (!node || !child) break;
        Bytes signature(64);
        const auto status = (*child)->sign(as_bytes("message"), signature, std::nullopt);
        if (!status.ok()) break;
        if (!leaf_key(Algorithm::bip32, *node).verifies(Scheme::ecdsa_sha256, as_bytes("message"), signature)) ++wrong;
        if (++signatures == 100) root->close();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(signatures, 100);
}

}  // namespace
}  // namespace custos::software
