// Transactions of every chain, signed whole by keys of the software keystore: single ones, and keys below a tree's root.
#include <gmock/gmock.h>
#include <sodium.h>

#include "custodian/transaction_fixture.h"
#include "encode/base64.h"
#include "key/key_path.h"
#include "support/vectors.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/psbt_support.h"
#include "wallet/solana_message_writer.h"

namespace custos {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace wallet::btc;
using wallet::testing::PsbtBuilder;

constexpr std::string_view kWords =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

// is_key_spend has libsecp256k1 judge a Schnorr signature of the first input (BIP 341): its key stands in what it spends.
bool is_key_spend(const Tx& tx, const std::vector<TxOutput>& spent, ByteView signature) {
  const auto digest = SighashCache(tx, spent).taproot(0, kSighashDefault);
  secp256k1_xonly_pubkey key;
  return digest && signature.size() == 64 &&
         secp256k1_xonly_pubkey_parse(secp256k1_context_static, &key, spent[0].script.data() + 2) == 1 &&
         secp256k1_schnorrsig_verify(secp256k1_context_static, signature.data(), digest->data(), digest->size(), &key) == 1;
}

// payment_of is a legacy message that moves 1 lamport from a key to another.
Bytes payment_of(ByteView from) {
  wallet::sol::Message message;
  message.signers = 1;
  message.readonly_others = 1;
  message.keys.resize(3);
  std::ranges::copy(from, message.keys[0].begin());
  message.keys[1].fill(7);
  message.keys[2].fill(0);  // the system program
  message.recent_blockhash.fill(9);
  message.instructions.push_back({.program = 2, .accounts = {0, 1}, .data = {2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}});
  return wallet::testing::write_message(message);
}

class TransactionChains : public test::TransactionFixture {
 protected:
  // signer_of imports a secret, and lets its key sign whatever there is.
  static TransactionSigner signer_of(Custodian& custodian, const std::string& label, const std::string& purpose,
                                     const nlohmann::json& secret) {
    const auto name = import_key(custodian, label, purpose, test::secret_hex(secret), KeyEncoding::raw);
    EXPECT_TRUE(custodian.administration().grant_key(name, {.classes = {"trade", "transfer", "manage", "unknown", "approve"}}));
    auto signer = custodian.prepare_transaction_signer(name);
    EXPECT_TRUE(signer) << signer.error().detail;
    return *std::move(signer);
  }

  static KeyName tree(Custodian& custodian, const std::string& purpose) {
    return import_key(custodian, "tree", purpose, test::secret_of(kWords), KeyEncoding::mnemonic);
  }

  static AddressInfo address_at(const Custodian& custodian, const KeyName& name, std::string_view path,
                                std::string_view kind = {}) {
    AddressView view;
    view.path = path;
    view.kind = kind;
    auto address = custodian.administration().key_address(name, view);
    EXPECT_TRUE(address) << address.error().detail;
    return *std::move(address);
  }
};

TEST_F(TransactionChains, EveryKindOfBitcoinInputIsSignedAsBitcoinjsSignsIt) {
  auto custodian = open();
  for (const auto& vector : test::vectors_of("wallet/psbt_bitcoinjs.json")) {
    const auto kind = vector.at("kind").get<std::string>();
    SCOPED_TRACE(kind);
    const auto signer = signer_of(custodian, kind, "chain:bitcoin", vector.at("secret"));
    const auto psbt = vector.at("psbt").get<std::string>();
    auto view = view_of(psbt);
    view.finalize = true;
    const auto answer = signer.sign(view);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(field(*answer, "txid"), vector.at("txid").get<std::string>());
    EXPECT_EQ(field(*answer, "vsize"), vector.at("vsize").dump());
    if (kind.starts_with("p2tr")) continue;  // BIP 340 takes fresh randomness
    EXPECT_EQ(field(*answer, "raw"), vector.at("transaction").get<std::string>());
  }
}

TEST_F(TransactionChains, EveryKindOfSolanaTransactionIsSignedAsWeb3Does) {
  auto custodian = open();
  const auto signer = signer_of(custodian, "hot", "chain:solana", test::vectors_of("wallet/solana_messages.json", "seed"));
  for (const auto& vector : test::vectors_of("wallet/solana_messages.json")) {
    SCOPED_TRACE(vector.at("name"));
    const auto transaction = vector.at("transaction").get<std::string>();
    const auto answer = signer.sign(view_of(transaction));
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(field(*answer, "raw"), vector.at("signed").get<std::string>());
  }
}

TEST_F(TransactionChains, EveryKindOfCosmosTransactionIsSignedAsCosmjsDoes) {
  auto custodian = open();
  const auto signer =
      signer_of(custodian, "hot", "chain:cosmos", test::vectors_of("wallet/cosmos_transactions.json", "private_key"));
  for (const auto& vector : test::vectors_of("wallet/cosmos_transactions.json")) {
    SCOPED_TRACE(vector.at("name"));
    const auto input = vector.at("input").is_string() ? vector.at("input").get<std::string>() : vector.at("input").dump();
    const auto prefix = vector.at("prefix").get<std::string>();
    auto view = view_of(input);
    view.prefix = prefix;
    const auto answer = signer.sign(view);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(field(*answer, "tx_bytes"), vector.at("tx_bytes").get<std::string>());
  }
}

// What is paid to it could not be moved.
TEST_F(TransactionChains, AKeyWhoseTokenMakesNoSchnorrSignaturesHasNoTaprootAddress) {
  auto custodian = open();
  const auto name = make_key(custodian, "coins", "chain:bitcoin");
  AddressView view;
  for (const std::string_view kind : {"p2wpkh", "p2sh-p2wpkh", "p2pkh"}) {
    view.kind = kind;
    EXPECT_TRUE(custodian.administration().key_address(name, view)) << kind;
  }
  view.kind = "p2tr";
  const auto refused = custodian.administration().key_address(name, view);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::bad_input);
  EXPECT_THAT(refused.error().detail, HasSubstr("makes no Schnorr signatures"));
}

