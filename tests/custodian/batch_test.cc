#include <gmock/gmock.h>

#include <array>
#include <vector>

#include "support/home_fixture.h"

namespace custos {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;

class Batch : public test::HomeFixture {
 protected:
  void SetUp() override {
    HomeFixture::SetUp();
    custodian_ = open();
    add_documented(*custodian_);
    PrepareOptions options;
    options.shelf = 2;
    auto signer = custodian_->prepare_request_signer("binance-main", options);
    ASSERT_TRUE(signer) << signer.error().detail;
    signer_ = *std::move(signer);
  }

  std::optional<Custodian> custodian_;
  std::optional<RequestSigner> signer_;
};

TEST_F(Batch, GivesEachRequestItsOwnResultInOrder) {
  std::vector<RequestView> requests(5, documented_order());
  requests[1].method = "BREW";
  requests[2].path = "/sapi/v1/capital/withdraw/apply";
  requests[2].body = "coin=BTC&address=bc1qexample&amount=1";
  requests[3].body = "symbol=BNBBTC&timestamp=1499827319559";
  std::vector<SignedRequest> out(requests.size());
  std::array<SignStatus, 5> statuses;
  EXPECT_EQ(signer_->sign_batch(requests, out, statuses), 3U);
  EXPECT_TRUE(statuses[0].ok());
  EXPECT_EQ(statuses[1].code, Errc::bad_input);
  EXPECT_EQ(statuses[2].code, Errc::refused);
  EXPECT_TRUE(statuses[3].ok());
  EXPECT_TRUE(statuses[4].ok());
  EXPECT_EQ(out[0].signature(), test::kDocumentedSignature);
  EXPECT_TRUE(out[1].signature().empty());
  EXPECT_TRUE(out[2].signature().empty());
  EXPECT_TRUE(out[3].body().starts_with(requests[3].body)) << out[3].body();
  EXPECT_EQ(out[4].signature(), test::kDocumentedSignature);
}

TEST_F(Batch, UsesArmedSessionsFirstThenArmsAsItNeedsThem) {
  const std::vector<RequestView> requests(6, documented_order());
  std::vector<SignedRequest> out(requests.size());
  std::array<SignStatus, 6> statuses;
  EXPECT_EQ(signer_->sign_batch(requests, out, statuses), 6U);
  EXPECT_EQ(signer_->stats().armed, 2U);
  EXPECT_EQ(signer_->stats().fallback, 4U);

  ASSERT_EQ(signer_->rearm(), 2U);
  SignOptions options;
  options.no_fallback = true;
  EXPECT_EQ(signer_->sign_batch(requests, out, statuses, options), 2U);
  EXPECT_TRUE(statuses[1].ok());
  EXPECT_THAT(std::span(statuses).subspan(2), Each(Field(&SignStatus::code, Errc::busy)));
}

TEST_F(Batch, OfSizesThatDifferSignsNothing) {
  const std::vector<RequestView> requests(2, documented_order());
  std::vector<SignedRequest> out(3);
  std::array<SignStatus, 2> statuses;
  EXPECT_EQ(signer_->sign_batch(requests, out, statuses), 0U);
  EXPECT_THAT(statuses, Each(Field(&SignStatus::code, Errc::bad_input)));
  EXPECT_THAT(signer_->explain(statuses[0], out[0]), HasSubstr("equally many"));
  EXPECT_EQ(signer_->stats().signatures, 0U);
}

TEST_F(Batch, HasOneDeadline) {
  const std::vector<RequestView> requests(2, documented_order());
  std::vector<SignedRequest> out(2);
  std::array<SignStatus, 2> statuses;
  SignOptions options;
  options.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(signer_->sign_batch(requests, out, statuses, options), 0U);
  EXPECT_THAT(statuses, Each(Field(&SignStatus::code, Errc::deadline_exceeded)));
}

}  // namespace
}  // namespace custos
