// Http: sends one signed request to a venue, over verified TLS, and reads a bounded answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "custos/custos.h"

namespace custos::cli {

// HttpRoute says where a request goes when not to the venue itself, and whom to believe.
struct HttpRoute {
  std::string base_url;  // in place of https://host:port of the venue, which stays what the Host header says; empty: the venue
  std::string ca_file;   // PEM of the authorities that count in place of the system's; empty: the system's
};

struct HttpAnswer {
  long status = 0;
  std::string body;
  std::string sent_to;                 // "https://api.binance.com"
  std::optional<std::int64_t> date_s;  // of the answer's Date header, Unix seconds
};

// check_route refuses a base URL that is none, that names more than scheme, host and port, or that is not HTTPS except to this
// machine itself. Errors: bad_input.
Result<void> check_route(const HttpRoute& route);

// send_request sends `request` as it was signed, and waits at most 10 seconds for an answer of at most 1 MiB. Redirects are not
// followed; proxies and certificates that the environment names are not used. Errors: bad_input (route); device_gone (no
// connection, a certificate that does not verify, no answer in time); system.
Result<HttpAnswer> send_request(const SignedRequest& request, const HttpRoute& route);

}  // namespace custos::cli
