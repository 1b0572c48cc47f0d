#include "wallet/bitcoin/message.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "encode/base58check.h"
#include "encode/base64.h"
#include "support/vectors.h"
#include "wallet/answer_field.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/sighash.h"
#include "wallet/bitcoin/tx.h"
#include "wallet/bitcoin/verify.h"
#include "wallet/keyring_of_one.h"
#include "wallet/secp256k1_key.h"

namespace custos::wallet::btc {
namespace {

using test::hex;
using test::vectors_of;
using testing::Secp256k1Key;

constexpr const char* kFile = "wallet/bitcoin_bip322.json";

// The key of a WIF text of main.
Bytes secret_of_wif(const std::string& text) {
  const auto data = encode::read_base58check(text);
  return data && data->size() == 34 ? Bytes(data->begin() + 1, data->begin() + 33) : Bytes();
}

Input input_of(std::string_view scheme, std::string_view message, std::string_view address) {
  Input input;
  input.bytes = message;
  input.scheme = scheme;
  input.address = address;
  return input;
}

// answer_of signs a message; the detail of the error where it is refused.
std::string answer_of(const Input& input, const Bytes& secret) {
  testing::KeyringOfOne keyring(Secp256k1Key(secret).public_key);
  const auto message = read_message(input, &keyring);
  if (!message) return message.error().detail;
  EXPECT_EQ((*message)->to_sign().size(), 1U);
  const auto signature = Secp256k1Key(secret).sign((*message)->to_sign()[0]);
  const auto answer = (*message)->assemble({&signature, 1});
  return answer ? testing::field_of(*answer, "signature") : answer.error().detail;
}

TEST(BitcoinMessage, OlderMessagesAreThoseOfBitcoinjsMessage) {
  for (const auto& vector : vectors_of("wallet/bitcoin_message.json")) {
    const auto text = vector["message"].get<std::string>();
    const auto address = vector["address"].get<std::string>();
    EXPECT_EQ(answer_of(input_of("bitcoin", text, address), hex(vector["private_key"])), vector["signature"].get<std::string>())
        << vector["kind"];
  }
}

TEST(BitcoinMessage, SimpleSignaturesAreThoseOfBip322) {
  std::size_t compared = 0;
  for (const auto& vector : vectors_of(kFile, "simple")) {
    const auto type = vector["type"].get<std::string>();
    if (type != "p2wpkh" && type != "p2tr") continue;
    const auto text = vector["message"].get<std::string>();
    const auto address = vector["address"].get<std::string>();
    const auto answer = answer_of(input_of("bip322", text, address), secret_of_wif(vector["private_keys"][0]));
    std::vector<std::string> wanted;
    for (const auto& signature : vector["bip322_signatures"]) {
      const auto value = signature.get<std::string>();
      wanted.push_back(value.starts_with("smp") ? value : "smp" + value);
    }
    if (type == "p2wpkh") {
      EXPECT_NE(std::ranges::find(wanted, answer), wanted.end()) << answer << " is none of " << vector["bip322_signatures"];
    }
    ++compared;
  }
  EXPECT_EQ(compared, 5U);
}

// digest_of is what a message for `address` has to be signed of.
Bytes digest_of(std::string_view text, std::string_view address, const Bytes& public_key) {
  testing::KeyringOfOne keyring(public_key);
  const auto message = read_message(input_of("bip322", text, address), &keyring);
  return message ? (*message)->to_sign()[0].message : Bytes();
}

// Whether a signature of p2wpkh or p2tr, without its prefix, verifies over our digest.
bool verifies(const std::string& base64, std::string_view text, const std::string& address, const Bytes& public_key) {
  const Bytes bytes = *encode::read_base64(base64);
  WireReader reader(bytes);
  const auto witness = read_witness(reader);
  const Bytes wanted = digest_of(text, address, public_key);
  if (!reader.complete() || wanted.size() < 32) return false;
  Digest32 digest;
  std::copy_n(wanted.begin(), 32, digest.begin());
  if (witness.size() == 2) {
    const auto signature = read_ecdsa_script_signature(witness[0]);
    return signature && verify_ecdsa(witness[1], digest, signature->bytes);
  }
  const auto signature = witness.size() == 1 ? read_schnorr_script_signature(witness[0]) : std::nullopt;
  XOnlyKey key;
  std::ranges::copy(ByteView(*script_of_address(address, Network::main)).subspan(2), key.begin());
  return signature && verify_schnorr(key, digest, signature->bytes);
}

TEST(BitcoinMessage, SimpleSignaturesOfBip322VerifyOverOurDigestAndNoOther) {
  std::size_t verified = 0;
  for (const auto& vector : vectors_of(kFile, "simple")) {
    const auto type = vector["type"].get<std::string>();
    if (type != "p2wpkh" && type != "p2tr") continue;
    const Bytes key = Secp256k1Key(secret_of_wif(vector["private_keys"][0])).public_key;
    for (const auto& item : vector["bip322_signatures"]) {
      auto signature = item.get<std::string>();
      if (signature.starts_with("smp")) signature.erase(0, 3);
      const auto text = vector["message"].get<std::string>();
      EXPECT_TRUE(verifies(signature, text, vector["address"].get<std::string>(), key)) << vector;
      EXPECT_FALSE(verifies(signature, text + " ", vector["address"].get<std::string>(), key)) << vector;
      ++verified;
    }
  }
  EXPECT_EQ(verified, 7U);
}

TEST(BitcoinMessage, TaprootSignaturesOfOursVerify) {
  for (const auto& vector : vectors_of(kFile, "simple")) {
    if (vector["type"] != "p2tr") continue;
    const Bytes secret = secret_of_wif(vector["private_keys"][0]);
    const auto text = vector["message"].get<std::string>();
    const auto address = vector["address"].get<std::string>();
    const auto answer = answer_of(input_of("bip322", text, address), secret);
    ASSERT_TRUE(answer.starts_with("smp")) << answer;
    EXPECT_TRUE(verifies(answer.substr(3), text, address, Secp256k1Key(secret).public_key));
  }
}

TEST(BitcoinMessage, TransactionsOfBip322HaveTheirHashes) {
  for (const auto& vector : vectors_of(kFile, "tx_hashes")) {
    const Bytes script = *script_of_address(vector["address"].get<std::string>(), Network::main);
    const auto message_hash = tagged_hash("BIP0322-signed-message", as_bytes(vector["message"].get<std::string>()));
    EXPECT_EQ(encode::to_hex(message_hash), vector["message_hash"].get<std::string>());
    const Bytes secret = secret_of_wif("L3VFeEujGtevx9w18HD1fhRbCH67Az2dpCymeRE1SoPK6XQtaN2k");
    Tx spent{0, {TxInput{{{}, 0xFFFFFFFF}, {}, 0}}, {{0, script}}, 0};
    put_number(spent.inputs[0].script_sig, 0);
    put_push(spent.inputs[0].script_sig, message_hash);
    EXPECT_EQ(txid_text(txid(spent)), vector["to_spend_tx_hash"].get<std::string>());
    const Tx signing{0, {TxInput{{txid(spent), 0}, {}, 0}}, {{0, {OP_RETURN}}}, 0};
    EXPECT_EQ(txid_text(txid(signing)), vector["to_sign_tx_hash"].get<std::string>());
    const auto wanted =
        SighashCache(signing, spent.outputs).witness_v0(0, p2pkh_script(ByteView(script).subspan(2)), 0, kSighashAll);
    const auto ours =
        digest_of(vector["message"].get<std::string>(), vector["address"].get<std::string>(), Secp256k1Key(secret).public_key);
    EXPECT_TRUE(std::ranges::equal(ours, *wanted));
  }
}

TEST(BitcoinMessage, FullSignaturesAreWholeTransactionsThatVerify) {
  const Bytes secret(32, 0x17);
  const Bytes key = Secp256k1Key(secret).public_key;
  for (const auto kind : {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh}) {
    const auto address = *address_of_key(key, kind, Network::main);
    const auto answer = answer_of(input_of("bip322", "Hello World", address), secret);
    ASSERT_TRUE(answer.starts_with("ful")) << answer;
    const auto tx = read_tx(*encode::read_base64(answer.substr(3)), "to_sign");
    ASSERT_TRUE(tx) << tx.error().detail;
    EXPECT_EQ(tx->version, 0U);
    EXPECT_EQ(tx->outputs, (std::vector<TxOutput>{{0, {OP_RETURN}}}));
    Tx unsigned_tx = *tx;
    unsigned_tx.inputs[0].script_sig.clear();
    unsigned_tx.inputs[0].witness.clear();
    SighashCache cache(unsigned_tx, {});
    const bool is_p2pkh = kind == AddressKind::p2pkh;
    const auto pushes = is_p2pkh ? *read_pushes(tx->inputs[0].script_sig) : tx->inputs[0].witness;
    ASSERT_EQ(pushes.size(), 2U);
    const auto signature = read_ecdsa_script_signature(pushes[0]);
    ASSERT_TRUE(signature);
    const Bytes code = *script_of_key(key, AddressKind::p2pkh);
    const auto digest = is_p2pkh ? cache.legacy(0, code, kSighashAll) : cache.witness_v0(0, code, 0, kSighashAll);
    EXPECT_TRUE(verify_ecdsa(pushes[1], *digest, signature->bytes));
    EXPECT_EQ(pushes[1], key);
  }
}

TEST(BitcoinMessage, FullSignaturesOfBip322SpendTheOutputThatWeCompute) {
  for (const auto& vector : vectors_of(kFile, "full")) {
    const auto tx = read_tx(*encode::read_base64(vector["bip322_signatures"][0].get<std::string>().substr(3)), "to_sign");
    ASSERT_TRUE(tx) << tx.error().detail;
    const auto script = script_of_address(vector["address"].get<std::string>(), Network::main);
    ASSERT_TRUE(script);
    Tx spent{0, {TxInput{{{}, 0xFFFFFFFF}, {}, 0}}, {{0, *script}}, 0};
    put_number(spent.inputs[0].script_sig, 0);
    put_push(spent.inputs[0].script_sig, tagged_hash("BIP0322-signed-message", as_bytes(vector["message"].get<std::string>())));
    EXPECT_EQ(tx->inputs[0].previous, (OutPoint{txid(spent), 0})) << vector["type"];
  }
}

TEST(BitcoinMessage, FactsSayWhoSpeaksAndWhat) {
  const Bytes key = Secp256k1Key(Bytes(32, 0x17)).public_key;
  testing::KeyringOfOne keyring(key);
  auto address = *address_of_key(key, AddressKind::p2wpkh, Network::main);
  std::string upper = address;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto message = read_message(input_of("bip322", "I own this.", upper), &keyring);
  ASSERT_TRUE(message) << message.error().detail;
  const auto& facts = (*message)->facts();
  EXPECT_EQ(facts.chain, "bitcoin");
  EXPECT_EQ(facts.chain_id, "");
  EXPECT_EQ(facts.kind, "BIP 322 message");
  EXPECT_EQ(facts.from, address);
  EXPECT_EQ(facts.text, "I own this.");
  EXPECT_TRUE(facts.effects.empty() && facts.undecoded.empty());
  EXPECT_EQ(facts.reachable, facts::ClassSet{facts::OperationClass::session});
}

TEST(BitcoinMessage, BytesThatAreNoTextAreUnknown) {
  const Bytes key = Secp256k1Key(Bytes(32, 0x17)).public_key;
  testing::KeyringOfOne keyring(key);
  const auto message =
      read_message(input_of("bitcoin", "\xff\xfe", *address_of_key(key, AddressKind::p2pkh, Network::main)), &keyring);
  ASSERT_TRUE(message);
  const auto& facts = (*message)->facts();
  EXPECT_TRUE(facts.text.empty());
  EXPECT_EQ(facts.undecoded, std::vector<std::string>{"a message of 2 bytes that are no text: 0xfffe"});
  EXPECT_TRUE(facts.reachable.has(facts::OperationClass::unknown));
}

TEST(BitcoinMessage, AnAddressThatIsNotTheKeysIsRefused) {
  const Bytes secret(32, 0x17);
  const auto other = *address_of_key(Secp256k1Key(Bytes(32, 0x18)).public_key, AddressKind::p2wpkh, Network::main);
  for (const auto* scheme : {"bitcoin", "bip322"}) {
    EXPECT_EQ(answer_of(input_of(scheme, "text", other), secret),
              "the key is not that of the address for which the message speaks");
  }
}

TEST(BitcoinMessage, AnAddressThatIsMissingWrongOrOfAnotherNetworkIsRefused) {
  const Bytes secret(32, 0x17);
  EXPECT_EQ(answer_of(input_of("bip322", "text", ""), secret), "a Bitcoin message needs the address that it speaks for");
  EXPECT_EQ(answer_of(input_of("bip322", "text", "bc1q"), secret),
            "'bc1q' is no Bitcoin address: a character, its length or its checksum is wrong");
  const auto address = *address_of_key(Secp256k1Key(secret).public_key, AddressKind::p2wpkh, Network::test);
  EXPECT_EQ(answer_of(input_of("bip322", "text", address), secret),
            "'" + address + "' is an address of another network than main");
  Input input = input_of("bip322", "text", address);
  input.network = "test";
  EXPECT_TRUE(answer_of(input, secret).starts_with("smp"));
}

TEST(BitcoinMessage, TheOlderFormHasNoTaproot) {
  const Bytes secret(32, 0x17);
  const auto address = *address_of_key(Secp256k1Key(secret).public_key, AddressKind::p2tr, Network::main);
  EXPECT_EQ(answer_of(input_of("bitcoin", "text", address), secret),
            "a message of the older form has no address of this kind; take the scheme bip322");
}

TEST(BitcoinMessage, WithoutAKeyringNothingIsToBeSigned) {
  const auto message = read_message(input_of("bip322", "text", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"), nullptr);
  ASSERT_TRUE(message);
  EXPECT_TRUE((*message)->to_sign().empty());
  EXPECT_FALSE((*message)->assemble({}));
}

TEST(BitcoinMessage, OneSignatureIsWanted) {
  const Bytes key = Secp256k1Key(Bytes(32, 0x17)).public_key;
  testing::KeyringOfOne keyring(key);
  const auto message =
      read_message(input_of("bip322", "text", *address_of_key(key, AddressKind::p2wpkh, Network::main)), &keyring);
  ASSERT_TRUE(message);
  EXPECT_FALSE((*message)->assemble({}));
  EXPECT_FALSE((*message)->assemble(std::vector<MadeSignature>(2)));
}

TEST(BitcoinMessage, AKeyOfAnotherCurveIsRefused) {
  testing::KeyringOfOne keyring(Bytes(32, 1));
  const auto message = read_message(input_of("bip322", "text", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"), &keyring);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().detail, "Bitcoin wants a public key of secp256k1, compressed to 33 bytes");
}

TEST(BitcoinMessage, ALongMessageAndAnotherSchemeAreRefused) {
  const std::string address = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l";
  EXPECT_FALSE(read_message(input_of("bip322", std::string((std::size_t{1} << 20) + 1, 'a'), address), nullptr));
  EXPECT_EQ(read_message(input_of("eip191", "text", address), nullptr).error().detail,
            "a Bitcoin message is of the scheme bitcoin or bip322");
}

}  // namespace
}  // namespace custos::wallet::btc
