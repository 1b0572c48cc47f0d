// A key of each algorithm in a token: signing and re-arming allocate nothing of ours.
#include <gtest/gtest.h>

#include <string>

#include "hsm/token_backend.h"
#include "memory/heap_watch.h"
#include "memory/memory_scan.h"
#include "support/softhsm_fixture.h"

namespace custos {
namespace {

TEST(TokenKeys, AllocateNothingOfOursToSignInAnyScheme) {
  const auto token = test::SoftHsmToken::make();
  const auto backend = token.open();
  for (const key::KeyUse use :
       {key::KeyUse(key::Algorithm::hmac_sha512), key::KeyUse(key::Algorithm::ed25519), key::KeyUse(key::Algorithm::ecdsa_p256),
        key::KeyUse(key::Algorithm::ecdsa_secp256k1, key::Scheme::ecdsa_digest), key::KeyUse(key::Algorithm::rsa_2048)}) {
    const key::KeyTemplate key{key::KeyId::random(), std::string(key::facts_of(use.algorithm).option), use.algorithm};
    ASSERT_TRUE(backend->generate(key)) << key.label;
    const auto prepared = backend->prepare(key.id, use, 2);
    ASSERT_TRUE(prepared) << prepared.error().detail;
    ASSERT_EQ((*prepared)->rearm(2), 2U) << key.label;
    constexpr std::array<std::uint8_t, 32> kMessage{};
    std::array<std::uint8_t, key::kMaxSignature> room{};
    const auto signature = std::span(room).first(key::facts_of(use.algorithm).signature_size);

    memory::AllocationRecord record;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE((*prepared)->sign(kMessage, signature, std::nullopt).ok()) << key.label;
    (*prepared)->rearm(2);
    record.stop();
    const auto mappings = memory::read_mappings();
    for (const auto& frames : record.kept()) {
      EXPECT_TRUE(memory::passes_through(frames, mappings, "softhsm")) << key.label << "\n" << memory::describe_frames(frames);
    }
  }
}

}  // namespace
}  // namespace custos
