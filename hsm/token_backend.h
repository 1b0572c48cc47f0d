// TokenBackend: a PKCS#11 token as a key::Backend. The only part of hsm/ that the custodian talks to.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "custos/health.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "custos/token_probe.h"
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
  std::string deadlines;                            // "inline" or "threaded"; empty: as the profile says
  bool verify_always = false;                       // make each MAC on two sessions and compare: nothing is armed then
  std::filesystem::path pin_guard;                  // file that remembers refused PINs, 0600
  std::chrono::milliseconds acquire_timeout{2000};  // longest wait for a session without a deadline
  std::optional<std::chrono::milliseconds> operation_timeout{};  // of a call without a deadline; absent: as the profile says
  std::optional<std::chrono::seconds> keep_alive{};              // between keep-alives; zero: none; absent: as the profile says
  bool threads = false;                                          // Custos may start threads in this process
  HealthSink on_health{};                                        // absent: only the log is told
  DeviceLogDrain on_device_log_full{};                           // absent: a person drains it
};

// TokenLook is what can be seen of a token without a PIN.
struct TokenLook {
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

  // look loads the module and looks at the token without logging in; it comes back on time as open does. Errors: as open, without
  // authentication.
  static Result<TokenLook> look(const TokenConfig& config);

  // initialise makes a new token named by the URI's token attribute in the first free slot (C_InitToken, C_InitPIN).
  // already_exists when there is one of that label.
  static Result<void> initialise(const TokenConfig& config, const SecretBytes& so_pin, const SecretBytes& pin);

  // sealer gives the Sealer over a key made for sealing: AES-GCM, or RSA-OAEP over a data key. Errors: not_found, and as prepare.
  [[nodiscard]] virtual Result<std::unique_ptr<key::Sealer>> sealer(const key::KeyId& id,
                                                                    key::Algorithm algorithm = key::Algorithm::aes_256) = 0;

  // probe tries out what the token can do. Its keys are gone afterwards, and those that a killed probe left. Errors: as prepare.
  [[nodiscard]] virtual Result<std::vector<ProbeFinding>> probe(const ProbeOptions& options) = 0;
};

}  // namespace custos::hsm
