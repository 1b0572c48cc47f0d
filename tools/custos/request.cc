// custos request sign.
#include <fstream>

#include "cli.h"
#include "jsonl.h"
#include "options.h"
#include "output.h"
#include "signing.h"

namespace custos::cli {
namespace {

struct Options {
  std::optional<std::string> credential, method, path, body;
  std::vector<std::string> params, headers, only;
  RequestInput input;  // whatever needs no further reading
  bool text = false;
  bool jsonl = false;
  std::vector<const CLI::Option*> of_one_request;  // what a JSONL line says for itself
};

// read_body_file reads the bytes that --body @FILE names, and no more than one too many of them.
Result<std::string> read_body_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kMaxInput + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.is_open() || file.bad()) return fail(Errc::not_found, Origin::system, "cannot read the body from the file " + path);
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > kMaxInput) return usage("the body in the file " + path + " is larger than 1 MiB");
  return bytes;
}

Result<void> read_pairs(const std::vector<std::string>& texts, std::string_view option, Pairs& pairs) {
  for (const auto& text : texts) {
    auto pair = split_once(text);
    if (!pair) return usage(std::string(option) + " takes name=value, but '" + text + "' has no '='");
    pairs.push_back(*std::move(pair));
  }
  return {};
}

Result<RequestInput> input_of(const Options& options) {
  if (!options.credential) return usage("--credential is missing: name the credential that signs");
  const auto kind = kind_of(options.input.kind);
  if (!kind) return usage("--kind is rest, ws or fix, not '" + options.input.kind + "'");
  const bool is_rest = *kind == RequestKind::rest;
  if (!options.method)
    return usage(is_rest ? "--method is missing, as GET or POST" : "--method is missing: the message's operation");
  if (is_rest && !options.path) return usage("--path is missing, as /api/v3/order");
  if (!options.only.empty()) return usage("--only goes with --jsonl");
  RequestInput input = options.input;
  input.credential = *options.credential;
  input.method = *options.method;
  input.path = options.path.value_or("");
  if (auto read = read_pairs(options.params, "--param", input.params); !read) return read.failure();
  if (auto read = read_pairs(options.headers, "--header", input.headers); !read) return read.failure();
  if (!options.body) return input;
  auto body = read_body(*options.body);
  if (!body) return body.failure();
  input.body = *std::move(body);
  return input;
}

Result<int> sign_one(const Cli& cli, const Options& options) {
  auto input = input_of(options);
  if (!input) return input.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  Signing signing(*home, {}, 0);
  auto signed_request = signing.sign(*input);
  if (!signed_request) return signed_request.failure();
  if (options.text) return emit_text(answer_text(**signed_request, input->show_preimage));
  std::string out;
  if (auto told = append_answer(out, **signed_request, *input); !told) return told.failure();
  return emit_text(out + '\n');
}

Result<int> sign_jsonl(const Cli& cli, const Options& options) {
  if (auto none = none_beside_jsonl(options.of_one_request); !none) return none.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  if (options.only.empty()) {
    auto mode = home->administration().mode();
    if (!mode) return mode.failure();
    if (*mode == Mode::production) {
      return fail(Errc::refused, Origin::home, "production refuses --jsonl without --only: name the credentials that it may use");
    }
  }
  Signing signing(*home, options.only, PrepareOptions().shelf);
  return sign_lines(signing);
}

Result<int> sign(const Cli& cli, const Options& options) {
  return options.jsonl ? sign_jsonl(cli, options) : sign_one(cli, options);
}

void declare_sign(CLI::App& app, Options& options) {
  RequestInput& input = options.input;
  options.of_one_request = {
      add_text(app, "--credential", options.credential, "NAME", "the credential that signs"),
      add_text(app, "--kind", input.kind, "K", "rest (the default), or ws or fix for a message"),
      add_text(app, "--method", options.method, "M", "GET, POST, PUT, DELETE or PATCH; of a message its operation, as login"),
      add_text(app, "--path", options.path, "P", "as /api/v3/order, without a query; a message needs none"),
      add_text(app, "--query", input.query, "RAW", "the query's exact bytes, without '?'"),
      add_each(app, "--param", options.params, "k=v", "a parameter, unencoded; the venue says where it goes"),
      add_text(app, "--body", options.body, "TEXT|@FILE", "the body's exact bytes"),
      add_each(app, "--header", options.headers, "k=v", "a header of your own"),
      add_text(app, "--host", input.host, "H", "the venue's host, or one recorded with the credential"),
      add_number(app, "--timestamp-ms", input.timestamp_ms, "Unix milliseconds (else the clock)"),
      add_text(app, "--nonce", input.nonce, "S", "for venues that use one"),
      add_text(app, "--recv-window", input.recv_window, "N", "for how many milliseconds the venue takes it"),
      add_number(app, "--expires", input.expires, "Unix seconds, for venues that use one"),
      app.add_flag("--show-preimage", input.show_preimage, "answer what was signed too, in hexadecimal"),
      app.add_flag("--text", options.text, "answer text for people in place of JSON")};
  app.add_flag("--jsonl", options.jsonl, "read requests from standard input, one JSON object a line, and answer each in a line");
  take_several(add_words(app, "--only", options.only, "NAME", "with --jsonl: the credentials that it may use"));
}

}  // namespace

Result<std::string> read_body(const std::string& text_or_file) {
  return text_or_file.starts_with('@') ? read_body_file(text_or_file.substr(1)) : Result<std::string>(text_or_file);
}

void add_request_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "request", "exchange requests");
  add_command<Options>(group, cli, "sign", "sign a request; answers JSON", declare_sign, sign);
  add_verify_answer_command(group, cli);
}

}  // namespace custos::cli
