#include "secret_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "cli.h"
#include "custos/secret_source.h"
#include "options.h"
#include "output.h"
#include "terminal.h"

namespace custos::cli {
namespace {

// words_of is the noun as people say it: "new passphrase".
std::string words_of(std::string noun) {
  std::ranges::replace(noun, '-', ' ');
  return noun;
}

std::string sources_of(const SecretOptions& options) {
  const std::string option = "--" + options.noun;
  return option + "-stdin, " + option + "-file F, " + option + "-env V or " + option + "-fd N";
}

// strip takes away the line end that editors and echo leave behind; a second one is taken as part of the secret, and said.
void strip(SecretBytes& secret, const std::string& noun) {
  if (!strip_trailing_newline(secret)) return;
  const auto bytes = secret.view(InsecureSecretAccess{});
  const bool another = !bytes.empty() && bytes.back() == '\n';
  print_line("notice", "one trailing newline was stripped from the " + noun +
                           (another ? "; the one before it was kept as part of the " + noun : ""));
}

std::optional<std::uint8_t> hex_value(std::uint8_t digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
  return std::nullopt;
}

// decode_hex turns pairs of digits into bytes, in place.
Result<SecretBytes> decode_hex(SecretBytes secret) {
  const auto bytes = secret.mutable_view(InsecureSecretAccess{});
  if (bytes.size() % 2 != 0) return usage("the hexadecimal secret has an odd number of digits");
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const auto high = hex_value(bytes[i]), low = hex_value(bytes[i + 1]);
    if (!high || !low) return usage("the secret on standard input is not hexadecimal: give digits only, without spaces or 0x");
    bytes[i / 2] = static_cast<std::uint8_t>(*high * 16 + *low);
  }
  secret.truncate(bytes.size() / 2);
  return secret;
}

std::optional<std::uint8_t> base64_value(std::uint8_t digit) {
  if (digit >= 'A' && digit <= 'Z') return static_cast<std::uint8_t>(digit - 'A');
  if (digit >= 'a' && digit <= 'z') return static_cast<std::uint8_t>(digit - 'a' + 26);
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0' + 52);
  if (digit == '+' || digit == '-') return 62;
  if (digit == '/' || digit == '_') return 63;
  return std::nullopt;
}

// decode_base64 turns groups of four digits into bytes, in place (RFC 4648, sections 4 and 5; padding may be left out).
Result<SecretBytes> decode_base64(SecretBytes secret) {
  const auto bytes = secret.mutable_view(InsecureSecretAccess{});
  std::size_t digits = bytes.size();
  for (int padding = 0; padding < 2 && digits > 0 && bytes[digits - 1] == '='; ++padding) --digits;
  std::uint32_t held = 0;
  unsigned bits = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto value = base64_value(bytes[i]);
    if (!value) return usage("the secret on standard input is not base64: give its characters only, without spaces");
    held = (held << 6U | *value) & 0xFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[size++] = static_cast<std::uint8_t>(held >> bits);
    }
  }
  const bool whole = digits % 4 != 1 && (digits == bytes.size() || bytes.size() % 4 == 0);
  if (!whole || (held & ((1U << bits) - 1U)) != 0)
    return usage("the base64 secret on standard input is cut off or has stray bits");
  secret.truncate(size);
  return secret;
}

Result<SecretBytes> read_environment(const SecretOptions& options, const Administration* administration) {
  auto secret = read_secret_environment(*options.environment);  // wipes the variable, whatever comes next
  if (administration == nullptr) return secret;
  const auto mode = administration->mode();
  if (!mode) return Unexpected{mode.error()};
  if (*mode == Mode::production) {
    return fail(Errc::refused, Origin::home,
                "production refuses secrets from the environment, which other programs may have seen: use --" + options.noun +
                    "-stdin, --" + options.noun + "-file F or --" + options.noun + "-fd N");
  }
  return secret;
}

Result<SecretBytes> read_descriptor(std::int64_t number) {
  const bool fits = number >= 0 && number <= std::numeric_limits<int>::max();
  if (!fits || ::fcntl(static_cast<int>(number), F_GETFD) < 0) {
    return usage("file descriptor " + std::to_string(number) + " is not open: open it for the tool, as in 9<secret-file");
  }
  return read_secret_descriptor(static_cast<int>(number));
}

Result<SecretBytes> read_source(const SecretOptions& options, const Administration* administration, std::string_view what) {
  if (options.file) return read_secret_file(*options.file);
  if (options.environment) return read_environment(options, administration);
  if (options.descriptor) return read_descriptor(*options.descriptor);
  if (stdin_is_terminal()) return prompt_hidden(what);
  if (options.count() == 0) return usage("no " + words_of(options.noun) + " is named: give one of " + sources_of(options));
  return read_secret_descriptor(STDIN_FILENO);
}

