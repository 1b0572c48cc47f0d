#include "key/mnemonic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "hash/hash.h"
#include "key/bip39_words.h"
#include "key/extended_key.h"
#include "key/key_tree.h"
#include "support/vectors.h"

namespace custos::key {
namespace {

SecretBytes secret(std::string_view text) { return *SecretBytes::copy_of(as_bytes(text)); }
std::string hex_of(const SecretBytes& bytes) { return encode::to_hex(bytes.view(InsecureSecretAccess{})); }
std::string seed_of(std::string_view words, std::string_view passphrase = "") {
  const auto seed = seed_of_mnemonic(secret(words), secret(passphrase));
  return seed ? hex_of(*seed) : seed.error().detail;
}

constexpr std::string_view kWords =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
constexpr std::string_view kSeed =
    "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e"
    "38e4";

TEST(Mnemonic, TheListIsBip39s) {
  std::string lines(kBip39Words);
  std::ranges::replace(lines, ' ', '\n');
  lines += '\n';
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2048);
  // sha256sum of bitcoin/bips, bip-0039/english.txt
  EXPECT_EQ(encode::to_hex(hash::sha256(as_bytes(lines))), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
}

TEST(Mnemonic, GivesTheSeedsAndRootsOfBip39) {
  const auto vectors = test::vectors_of("bip39.json");
  EXPECT_EQ(vectors.size(), 24U);
  for (const auto& vector : vectors) {
    const auto words = vector.at("mnemonic").get<std::string>();
    EXPECT_EQ(seed_of(words, vector.at("passphrase").get<std::string>()), vector.at("seed").get<std::string>()) << words;
    const auto root = master_of_seed(Algorithm::bip32, test::secret_hex(vector.at("seed")));
    const auto read = root_of_extended_key(secret(vector.at("xprv").get<std::string>()));
    ASSERT_TRUE(root && read) << words;
    EXPECT_TRUE(root->equals(*read)) << words;
  }
}

TEST(Mnemonic, TakesAnySpacesBetweenWords) {
  EXPECT_EQ(seed_of(kWords), kSeed);
  std::string spread = "  ";
  for (const char c : kWords) spread += c == ' ' ? " \t " : std::string(1, c);
  EXPECT_EQ(seed_of(spread + "  "), kSeed);
}

TEST(Mnemonic, TellsAWrongWordByItsPlaceOnly) {
  std::string words(kWords);
  words.replace(words.rfind("about"), 5, "aboud");
  EXPECT_EQ(seed_of(words), "the mnemonic has a word that is not in BIP 39's English list, in lower case: word 12");
  words.replace(0, 7, "Abandon");
  EXPECT_EQ(seed_of(words), "the mnemonic has a word that is not in BIP 39's English list, in lower case: word 1");
  for (const auto* word : {"abando", "abandone", "zo", "zooo", "a"}) {
    EXPECT_NE(seed_of(word + std::string(kWords.substr(7))).find("word 1"), std::string::npos) << word;
  }
}

TEST(Mnemonic, TellsAWrongChecksum) {
  const std::string line = "the mnemonic is mistyped: its checksum does not fit; look at the words and their order";
  std::string words(kWords);
  EXPECT_EQ(seed_of(words.substr(0, words.rfind(' ')) + " abandon"), line);
  EXPECT_EQ(seed_of("about abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon"), line);
}

// Of all last words, those of one checksum fit: 128 of 2,048 for 12 words, 8 for 24.
TEST(Mnemonic, OneOfSixteenLastWordsFits) {
  std::string start(kWords.substr(0, kWords.rfind(' ')));
  const std::size_t all_but_one = static_cast<std::size_t>(std::ranges::count(start, ' ')) + 1;
  ASSERT_EQ(all_but_one, 11U);
  int fitting = 0, asked = 0;
  std::string_view list = kBip39Words;
  while (!list.empty() && asked < 160) {
    const std::string_view word = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    fitting += seed_of(start + ' ' + std::string(word)).size() == 128 ? 1 : 0;
    ++asked;
  }
  EXPECT_EQ(fitting, 10) << "one for each seven bits of entropy";
}

TEST(Mnemonic, CountsItsWords) {
  for (const int count : {0, 1, 11, 13, 23, 25, 27}) {
    std::string words;
    for (int i = 0; i < count; ++i) words += "abandon ";
    EXPECT_EQ(seed_of(words), "the mnemonic has 12, 15, 18, 21 or 24 words, this one has " + std::to_string(count));
  }
  EXPECT_EQ(seed_of(std::string(2000, 'a')), "the mnemonic has 12, 15, 18, 21 or 24 words, this text is longer");
}

TEST(Mnemonic, RefusesAPassphraseThatItCannotNormalise) {
  EXPECT_EQ(
      seed_of(kWords, "pass w\xC3\xB6rd"),
      "the mnemonic has a passphrase with other characters than ASCII's: its Unicode form (NFKD) is not made here; import the "
      "seed");
  EXPECT_EQ(seed_of(kWords, "tab\there").substr(0, 12), "the mnemonic");
  EXPECT_EQ(seed_of(kWords, std::string(1025, 'x')), "the mnemonic has a passphrase of more than 1024 bytes");
  EXPECT_EQ(seed_of(kWords, std::string(1024, 'x')).size(), 128U);
}

std::string seed_of_lines(std::string_view text) {
  const auto seed = seed_of_mnemonic_lines(secret(text));
  return seed ? hex_of(*seed) : seed.error().detail;
}

TEST(Mnemonic, ReadsThePassphraseFromASecondLine) {
  const std::string words(kWords);
  for (const auto* end : {"", "\n", "\r\n", "\n\n"}) EXPECT_EQ(seed_of_lines(words + end), kSeed);
  EXPECT_EQ(seed_of_lines(words + "\nTREZOR"), seed_of(words, "TREZOR"));
  EXPECT_EQ(seed_of_lines(words + "\r\nTREZOR\r\n"), seed_of(words, "TREZOR"));
  EXPECT_EQ(seed_of_lines(words + "\n TREZOR "), seed_of(words, " TREZOR ")) << "spaces are part of it";
  EXPECT_EQ(seed_of_lines(words + "\nTREZOR\nmore"),
            "the mnemonic stands on one line, and its passphrase on a second: here are more");
  EXPECT_EQ(seed_of_lines(""), "the mnemonic has 12, 15, 18, 21 or 24 words, this one has 0");
}

TEST(Seed, IsReadFromHexadecimal) {
  EXPECT_EQ(hex_of(*seed_of_hex(secret(kSeed))), kSeed);
  EXPECT_EQ(hex_of(*seed_of_hex(secret("000102030405060708090A0B0C0D0E0F\n"))), "000102030405060708090a0b0c0d0e0f");
  for (const auto* text :
       {"", "00", "000102030405060708090a0b0c0d0e", "000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0f0",
        "0x0102030405060708090a0b0c0d0e0f", "00010203 05060708090a0b0c0d0e0f00", "g00102030405060708090a0b0c0d0e0f"}) {
    EXPECT_EQ(seed_of_hex(secret(text)).error().detail, "a seed is 32 to 128 hexadecimal digits, two for a byte") << text;
  }
  EXPECT_FALSE(seed_of_hex(secret(std::string(130, '0'))));
}

}  // namespace
}  // namespace custos::key
