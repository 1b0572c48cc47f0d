// What read_pem refuses, and in which words.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sodium.h>

#include <string>
#include <utility>

#include "key/key_files.h"
#include "key/private_key_file.h"

namespace custos::key {
namespace {

std::string pem(const std::string& label, const std::string& body) {
  return begin(label) + '\n' + body + "\n-----END " + label + "-----\n";
}

// with_der is a block of DER, given as hex.
std::string with_der(const std::string& label, const std::string& hex) {
  const Bytes der = *encode::from_hex(hex);
  std::string base64(sodium_base64_ENCODED_LEN(der.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), der.data(), der.size(), sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();  // the zero at its end
  return pem(label, base64);
}

TEST(PrivateKeyRefusal, SaysWhatAFileIsInstead) {
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const auto key = openssl.file("key");
  openssl("req -x509 -key key -subj /CN=x -out certificate");
  const auto certificate = openssl.file("certificate");
  const auto der = openssl("pkey -in key -outform DER");
  const std::pair<std::string, std::string> rows[]{
      {"", "the key file is empty"},
      {" \r\n\t\n", "the key file is empty"},
      {"hello", "the key file is no PEM: it has no line -----BEGIN … PRIVATE KEY-----"},
      {"{\"version\":3}", "the key file is JSON, not PEM: an Ethereum keystore is imported as such"},
      {der,
       "the key file is DER, not PEM: convert it with openssl pkey -inform DER -in FILE -aes256 -out FILE.pem, or a PKCS#12 file "
       "(.p12, .pfx) with openssl pkcs12 -in FILE -nocerts -out FILE.pem"},
      {certificate,
       "the key file holds the block CERTIFICATE, which is public: give a file with the private key and nothing else"},
      {key + certificate,
       "the key file holds the block CERTIFICATE, which is public: give a file with the private key and nothing else"},
      {openssl("pkey -in key -pubout"),
       "the key file holds the block PUBLIC KEY, which is public: give a file with the private key and nothing else"},
      {pem("OPENSSH PRIVATE KEY", "AAAA"),
       "the key file is OpenSSH's: convert a copy of it with ssh-keygen -p -m PKCS8 -f COPY (Ed25519 needs OpenSSH 9.6)"},
      {pem("DSA PRIVATE KEY", "AAAA"),
       "the key file holds the block DSA PRIVATE KEY, which is no private key that Custos reads: give a file with one private "
       "key "
       "and nothing else"},
      {key + key, "the key file holds 2 keys: give one with a single key"},
      {openssl("ecparam -name prime256v1"), "the key file holds the parameters of a curve, and no key"},
      {openssl("ecparam -name prime256v1") + key,
       "the parameters of a curve belong once, before an EC PRIVATE KEY: remove the others from the key file"},
      {key + "hello\n", "text follows the last block of the key file: remove what comes after its END line"},
      {key.substr(0, key.size() - 10), "the file ends inside its block PRIVATE KEY: it was cut off"},
      {begin("PRIVATE KEY") + '\n' + key, "the block PRIVATE KEY has no end: the file is damaged"},
      {begin("PRIVATE KEY") + "\nAAAA\n-----END EC PRIVATE KEY-----\n",
       "the block PRIVATE KEY ends as another: the file is damaged"},
      {pem("PRIVATE KEY", "Comment: x\n\nAAAA"), "the headers of the block PRIVATE KEY are malformed"},
      {pem("PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA"),
       "the headers of the block PRIVATE KEY are malformed"},
      {pem("EC PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nAAAA"), "the headers of the block EC PRIVATE KEY are malformed"},
      {pem("EC PRIVATE KEY", "AAAA\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\nAAAA"),
       "the block EC PRIVATE KEY has a header after its first line: the file is damaged"},
      {pem("PRIVATE KEY", "MC4!"), "the base64 text is malformed: a character is wrong, or it is cut off"},
      {pem("PRIVATE KEY", ""), "the key in this file is damaged: it is no PrivateKeyInfo (RFC 5958)"},
      {std::string(kMaxKeyFile + 1, ' '), "the key file has 65537 bytes: at most 65536"},
  };
  for (const auto& [text, why] : rows) EXPECT_EQ(read(text), "bad_input: " + why);
}

TEST(PrivateKeyRefusal, NamesTheCurveOfAnotherKey) {
  const Openssl openssl;
  for (const auto& [curve, name] : {std::pair("P-384", "P-384"), {"P-521", "P-521"}, {"brainpoolP256r1", "brainpoolP256r1"}}) {
    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" + std::string(curve) + " -out key");
    const auto why = "bad_input: wrong curve: this file holds " + std::string(name) + ", Custos signs with P-256 and secp256k1";
    EXPECT_EQ(read(openssl.file("key")), why);
    EXPECT_EQ(read(openssl("ec -in key")), why);
  }
}

TEST(PrivateKeyRefusal, NamesTheAlgorithmOfAnotherKey) {
  const Openssl openssl;
  for (const std::string algorithm : {"X25519", "ED448"}) {
    EXPECT_EQ(read(openssl("genpkey -algorithm " + algorithm)),
              "bad_input: this file holds a key for " + algorithm +
                  ": Custos signs with Ed25519, ECDSA on P-256 and secp256k1, and RSA (PKCS#1 v1.5)");
  }
  EXPECT_TRUE(read(openssl("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:1024"))
                  .starts_with("bad_input: this file holds a key for RSASSA-PSS: "));
}

TEST(PrivateKeyRefusal, RefusesRsaKeysOfOtherSizes) {
  const Openssl openssl;
  const auto of_bits = [&](const std::string& bits) {
    return read(openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:" + bits));
  };
  EXPECT_EQ(of_bits("1024"), "bad_input: an RSA key of 1024 bits is too short: 2048, 3072 or 4096");
  EXPECT_EQ(of_bits("2047"), "bad_input: an RSA key of 2047 bits is too short: 2048, 3072 or 4096");
  EXPECT_EQ(of_bits("2056"), "bad_input: an RSA key of 2056 bits is not supported: 2048, 3072 or 4096");
}

TEST(PrivateKeyRefusal, RefusesRsaKeysOfThreePrimes) {
  const Openssl openssl;
  EXPECT_EQ(read(openssl("genrsa -primes 3 -traditional 2048")),
            "bad_input: the key in this file is damaged: it is no RSAPrivateKey of two primes (RFC 8017, A.1.2)");
}

TEST(PrivateKeyRefusal, RefusesCurvesThatAreSpelledOut) {
  const Openssl openssl;
  openssl.generate(Algorithm::ecdsa_p256, "key");
  EXPECT_EQ(read(openssl("ec -in key -param_enc explicit")),
            "bad_input: the file spells out the parameters of its curve instead of naming it: name it with openssl ec -in FILE "
            "-param_enc named_curve -out NEW");
}

TEST(PrivateKeyRefusal, NamesEncryptionThatItDoesNotRead) {
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const std::string remedy =
      ", which Custos does not read: encrypt it anew with openssl pkcs8 -topk8 -in FILE -v2 aes-256-cbc -out NEW";
  EXPECT_EQ(read(openssl("pkcs8 -topk8 -in key -v1 PBE-SHA1-3DES -passout env:PASS")),
            "bad_input: the key file is encrypted with the scheme PBE-SHA1-3DES" + remedy);
  EXPECT_EQ(read(openssl("pkcs8 -topk8 -in key -v2 camellia-256-cbc -passout env:PASS")),
            "bad_input: the key file is encrypted with the cipher CAMELLIA-256-CBC" + remedy);
  openssl.generate(Algorithm::ecdsa_p256, "ec");
  EXPECT_EQ(read(openssl("ec -in ec -camellia256 -passout env:PASS")),
            "bad_input: the key file's DEK-Info names no cipher that Custos reads: encrypt it anew with openssl pkcs8 -topk8 -in "
            "FILE -v2 aes-256-cbc -out NEW");
}

TEST(PrivateKeyRefusal, RefusesAnEncryptedFileThatAsksForTooMuch) {
  const auto file = vectors("private_keys.json", "rfc7914_encrypted").get<std::string>();
  EXPECT_EQ(
      read(file),
      "bad_input: the key file asks for 1073741824 bytes of memory for scrypt, at most 536870912 are allowed: encrypt it anew "
      "with less");
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const auto pbkdf2 = openssl("pkcs8 -topk8 -in key -iter 101 -passout env:PASS");
  EXPECT_EQ(outcome(read_pem(test::secret_of(pbkdf2), never, KdfLimits{.pbkdf2_iterations = 100})),
            "bad_input: the key file asks for 101 rounds of PBKDF2, at most 100 are allowed: encrypt it anew with less");
}

TEST(PrivateKeyRefusal, LeavesTheHostsQueueOfOpensslErrorsAlone) {
  const Openssl openssl;
  openssl.generate(Algorithm::ed25519, "key");
  const auto encrypted = openssl("pkcs8 -topk8 -in key -passout env:PASS");
  ERR_clear_error();
  EXPECT_TRUE(read(encrypted, passphrase("wrong")).starts_with("authentication: "));
  EXPECT_TRUE(read(with_der("PRIVATE KEY", "300c020100300506038659010400"))
                  .starts_with("bad_input: this file holds a key for 2.777.1: "));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

// The seed and scalar of 1; its public keys are the base points.
const std::string kOne = std::string(63, '0') + '1';
const std::string kZero(64, '0');
const std::string kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";  // of secp256k1 (SEC 2, 2.4.1)

// ec is an ECPrivateKey on secp256k1.
std::string ec(const std::string& scalar) { return with_der("EC PRIVATE KEY", "302e0201010420" + scalar + "a00706052b8104000a"); }

TEST(PrivateKeyRefusal, RefusesMaterialThatIsNoKey) {
  EXPECT_EQ(read(ec(kOne)), "ecdsa-secp256k1 " + kOne);
  EXPECT_TRUE(read(ec(kZero)).starts_with("bad_input: ")) << read(ec(kZero));
  EXPECT_TRUE(read(ec(kOrder)).starts_with("bad_input: ")) << read(ec(kOrder));
  EXPECT_EQ(read(with_der("PRIVATE KEY", "302d020100300506032b65700421041f" + kOne.substr(2))),
            "bad_input: an Ed25519 seed has 32 bytes, this one has 31");
}

TEST(PrivateKeyRefusal, PutsLeadingZeroesBack) {
  EXPECT_EQ(read(with_der("EC PRIVATE KEY", "300f020101040101a00706052b8104000a")), "ecdsa-secp256k1 " + kOne);
  EXPECT_EQ(read(with_der("EC PRIVATE KEY", "302f020101042100" + kOne + "a00706052b8104000a")),
            "bad_input: a private key of 33 bytes is too long for its curve: 32");
}

TEST(PrivateKeyRefusal, RefusesAPublicKeyThatIsNotThePrivateKeys) {
  const std::string why =
      "integrity: the public key in this file is not that of its private key: the file is damaged, or was changed";
  const Openssl openssl;
  openssl.generate(Algorithm::ecdsa_p256, "key");
  openssl.generate(Algorithm::ecdsa_p256, "other");
  const auto hex_der = [&](const std::string& name) {
    return encode::to_hex(as_bytes(openssl("pkcs8 -topk8 -nocrypt -in " + name + " -outform DER")));
  };
  const auto own = hex_der("key");
  const auto other = hex_der("other");
  constexpr std::size_t kPoint = 130;  // digits of the last 65 bytes
  EXPECT_EQ(read(with_der("PRIVATE KEY", own.substr(0, own.size() - kPoint) + other.substr(other.size() - kPoint))), why);
  auto changed = own;
  changed.back() = changed.back() == '0' ? '1' : '0';
  EXPECT_EQ(read(with_der("PRIVATE KEY", changed)), why) << "no point of the curve";

  const std::string seed = "3053020101300506032b657004220420" + kOne + "812100";
  EXPECT_EQ(read(with_der("PRIVATE KEY", "3051" + seed.substr(4) + kOne)), why);
}

TEST(PrivateKeyRefusal, RefusesAnEcKeyWithoutACurveOrWithTwo) {
  const auto no_curve = with_der("EC PRIVATE KEY", "30250201010420" + kOne);
  EXPECT_EQ(read(no_curve), "bad_input: the EC key in this file does not say on which curve it is");
  EXPECT_EQ(read(with_der("EC PARAMETERS", "06052b8104000a") + no_curve), "ecdsa-secp256k1 " + kOne);
  EXPECT_EQ(read(with_der("EC PARAMETERS", "06082a8648ce3d030107") + ec(kOne)),
            "bad_input: the file names two curves for its EC key");
}

TEST(PrivateKeyRefusal, RefusesMalformedStructures) {
  const std::pair<std::string, std::string> rows[]{
      {"PRIVATE KEY", "302e020102300506032b657004220420" + kOne},          // version 3
      {"PRIVATE KEY", "302e020100300506032b657004220420" + kOne + "00"},   // something after it
      {"PRIVATE KEY", "3030020100300706032b6570050004220420" + kOne},      // parameters, which Ed25519 has not (RFC 8410, 3)
      {"PRIVATE KEY", "302c020100300506032b65700420" + kOne},              // the seed is not wrapped (RFC 8410, 7)
      {"PRIVATE KEY", "300f020100300b06092a864886f70d0101010400"},         // RSA without NULL
      {"EC PRIVATE KEY", "302e0201020420" + kOne + "a00706052b8104000a"},  // version 2
      {"EC PRIVATE KEY", "302e0201010420" + kOne + "a00706052b8104000a00"},
      {"EC PRIVATE KEY", "30300201010420" + kOne + "a10905000102030405060700"},
      {"RSA PRIVATE KEY", "3003020100"},
      {"RSA PRIVATE KEY",
       "301b0201000201000201000201000201000201000201000201000201"
       "00"},
      {"ENCRYPTED PRIVATE KEY", "3000"},
      {"ENCRYPTED PRIVATE KEY", "3013300d06092a864886f70d01050d30000402abcd"},
  };
  for (const auto& [label, der] : rows) {
    const auto answer = read(with_der(label, der));
    EXPECT_TRUE(answer.starts_with("bad_input: the ")) << label << ' ' << der << "\n  " << answer;
    EXPECT_NE(answer.find(" is damaged: it is no "), std::string::npos) << label << ' ' << der << "\n  " << answer;
  }
}

}  // namespace
}  // namespace custos::key
