// Pkcs11Backend: a token's keys, objects and secrets, by calls on the caller's thread.
#pragma once

#include <filesystem>
#include <memory>

#include "hsm/module.h"
#include "hsm/profile.h"
#include "hsm/session_pool.h"
#include "hsm/slot.h"
#include "hsm/token_backend.h"

namespace custos::hsm {

// make_pkcs11_backend gives the backend of a token that is logged in to. `turn` is where its turn is taken.
[[nodiscard]] std::shared_ptr<TokenBackend> make_pkcs11_backend(std::shared_ptr<SessionPool> pool, std::filesystem::path turn);

// describe_token tells what is known without a login.
[[nodiscard]] key::BackendDescription describe_token(const TokenFacts& token, const Module& module, const Profile& profile);

}  // namespace custos::hsm
