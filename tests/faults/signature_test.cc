// Signatures that a module answers wrong, with CKR_OK.
#include <p11-kit/pkcs11.h>

#include <array>

#include "custodian/key_proof.h"
#include "encode/secp256k1_signature.h"
#include "faults/faulty_token.h"
#include "key/public_key.h"

namespace custos::test {
namespace {

using Signature = FaultyToken;

// d1.7: openCryptoki writes beyond the buffer it was told of. Under AddressSanitizer what is written past ours ends the test.
TEST_F(Signature, ThatIsTooLongIsNoneAndHarmsNoMemory) {
  const auto key = signer();
  script("alter_signature extend=64 count=1");
  EXPECT_FALSE(sign(*key).ok());
  expect_signs(*key);
}

TEST_F(Signature, ThatIsTooShortIsNone) {
  const auto key = signer();
  script("alter_signature truncate=4 count=1");
  EXPECT_FALSE(sign(*key).ok());
  expect_signs(*key);
}

TEST_F(Signature, ThatIsTooLongOrTooShortIsNoneInAThreadEither) {
  token_.config.threads = true;
  token_.config.deadlines = "threaded";
  const auto key = signer();
  for (const auto* rule : {"alter_signature extend=64 count=1", "alter_signature truncate=4 count=1"}) {
    script(rule);
    EXPECT_FALSE(sign(*key).ok()) << rule;
    expect_signs(*key);
  }
}

// d1.8: half of a device's signatures are high-S; what leaves Custos where the form demands it is low.
TEST_F(Signature, OfTheHigherHalfIsMadeLow) {
  key_.algorithm = key::Algorithm::ecdsa_secp256k1;
  backend_ = token_.open();
  const auto made = backend_->generate(key_);
  ASSERT_TRUE(made) << made.error().detail;
  const key::KeyUse use(key_.algorithm, key::Scheme::ecdsa_digest);
  auto known = key::PublicKey::from_spki(key_.algorithm, made->public_key);
  ASSERT_TRUE(known);
  const auto proof = KeyProof::below(*backend_->prepare(key_.id, use, 0), use, *std::move(known));
  script("alter_signature high_s");
  for (std::uint8_t i = 0; i < 8; ++i) {
    Digest32 digest{};
    digest[0] = i;
    std::array<std::uint8_t, 64> signature{};
    std::uint8_t recovery_id = 0;
    key::SignCall call;
    ASSERT_TRUE(proof->sign_recoverable(digest, signature, recovery_id, call).ok());
    auto low = signature;
    ASSERT_TRUE(encode::make_low_s(low));
    EXPECT_EQ(low, signature);
  }
}

}  // namespace
}  // namespace custos::test
