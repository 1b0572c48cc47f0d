#include "exchange/placement.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "exchange/reason.h"

namespace custos::exchange {
namespace {

std::string written(SignatureForm form, const std::vector<std::uint8_t>& bytes) {
  std::string room(signature_text_size(form, bytes.size()), '\0');
  return std::string(write_signature(form, bytes, room));
}

TEST(Placement, WritesASignatureInEveryForm) {
  const std::vector<std::uint8_t> bytes{0xFB, 0xFF, 0xBE, 0x01};
  EXPECT_EQ(written(SignatureForm::hex, bytes), "fbffbe01");
  EXPECT_EQ(written(SignatureForm::base64, bytes), "+/++AQ==");
  EXPECT_EQ(written(SignatureForm::base64_percent, bytes), "%2B%2F%2B%2BAQ%3D%3D");
  EXPECT_EQ(written(SignatureForm::base64url, bytes), "-_--AQ");
  EXPECT_EQ(written(SignatureForm::hex_base64, bytes), "ZmJmZmJlMDE=");
}

TEST(Placement, KeepsRoomForTheLongestSignature) {
  const std::vector<std::uint8_t> bytes(512, 0xFF);  // RSA-4096; "/" takes three characters in a URL
  for (const auto form : {SignatureForm::hex, SignatureForm::base64, SignatureForm::base64_percent, SignatureForm::base64url,
                          SignatureForm::hex_base64}) {
    EXPECT_LE(written(form, bytes).size(), signature_text_size(form, bytes.size()));
  }
}

// Placed has a message "sig=" with room for a MAC and the suffix ";end".
struct Placed {
  Placed() {
    std::copy_n("sig=", 4, draft.memory.get());
    draft.message = {draft.memory.get(), 4};
    draft.placement = {Placement::Where::message, SignatureForm::hex, 0, {draft.memory.get() + 4, 68}, ";end"};
    context.signature_size = 32;
  }
  Draft draft{256};
  CanonicalContext context;
  Venue venue{};
  std::array<std::uint8_t, 32> mac{};
};

TEST(Placement, ExtendsThePartByTheSignatureAndWhatFollows) {
  Placed placed;
  ASSERT_TRUE(place_signature(placed.venue, placed.mac, placed.context, placed.draft).ok());
  EXPECT_EQ(placed.draft.message, "sig=" + std::string(64, '0') + ";end");
  EXPECT_EQ(placed.draft.signature, std::string(64, '0'));
}

TEST(Placement, PlacesASignatureOnce) {
  Placed placed;
  ASSERT_TRUE(place_signature(placed.venue, placed.mac, placed.context, placed.draft).ok());
  const auto again = place_signature(placed.venue, placed.mac, placed.context, placed.draft);
  EXPECT_EQ(static_cast<Reason>(again.native), Reason::signature_size);
}

TEST(Placement, RefusesASignatureOfAnotherSize) {
  Placed placed;
  const auto status = place_signature(placed.venue, std::vector<std::uint8_t>(31), placed.context, placed.draft);
  EXPECT_EQ(status.code, Errc::internal);
  EXPECT_EQ(placed.draft.message, "sig=");
}

}  // namespace
}  // namespace custos::exchange
