#include "custodian/drawn_secret.h"

#include <sodium.h>

#include "base/bytes.h"
#include "base/private_file.h"
#include "custos/secret_source.h"

namespace custos {

Result<SecretBytes> drawn_secret(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    auto random = SecretBytes::allocate(16);
    if (!random) return random;
    auto hex = SecretBytes::allocate(33);
    if (!hex) return hex;
    const auto bytes = random->mutable_view(InsecureSecretAccess{});
    const auto text = hex->mutable_view(InsecureSecretAccess{});
    randombytes_buf(bytes.data(), bytes.size());
    sodium_bin2hex(reinterpret_cast<char*>(text.data()), text.size(), bytes.data(), bytes.size());
    hex->truncate(32);
    if (auto written = write_private_file(path, as_text(hex->view(InsecureSecretAccess{}))); !written) return written.failure();
  }
  auto secret = read_secret_file(path);
  if (secret) strip_trailing_newline(*secret);
  return secret;
}

}  // namespace custos
