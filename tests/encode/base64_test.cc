#include "encode/base64.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <numeric>
#include <string>

#include "encode/hex.h"

namespace custos::encode {
namespace {

std::string decoded(std::string_view text) {
  const auto secret = secret_from_base64(as_bytes(text));
  if (!secret) return "refused: " + secret.error().detail;
  return std::string(as_text(secret->view(InsecureSecretAccess{})));
}

TEST(Base64, AgreesWithRfc4648) {  // section 10
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
}

// of_public decodes with the reader of public bytes.
std::string of_public(std::string_view text) {
  const auto bytes = read_base64(text);
  return bytes ? std::string(as_text(*bytes)) : "refused";
}

TEST(Base64, ReadsPublicBytes) {  // section 10
  EXPECT_EQ(of_public(""), "");
  EXPECT_EQ(of_public(std::string_view()), "");
  EXPECT_EQ(of_public("Zg=="), "f");
  EXPECT_EQ(of_public("Zm8="), "fo");
  EXPECT_EQ(of_public("Zm9v"), "foo");
  EXPECT_EQ(of_public("Zm9vYg=="), "foob");
  EXPECT_EQ(of_public("Zm9vYmE="), "fooba");
  EXPECT_EQ(of_public("Zm9vYmFy"), "foobar");
  EXPECT_EQ(of_public("+/8="), "\xFB\xFF");
}

TEST(Base64, ReadsBackWhatItWrote) {
  Bytes bytes;
  for (int value = 0; value < 256; ++value) {
    EXPECT_EQ(read_base64(to_base64(bytes)), bytes) << value;
    bytes.push_back(static_cast<std::uint8_t>(value));
  }
}

TEST(Base64, UndoesOpenSslsEncoding) {
  Bytes bytes(600);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    std::string text((size + 2) / 3 * 4 + 1, '\0');
    text.resize(static_cast<std::size_t>(
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(size))));
    const auto secret = secret_from_base64(as_bytes(text));
    ASSERT_TRUE(secret) << size;
    EXPECT_EQ(to_hex(secret->view(InsecureSecretAccess{})), to_hex(ByteView(bytes).first(size)));
    const auto read = read_base64(text);
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(to_hex(*read), to_hex(ByteView(bytes).first(size)));
  }
}

TEST(Base64, SkipsWhiteSpace) { EXPECT_EQ(decoded(" Zm9v\r\nYm\tE=\n"), "fooba"); }

TEST(Base64, TakesNoWhiteSpaceAmongPublicBytes) {
  for (const auto* text : {" Zm9v", "Zm9v ", "Zm9v\n", "Zm\t9v", "Zg=\r\n=", "\n"}) EXPECT_EQ(of_public(text), "refused") << text;
  EXPECT_EQ(of_public(std::string_view("Zm9v\0", 5)), "refused");
}

TEST(Base64, RefusesWhatIsMalformed) {
  for (const auto* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v=", "Zm-v", "Zm_v", "Zm9v!", "====", "Zg==="}) {
    const auto secret = secret_from_base64(as_bytes(text));
    ASSERT_FALSE(secret) << text;
    EXPECT_EQ(secret.error().code, Errc::bad_input);
    EXPECT_EQ(of_public(text), "refused") << text;
    EXPECT_EQ(secret.error().detail, "the base64 text is malformed: a character is wrong, or it is cut off");
  }
}

}  // namespace
}  // namespace custos::encode
