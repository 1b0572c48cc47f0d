#include "hsm/sealed_box.h"

#include <spdlog/fmt/fmt.h>

#include "hsm/cryptoki.h"

namespace custos::hsm {

Result<void> check_sealable(const SecretBytes& plaintext) {
  if (!plaintext.empty() && plaintext.size() <= kLongestSealed) return {};
  return fail(Errc::bad_input, Origin::token, fmt::format("only 1 to {} bytes can be sealed", kLongestSealed));
}

Unexpected changed_box(CkRv rv) {
  return fail(Errc::integrity, Origin::token, "sealed data does not open: it, its context or its key was changed",
              static_cast<std::uint32_t>(rv));
}

// SoftHSM2 answers a wrong tag or padding with CKR_GENERAL_ERROR, others as the standard wants (3.0, section 5.11.2).
bool is_broken_seal(CkRv rv) noexcept {
  return rv == CKR_GENERAL_ERROR || rv == CKR_FUNCTION_FAILED || rv == CKR_ENCRYPTED_DATA_INVALID ||
         rv == CKR_ENCRYPTED_DATA_LEN_RANGE || rv == kCkrAeadDecryptFailed || rv == CKR_DATA_INVALID;
}

}  // namespace custos::hsm
