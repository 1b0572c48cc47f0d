#include "secret_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <limits>

#include "cli.h"
#include "custos/secret_source.h"
#include "options.h"
#include "output.h"
#include "terminal.h"

namespace custos::cli {
namespace {

constexpr std::string_view kSources = "--secret-stdin, --secret-file F, --secret-env V or --secret-fd N";

// strip takes away the line end that editors and echo leave behind; a second one is taken as part of the secret, and said.
void strip(SecretBytes& secret) {
  if (!strip_trailing_newline(secret)) return;
  const auto bytes = secret.view(InsecureSecretAccess{});
  const bool another = !bytes.empty() && bytes.back() == '\n';
  print_line("notice", another
                           ? "one trailing newline was stripped from the secret; the one before it was kept as part of the secret"
                           : "one trailing newline was stripped from the secret");
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

Result<SecretBytes> read_environment(const std::string& name, const Administration& administration) {
  auto secret = read_secret_environment(name);  // wipes the variable, whatever comes next
  const auto mode = administration.mode();
  if (!mode) return Unexpected{mode.error()};
  if (*mode == Mode::production) {
    return fail(Errc::refused, Origin::home,
                "production refuses secrets from the environment, which other programs may have seen: use --secret-stdin, "
                "--secret-file F or --secret-fd N");
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

Result<SecretBytes> read_source(const SecretOptions& options, const Administration& administration, std::string_view what) {
  if (options.file) return read_secret_file(*options.file);
  if (options.environment) return read_environment(*options.environment, administration);
  if (options.descriptor) return read_descriptor(*options.descriptor);
  if (stdin_is_terminal()) return prompt_hidden(what);
  if (options.count() == 0) return usage("no secret is named: give one of " + std::string(kSources));
  return read_secret_descriptor(STDIN_FILENO);
}

}  // namespace

int SecretOptions::count() const noexcept {
  return int{from_stdin} + int{hex_from_stdin} + int{file.has_value()} + int{environment.has_value()} +
         int{descriptor.has_value()};
}

void add_secret_options(CLI::App& app, SecretOptions& options) {
  app.add_flag("--secret-stdin", options.from_stdin, "read the secret from standard input");
  add_text(app, "--secret-file", options.file, "F", "read the secret from a file with mode 0600");
  add_text(app, "--secret-env", options.environment, "V", "read the secret from an environment variable, then wipe and unset it");
  add_number(app, "--secret-fd", options.descriptor, "read the secret from an open file descriptor");
}

Result<SecretBytes> read_secret(const SecretOptions& options, const Administration& administration, std::string_view what) {
  if (options.count() > 1) return usage("the secret has several sources: give exactly one of " + std::string(kSources));
  auto secret = read_source(options, administration, what);
  if (!secret) return secret;
  strip(*secret);
  return options.hex_from_stdin ? decode_hex(*std::move(secret)) : std::move(secret);
}

}  // namespace custos::cli
