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

// stderr_is_terminal tells whether a person sees standard error.
[[nodiscard]] bool stderr_is_terminal() noexcept;

// confirm asks a question on the controlling terminal, also when standard input is something else, and tells whether the answer
// was y or yes. Errors: bad_input when there is no terminal; system.
Result<bool> confirm(std::string_view question);

// ask_line asks on standard error and reads one line from standard input. Errors: bad_input when the input ends.
Result<std::string> ask_line(std::string_view question);

}  // namespace custos::cli
