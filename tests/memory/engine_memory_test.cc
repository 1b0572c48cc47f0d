// Where the private keys of the software engines are in this process while they are open and idle: nowhere but in pages that a
// core dump leaves out, and nowhere at all after their end.
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/wipe_stack.h"
#include "key/key_material.h"
#include "key/key_tree.h"
#include "key/mnemonic.h"
#include "key/rsa_material.h"
#include "memory/heap_watch.h"
#include "memory/masked_secret.h"
#include "memory/memory_scan.h"
#include "software/engine.h"

namespace custos::memory {
namespace {

using key::Algorithm;
using software::Engine;
using software::OpenSslContext;
constexpr InsecureSecretAccess kAccess{};

std::shared_ptr<const OpenSslContext> context() {
  static const auto opened = OpenSslContext::open({});
  return *opened;
}

// add_number adds a number's middle bytes as DER has them and as OpenSSL's limbs do.
void add_number(std::vector<Pattern>& patterns, const std::string& name, ByteView number) {
  const std::size_t size = std::min<std::size_t>(number.size(), 24);
  auto part = SecretBytes::copy_of(number.subspan((number.size() - size) / 2, size));
  const auto bytes = part->mutable_view(kAccess);
  patterns.emplace_back(name, bytes);
  std::ranges::reverse(bytes);
  patterns.emplace_back(name + ", reversed", bytes);
}

// patterns_of are the secret parts of a key in the forms in which libraries compute with them.
std::vector<Pattern> patterns_of(Algorithm algorithm, const SecretBytes& material) {
  std::vector<Pattern> patterns;
  ByteView bytes = material.view(kAccess);
  if (key::is_tree(algorithm)) {
    add_number(patterns, "chain code", bytes.last(32));
    bytes = bytes.first(32);
  }
  switch (key::facts_of(algorithm).family) {
    case key::Family::rsa: {
      const auto numbers = key::read_rsa(bytes);
      add_number(patterns, "d", numbers->private_exponent);
      add_number(patterns, "p", numbers->prime1);
      add_number(patterns, "q", numbers->prime2);
      add_number(patterns, "d mod p-1", numbers->exponent1);
      add_number(patterns, "d mod q-1", numbers->exponent2);
      add_number(patterns, "1/q mod p", numbers->coefficient);
      break;
    }
    case key::Family::ed25519: {
      add_number(patterns, "seed", bytes);
      auto expanded = SecretBytes::allocate(crypto_hash_sha512_BYTES);  // RFC 8032, 5.1.5: scalar and prefix
      crypto_hash_sha512(expanded->mutable_view(kAccess).data(), bytes.data(), bytes.size());
      add_number(patterns, "scalar", expanded->view(kAccess).first(32));
      add_number(patterns, "prefix", expanded->view(kAccess).last(32));
      break;
    }
    default: add_number(patterns, "scalar", bytes);
  }
  wipe_stack();
  return patterns;
}

// undumped are the mappings that a core dump leaves out and that stay in memory: VmFlags dd and lo (proc(5), smaps).
std::vector<Mapping> undumped() {
  std::vector<Mapping> found;
  std::ifstream smaps("/proc/self/smaps");
  Mapping mapping;
  for (std::string line; std::getline(smaps, line);) {
    Mapping next;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &next.begin, &next.end) == 2) mapping = next;
    const bool flags = line.starts_with("VmFlags:");
    if (flags && line.find(" dd") != line.npos && line.find(" lo") != line.npos) found.push_back(mapping);
  }
  return found;
}

// exposed names what was found elsewhere, and in what.
std::set<std::string> exposed(const Scan& scan) {
  const auto safe = undumped();
  std::set<std::string> names;
  for (const auto& finding : scan.findings) {
    const bool is_safe = std::ranges::any_of(safe, [&](const Mapping& mapping) { return mapping.holds(finding.address); });
    if (!is_safe) names.insert(finding.pattern + " in " + (finding.mapping.name.empty() ? "memory" : finding.mapping.name));
  }
  return names;
}

// A key is drawn, or random letters, which are a seed and a scalar of either curve.
SecretBytes draw(Algorithm algorithm) {
  if (key::facts_of(algorithm).family != key::Family::rsa)
    return MaskedSecret::printable(key::facts_of(algorithm).secret_size).reveal();
  return *generate_material(*context(), algorithm);
}

void sign(const Engine& engine, Algorithm algorithm) {
  Bytes signature(key::facts_of(algorithm).signature_size);
  for (std::uint8_t i = 0; i < 3; ++i) ASSERT_TRUE(engine.sign(Bytes{i}, signature).ok());
}

using None = std::set<std::string>;

class EngineMemory : public ::testing::TestWithParam<Algorithm> {};

TEST_P(EngineMemory, HoldsItsKeyInUndumpedPagesOnly) {
  const Algorithm algorithm = GetParam();
  auto material = draw(algorithm);
  const auto patterns = patterns_of(algorithm, material);
  EXPECT_EQ(exposed(scan_memory(patterns)), None()) << "after it was drawn";
  watch_frees(&patterns);
  auto engine = make_engine(context(), algorithm, material);
  ASSERT_TRUE(engine);
  ASSERT_TRUE(key::check_material(algorithm, material));
  ASSERT_TRUE(key::public_key_of(algorithm, material));
  material.wipe();
  EXPECT_EQ(exposed(scan_memory(patterns)), None()) << "after it was made";
  sign(**engine, algorithm);
  const Scan idle = scan_memory(patterns);
  EXPECT_EQ(exposed(idle), None()) << "open and idle";
  EXPECT_FALSE(idle.findings.empty()) << "the key must be somewhere";
  engine->reset();
  EXPECT_EQ(scan_memory(patterns).findings.size(), 0U) << "after its end";
  for (const auto& freed : freed_secrets())
    ADD_FAILURE() << freed.pattern << " was freed without a wipe by" << describe_frames(freed.freed_by);
  watch_frees(nullptr);
}

