// Fallbacks: the second keys of credentials, which sign while the device of the first is away (custodian/outage.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custodian/custodian_impl.h"
#include "custodian/key_store.h"
#include "custos/administration.h"
#include "registry/registry.h"

namespace custos {

inline constexpr std::chrono::minutes kFallbackLimit{15};         // of one outage, unless it is set
inline constexpr std::chrono::minutes kMaxFallbackLimit{43'200};  // 30 days

// FallbackPlan is what set_credential does with a credential's fallback, checked and proved before the registry's write lock is
// taken: proving takes devices, and perhaps a passphrase.
struct FallbackPlan {
  std::string own_key_id;                         // the credential's key for which the fallback was proved; empty: none was
  std::optional<registry::FallbackRow> standing;  // as it was when the plan was made
  std::optional<registry::FallbackRow> wanted;    // as it is to be

  // carry_out writes it, after the credential's new version. Errors: busy, when the credential was changed meanwhile.
  Result<void> carry_out(registry::Change& change, const std::string& credential_id) const;
};

// plan_fallback checks what is wanted for the fallback of a credential, with its key or API key changed to what is wanted too. An
// HMAC key is proved to be the same secret; of asymmetric keys the person says that the venue has both, and says so again when a
// key or the API key is another. Errors: bad_input, not_found, refused; those of the keys' backends.
[[nodiscard]] Result<FallbackPlan> plan_fallback(Custodian::Impl& home, std::string_view credential,
                                                 const CredentialChange& wanted);

// describe_fallback tells of a credential's fallback and what it is doing, unverified.
[[nodiscard]] Result<std::optional<FallbackInfo>> describe_fallback(registry::Registry& registry,
                                                                    const std::string& credential_id, const KeyDirectory& keys);

// ActiveFallback is one that signs now, or did when its credential was last used.
struct ActiveFallback {
  std::string credential;
  FallbackInfo fallback;
};
// active_fallbacks lists them for the doctor, unverified.
[[nodiscard]] Result<std::vector<ActiveFallback>> active_fallbacks(Custodian::Impl& home);

}  // namespace custos
