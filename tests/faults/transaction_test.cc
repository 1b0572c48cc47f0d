// Transactions over a token that answers with wrong signatures: the device is reported, and proved before it is used again.
#include <gmock/gmock.h>

#include <string>

#include "faults/faulty_home.h"
#include "wallet/bitcoin/address.h"
#include "wallet/psbt_support.h"

namespace custos::test {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPayment =
    R"({"chainId":1,"nonce":7,"to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","value":"1","gas":21000,"gasPrice":"1"})";

// Fault is a rule of the scripted module, and what is then said.
struct Fault {
  std::string rule, said;
};
const Fault kFaults[]{{"alter_signature flip", "a wrong signature, which was dropped"},
                      {"alter_signature truncate=1", "a signature of a wrong length, which was dropped"}};

class TransactionOverFaults : public FaultyHome {
 protected:
  static KeyName make_key(Custodian& custodian, const std::string& label, const std::string& purpose = "chain:evm",
                          const std::string& algorithm = {}) {
    KeySpec spec;
    spec.name = {"dev", label};
    spec.purpose = purpose;
    spec.algorithm = algorithm;
    const auto made = custodian.administration().generate_key(spec);
    EXPECT_TRUE(made) << made.error().detail;
    return spec.name;
  }

  // expect_proved_anew has the token answer one signature wrongly, and then every one. `standing` are rules that stand besides.
  void expect_proved_anew(const TransactionSigner& signer, const TransactionView& view, const Fault& fault,
                          const std::string& standing = {}) {
    SCOPED_TRACE(fault.rule);
    const auto fails = [&](const std::string& said) {
      const std::size_t before = calls("C_Sign");
      const auto answer = signer.sign(view);
      EXPECT_FALSE(answer);
      if (answer) return;
      EXPECT_EQ(answer.error().code, Errc::integrity) << answer.error().detail;
      EXPECT_THAT(answer.error().detail, HasSubstr(said));
      EXPECT_EQ(calls("C_Sign") - before, 1U);
    };
    const auto signs = [&](std::size_t challenges) {
      const std::size_t before = calls("C_Sign");
      const auto answer = signer.sign(view);
      EXPECT_TRUE(answer) << answer.error().detail;
      EXPECT_EQ(calls("C_Sign") - before, challenges + 1);
    };
    signs(0);
    script(standing + fault.rule + " count=1\n");
    fails(fault.said);
    signs(1);
    signs(0);
    script(standing + fault.rule + "\n");
    fails(fault.said);
    fails("key dev:");  // the challenge is as wrong, and the transaction was not handed over
    script(standing);
    signs(1);
  }
};

TEST_F(TransactionOverFaults, AWrongSignatureIsDroppedAndTheKeyProvedAnew) {
  auto custodian = open();
  const auto signer = custodian.prepare_transaction_signer(make_key(custodian, "hot"), {.shelf = 0});
  ASSERT_TRUE(signer) << signer.error().detail;
  TransactionView view;
  view.bytes = kPayment;
  for (const Fault& fault : kFaults) expect_proved_anew(*signer, view, fault);
}

TEST_F(TransactionOverFaults, SoItIsOnArmedSessions) {
  auto custodian = open();
  const auto signer = custodian.prepare_transaction_signer(make_key(custodian, "hot"));
  ASSERT_TRUE(signer) << signer.error().detail;
  TransactionView view;
  view.bytes = kPayment;
  const std::size_t before = calls("C_SignInit");
  ASSERT_TRUE(signer->sign(view));
  EXPECT_EQ(calls("C_SignInit"), before) << "a session waited armed";
  for (const Fault& fault : kFaults) expect_proved_anew(*signer, view, fault);
}

TEST_F(TransactionOverFaults, SoItIsWithAKeyBelowATreesRoot) {
  const std::string standing = "bip32 luna\n";
  script(standing);
  auto custodian = open();
  const auto signer = custodian.prepare_transaction_signer(make_key(custodian, "tree", "chain:evm", "bip32"));
  ASSERT_TRUE(signer) << signer.error().detail;
  TransactionView view;
  view.bytes = kPayment;
  view.path = "m/44'/60'/0'/0/0";
  ASSERT_TRUE(signer->sign(view));  // the root is proved with the first key below it
  for (const Fault& fault : kFaults) expect_proved_anew(*signer, view, fault, standing);
}

TEST_F(TransactionOverFaults, OneWrongSignatureOfSeveralIsTheEndOfAll) {
  auto custodian = open();
  const auto name = make_key(custodian, "coins", "chain:bitcoin");
  const auto address = custodian.administration().key_address(name, {});
  ASSERT_TRUE(address) << address.error().detail;
  const Bytes own = *wallet::btc::script_of_key(address->public_key, wallet::btc::AddressKind::p2wpkh);
  wallet::testing::PsbtBuilder builder;
  const Bytes psbt = builder.input(own, 50'000).input(own, 60'000).output(own, 100'000).v0();
  const auto signer = custodian.prepare_transaction_signer(name, {.shelf = 0});
  ASSERT_TRUE(signer) << signer.error().detail;
  TransactionView view;
  view.bytes = as_text(psbt);
  for (const Fault& fault : kFaults) {
    script(fault.rule + " after=1 count=1\n");
    const auto answer = signer->sign(view);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::integrity);
    EXPECT_THAT(answer.error().detail, HasSubstr(fault.said));
    EXPECT_TRUE(signer->sign(view));
  }
}

}  // namespace
}  // namespace custos::test
