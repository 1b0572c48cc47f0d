// What the credential commands share.
#pragma once

#include <CLI/CLI.hpp>

#include "cli.h"
#include "output.h"

namespace custos::cli {

// answer_credential shows the credential as it is now, or passes the failure on.
Result<int> answer_credential(const Result<CredentialInfo>& credential, bool json);

void add_credential_add_command(CLI::App& group, Cli& cli);
void add_credential_set_command(CLI::App& group, Cli& cli);
void add_credential_verify_command(CLI::App& group, Cli& cli);
void add_credential_audit_command(CLI::App& group, Cli& cli);

}  // namespace custos::cli
