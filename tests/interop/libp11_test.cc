// libp11 finds the keys that Custos made, and each side's signatures verify on the other.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "encode/hex.h"
#include "hsm/test_keys.h"
#include "key/public_key.h"
#include "support/softhsm_fixture.h"

namespace custos::test {
namespace {

constexpr std::string_view kMessage = "symbol=LTCBTC&side=BUY&timestamp=1499827319559";

// Told is what tests/interop/libp11_peer.cc prints.
struct Told {
  std::string verdict;
  Bytes signature;
};

struct Case {
  key::Algorithm algorithm;
  bool imported;
};

class Libp11 : public ::testing::TestWithParam<Case> {
 protected:
  Result<key::MadeKey> made() {
    return GetParam().imported ? backend_->import_key(key_, secret_of(material_of(key_.algorithm))) : backend_->generate(key_);
  }

  Bytes sign() {
    const auto prepared = backend_->prepare(key_.id, key_.algorithm, 0);
    EXPECT_TRUE(prepared) << prepared.error().detail;
    Bytes signature(key::facts_of(key_.algorithm).signature_size);
    EXPECT_TRUE((*prepared)->sign(as_bytes(kMessage), signature, std::nullopt).ok());
    return signature;
  }

  Told ask_peer(const Bytes& signature) const {
    const auto message = (softhsm_folder() / "message").string();
    std::ofstream(message) << kMessage;
    EXPECT_EQ(setenv("LIBP11_PEER_PIN", token_.pin.c_str(), 1), 0);
    const std::string token = token_.config.uri.substr(std::string_view("pkcs11:token=").size());
    const std::string command = std::string(LIBP11_PEER) + " " + kSoftHsm2 + " " + token + " '" + key_.label + "' " +
                                encode::to_hex(key_.id.bytes) + " " + encode::to_hex(signature) + " <" + message;
    std::string said;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 2048> line{};
    while (std::fgets(line.data(), line.size(), pipe) != nullptr) said += line.data();
    EXPECT_EQ(pclose(pipe), 0) << command;
    const auto end = said.find('\n');
    if (end == said.npos) return {};
    return {said.substr(0, end), encode::from_hex(said.substr(end + 1, said.size() - end - 2)).value_or(Bytes())};
  }

  SoftHsmToken token_ = SoftHsmToken::make();
  std::shared_ptr<hsm::TokenBackend> backend_ = token_.open();
  key::KeyTemplate key_{key::KeyId::random(), "binance main#1", GetParam().algorithm};
};

INSTANTIATE_TEST_SUITE_P(Of, Libp11,
                         ::testing::Values(Case{key::Algorithm::ecdsa_p256, false}, Case{key::Algorithm::ecdsa_p256, true},
                                           Case{key::Algorithm::ecdsa_secp256k1, false},
                                           Case{key::Algorithm::ecdsa_secp256k1, true}, Case{key::Algorithm::rsa_2048, false},
                                           Case{key::Algorithm::rsa_2048, true}),
                         [](const auto& test) {
                           const std::string how = test.param.imported ? "Imported" : "Generated";
                           switch (test.param.algorithm) {
                             case key::Algorithm::ecdsa_p256: return how + "P256";
                             case key::Algorithm::ecdsa_secp256k1: return how + "Secp256k1";
                             default: return how + "Rsa";
                           }
                         });

TEST_P(Libp11, SignsWithTheKeyAndVerifiesWhatCustosSigned) {
  const auto key = made();
  ASSERT_TRUE(key) << key.error().detail;
  const auto known = key::PublicKey::from_spki(key_.algorithm, key->public_key);
  ASSERT_TRUE(known) << known.error().detail;

  Bytes ours = sign();
  const Told told = ask_peer(ours);
  EXPECT_EQ(told.verdict, "verified");
  EXPECT_TRUE(known->verifies(key::default_scheme(key_.algorithm), as_bytes(kMessage), told.signature));

  ours[40] ^= 1;
  EXPECT_EQ(ask_peer(ours).verdict, "refused");
}

}  // namespace
}  // namespace custos::test
