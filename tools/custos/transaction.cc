// custos tx sign | inspect, custos message sign.
#include <unistd.h>

#include "cli.h"
#include "options.h"
#include "output.h"
#include "terminal.h"
#include "transaction_answer.h"
#include "transaction_input.h"
#include "transaction_lines.h"

namespace custos::cli {
namespace {

struct Options {
  std::optional<std::string> key, file;
  TransactionInput input;  // whatever needs no further reading
  std::vector<std::string> only;
  bool yes = false, text = false, json = false, jsonl = false;
  std::vector<const CLI::Option*> of_one;  // what a JSONL line says for itself
};

// input_of reads the transaction itself.
Result<TransactionInput> input_of(const Options& options) {
  auto bytes = read_transaction(options.file);
  if (!bytes) return bytes.failure();
  TransactionInput input = options.input;
  input.bytes = *std::move(bytes);
  if (input.scheme.empty()) trim_text(input.bytes);  // a message is signed byte for byte
  return input;
}

Result<TransactionSigner> signer_of(Custodian& home, const Options& options) {
  auto name = KeyName::parse(*options.key);
  if (!name) return name.failure();
  return home.prepare_transaction_signer(*name, {.shelf = 0});
}

// ask shows a person what is about to be signed, and asks whether it shall be.
Result<void> ask(const TransactionSigner& signer, const TransactionInput& input, bool yes) {
  if (!stdin_is_terminal() && !stderr_is_terminal()) return {};
  auto info = signer.inspect(view_of(input));
  if (!info) return info.failure();
  std::string text = transaction_text(*info);
  if (auto shown = write_all(STDERR_FILENO, text); !shown) return shown;
  if (yes) return {};
  if (stderr_is_terminal()) text.clear();  // else nobody saw it: it is shown where the question is
  auto confirmed = confirm(text + "Sign this? [y/N] ");
  if (!confirmed) return confirmed.failure();
  return *confirmed ? Result<void>() : usage("nothing was signed");
}

Result<int> sign_one(const Cli& cli, const Options& options) {
  if (!options.key) return usage("--key is missing: name the key that signs, as TOKEN:LABEL");
  if (!options.only.empty()) return usage("--only goes with --jsonl");
  auto input = input_of(options);
  if (!input) return input.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto signer = signer_of(*home, options);
  if (!signer) return signer.failure();
  if (auto asked = ask(*signer, *input, options.yes); !asked) return asked.failure();
  auto signed_transaction = signer->sign(view_of(*input));
  if (!signed_transaction) return signed_transaction.failure();
  if (options.text) return emit_text(signed_text(*signed_transaction));
  std::string out;
  append_signed(out, *signed_transaction, {});
  return emit_text(out + '\n');
}

Result<int> sign_jsonl(const Cli& cli, const Options& options) {
  if (auto none = none_beside_jsonl(options.of_one); !none) return none.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  std::vector<std::string> only = options.only;
  if (only.empty()) {
    auto mode = home->administration().mode();
    if (!mode) return mode.failure();
    if (*mode == Mode::production && !options.key) {
      return fail(Errc::refused, Origin::home,
                  "production refuses --jsonl without --key or --only: name the keys that it may use");
    }
    if (*mode == Mode::production) only.push_back(*options.key);
  }
  TransactionLines lines(*home, options.key.value_or(""), std::move(only));
  return answer_lines(lines, kMaxTransaction);
}

Result<int> sign(const Cli& cli, const Options& options) {
  return options.jsonl ? sign_jsonl(cli, options) : sign_one(cli, options);
}

Result<int> sign_message(const Cli& cli, const Options& options) { return sign_one(cli, options); }

// inspected reads a transaction with the key that would sign it, or without any.
Result<TransactionInfo> inspected(const Cli& cli, const Options& options, const TransactionInput& input) {
  if (!options.key) {
    if (input.chain.empty()) return usage("--chain is missing: name the chain, or the key that would sign with --key");
    return inspect_transaction(view_of(input));
  }
  auto home = open_home(cli);
  if (!home) return home.failure();
  auto signer = signer_of(*home, options);
  if (!signer) return signer.failure();
  return signer->inspect(view_of(input));
}

Result<int> inspect(const Cli& cli, const Options& options) {
  auto input = input_of(options);
  if (!input) return input.failure();
  auto info = inspected(cli, options, *input);
  if (!info) return info.failure();
  return options.json ? emit_json(transaction_json(*info)) : emit_text(transaction_text(*info));
}

// declare_common declares what all three take, and what a JSONL line says for itself.
void declare_common(CLI::App& app, Options& options) {
  TransactionInput& input = options.input;
  add_text(app, "--key", options.key, "TOKEN:LABEL", "the key that signs, of purpose chain:NAME");
  options.of_one = {
      add_text(app, "--chain", input.chain, "C", "evm, bitcoin, solana or cosmos (else the key's)"),
      add_text(app, "--path", input.path, "P", "of a key that is a tree: m/44'/60'/0'/0/0"),
      add_text(app, "--in", options.file, "FILE", "the file to read (else standard input)"),
      add_text(app, "--chain-id", input.chain_id, "ID", "the chain that you mean; a transaction for another is refused"),
      add_text(app, "--network", input.network, "N", "Bitcoin: main (the default), test, signet or regtest"),
      add_text(app, "--prefix", input.prefix, "P", "Cosmos: of addresses, where the transaction does not show it"),
      app.add_flag("--without-replay-protection", input.without_replay_protection,
                   "Ethereum: take a legacy transaction without chain id, which is good on every chain"),
      app.add_flag("--any-sighash", input.any_sighash, "Bitcoin: take signatures that cover less than the whole transaction")};
}

void declare_signing(CLI::App& app, Options& options) {
  options.of_one.push_back(app.add_flag("--yes", options.yes, "do not ask"));
  options.of_one.push_back(app.add_flag("--text", options.text, "answer text for people in place of JSON"));
}

void declare_sign(CLI::App& app, Options& options) {
  declare_common(app, options);
  options.of_one.push_back(app.add_flag("--finalize", options.input.finalize, "Bitcoin: answer the network transaction too"));
  declare_signing(app, options);
  app.add_flag("--jsonl", options.jsonl,
               "read transactions from standard input, one JSON object a line, and answer each in a line");
  take_several(add_words(app, "--only", options.only, "TOKEN:LABEL", "with --jsonl: the keys that it may use"));
}

void declare_inspect(CLI::App& app, Options& options) {
  declare_common(app, options);
  app.add_flag("--finalize", options.input.finalize, "Bitcoin: as tx sign would be told");
  add_text(app, "--scheme", options.input.scheme, "S", "of a message: eip191, eip712, eip7702, bip322, bitcoin, solana or adr36");
  add_text(app, "--address", options.input.address, "A", "of a Bitcoin message: the address that it speaks for");
  app.add_flag("--json", options.json, "answer JSON");
}

void declare_message(CLI::App& app, Options& options) {
  add_text(app, "--scheme", options.input.scheme, "S", "eip191, eip712, eip7702, bip322, bitcoin, solana or adr36")->required();
  declare_common(app, options);
  add_text(app, "--address", options.input.address, "A", "Bitcoin: the address that the message speaks for");
  declare_signing(app, options);
}

}  // namespace

void add_transaction_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "tx", "transactions of Ethereum, Bitcoin, Solana and Cosmos");
  add_command<Options>(group, cli, "sign", "sign a transaction; shows it and asks at a terminal; answers JSON", declare_sign,
                       sign);
  add_command<Options>(group, cli, "inspect", "tell what a transaction or message does", declare_inspect, inspect);
  CLI::App& messages = add_group(root, "message", "messages of chains");
  add_command<Options>(messages, cli, "sign", "sign a message; shows it and asks at a terminal; answers JSON", declare_message,
                       sign_message);
}

}  // namespace custos::cli
