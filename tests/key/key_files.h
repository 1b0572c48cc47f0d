// Key files made by the machine's openssl, in a temporary folder, and reading them.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "encode/hex.h"
#include "key/private_key_file.h"
#include "support/home_fixture.h"
#include "support/test_data.h"

namespace custos::key {

inline constexpr std::string_view kPassphrase = "correct horse";

inline PassphraseSource passphrase(std::string_view text = kPassphrase) {
  return [text]() -> Result<SecretBytes> { return SecretBytes::copy_of(as_bytes(text)); };
}

// never fails the test when it is asked.
inline Result<SecretBytes> never() {
  ADD_FAILURE() << "the passphrase of a file without one was asked";
  return SecretBytes();
}

inline std::string material_of(const ReadKey& key) { return encode::to_hex(key.material.view(InsecureSecretAccess{})); }

// outcome is the material as hex, or the error's code and line.
inline std::string outcome(const Result<ReadKey>& key) {
  if (key) return std::string(facts_of(key->algorithm).option) + ' ' + material_of(*key);
  return std::string(to_string(key.error().code)) + ": " + key.error().detail;
}
inline std::string read(std::string_view pem, const PassphraseSource& source = never) {
  return outcome(read_pem(test::secret_of(pem), source));
}

// begin is the line that begins a PEM block.
inline std::string begin(const std::string& label) { return "-----BEGIN " + label + "-----"; }

// vectors is a member of a file of tests/data/vectors.
inline nlohmann::json vectors(const char* name, const char* member = "vectors") {
  std::ifstream file(test::test_data(std::string("vectors/") + name));
  return nlohmann::json::parse(file).at(member);
}

// Openssl runs the command line tool in a temporary folder; $PASS there is kPassphrase.
class Openssl {
 public:
  // operator() answers what `arguments` print.
  std::string operator()(const std::string& arguments) const {
    const std::string command =
        "cd " + folder_.path().string() + " && PASS='" + std::string(kPassphrase) + "' openssl " + arguments + " 2>err";
    std::string out;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) std::abort();
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0) << "openssl " << arguments << ": " << file("err");
    return out;
  }
  [[nodiscard]] std::string file(const std::string& name) const { return test::read_file(folder_.path() / name); }

  // generate makes a key and answers it as outcome() would show it, from what openssl itself says of it.
  std::string generate(Algorithm algorithm, const std::string& name) const {
    const auto& facts = facts_of(algorithm);
    const std::string option(facts.option);
    switch (facts.family) {
      case Family::ed25519: (*this)("genpkey -algorithm ed25519 -out " + name); break;
      case Family::ecdsa:
        (*this)("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" +
                std::string(algorithm == Algorithm::ecdsa_p256 ? "P-256" : "secp256k1") + " -out " + name);
        break;
      default: (*this)("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:" + option.substr(4) + " -out " + name);
    }
    if (facts.family == Family::rsa) {
      return option + ' ' + encode::to_hex(as_bytes((*this)("rsa -traditional -outform DER -in " + name)));
    }
    const std::string text = (*this)("pkey -noout -text -in " + name);
    std::string hex;
    for (const char c : text.substr(text.find("priv:") + 5, text.find("pub:") - text.find("priv:") - 5)) {
      if (std::isxdigit(static_cast<unsigned char>(c)) != 0) hex += c;
    }
    return option + ' ' + hex;
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace custos::key
