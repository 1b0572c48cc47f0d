#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "key/key_files.h"
#include "key/private_key_file.h"

namespace custos::key {
namespace {

using Json = nlohmann::json;

std::string read_v3(const Json& keystore, const PassphraseSource& source) {
  return outcome(read_ethereum_v3(test::secret_of(keystore.dump()), source));
}

const Json& vector(std::string_view name) {
  static const Json all = vectors("ethereum_v3.json");
  for (const auto& row : all) {
    if (row.at("name") == name) return row;
  }
  std::abort();
}

// quick is a keystore that opens at once, under "foo".
Json quick() { return vector("key of 31 bytes").at("keystore"); }
std::string quick_outcome() { return "ecdsa-secp256k1 " + vector("key of 31 bytes").at("key").get<std::string>(); }

TEST(EthereumV3, ReadsThePublishedVectors) {
  for (const auto* name : {"scrypt", "pbkdf2", "key of 31 bytes", "key of 30 bytes"}) {
    const auto& row = vector(name);
    const std::string word = row.at("passphrase");
    EXPECT_EQ(read_v3(row.at("keystore"), passphrase(word)), "ecdsa-secp256k1 " + row.at("key").get<std::string>()) << name;
  }
}

TEST(EthereumV3, SaysThatAWrongPassphraseDoesNotOpen) {
  EXPECT_EQ(read_v3(quick(), passphrase("fool")),
            "authentication: the passphrase does not open the key file: it is wrong, or the file is damaged");
  EXPECT_EQ(read_v3(quick(), nullptr), "authentication: the key file is encrypted: its passphrase is needed");
}

// The address is that which the definition names for the key of its vectors.
TEST(EthereumV3, ComparesTheAddressWithTheKey) {
  Json keystore = vector("pbkdf2").at("keystore");
  const auto expected = "ecdsa-secp256k1 " + vector("pbkdf2").at("key").get<std::string>();
  for (const auto* address : {"008aeeda4d805471df9b2a5b0f38a0c3bcba786b", "0x008AEEDA4D805471dF9b2A5B0f38A0C3bCBA786b", ""}) {
    keystore["address"] = address;
    EXPECT_EQ(read_v3(keystore, passphrase("testpassword")), expected) << address;
  }
  keystore["address"] = "008aeeda4d805471df9b2a5b0f38a0c3bcba786c";
  EXPECT_EQ(read_v3(keystore, passphrase("testpassword")),
            "integrity: the Ethereum keystore names the address 0x008aeeda4d805471df9b2a5b0f38a0c3bcba786c, but its key's is "
            "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b");
}

TEST(EthereumV3, TakesCryptoWithACapital) {
  Json keystore = quick();
  keystore["Crypto"] = keystore["crypto"];
  keystore.erase("crypto");
  EXPECT_EQ(read_v3(keystore, passphrase("foo")), quick_outcome());
}

TEST(EthereumV3, TakesALongerDerivedKey) {  // its first 32 bytes are the same
  Json keystore = quick();
  keystore["crypto"]["kdfparams"]["dklen"] = 64;
  EXPECT_EQ(read_v3(keystore, passphrase("foo")), quick_outcome());
}

TEST(EthereumV3, SaysWhatIsWrongWithAFile) {
  const std::pair<std::function<void(Json&)>, const char*> rows[]{
      {[](Json& k) { k["version"] = 1; }, "is not of version 3: import it into geth and export it from there"},
      {[](Json& k) { k["version"] = "3"; }, "is not of version 3: import it into geth and export it from there"},
      {[](Json& k) { k.erase("version"); }, "is not of version 3: import it into geth and export it from there"},
      {[](Json& k) { k.erase("crypto"); }, "crypto is missing or malformed: is the file complete?"},
      {[](Json& k) { k["crypto"] = "x"; }, "crypto.cipher is not aes-128-ctr"},
      {[](Json& k) { k["crypto"]["cipher"] = "aes-128-cbc"; }, "crypto.cipher is not aes-128-ctr"},
      {[](Json& k) { k["crypto"]["cipherparams"] = nullptr; }, "crypto.cipherparams.iv is missing or malformed"},
      {[](Json& k) { k["crypto"]["cipherparams"]["iv"] = "00"; }, "crypto.cipherparams.iv is missing or malformed"},
      {[](Json& k) { k["crypto"]["ciphertext"] = std::string(66, '0'); }, "crypto.ciphertext is missing or malformed"},
      {[](Json& k) { k["crypto"]["ciphertext"] = "0g"; }, "crypto.ciphertext is missing or malformed"},
      {[](Json& k) { k["crypto"].erase("ciphertext"); }, "crypto.ciphertext is missing or malformed"},
      {[](Json& k) { k["crypto"]["mac"] = "00"; }, "crypto.mac is missing or malformed"},
      {[](Json& k) { k["crypto"]["kdf"] = "argon2"; }, "crypto.kdf is neither scrypt nor pbkdf2"},
      {[](Json& k) { k["crypto"]["kdfparams"]["dklen"] = 31; }, "crypto.kdfparams.dklen is missing or malformed"},
      {[](Json& k) { k["crypto"]["kdfparams"]["salt"] = 7; }, "crypto.kdfparams.salt is missing or malformed"},
      {[](Json& k) { k["crypto"]["kdf"] = "pbkdf2"; }, "crypto.kdfparams.prf is not hmac-sha256"},
      {[](Json& k) { k["address"] = "0x00"; }, "address is missing or malformed"},
  };
  for (const auto& [change, why] : rows) {
    Json keystore = quick();
    change(keystore);
    const auto answer = read_v3(keystore, never);
    EXPECT_TRUE(answer.starts_with("bad_input: the Ethereum keystore")) << answer;
    EXPECT_NE(answer.find(why), std::string::npos) << answer << "\n  instead of: " << why;
  }
}

TEST(EthereumV3, BoundsTheCostBeforeItAsksForThePassphrase) {
  for (const auto& [name, value] : {std::pair<const char*, Json>{"n", 1U << 30U},
                                    {"r", 1U << 30U},
                                    {"p", 1U << 30U},
                                    {"n", -2},
                                    {"n", 2.5},
                                    {"p", nullptr}}) {
    Json keystore = quick();
    keystore["crypto"]["kdfparams"][name] = value;
    EXPECT_TRUE(read_v3(keystore, never).starts_with("bad_input: the key file")) << name << value;
  }
}

TEST(EthereumV3, RefusesWhatIsNoKeystore) {
  const std::string deep = std::string(5'000, '[') + std::string(5'000, ']');
  const std::string deep_object = R"({"version":3,"x":)" + deep + "}";
  for (const std::string& text : {std::string(), std::string("{"), std::string("[]"), std::string("3"), std::string("\xFF"), deep,
                                  deep_object, begin("PRIVATE KEY")}) {
    EXPECT_EQ(outcome(read_ethereum_v3(test::secret_of(text), never)), "bad_input: the Ethereum keystore is no JSON object");
  }
  EXPECT_EQ(outcome(read_ethereum_v3(test::secret_of(std::string(kMaxKeyFile + 1, ' ')), never)),
            "bad_input: the Ethereum keystore has 65537 bytes: at most 65536");
}

// The format's MAC does not cover the initialisation vector (the definition's "mac"): only the address notices another key.
TEST(EthereumV3, NeverReadsAnotherKeyFromADamagedFileWithAnAddress) {
  Json keystore = quick();
  keystore["address"] = std::string(40, '0');
  const auto mismatch = read_v3(keystore, passphrase("foo"));
  ASSERT_TRUE(mismatch.starts_with("integrity: ")) << mismatch;
  keystore["address"] = mismatch.substr(mismatch.size() - 40);
  const auto text = keystore.dump();
  ASSERT_EQ(outcome(read_ethereum_v3(test::secret_of(text), passphrase("foo"))), quick_outcome());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_NE(outcome(read_ethereum_v3(test::secret_of(text.substr(0, i)), passphrase("foo"))), quick_outcome()) << i;
    std::string flipped = text;
    flipped[i] = static_cast<char>(text[i] ^ 1);
    const auto answer = outcome(read_ethereum_v3(test::secret_of(flipped), passphrase("foo")));
    if (text.find("\"address\"") <= i && i < text.find("\"address\"") + 9) continue;  // a flip in its name takes it away
    EXPECT_TRUE(answer == quick_outcome() || answer.find(": ") != std::string::npos) << i << ' ' << answer;
  }
}

}  // namespace
}  // namespace custos::key
