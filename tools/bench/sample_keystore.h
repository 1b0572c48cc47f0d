// A software keystore of any size, to be measured: what takes a keystore long is not to be waited for once per key.
#pragma once

#include <filesystem>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/key_id.h"

namespace custos::bench {

// write_sample_keystore writes a keystore of that many HMAC-SHA256 keys in one go, under the passphrase with the least work of
// Argon2id, and answers the id of its last key. The keys are one in truth: a random one. Errors: those of Argon2id and of the
// file.
[[nodiscard]] Result<key::KeyId> write_sample_keystore(const std::filesystem::path& file, const key::KeyId& home,
                                                       const SecretBytes& passphrase, std::size_t keys);

}  // namespace custos::bench
