#include "hsm/token_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace custos::hsm {
namespace {

TEST(TokenUri, ReadsEveryAttributeThatNamesATokenOrKey) {
  const auto uri = TokenUri::parse(
      "pkcs11:token=my%20token;manufacturer=Yubico;model=YubiHSM;serial=00ab;object=binance-main%231;id=%00%01%ff;type=secret-"
      "key");
  ASSERT_TRUE(uri) << uri.error().detail;
  EXPECT_EQ(uri->token, "my token");
  EXPECT_EQ(uri->manufacturer, "Yubico");
  EXPECT_EQ(uri->model, "YubiHSM");
  EXPECT_EQ(uri->serial, "00ab");
  EXPECT_EQ(uri->object, "binance-main#1");
  EXPECT_EQ(uri->id, (Bytes{0, 1, 0xff}));
  EXPECT_EQ(uri->object_class, 4UL);  // CKO_SECRET_KEY
}

TEST(TokenUri, WritesWhatItReads) {
  for (const std::string text :
       {"pkcs11:token=dev", "pkcs11:serial=12;token=a%2fb%3b", "pkcs11:token=dev;id=%01%02;object=k;type=private", "pkcs11:"}) {
    const auto uri = TokenUri::parse(text);
    ASSERT_TRUE(uri) << text << ": " << uri.error().detail;
    const auto again = TokenUri::parse(uri->text());
    ASSERT_TRUE(again) << uri->text() << ": " << again.error().detail;
    EXPECT_EQ(*again, *uri) << text;
  }
}

TEST(TokenUri, RefusesWhatIsNoUriOfATokenOrKey) {
  for (const std::string text : {"", "token=dev", "pkcs12:token=dev", "pkcs11:token", "pkcs11:token=%zz", "pkcs11:tokn=dev",
                                 "pkcs11:token=a;token=b", "pkcs11:slot-id=0;token=dev", "pkcs11:library-description=x;token=dev",
                                 "pkcs11:token=dev?module-path=/tmp/x.so", "pkcs11:token=123456789012345678901234567890123"}) {
    const auto uri = TokenUri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Errc::bad_input) << text;
  }
}

TEST(TokenUri, RefusesAPinAndDoesNotRepeatIt) {
  const auto uri = TokenUri::parse("pkcs11:token=dev?pin-value=hunter2");
  ASSERT_FALSE(uri);
  EXPECT_EQ(uri.error().code, Errc::bad_input);
  EXPECT_THAT(uri.error().detail, ::testing::HasSubstr("PIN"));
  EXPECT_THAT(uri.error().detail, ::testing::Not(::testing::HasSubstr("hunter2")));
}

TEST(TokenUri, RefusesANul) { EXPECT_FALSE(TokenUri::parse(std::string_view("pkcs11:token=a\0b", 16))); }

TEST(TokenUri, NamesATokenOnlyByLabelOrSerial) {
  EXPECT_TRUE(TokenUri::parse("pkcs11:token=dev")->names_a_token());
  EXPECT_TRUE(TokenUri::parse("pkcs11:serial=1")->names_a_token());
  EXPECT_FALSE(TokenUri::parse("pkcs11:model=SoftHSM%20v2")->names_a_token());
}

TEST(TokenUri, NamesAKeyByItsTokenLabelAndId) {
  EXPECT_EQ(key_uri("dev", "binance-main#1", Bytes{1, 0xab}),
            "pkcs11:token=dev;id=%01%AB;object=binance-main%231;type=secret-key");
}

}  // namespace
}  // namespace custos::hsm
