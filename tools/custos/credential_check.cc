// custos credential verify: asks the venue whether it takes the credential.
#include "credential_check.h"

#include <ctime>

#include "options.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name;
  HttpRoute route;
  bool json = false;
};

// clock_text tells how far this machine's clock is from the venue's, which its answers show in whole seconds.
std::string clock_text(std::int64_t ahead_s) {
  constexpr std::int64_t kUnremarkable = 2;
  if (ahead_s <= kUnremarkable && ahead_s >= -kUnremarkable) return "";
  return "this machine's is " + std::to_string(ahead_s < 0 ? -ahead_s : ahead_s) + " s " + (ahead_s < 0 ? "behind" : "ahead of") +
         " the venue's: set it right";
}

std::string verdict_text(VenueAnswer::Verdict verdict) {
  switch (verdict) {
    case VenueAnswer::Verdict::accepted: return "accepted: the venue takes this credential";
    case VenueAnswer::Verdict::refused: return "refused: the venue does not take this API key, its signature, time or address";
    case VenueAnswer::Verdict::unavailable: return "unavailable: the venue could not judge now; try again later";
    case VenueAnswer::Verdict::failed: return "failed: the answer is neither an acceptance nor a refusal of the credential";
  }
  return "";
}

Result<int> verify(const Cli& cli, const Options& options) {
  if (auto usable = check_route(options.route); !usable) return usable.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  auto credential = administration.show_credential(options.name);
  if (!credential) return credential.failure();
  auto venue = administration.show_venue(credential->venue);
  if (!venue) return venue.failure();
  if (!venue->check) {
    return fail(Errc::bad_input, Origin::none, "Custos knows no request that would prove a credential of " + venue->name);
  }
  Signing signing(*home, {}, 0);
  auto asked = ask_venue(signing, options.name, *venue->check, options.route);
  if (!asked) return asked.failure();

  const auto& [answer, said] = *asked;
  const std::int64_t ahead_s = answer.date_s ? std::int64_t{std::time(nullptr)} - *answer.date_s : 0;
  const std::string request = venue->check->method + ' ' + venue->check->path;
  auto told = options.json ? emit_json(Json{{"credential", options.name},
                                            {"venue", credential->venue},
                                            {"environment", credential->environment},
                                            {"request", request},
                                            {"sent_to", answer.sent_to},
                                            {"http_status", answer.status},
                                            {"verdict", to_string(said.verdict)},
                                            {"code", said.code},
                                            {"message", said.message},
                                            {"clock_ahead_s", answer.date_s ? Json(ahead_s) : Json()}})
                           : emit_text(sheet({{"credential", options.name},
                                              {"venue", venue->title + ", " + credential->environment},
                                              {"request", request},
                                              {"sent to", answer.sent_to},
                                              {"HTTP status", std::to_string(answer.status)},
                                              {"code", said.code},
                                              {"message", said.message},
                                              {"clock", clock_text(ahead_s)},
                                              {"verdict", verdict_text(said.verdict)}}));
  if (!told) return told;
  return exit_status(said.verdict);
}

void declare(CLI::App& app, Options& options) {
  add_text(app, "NAME", options.name, "", "the credential's name")->required();
  add_route_options(app, options.route);
  app.add_flag("--json", options.json, "answer JSON");
}

}  // namespace

Result<Asked> ask_venue(Signing& signing, const std::string& credential, const VenueRequest& request, const HttpRoute& route) {
  RequestInput input;
  input.credential = credential;
  input.method = request.method;
  input.path = request.path;
  input.query = request.query;
  input.body = request.body;
  auto signed_request = signing.sign(input);
  if (!signed_request) return signed_request.failure();
  auto answer = send_request(**signed_request, route);
  if (!answer) return answer.failure();
  VenueAnswer said = read_answer(*answer);
  return Asked{*std::move(answer), std::move(said)};
}

void add_route_options(CLI::App& app, HttpRoute& route) {
  add_text(app, "--url", route.base_url, "BASE", "https://HOST:PORT to send to in the venue's place: a mirror, a test");
  add_text(app, "--ca-file", route.ca_file, "F", "PEM file of the authorities to trust in place of the system's");
}

void add_credential_verify_command(CLI::App& group, Cli& cli) {
  add_command<Options>(group, cli, "verify", "ask the venue, by a signed read-only request, whether it takes the credential",
                       declare, verify);
}

}  // namespace custos::cli
