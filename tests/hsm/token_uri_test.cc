#include "hsm/token_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hsm/cryptoki.h"

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
  for (const std::string text :
       {"", "token=dev", "pkcs12:token=dev", "pkcs11:token", "pkcs11:token=%zz", "pkcs11:tokn=dev", "pkcs11:token=a;token=b",
        "pkcs11:slot-id=0;token=dev", "pkcs11:library-description=x;token=dev", "pkcs11:token=dev?module-path=/tmp/x.so",
        "pkcs11:token=dev;module-path=/tmp/x.so", "pkcs11:token=dev;pin-source=/tmp/pin",
        "pkcs11:token=123456789012345678901234567890123", "pkcs11:token=dev;type=x"}) {
    const auto uri = TokenUri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Errc::bad_input) << text;
  }
}

TEST(TokenUri, RefusesTextThatATokenCannotGiveBackAndNamesTheAttribute) {
  for (const std::string name : {"token", "manufacturer", "model", "serial", "object"}) {
    for (const std::string value : {"%00", "a%00b", "%00%01%ff", "a%0a", "a\tb", "%7f", "%c2%85", "\x9ciHSM", "%ff", "%ed%a0%80",
                                    "%c2", "%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00"}) {
      const auto uri = TokenUri::parse("pkcs11:id=%01;" + name + "=" + value);
      ASSERT_FALSE(uri) << name << "=" << value;
      EXPECT_EQ(uri.error().code, Errc::bad_input);
      EXPECT_THAT(uri.error().detail, ::testing::HasSubstr("has a " + name + " with control characters")) << value;
    }
  }
}

TEST(TokenUri, TakesAnyUtf8AsText) {
  const auto uri = TokenUri::parse("pkcs11:token=%c2%a0%e2%82%ac%f0%9f%98%80+;object=\xc3\xa9");
  ASSERT_TRUE(uri) << uri.error().detail;
  EXPECT_EQ(uri->token, "\u00a0\u20ac\U0001f600+");
  EXPECT_EQ(uri->object, "\u00e9");
}

TEST(TokenUri, RefusesAPinAndDoesNotRepeatIt) {
  for (const std::string text : {"pkcs11:token=dev?pin-value=hunter2", "pkcs11:token=dev;pin-value=hunter2"}) {
    const auto uri = TokenUri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, Errc::bad_input);
    EXPECT_THAT(uri.error().detail, ::testing::HasSubstr("PIN"));
    EXPECT_THAT(uri.error().detail, ::testing::Not(::testing::HasSubstr("hunter2")));
  }
}

TEST(TokenUri, RefusesANul) { EXPECT_FALSE(TokenUri::parse(std::string_view("pkcs11:token=a\0b", 16))); }

TEST(TokenUri, NamesATokenOnlyByLabelOrSerial) {
  EXPECT_TRUE(TokenUri::parse("pkcs11:token=dev")->names_a_token());
  EXPECT_TRUE(TokenUri::parse("pkcs11:serial=1")->names_a_token());
  EXPECT_FALSE(TokenUri::parse("pkcs11:model=SoftHSM%20v2")->names_a_token());
}

TEST(TokenUri, NamesAKeyByItsTokenLabelIdAndClass) {
  EXPECT_EQ(key_uri("dev", "binance-main#1", Bytes{1, 0xab}, CKO_SECRET_KEY),
            "pkcs11:token=dev;id=%01%AB;object=binance-main%231;type=secret-key");
  EXPECT_EQ(key_uri("dev", "kraken#2", Bytes{1, 0xab}, CKO_PRIVATE_KEY),
            "pkcs11:token=dev;id=%01%AB;object=kraken%232;type=private");
}

}  // namespace
}  // namespace custos::hsm
