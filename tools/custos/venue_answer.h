// VenueAnswer: what a venue says in its answer to a signed request, read by the conventions that exchanges follow.
#pragma once

#include <string>

#include "http.h"
#include "output.h"

namespace custos::cli {

struct VenueAnswer {
  enum class Verdict {
    accepted,
    refused,      // the venue does not accept key, signature, passphrase, time or address
    unavailable,  // the venue could not judge: 5xx, or too many requests
    failed,       // the venue, or whoever answered, said something else
  };
  Verdict verdict = Verdict::failed;
  std::string code, message;  // the venue's own, or the answer's first line
  Json json;                  // the whole; discarded where it is no JSON
};

// read_answer judges by the HTTP status and by the members that say success or failure: code, retCode, success, status, error …
[[nodiscard]] VenueAnswer read_answer(const HttpAnswer& answer);

[[nodiscard]] std::string_view to_string(VenueAnswer::Verdict verdict) noexcept;
// exit_status is what a command ends with: 0, 5 refused, 4 unavailable, 1 failed.
[[nodiscard]] int exit_status(VenueAnswer::Verdict verdict) noexcept;

}  // namespace custos::cli
