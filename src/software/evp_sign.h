// evp_sign: a signature by OpenSSL's EVP_PKEY, in the form of its scheme.
#pragma once

#include <openssl/evp.h>

#include <span>

#include "base/bytes.h"
#include "custos/request.h"
#include "key/algorithm.h"
#include "software/openssl_context.h"

namespace custos::software {

// evp_sign writes facts_of(use.algorithm).signature_size bytes. Safe with one key on many threads. Allocates nothing of ours.
// Status: internal, when the provider fails or the scheme does not fit the message.
[[nodiscard]] SignStatus evp_sign(const OpenSslContext& context, EVP_PKEY* key, key::KeyUse use, ByteView message,
                                  std::span<std::uint8_t> out) noexcept;

}  // namespace custos::software