// read_two_lines reads standard input as a secret's line and a passphrase's line.
Result<SecretAndPassphrase> read_two_lines() {
  auto input = read_secret_descriptor(STDIN_FILENO);
  if (!input) return input.failure();
  strip(*input, "passphrase");
  const auto bytes = input->view(InsecureSecretAccess{});
  const auto end = std::ranges::find(bytes, std::uint8_t{'\n'});
  constexpr std::string_view kPem = "-----BEGIN";
  if (bytes.size() > kPem.size() && std::equal(kPem.begin(), kPem.end(), bytes.begin())) {
    return usage(
        "a PEM file has several lines: give the passphrase by --passphrase-file F, --passphrase-env V or --passphrase-fd N");
  }
  if (end == bytes.end()) return usage("standard input has one line, but the secret and the passphrase are two");
  if (std::find(end + 1, bytes.end(), std::uint8_t{'\n'}) != bytes.end()) {
    return usage("standard input has more than two lines: the first is the secret, the second the passphrase");
  }
  std::span<const std::uint8_t> first(bytes.begin(), end);
  if (!first.empty() && first.back() == '\r') first = first.first(first.size() - 1);
  auto secret = SecretBytes::copy_of(first);
  if (!secret) return secret.failure();
  auto passphrase = SecretBytes::copy_of({end + 1, bytes.end()});
  if (!passphrase) return passphrase.failure();
  return SecretAndPassphrase{*std::move(secret), *std::move(passphrase)};
}

}  // namespace

int SecretOptions::count() const noexcept {
  return int{from_stdin} + int{hex_from_stdin} + int{base64_from_stdin} + int{file.has_value()} + int{environment.has_value()} +
         int{descriptor.has_value()};
}

void add_secret_options(CLI::App& app, SecretOptions& options, const std::string& noun) {
  options.noun = noun;
  const std::string option = "--" + noun;
  const std::string read = "read the " + words_of(noun) + " from ";
  app.add_flag(option + "-stdin", options.from_stdin, read + "standard input");
  add_text(app, option + "-file", options.file, "F", read + "a file with mode 0600");
  add_text(app, option + "-env", options.environment, "V", read + "an environment variable, then wipe and unset it");
  add_number(app, option + "-fd", options.descriptor, read + "an open file descriptor");
}

void add_raw_secret_options(CLI::App& app, SecretOptions& options) {
  add_secret_options(app, options);
  app.add_flag("--raw-hex-stdin", options.hex_from_stdin, "read the secret from standard input as hexadecimal digits");
  app.add_flag("--raw-base64-stdin", options.base64_from_stdin, "read the secret from standard input as base64");
}

Result<SecretBytes> read_secret(const SecretOptions& options, const Administration* administration, std::string_view what) {
  if (options.count() > 1) {
    return usage("the " + words_of(options.noun) + " has several sources: give exactly one of " + sources_of(options));
  }
  auto secret = read_source(options, administration, what);
  if (!secret) return secret;
  strip(*secret, words_of(options.noun));
  if (options.hex_from_stdin) return decode_hex(*std::move(secret));
  return options.base64_from_stdin ? decode_base64(*std::move(secret)) : std::move(secret);
}

Result<SecretAndPassphrase> read_secret_and_passphrase(const SecretOptions& secret, const SecretOptions& passphrase,
                                                       const Administration* administration, std::string_view credential) {
  const bool one_source_each = secret.count() == 1 && passphrase.count() == 1;
  if (one_source_each && secret.from_stdin && passphrase.from_stdin && !stdin_is_terminal()) return read_two_lines();
  const std::string of_credential = " of credential " + std::string(credential);
  auto first = read_secret(secret, administration, "secret" + of_credential);
  if (!first) return first.failure();
  auto second = read_secret(passphrase, administration, "passphrase" + of_credential);
  if (!second) return second.failure();
  return SecretAndPassphrase{*std::move(first), *std::move(second)};
}

Result<SecretBytes> read_new_passphrase(const SecretOptions& options, const Administration* administration,
                                        std::string_view what) {
  auto chosen = read_secret(options, administration, what);
  const bool typed = options.count() == 0 || (options.from_stdin && stdin_is_terminal());
  if (!chosen || !typed) return chosen;
  auto repeated = prompt_hidden("the same passphrase again");
  if (!repeated) return repeated;
  if (chosen->equals(*repeated)) return chosen;
  return usage("the two passphrases differ: nothing was changed");
}

}  // namespace custos::cli
