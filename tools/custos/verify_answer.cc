// custos request verify-answer: is this answer the venue's own?
#include "cli.h"
#include "options.h"
#include "output.h"
#include "request_input.h"

namespace custos::cli {
namespace {

struct Options {
  std::string credential, nonce, timestamp, content_type, body, signature;
  bool json = false;
};

Result<int> verify_answer(const Cli& cli, const Options& options) {
  auto body = read_body(options.body);
  if (!body) return body.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto signer = home->prepare_request_signer(options.credential, {.shelf = 0});
  if (!signer) return signer.failure();
  const SignStatus status =
      signer->verify_answer({options.nonce, options.timestamp, options.content_type, *body, options.signature});
  if (status.ok()) {
    if (options.json) return emit_json(Json{{"credential", options.credential}, {"genuine", true}});
    return emit_text("genuine: the venue signed this answer to that request\n");
  }
  if (status.origin != Origin::request)
    return fail(status.code, status.origin, signer->explain(status, SignedRequest(0)), status.native);
  if (status.code == Errc::integrity) {
    return fail(Errc::integrity, Origin::request, "the answer is not the venue's, or not to that request: its signature differs");
  }
  return usage("the venue of credential " + options.credential +
               " signs no answers, or nonce, timestamp and content type are not those of a signed request and its answer");
}

void declare(CLI::App& app, Options& options) {
  add_text(app, "--credential", options.credential, "NAME", "the credential that signed the request")->required();
  add_text(app, "--nonce", options.nonce, "N", "the request's X-Auth-Nonce")->required();
  add_text(app, "--timestamp", options.timestamp, "T", "the request's X-Auth-Timestamp")->required();
  add_text(app, "--content-type", options.content_type, "C", "the answer's Content-Type, if it has one");
  add_text(app, "--body", options.body, "TEXT|@FILE", "the answer's exact body")->required();
  add_text(app, "--signature", options.signature, "HEX", "the answer's X-Server-Auth-Signature")->required();
  app.add_flag("--json", options.json, "answer JSON");
}

}  // namespace

void add_verify_answer_command(CLI::App& group, Cli& cli) {
  add_command<Options>(group, cli, "verify-answer", "tell whether an answer of a venue that signs its answers is genuine",
                       declare, verify_answer);
}

}  // namespace custos::cli
