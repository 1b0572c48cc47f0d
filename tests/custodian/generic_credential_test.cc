// Venues that custos.toml defines, from the file to the signature.
#include <gmock/gmock.h>

#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "custodian/prepared_credential.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using test::HomeFixture;
using test::secret_of;
using ::testing::HasSubstr;

constexpr std::string_view kHouse = R"(
[venue.house]
title = "The house's own API"
algorithm = "hmac-sha256"
preimage = "${time}${method}${path}${?query}${body}"
headers = { "X-KEY" = "${key}", "X-TIME" = "${time}", "X-SIGN" = "${signature}" }
hosts = ["api.house.example"]
operations = [["GET", "/v1/balance", "read"], ["POST", "/v1/orders/{}", "trade"]]
)";

std::string detail_of(const std::string& text) {
  auto config = parse_config("version = 1\n" + text, "/srv/custos");
  EXPECT_FALSE(config) << "accepted: " << text;
  return config ? std::string() : config.error().detail;
}

std::string with(const std::string& from, const std::string& to) {
  std::string text(kHouse);
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ConfigOfVenues, ReadsAVenue) {
  auto config = parse_config("version = 1\n" + std::string(kHouse), "/srv/custos");
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_EQ(config->venues.size(), 1U);
  const auto& venue = config->venues.front();
  EXPECT_EQ(venue.name, "house");
  EXPECT_EQ(venue.algorithm, "HMAC-SHA256");
  EXPECT_EQ(venue.headers.size(), 3U);
  ASSERT_EQ(venue.operations.size(), 2U);
  EXPECT_EQ(venue.operations[1].path, "/v1/orders/{}");
  EXPECT_FALSE(venue.passphrase);
}

TEST(ConfigOfVenues, NamesThePlaceOfAMistake) {
  EXPECT_THAT(detail_of(with("${method}", "")), HasSubstr("venue.house.preimage: it fixes neither"));
  EXPECT_THAT(detail_of(with("${path}", "")), HasSubstr("venue.house.preimage: it does not hold ${path}"));
  EXPECT_THAT(detail_of(with("hmac-sha256", "sha1")), HasSubstr("'sha1' is no algorithm"));
  EXPECT_THAT(detail_of(with("hmac-sha256", "aes-256")), HasSubstr("no algorithm that signs"));
  EXPECT_THAT(detail_of(with("title", "titel")), HasSubstr("unknown key 'titel' in [venue.house]"));
  EXPECT_THAT(detail_of(with(", \"read\"]", "]")), HasSubstr("[METHOD, PATH, CLASS]"));
  EXPECT_THAT(detail_of(with("[\"api.house.example\"]", "\"api.house.example\"")), HasSubstr("hosts must be an array"));
  EXPECT_THAT(detail_of(with("\"${key}\"", "7")), HasSubstr("header X-KEY must be a string"));
  EXPECT_THAT(detail_of(with("[venue.house]", "[venue.House]")), HasSubstr("a-z, 0-9"));
  EXPECT_THAT(detail_of("venue = 3\n"), HasSubstr("[venue.NAME]"));
}

class GenericCredentials : public HomeFixture {
 protected:
  void SetUp() override {
    HomeFixture::SetUp();
    plain_ = test::read_file(home() / "custos.toml");
    test::write_file(home() / "custos.toml", plain_ + std::string(kHouse));
  }
  static Result<CredentialInfo> add(const Custodian& custodian) {
    CredentialSpec spec;
    spec.name = "house-main";
    spec.venue = "generic:house";
    spec.api_key = "the-key";
    spec.secret = secret_of("a secret of some 32 characters..");
    return custodian.administration().add_credential(std::move(spec));
  }
  static RequestView balance() {
    RequestView request;
    request.method = "GET";
    request.path = "/v1/balance";
    return request;
  }
  std::string plain_;
};

TEST_F(GenericCredentials, SignWithKeysOfTheirOwnPurpose) {
  auto custodian = open();
  const auto added = add(custodian);
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(custodian.administration().show_key(added->key)->purpose, "generic:house");
  EXPECT_EQ(custodian.administration().show_venue("generic:house")->title, "The house's own API");
  auto signer = custodian.prepare_request_signer("house-main");
  ASSERT_TRUE(signer) << signer.error().detail;
  SignedRequest out;
  auto request = balance();
  SignOptions options;
  options.timestamp_ms = 1'700'000'000'000;
  const auto status = signer->sign(request, out, options);
  ASSERT_TRUE(status.ok()) << signer->explain(status, out);
  EXPECT_EQ(out.preimage(), "1700000000000GET/v1/balance");
  EXPECT_EQ(out.url(), "https://api.house.example/v1/balance");
  request.path = "/v1/withdraw";
  const auto refused = signer->sign(request, out);
  EXPECT_EQ(refused.code, Errc::refused);
  EXPECT_THAT(signer->explain(refused, out), HasSubstr("custos credential grant house-main unknown"));
}

TEST_F(GenericCredentials, ProductionWantsAGrant) {
  auto custodian = open();
  ASSERT_TRUE(add(custodian));
  auto& home = *custodian.impl();
  ASSERT_TRUE(home.unseal());
  home.mode = Mode::production;  // as a home of that mode has it, whose mode was proved
  const auto prepared = PreparedCredential::prepare(home, "house-main", home_keys(home), {});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::refused);
  EXPECT_THAT(prepared.error().detail, HasSubstr("custos credential grant house-main generic"));
  const auto granted = custodian.administration().grant("house-main", {"generic"});
  ASSERT_TRUE(granted) << granted.error().detail;
  EXPECT_THAT(granted->grants, ::testing::ElementsAre("read", "trade", "generic"));
  const auto again = PreparedCredential::prepare(home, "house-main", home_keys(home), {});
  EXPECT_TRUE(again) << again.error().detail;
}

TEST_F(GenericCredentials, AVenueThatWasTakenOutOfTheFileIsMissed) {
  {
    auto custodian = open();
    ASSERT_TRUE(add(custodian));
  }
  test::write_file(home() / "custos.toml", plain_);
  auto custodian = open();
  const auto signer = custodian.prepare_request_signer("house-main");
  ASSERT_FALSE(signer);
  EXPECT_THAT(signer.error().detail, HasSubstr("put its [venue.NAME] back"));
  EXPECT_TRUE(custodian.administration().remove_credential("house-main"));
}

}  // namespace
}  // namespace custos
