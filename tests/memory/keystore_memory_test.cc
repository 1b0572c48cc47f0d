// Where a key of the software keystore is in memory: in guarded pages while it is open, nowhere when it is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "key/key_id.h"
#include "memory/heap_watch.h"
#include "memory/hmac_patterns.h"
#include "memory/masked_secret.h"
#include "memory/memory_scan.h"
#include "software/software_backend.h"
#include "support/home_fixture.h"

namespace custos::memory {
namespace {

using key::Algorithm;
using software::SoftwareBackend;

class KeystoreMemoryTest : public ::testing::Test {
 protected:
  KeystoreMemoryTest() {
    patterns_ = hmac_sha256_patterns(secret_.reveal());
    patterns_.push_back(seed_.pattern("the Ed25519 seed"));
    patterns_.push_back(passphrase_.pattern("the passphrase"));
    watch_frees(&patterns_);
  }
  ~KeystoreMemoryTest() override { watch_frees(nullptr); }

  [[nodiscard]] std::shared_ptr<SoftwareBackend> open() {
    software::KeystoreConfig config;
    config.file = folder_.path() / "keystore";
    config.home_id = "3b241101-e2bb-4255-8caf-4136c566a962";
    config.idle = std::chrono::seconds(60);
    auto backend = SoftwareBackend::open(
        config, [this](software::Wanted) -> Result<SecretBytes> { return passphrase_.reveal(); }, {}, clock_);
    if (!backend) std::abort();
    return *std::move(backend);
  }

  key::KeyId add(SoftwareBackend& backend, const MaskedSecret& secret, Algorithm algorithm) {
    key::KeyTemplate key;
    key.id = key::KeyId::random();
    key.label = std::string(key::facts_of(algorithm).option);
    key.algorithm = algorithm;
    auto made = backend.import_key(key, secret.reveal());
    EXPECT_TRUE(made) << made.error().detail;
    return key.id;
  }

  static std::shared_ptr<key::PreparedKey> prepare(SoftwareBackend& backend, const key::KeyId& id, Algorithm algorithm) {
    auto key = backend.prepare(id, algorithm, 0);
    if (!key) std::abort();
    return *std::move(key);
  }
  static void sign(key::PreparedKey& key, Algorithm algorithm) {
    Bytes out(key::facts_of(algorithm).signature_size);
    EXPECT_TRUE(key.sign(as_bytes("message"), out, std::nullopt).ok());
  }

  // found names what of the patterns is in memory.
  [[nodiscard]] std::map<std::string, std::size_t> found() const {
    const Scan scan = scan_memory(patterns_);
    EXPECT_GT(scan.bytes_read, std::size_t{1} << 20U) << "the scan read something";
    std::map<std::string, std::size_t> counts;
    for (const auto& finding : scan.findings) ++counts[finding.pattern + " in " + finding.mapping.name];
    return counts;
  }
  [[nodiscard]] static std::string text(const std::map<std::string, std::size_t>& counts) {
    std::string text;
    for (const auto& [what, count] : counts) text += what + " (" + std::to_string(count) + ") ";
    return text;
  }
  void expect_clean(const std::string& when) const {
    const auto counts = found();
    EXPECT_TRUE(counts.empty()) << when << ": " << text(counts);
    for (const auto& freed : freed_secrets()) ADD_FAILURE() << when << ": freed on the heap: " << freed.pattern;
  }

  const MaskedSecret secret_ = MaskedSecret::printable(48);
  const MaskedSecret seed_ = MaskedSecret::printable(32);
  const MaskedSecret passphrase_ = MaskedSecret::printable(24);
  std::vector<Pattern> patterns_;
  ManualClock clock_{1'700'000'000'000};
  test::TemporaryFolder folder_;
};

TEST_F(KeystoreMemoryTest, AnOpenKeystoreWithIdleKeysHoldsNoSecretThatAScanFinds) {
  const auto backend = open();
  const auto mac = add(*backend, secret_, Algorithm::hmac_sha256);
  const auto ed = add(*backend, seed_, Algorithm::ed25519);
  expect_clean("after the import");
  const auto first = prepare(*backend, mac, Algorithm::hmac_sha256);
  const auto second = prepare(*backend, ed, Algorithm::ed25519);
  sign(*first, Algorithm::hmac_sha256);
  sign(*second, Algorithm::ed25519);
  EXPECT_FALSE(found().empty()) << "an open key is there, and the scan finds it";

  backend->sweep();
  clock_.advance(std::chrono::seconds(60));
  backend->sweep();
  expect_clean("after the idle time");
  sign(*first, Algorithm::hmac_sha256);
  sign(*second, Algorithm::ed25519);
  EXPECT_FALSE(found().empty());
  first->close();
  second->close();
  expect_clean("after close");
}

TEST_F(KeystoreMemoryTest, AnOpenKeyIsOnlyInPagesThatAreLeftOutOfCoreDumps) {
  const auto backend = open();
  const auto mac = add(*backend, secret_, Algorithm::hmac_sha256);
  const auto prepared = prepare(*backend, mac, Algorithm::hmac_sha256);
  sign(*prepared, Algorithm::hmac_sha256);
  const Scan scan = scan_memory(patterns_);
  EXPECT_FALSE(scan.findings.empty());
  for (const auto& finding : scan.findings) {
    EXPECT_TRUE(finding.mapping.name.empty()) << finding.pattern << " in " << finding.mapping.name;
    EXPECT_FALSE(live_block(finding.address)) << finding.pattern << " is on the heap";
  }
}

}  // namespace
}  // namespace custos::memory
