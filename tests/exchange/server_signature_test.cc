// Bitstamp's signed answers. The expected signature is Python's hmac, by the sample of bitstamp.net/api ("Authentication").
#include "exchange/server_signature.h"

#include <gtest/gtest.h>

#include "exchange/venue_case.h"

namespace custos::exchange::testing {
namespace {

constexpr std::string_view kBody = R"({"available":"1.00000000"})";

constexpr std::string_view kNonce = "6f5570df-d8bc-4daf-85b4-976733feb624";
constexpr std::string_view kTime = "1700000000123";

class ServerSignature : public ::testing::Test {
 protected:
  // is_proved takes the way of a client: preimage, MAC, comparison.
  [[nodiscard]] bool is_proved(const ServerAnswer& answer) const {
    std::array<char, 256> buffer;
    BoundedWriter out(buffer);
    if (!write_server_preimage(answer, out) || out.overflowed()) return false;
    Bytes mac(32);
    return key_.engine->sign(as_bytes(out.written()), mac).ok() && is_server_signature(answer, mac);
  }

  const Venue& bitstamp_ = *find_venue("bitstamp");
  const TestKey key_{bitstamp_, throwaway_credential(bitstamp_)};
  const ServerAnswer answer_{kNonce, kTime, "application/json", kBody,
                             "b6ee20067eb7607d073732b29267eede71a8fb2627ea40461d6ad7f5d8f143cd"};
};

TEST_F(ServerSignature, ProvesTheAnswerToTheRequest) { EXPECT_TRUE(is_proved(answer_)); }

TEST_F(ServerSignature, IsTakenInEitherCase) {
  std::string upper(answer_.signature);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_TRUE(is_proved({kNonce, kTime, answer_.content_type, answer_.body, upper}));
}

TEST_F(ServerSignature, ProvesNoOtherAnswer) {
  EXPECT_FALSE(is_proved({kNonce, kTime, "application/json", R"({"available":"2.00000000"})", answer_.signature}));
  EXPECT_FALSE(is_proved({kNonce, kTime, "text/plain", kBody, answer_.signature}));
  EXPECT_FALSE(is_proved({kNonce, kTime, "", kBody, answer_.signature}));
}

TEST_F(ServerSignature, ProvesNoAnswerToAnotherRequest) {
  EXPECT_FALSE(is_proved({"6f5570df-d8bc-4daf-85b4-976733feb625", kTime, answer_.content_type, kBody, answer_.signature}));
  EXPECT_FALSE(is_proved({kNonce, "1700000000124", answer_.content_type, kBody, answer_.signature}));
}

TEST_F(ServerSignature, IsRefusedWhereItIsMalformed) {
  std::string text(answer_.signature);
  for (const std::string& malformed : {std::string(), text.substr(1), text + "0", "g" + text.substr(1), text.substr(2) + " 0"}) {
    EXPECT_FALSE(is_proved({kNonce, kTime, answer_.content_type, answer_.body, malformed})) << malformed;
  }
}

// What is not a request's nonce and time could be another message of the venue's.
TEST_F(ServerSignature, HasNoPreimageWithoutTheNonceAndTimeOfARequest) {
  std::array<char, 256> buffer;
  BoundedWriter out(buffer);
  for (const std::string_view nonce : {"", "BITSTAMP key", "6F5570DF-D8BC-4DAF-85B4-976733FEB624"}) {
    EXPECT_FALSE(write_server_preimage({nonce, kTime, "", kBody, answer_.signature}, out)) << nonce;
  }
  EXPECT_FALSE(write_server_preimage({kNonce, "12a", "", kBody, answer_.signature}, out));
  EXPECT_FALSE(write_server_preimage({kNonce, kTime, "a\nb", kBody, answer_.signature}, out));
  EXPECT_EQ(out.written(), "");
}

}  // namespace
}  // namespace custos::exchange::testing
