// The blocks of a PEM file (RFC 7468; headers: RFC 1421, section 4.6).
#pragma once

#include <string_view>
#include <vector>

#include "custos/result.h"

namespace custos::key {

// PemBlock views a block inside the file's text.
struct PemBlock {
  std::string_view label;       // "EC PRIVATE KEY"
  std::string_view encryption;  // what DEK-Info says when Proc-Type is ENCRYPTED, else empty: "AES-256-CBC,0123…"
  std::string_view base64;      // the lines between
};

// find_pem_blocks finds at least one. Explanatory text may stand before a block (RFC 7468, section 5.2), nothing but white space
// after the last. Errors: bad_input.
[[nodiscard]] Result<std::vector<PemBlock>> find_pem_blocks(std::string_view text);

}  // namespace custos::key
