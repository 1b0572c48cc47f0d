#include "encode/base64.h"

#include <sodium.h>

namespace custos::encode {

Result<SecretBytes> secret_from_base64(ByteView text) {
  auto secret = SecretBytes::allocate(text.size() / 4 * 3 + 3);
  if (!secret) return secret;
  const auto place = secret->mutable_view(InsecureSecretAccess{});
  std::size_t size = 0;
  if (sodium_base642bin(place.data(), place.size(), as_text(text).data(), text.size(), " \t\r\n", &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return fail(Errc::bad_input, Origin::key, "the base64 text is malformed: a character is wrong, or it is cut off");
  }
  secret->truncate(size);
  return secret;
}

}  // namespace custos::encode
