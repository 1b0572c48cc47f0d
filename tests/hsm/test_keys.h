// Private keys that the tests import, the same in every run.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "encode/hex.h"
#include "key/algorithm.h"
#include "support/softhsm_fixture.h"
#include "support/test_data.h"

namespace custos::test {

// material_of gives a key's material (key/key_material.h): bytes 1, 2, 3 … 32, or an RSA key of tests/data.
inline Bytes material_of(key::Algorithm algorithm) {
  if (key::facts_of(algorithm).family != key::Family::rsa) {
    Bytes bytes(key::facts_of(algorithm).secret_size);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
    return bytes;
  }
  std::ifstream file(test::test_data("vectors/rsa_keys.json"));
  const auto vectors = nlohmann::json::parse(file);
  for (const auto& key : vectors.at("keys")) {
    if (key.at("algorithm") == key::facts_of(algorithm).option) return *encode::from_hex(key.at("material").get<std::string>());
  }
  return {};
}

inline SecretBytes secret_of(const Bytes& bytes) { return secret_text(as_text(bytes)); }

}  // namespace custos::test
