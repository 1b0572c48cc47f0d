// The checks of a capability probe. Each answers its lines of the table; a capability that the token has not is a line too.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "custos/result.h"
#include "hsm/capability_probe.h"
#include "hsm/probe_bench.h"

namespace custos::hsm {

using Findings = Result<std::vector<Finding>>;

// no_key_line is for what cannot be tried, because the token makes no key that Custos would sign with.
[[nodiscard]] inline Finding no_key_line(std::string name, const Error& error) {
  return {std::move(name), "no key: " + reason(error)};
}

Findings check_interface(const ProbeBench& bench, const ProbeOptions& options);
Findings check_mechanisms(const ProbeBench& bench, const ProbeOptions& options);
Findings check_hmac_import(const ProbeBench& bench, const ProbeOptions& options);  // each form, each MAC against OpenSSL's
Findings check_generation(const ProbeBench& bench, const ProbeOptions& options);   // HMAC, RSA
Findings check_curves(const ProbeBench& bench, const ProbeOptions& options);       // P-256, secp256k1, Ed25519 in both forms
Findings check_session_cap(const ProbeBench& bench, const ProbeOptions& options);
Findings check_arming(const ProbeBench& bench, const ProbeOptions& options);      // devices.md 1.1
Findings check_revocation(const ProbeBench& bench, const ProbeOptions& options);  // 1.5
Findings check_cancel(const ProbeBench& bench, const ProbeOptions& options);      // 1.6
Findings check_copies(const ProbeBench& bench, const ProbeOptions& options);      // 1.2
Findings check_data_objects(const ProbeBench& bench, const ProbeOptions& options);
Findings check_wrapping(const ProbeBench& bench, const ProbeOptions& options);  // 1.18
Findings check_birth(const ProbeBench& bench, const ProbeOptions& options);     // 1.17
Findings check_message_sizes(const ProbeBench& bench, const ProbeOptions& options);
Findings check_latency(const ProbeBench& bench, const ProbeOptions& options);  // 3

using ProbeCheck = Findings (*)(const ProbeBench&, const ProbeOptions&);
inline constexpr std::array<ProbeCheck, 15> kProbeChecks{
    check_interface,    check_mechanisms, check_hmac_import, check_generation,    check_curves,
    check_session_cap,  check_arming,     check_revocation,  check_cancel,        check_copies,
    check_data_objects, check_wrapping,   check_birth,       check_message_sizes, check_latency};

}  // namespace custos::hsm
