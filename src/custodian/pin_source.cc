#include "custodian/pin_source.h"

#include <utility>

#include "custos/secret_source.h"

namespace custos {
namespace {

// overload joins lambdas for std::visit.
template <class... F>
struct Overload : F... {
  using F::operator()...;
};

Result<SecretBytes> ask(const SecretPrompt& prompt, const std::string& what) {
  if (prompt) return prompt(what);
  return fail(Errc::authentication, Origin::config,
              "there is nobody to ask: name a file, a variable or a descriptor for it in custos.toml");
}

}  // namespace

Result<SecretBytes> read_pin(const PinSource& source, const SecretPrompt& prompt, const std::string& what) {
  auto pin = std::visit(Overload{
                            [](const PinFile& file) { return read_secret_file(file.path); },
                            [](const PinEnvironment& variable) { return read_secret_environment(variable.name); },
                            [](const PinDescriptor& open) { return read_secret_descriptor(open.descriptor); },
                            [&](const PinPrompt&) { return ask(prompt, what); },
                        },
                        source);
  if (!pin) {
    pin.error().code = pin.error().code == Errc::refused ? Errc::refused : Errc::authentication;
    pin.error().detail = what + ": " + pin.error().detail;
    return pin;
  }
  strip_trailing_newline(*pin);
  if (pin->empty()) return fail(Errc::authentication, Origin::config, what + ": it is empty");
  return pin;
}

}  // namespace custos
