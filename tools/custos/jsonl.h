// Jsonl: requests on standard input, one a line; answers on standard output, one a line, in order.
#pragma once

#include "custos/result.h"
#include "signing.h"

namespace custos::cli {

// sign_lines answers every line of standard input and gives the exit status: 0 when all were signed, else 1. What is answered is
// written before each read, so that a program may talk with it line by line. Errors: system when input or output fails.
Result<int> sign_lines(Signing& signing);

}  // namespace custos::cli
