// Signing: prepared signers by credential and one reusable result, for as many requests as a process signs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "custos/custos.h"
#include "request_input.h"

namespace custos::cli {

class Signing {
 public:
  // `only` are the credentials that may be used; empty: all. Each signer keeps up to `shelf` sessions armed. `custodian` outlives
  // this.
  Signing(Custodian& custodian, std::vector<std::string> only, std::size_t shelf)
      : custodian_(custodian), only_(std::move(only)), options_{.shelf = shelf} {}

  // sign prepares the credential's signer when there is none yet, and signs. The result is valid until the next call. What failed
  // to be prepared is tried again at the next request.
  Result<const SignedRequest*> sign(const RequestInput& input);

  // rearm makes ready for the next requests, while nobody waits for an answer.
  void rearm() noexcept;

 private:
  Result<RequestSigner*> signer_for(const std::string& credential);

  Custodian& custodian_;
  std::vector<std::string> only_;
  PrepareOptions options_;
  std::map<std::string, RequestSigner, std::less<>> signers_;
  std::size_t capacity_ = SignedRequest::kDefaultCapacity;
  SignedRequest result_{capacity_};
};

// append_answer appends the signed request as one JSON object, without a line end: the contract of `request sign`. `id`, when not
// empty, is JSON text that comes first. Errors: bad_input when the URL or a header is no UTF-8 and so cannot stand in JSON.
Result<void> append_answer(std::string& out, const SignedRequest& answer, const RequestInput& input);

// append_failure appends {"error":{"code","message"}} likewise.
void append_failure(std::string& out, const Error& error, std::string_view id);

// answer_text shows the signed request to a person.
[[nodiscard]] std::string answer_text(const SignedRequest& answer, bool show_preimage);

}  // namespace custos::cli
