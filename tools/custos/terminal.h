// Terminal: asking the person who sits there.
#pragma once

#include <string>
#include <string_view>

#include "custos/result.h"
#include "custos/secret.h"

namespace custos::cli {

// stdin_is_terminal tells whether standard input is a person's terminal.
[[nodiscard]] bool stdin_is_terminal() noexcept;

// prompt_hidden asks on the controlling terminal, without echo, for `what` ("PIN of token dev"). Fits custos::SecretPrompt.
// Errors: authentication when there is no terminal; bad_input for a line that is too long; system.
Result<SecretBytes> prompt_hidden(std::string_view what);

// ask_line asks on standard error and reads one line from standard input. Errors: bad_input when the input ends.
Result<std::string> ask_line(std::string_view question);

}  // namespace custos::cli
