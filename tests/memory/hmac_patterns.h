// What an HMAC-SHA256 key looks like in memory, in every form from which MACs could be made.
#pragma once

#include <vector>

#include "custos/secret.h"
#include "memory/memory_scan.h"

namespace custos::memory {

// hmac_sha256_patterns gives, for a key of at most 64 bytes: the key and its two halves; the padded blocks key^ipad and key^opad
// (RFC 2104 section 2); and the compression states after each block as SHA-256 words in both byte orders and as the SHA
// instructions hold them (ABEF and CDGH).
[[nodiscard]] std::vector<Pattern> hmac_sha256_patterns(const SecretBytes& key);

// hmac_sha256_work_patterns gives what a MAC of one message passes through besides: the inner digest, and the message schedules
// (FIPS 180-4, section 6.2.2) of the two padded keys and of the block with the inner digest, four words at a time, as they are
// and with the round constants added.
[[nodiscard]] std::vector<Pattern> hmac_sha256_work_patterns(const SecretBytes& key, ByteView message);

}  // namespace custos::memory
