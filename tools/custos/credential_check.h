// What verify and audit share: a venue is asked with a credential.
#pragma once

#include <string>

#include "credential.h"
#include "signing.h"
#include "venue_answer.h"

namespace custos::cli {

// Asked is a venue's answer to one signed request, and what was said in it.
struct Asked {
  HttpAnswer answer;
  VenueAnswer said;
};

// ask_venue signs `request` by the credential and sends it. Errors: as RequestSigner::sign and send_request.
Result<Asked> ask_venue(Signing& signing, const std::string& credential, const VenueRequest& request, const HttpRoute& route);

// add_route_options declares --url and --ca-file.
void add_route_options(CLI::App& app, HttpRoute& route);

}  // namespace custos::cli