INSTANTIATE_TEST_SUITE_P(All, EngineMemory,
                         ::testing::Values(Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1,
                                           Algorithm::rsa_2048, Algorithm::bip32, Algorithm::slip10_ed25519),
                         [](const auto& each) {
                           std::string name(key::facts_of(each.param).name);
                           std::erase(name, '-');
                           return name;
                         });

class TreeMemory : public ::testing::TestWithParam<Algorithm> {};

// A derived key is somewhere while it is open, and its root nowhere but where it was; afterwards both are nowhere.
TEST_P(TreeMemory, HoldsDerivedKeysInUndumpedPagesOnly) {
  const Algorithm tree = GetParam();
  const std::array<std::uint32_t, 3> path{0x8000002CU, 0x80000001U, tree == Algorithm::bip32 ? 7U : 0x80000007U};
  auto root = draw(tree);
  auto engine = make_engine(context(), tree, root);
  ASSERT_TRUE(engine);
  auto below = key::derive_key(tree, root, path);
  ASSERT_TRUE(below);
  auto patterns = patterns_of(tree, root);
  for (auto& pattern : patterns_of(key::leaf_of(tree), *below)) patterns.push_back(std::move(pattern));
  root.wipe();
  below->wipe();
  EXPECT_EQ(exposed(scan_memory(patterns)), None()) << "after a key was derived";
  watch_frees(&patterns);
  ASSERT_TRUE((*engine)->node(path));
  EXPECT_EQ(exposed(scan_memory(patterns)), None()) << "after a node was told";
  auto child = (*engine)->derive(path);
  ASSERT_TRUE(child);
  engine->reset();
  sign(**child, key::leaf_of(tree));
  const Scan idle = scan_memory(patterns);
  EXPECT_EQ(exposed(idle), None()) << "the child open, its root gone";
  EXPECT_FALSE(idle.findings.empty()) << "the child must be somewhere";
  child->reset();
  EXPECT_EQ(scan_memory(patterns).findings.size(), 0U) << "after its end";
  for (const auto& freed : freed_secrets())
    ADD_FAILURE() << freed.pattern << " was freed without a wipe by" << describe_frames(freed.freed_by);
  watch_frees(nullptr);
}

INSTANTIATE_TEST_SUITE_P(All, TreeMemory, ::testing::Values(Algorithm::bip32, Algorithm::slip10_ed25519),
                         [](const auto& each) { return each.param == Algorithm::bip32 ? "Bip32" : "Slip10"; });

// A Schnorr signature leaves neither the key nor the tweaked one.
TEST(SchnorrMemory, LeavesNothingOfTheKeyBehind) {
  auto material = draw(Algorithm::ecdsa_secp256k1);
  const auto patterns = patterns_of(Algorithm::ecdsa_secp256k1, material);
  auto engine = make_engine(context(), {Algorithm::ecdsa_secp256k1, key::Scheme::schnorr_tweaked}, material);
  ASSERT_TRUE(engine);
  material.wipe();
  Bytes signature(64);
  ASSERT_TRUE((*engine)->sign(Bytes(64, 1), signature).ok());
  EXPECT_EQ(exposed(scan_memory(patterns)), None());
}

// The words, the seed and what PBKDF2 makes between them are nowhere once they were wiped.
TEST(MnemonicMemory, LeavesNoSeedBehind) {
  constexpr std::string_view kWords = "legal winner thank year wave sausage worth useful legal winner thank yellow";
  auto words = SecretBytes::copy_of(as_bytes(kWords));
  auto seed = key::seed_of_mnemonic(*words, {});
  ASSERT_TRUE(seed);
  auto root = key::master_of_seed(Algorithm::bip32, *seed);
  ASSERT_TRUE(root);
  auto patterns = patterns_of(Algorithm::bip32, *root);
  add_number(patterns, "seed", seed->view(kAccess).first(32));
  add_number(patterns, "seed's end", seed->view(kAccess).last(32));
  EXPECT_EQ(exposed(scan_memory(patterns)), None());
  words->wipe();
  seed->wipe();
  root->wipe();
  EXPECT_EQ(scan_memory(patterns).findings.size(), 0U);
}

TEST(EngineMemorySearch, FindsAPlantedKey) {
  const auto secret = MaskedSecret::printable(32);
  const auto patterns = patterns_of(Algorithm::ecdsa_p256, secret.reveal());
  std::vector<std::uint8_t> planted(32);
  secret.write_to(planted.data());
  EXPECT_EQ(exposed(scan_memory(patterns)).size(), 1U);
  sodium_memzero(planted.data(), planted.size());
}

// Why RsaEngine makes OpenSSL's key anew for each signature.
TEST(EngineMemorySearch, FindsThePrimesThatAnOpenSslKeyKeeps) {
  const auto material = draw(Algorithm::rsa_2048);
  const auto patterns = patterns_of(Algorithm::rsa_2048, material);
  const auto key = key::rsa_key(context()->get(), context()->properties(), *key::read_rsa(material.view(kAccess)));
  const key::EvpDigestContext work(EVP_MD_CTX_new());
  Bytes signature(256);
  std::size_t size = signature.size();
  ASSERT_EQ(EVP_DigestSignInit_ex(work.get(), nullptr, "SHA256", context()->get(), nullptr, key.get(), nullptr), 1);
  ASSERT_EQ(EVP_DigestSign(work.get(), signature.data(), &size, signature.data(), 1), 1);
  wipe_stack();
  EXPECT_FALSE(exposed(scan_memory(patterns)).empty());
}

}  // namespace
}  // namespace custos::memory