// BIP 86 and BIP 84, "Test vectors": the same words.
TEST_F(TransactionChains, KeysOfATreeSignThePsbtsInputsThatNameThem) {
  auto custodian = open();
  const auto name = tree(custodian, "chain:bitcoin");
  const std::array<std::uint8_t, 4> root{0x73, 0xc5, 0xda, 0x0a};
  const auto tap = address_at(custodian, name, "m/86'/0'/0'/0/0", "p2tr");
  const auto change = address_at(custodian, name, "m/86'/0'/0'/1/0", "p2tr");
  const auto segwit = address_at(custodian, name, "m/84'/0'/0'/0/0");
  EXPECT_EQ(tap.address, "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr");
  EXPECT_EQ(change.address, "bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7");
  EXPECT_EQ(segwit.address, "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu");

  const auto tap_derivation = [&root](std::string_view path) {
    Bytes bytes{0};  // of no leaf
    put_bytes(bytes, wallet::testing::derivation_bytes(root, *key::parse_key_path(path)));
    return bytes;
  };
  const Bytes tap_key(tap.public_key.begin() + 1, tap.public_key.end());
  const Bytes change_key(change.public_key.begin() + 1, change.public_key.end());
  const Bytes tap_script = *script_of_key(tap.public_key, AddressKind::p2tr);
  const Bytes segwit_script = *script_of_key(segwit.public_key, AddressKind::p2wpkh);
  PsbtBuilder builder;
  builder
      .input(tap_script, 60'000,
             {{psbt::kInTapBip32Derivation, tap_key, tap_derivation("m/86'/0'/0'/0/0")}, {psbt::kInTapInternalKey, {}, tap_key}})
      .input(segwit_script, 50'000,
             {{psbt::kInBip32Derivation, segwit.public_key,
               wallet::testing::derivation_bytes(root, *key::parse_key_path("m/84'/0'/0'/0/0"))}})
      .output(*script_of_key(wallet::testing::Secp256k1Key(7).public_key, AddressKind::p2wpkh), 70'000)
      .output(*script_of_key(change.public_key, AddressKind::p2tr), 39'000,
              {{psbt::kOutTapInternalKey, {}, change_key},
               {psbt::kOutTapBip32Derivation, change_key, tap_derivation("m/86'/0'/0'/1/0")}});
  const Bytes psbt = builder.v0();

  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer) << signer.error().detail;
  auto view = view_of(as_text(psbt));
  const auto answer = signer->sign(view);
  ASSERT_TRUE(answer) << answer.error().detail;
  ASSERT_EQ(answer->info.effects.size(), 2U);
  EXPECT_EQ(answer->info.effects[0].kind, "transfer");
  EXPECT_EQ(answer->info.effects[1].kind, "change");
  EXPECT_EQ(answer->info.fee, "1000");

  const auto signed_psbt = Psbt::read(*psbt_bytes(field(*answer, "psbt")));
  ASSERT_TRUE(signed_psbt) << signed_psbt.error().detail;
  EXPECT_NE(signed_psbt->inputs()[1].find(psbt::kInPartialSig), nullptr);
  EXPECT_TRUE(is_key_spend(builder.tx(), {{60'000, tap_script}, {50'000, segwit_script}},
                           signed_psbt->inputs()[0].value(psbt::kInTapKeySig)));
  view.finalize = true;
  const auto final = signer->sign(view);
  ASSERT_TRUE(final) << final.error().detail;
  EXPECT_THAT(field(*final, "raw"), StartsWith("02000000000102"));
}

