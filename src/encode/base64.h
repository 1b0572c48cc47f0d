// Base64 (RFC 4648): of secrets, and of public bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos::encode {

// secret_from_base64 decodes padded base64; spaces, tabs and line ends are skipped. Its time does not depend on the bytes, only
// on where white space is. Errors: bad_input, when it is no base64; system when no guarded memory is left.
[[nodiscard]] Result<SecretBytes> secret_from_base64(ByteView text);

// Base64 is the alphabet: of section 4, padded, or of section 5 without padding.
enum class Base64 : unsigned char { standard, url };

// base64_size is how many characters `bytes` bytes take.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes, Base64 alphabet = Base64::standard) noexcept {
  return alphabet == Base64::standard ? (bytes + 2) / 3 * 4 : (bytes * 4 + 2) / 3;
}
// write_base64 writes base64_size characters to `place`, which may not overlap the bytes. Its time may depend on the bytes: for
// public values only.
void write_base64(ByteView bytes, char* place, Base64 alphabet = Base64::standard) noexcept;

// to_base64 gives the same text, padded, as a string; cold paths only.
[[nodiscard]] std::string to_base64(ByteView bytes);

// read_base64 reads padded base64 without white space, whose unused bits are zero; nullopt when the text is anything else. For
// public values only.
[[nodiscard]] std::optional<Bytes> read_base64(std::string_view text);

}  // namespace custos::encode
