// What reading a key file leaves behind: the key in guarded memory, once, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/wipe_stack.h"
#include "encode/hex.h"
#include "hash/keccak.h"
#include "key/passphrase_cipher.h"
#include "key/private_key_file.h"
#include "memory/heap_watch.h"
#include "memory/masked_secret.h"
#include "memory/memory_scan.h"
#include "support/home_fixture.h"

namespace custos::memory {
namespace {

using key::PassphraseSource;
using key::ReadKey;

constexpr InsecureSecretAccess kAccess{};

// openssl_makes runs a shell in a folder where `pass` holds the passphrase, and answers the file `out`.
std::string openssl_makes(const std::string& commands, const MaskedSecret& passphrase) {
  const test::TemporaryFolder folder;
  std::FILE* pass = std::fopen((folder.path() / "pass").c_str(), "w");
  std::setvbuf(pass, nullptr, _IONBF, 0);
  const auto secret = passphrase.reveal();
  EXPECT_EQ(std::fwrite(secret.view(kAccess).data(), 1, secret.size(), pass), secret.size());
  std::fclose(pass);
  EXPECT_EQ(std::system(("cd " + folder.path().string() + " && (" + commands + ") 2>err").c_str()), 0)
      << commands << test::read_file(folder.path() / "err");
  return test::read_file(folder.path() / "out");
}

// patterns_of looks for pieces of the material, as it is and as OpenSSL's numbers have it: the lowest byte first. An RSA key's
// secret numbers begin behind its modulus and exponent, which may be anywhere.
std::vector<Pattern> patterns_of(const ReadKey& key, const MaskedSecret& passphrase) {
  constexpr std::size_t kPiece = 16;
  const auto material = key.material.view(kAccess);
  auto reversed = *key.material.clone();
  std::ranges::reverse(reversed.mutable_view(kAccess));
  std::vector<Pattern> patterns{passphrase.pattern("passphrase")};
  for (std::size_t i = material.size() > 32 ? 300 : 0; i + kPiece <= material.size(); i += material.size() > 32 ? 100 : kPiece) {
    const auto place = std::to_string(i);
    patterns.emplace_back("key from byte " + place, material.subspan(i, kPiece));
    patterns.emplace_back("key from byte " + place + ", reversed",
                          reversed.view(kAccess).subspan(material.size() - i - kPiece, kPiece));
  }
  wipe_stack();
  return patterns;
}

// leaks reads `file` twice, the first time to learn what to look for, and tells of each secret outside the key that was read.
template <class Read>
std::vector<std::string> leaks(const Read& read, const std::string& file, const MaskedSecret& passphrase) {
  const PassphraseSource source = [&]() -> Result<SecretBytes> { return passphrase.reveal(); };
  const auto text = test::secret_of(file);
  std::vector<Pattern> patterns;
  {
    const auto key = read(text, source);
    if (!key) return {key.error().detail};
    patterns = patterns_of(*key, passphrase);
  }
  std::vector<std::string> found;
  watch_frees(&patterns);
  {
    const auto key = read(text, source);
    const auto bytes = key->material.view(kAccess);
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    bool is_there = false;
    for (const auto& finding : scan_memory(patterns).findings) {
      const bool is_the_key = begin <= finding.address && finding.address < begin + bytes.size();
      is_there = is_there || is_the_key;
      if (!is_the_key) found.push_back(finding.pattern + " in " + finding.mapping.name);
    }
    if (!is_there) found.emplace_back("the key itself was not found");
  }
  for (const auto& finding : scan_memory(patterns).findings) found.push_back(finding.pattern + " at the end");
  for (const auto& freed : freed_secrets()) {
    found.push_back(freed.pattern + " was freed without a wipe by" + describe_frames(freed.freed_by));
  }
  watch_frees(nullptr);
  return found;
}

const auto kReadPem = [](const SecretBytes& text, const PassphraseSource& source) { return key::read_pem(text, source); };
const auto kReadEthereum = [](const SecretBytes& text, const PassphraseSource& source) {
  return key::read_ethereum_v3(text, source);
};

// ethereum_keystore encrypts a fresh key; only the MAC, which no tool of this machine computes, is ours.
std::string ethereum_keystore(const MaskedSecret& passphrase) {
  constexpr std::string_view kSalt = "0123456789abcdef";
  const auto secret = passphrase.reveal();
  const auto derived = key::derive(key::Scrypt{as_bytes(kSalt), 1024, 8, 1}, secret, 32);
  const auto key = MaskedSecret::printable(32).reveal();
  // In counter mode, decrypting encrypts.
  const auto ciphertext = key::decrypt(key::kAes128Ctr, derived->view(kAccess).first(16), as_bytes(kSalt), key.view(kAccess));
  const auto sealed = ciphertext->view(kAccess);
  const std::array parts{derived->view(kAccess).last(16), sealed};
  const auto mac = hash::keccak256(parts);
  wipe_stack();
  const auto hex = [](ByteView bytes) { return '"' + encode::to_hex(bytes) + '"'; };
  return R"({"version":3,"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":)" + hex(as_bytes(kSalt)) + R"(},"ciphertext":)" +
         hex(sealed) + R"(,"kdf":"scrypt","kdfparams":{"dklen":32,"n":1024,"r":8,"p":1,"salt":)" + hex(as_bytes(kSalt)) +
         R"(},"mac":)" + hex(mac) + "}}";
}

const std::string kPkcs8 = "openssl pkcs8 -topk8 -in key -passout file:pass -out out ";

TEST(KeyFileMemory, HoldsAKeyFromPemOnceAndNothingElse) {
  const auto passphrase = MaskedSecret::printable(24);
  const std::string ec = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key && ";
  const std::string pkcs8 = kPkcs8;
  const std::pair<const char*, std::string> rows[]{
      {"Ed25519", "openssl genpkey -algorithm ed25519 -out key && " + pkcs8},
      {"secp256k1", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out key && " + pkcs8},
      {"PBKDF2 with SHA-512", ec + pkcs8 + "-v2prf hmacWithSHA512"},
      {"scrypt", ec + pkcs8 + "-scrypt"},
      {"DES", ec + pkcs8 + "-v2 des3"},
      {"older encryption", ec + "openssl ec -aes256 -in key -passout file:pass -out out"},
      {"without encryption", ec + "mv key out"},
  };
  for (const auto& [what, commands] : rows) {
    EXPECT_THAT(leaks(kReadPem, openssl_makes(commands, passphrase), passphrase), testing::IsEmpty()) << what;
  }
}

TEST(KeyFileMemory, HoldsAnRsaKeyOnceAndNothingElse) {
  const auto passphrase = MaskedSecret::printable(24);
  const auto file =
      openssl_makes("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key && " + kPkcs8, passphrase);
  EXPECT_THAT(leaks(kReadPem, file, passphrase), testing::IsEmpty());
}

TEST(KeyFileMemory, HoldsAKeyFromAnEthereumKeystoreOnceAndNothingElse) {
  const auto passphrase = MaskedSecret::printable(24);
  EXPECT_THAT(leaks(kReadEthereum, ethereum_keystore(passphrase), passphrase), testing::IsEmpty());
}

TEST(KeyFileMemory, WouldFindWhatACarelessReaderLeaves) {
  const auto passphrase = MaskedSecret::printable(24);
  const auto careless = [](const SecretBytes& text, const PassphraseSource& source) {
    const auto secret = source();
    delete new std::string(as_text(secret->view(kAccess)));
    return key::read_pem(text, source);
  };
  const auto file = openssl_makes("openssl genpkey -algorithm ed25519 -out key && " + kPkcs8, passphrase);
  EXPECT_THAT(leaks(careless, file, passphrase), testing::Contains(testing::HasSubstr("passphrase was freed without a wipe")));
}

}  // namespace
}  // namespace custos::memory
