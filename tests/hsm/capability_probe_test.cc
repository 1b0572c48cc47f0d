#include "hsm/capability_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "hsm/probe_bench.h"
#include "hsm/probe_checks.h"
#include "support/softhsm_fixture.h"

namespace custos::hsm {
namespace {

using test::SoftHsmToken;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ProbeOptions kQuick{.sessions = 8, .signatures = 4, .idle = std::chrono::milliseconds(1)};

class CapabilityProbeTest : public ::testing::Test {
 protected:
  const SoftHsmToken token_ = SoftHsmToken::make();
  const std::shared_ptr<TokenBackend> backend_ = token_.open();  // its login is everybody's
  const std::shared_ptr<Module> module_ = *Module::open({token_.config.module, token_.config.environment, false});
  const TokenFacts facts_ = *find_token(*module_, *TokenUri::parse(token_.config.uri));
  Profile profile_ = *choose_profile("softhsm2", module_->description());

  // differing gives the names of those lines that differ from the profile.
  static std::vector<std::string> differing(const std::vector<Finding>& lines) {
    std::vector<std::string> names;
    for (const Finding& line : lines) {
      if (line.differs) names.push_back(line.name);
    }
    return names;
  }
};

TEST_F(CapabilityProbeTest, AgreesWithTheProfileOfSoftHsm2AndLeavesNothingInTheToken) {
  const auto found = probe_capabilities(*module_, facts_, profile_, kQuick);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_GT(found->size(), kProbeChecks.size());
  EXPECT_THAT(differing(*found), IsEmpty());
  EXPECT_THAT(*backend_->list(), IsEmpty());
  EXPECT_FALSE(backend_->read_secret("custos-probe-data")->has_value());
}

TEST_F(CapabilityProbeTest, FindsEachLieOfAProfile) {
  profile_.secp256k1 = false;
  profile_.data_objects = false;
  profile_.keeps_unextractable = false;
  profile_.copies_want_modifiable = false;
  const ProbeBench bench{*module_, facts_, profile_};
  for (const auto& [check, lie] : {std::pair<ProbeCheck, const char*>(check_curves, "ECDSA-secp256k1"),
                                   {check_data_objects, "private data objects"},
                                   {check_wrapping, "C_WrapKey of a key that is not extractable"},
                                   {check_copies, "session copies of a key that is not modifiable"}}) {
    const auto found = check(bench, kQuick);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_THAT(differing(*found), ElementsAre(lie));
  }
}

TEST_F(CapabilityProbeTest, RemovesWhatAKilledProbeLeftAndNothingElse) {
  const key::KeyTemplate mine{key::KeyId::random(), "binance-main#1", key::Algorithm::hmac_sha256};
  const key::KeyTemplate left{key::KeyId::random(), "custos-probe-0123456789abcdef", key::Algorithm::hmac_sha256};
  ASSERT_TRUE(backend_->generate(mine));
  ASSERT_TRUE(backend_->generate(left));
  ASSERT_TRUE(remove_probe_keys({*module_, facts_, profile_}));
  const auto keys = backend_->list();
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().label, mine.label);
}

TEST_F(CapabilityProbeTest, EndsWhereTheTokenGivesNoSession) {
  TokenFacts nowhere = facts_;
  nowhere.slot = 12345;
  const auto found = probe_capabilities(*module_, nowhere, profile_, kQuick);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().native, CKR_SLOT_ID_INVALID) << found.error().detail;
}

}  // namespace
}  // namespace custos::hsm
