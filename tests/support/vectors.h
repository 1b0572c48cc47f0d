// Vectors: the JSON files of tests/data/vectors.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/bytes.h"
#include "custos/secret.h"
#include "encode/hex.h"
#include "key/algorithm.h"
#include "support/test_data.h"

namespace custos::test {

// vectors_of gives the array that a file holds.
inline nlohmann::json vectors_of(const std::string& file, const char* member = "vectors") {
  std::ifstream stream(test::test_data("vectors/" + file));
  return nlohmann::json::parse(stream).at(member);
}

inline Bytes hex(const nlohmann::json& text) { return *encode::from_hex(text.get<std::string>()); }
inline SecretBytes secret_hex(const nlohmann::json& text) { return *SecretBytes::copy_of(hex(text)); }

inline key::Algorithm algorithm_of(const nlohmann::json& vector) {
  return *key::parse_algorithm(vector.at("algorithm").get<std::string>());
}

}  // namespace custos::test