TEST_F(TransactionChains, APathNamesTheKeyOfATreeThatSigns) {
  auto custodian = open();
  const auto name = tree(custodian, "chain:evm");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer) << signer.error().detail;
  constexpr std::string_view kPayment =
      R"({"chainId":1,"nonce":7,"to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","value":"1","gas":21000,"gasPrice":"1"})";
  auto view = view_of(kPayment);
  std::string before = address_at(custodian, name, {}).address;
  EXPECT_EQ(field(*signer->sign(view), "from"), before) << "without a path its root";
  for (const std::string path : {"m/44'/60'/0'/0/0", "m/44'/60'/0'/0/1", "m/0"}) {
    const auto address = address_at(custodian, name, path).address;
    EXPECT_NE(address, std::exchange(before, address));
    view.path = path;
    const auto answer = signer->sign(view);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(field(*answer, "from"), address);
    EXPECT_EQ(answer->info.from, address);
  }
  EXPECT_EQ(address_at(custodian, name, "m/44'/60'/0'/0/0").address, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94");
  view.path = "m/44'/60'/x";
  EXPECT_EQ(signer->sign(view).error().code, Errc::bad_input);
}

TEST_F(TransactionChains, KeysOfASlip10TreeSignForSolana) {
  auto custodian = open();
  const auto name = tree(custodian, "chain:solana");
  auto signer = custodian.prepare_transaction_signer(name);
  ASSERT_TRUE(signer) << signer.error().detail;
  const auto key = address_at(custodian, name, "m/44'/501'/0'/0'");
  EXPECT_EQ(key.address, "HAgk14JpMQLgt6rVgv7cBQFJWFto5Dqxi472uT3DKpqk");
  const Bytes message = payment_of(key.public_key);
  Bytes transaction{1};
  transaction.resize(1 + 64);
  transaction.insert(transaction.end(), message.begin(), message.end());
  auto view = view_of(as_text(transaction));
  view.path = "m/44'/501'/0'/0'";
  const auto answer = signer->sign(view);
  ASSERT_TRUE(answer) << answer.error().detail;
  const auto raw = encode::read_base64(field(*answer, "raw"));
  ASSERT_TRUE(raw && raw->size() == transaction.size());
  EXPECT_EQ(crypto_sign_verify_detached(raw->data() + 1, message.data(), message.size(), key.public_key.data()), 0);
  view.path = "m/44'/501'/1'/0'";
  EXPECT_THAT(signer->sign(view).error().detail, HasSubstr("does not list the key"));
  view.path = "m/44'/501'/0'/0";
  EXPECT_EQ(signer->sign(view).error().code, Errc::bad_input) << "SLIP-10 has hardened steps alone";
}

TEST_F(TransactionChains, AWrongSignatureOfAnySchemeNeverLeaves) {
  auto custodian = open();
  const auto psbts = test::vectors_of("wallet/psbt_bitcoinjs.json");
  const auto tap =
      std::ranges::find(psbts, "p2tr", [](const auto& vector) { return vector.at("kind").template get<std::string>(); });
  ASSERT_NE(tap, psbts.end());
  const auto solana = test::vectors_of("wallet/solana_messages.json")[0].at("transaction").get<std::string>();
  struct Case {
    KeyName name;
    std::string transaction;
  };
  for (const auto& [name, transaction] :
       {Case{import_key(custodian, "tap", "chain:bitcoin", test::secret_hex(tap->at("secret")), KeyEncoding::raw),
             tap->at("psbt")},
        Case{import_key(custodian, "sol", "chain:solana",
                        test::secret_hex(test::vectors_of("wallet/solana_messages.json", "seed")), KeyEncoding::raw),
             solana}}) {
    SCOPED_TRACE(name.text());
    test::Twisting key;
    auto signer = twisted(custodian, name, key);
    ASSERT_TRUE(signer) << signer.error().detail;
    ASSERT_TRUE(signer->sign(view_of(transaction)));
    key.twist = [](auto out, auto&) { out[40] ^= 1U; };
    for (int i = 0; i < 2; ++i) {
      const int before = key.signatures;
      const auto answer = signer->sign(view_of(transaction));
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, Errc::integrity);
      EXPECT_EQ(key.signatures - before, 1) << "the second time it fails its challenge";
    }
    key.twist = nullptr;
    EXPECT_TRUE(signer->sign(view_of(transaction)));
  }
}

TEST_F(TransactionChains, AKeyBelowATreesRootIsProvedAnewToo) {
  auto custodian = open();
  test::Twisting key;
  auto signer = twisted(custodian, tree(custodian, "chain:evm"), key);
  ASSERT_TRUE(signer) << signer.error().detail;
  auto view = view_of(
      R"({"chainId":1,"nonce":7,"to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","value":"1","gas":21000,"gasPrice":"1"})");
  view.path = "m/44'/60'/0'/0/0";
  ASSERT_TRUE(signer->sign(view));
  key.twist = [](auto out, auto&) { out[40] ^= 1U; };
  EXPECT_EQ(signer->sign(view).error().code, Errc::integrity);
  key.twist = nullptr;
  const int before = key.signatures;
  EXPECT_TRUE(signer->sign(view));
  EXPECT_EQ(key.signatures - before, 2) << "a challenge stands before the signature";
}

}  // namespace
}  // namespace custos
