// TokenBackend: a PKCS#11 token as a key::Backend. The only part of hsm/ that the custodian talks to.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/backend.h"
#include "key/sealer.h"

namespace custos::hsm {

// PinProvider fetches the PIN when a login needs it (a file, a prompt, …). Called at most once per login attempt.
using PinProvider = std::function<Result<SecretBytes>()>;

// TokenConfig is a [token.NAME] table of custos.toml, resolved.
struct TokenConfig {
  std::string name;                                 // "dev"
  std::filesystem::path module;                     // the PKCS#11 library
  std::string uri;                                  // RFC 7512, names the token: "pkcs11:token=custos-dev"
  std::map<std::string, std::string> environment;   // variables that the module reads; compared, never set
  std::string init_reserved;                        // C_Initialize's pReserved; empty: NULL, as most modules want
  bool allow_shared_module = false;                 // accept a module that others in the process use too
  std::string profile;                              // empty: chosen by what the module says of itself
  std::string arming;                               // "off", "key" or "copies"; empty: as the profile says
  std::filesystem::path pin_guard;                  // file that remembers refused PINs, 0600
  std::chrono::milliseconds acquire_timeout{2000};  // longest wait for a session without a deadline
};

// TokenProbe is what can be seen of a token without a PIN.
struct TokenProbe {
  bool initialised = false;
  key::BackendDescription description;
};

class TokenBackend : public key::Backend {
 public:
  // open loads the module (one private instance per process, shared by all Custodians), finds the token and logs in.
  // Errors: bad_input (URI, no PKCS#11 library, environment differs: the line to export), device_gone (module file or token
  // absent, and all that devices do), authentication (PIN wrong, locked, final try, refused before), refused (module shared with
  // strangers).
  static Result<std::shared_ptr<TokenBackend>> open(const TokenConfig& config, const PinProvider& pin);

  // probe loads the module and looks at the token without logging in. Errors: as open, without authentication.
  static Result<TokenProbe> probe(const TokenConfig& config);

  // initialise makes a new token named by the URI's token attribute in the first free slot (C_InitToken, C_InitPIN).
  // already_exists when there is one of that label.
  static Result<void> initialise(const TokenConfig& config, const SecretBytes& so_pin, const SecretBytes& pin);

  // sealer gives the Sealer over a key made for sealing: AES-GCM, or RSA-OAEP over a data key. Errors: not_found, and as prepare.
  [[nodiscard]] virtual Result<std::unique_ptr<key::Sealer>> sealer(const key::KeyId& id,
                                                                    key::Algorithm algorithm = key::Algorithm::aes_256) = 0;
};

}  // namespace custos::hsm
