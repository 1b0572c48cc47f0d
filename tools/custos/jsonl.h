// Jsonl: requests on standard input, one a line; answers on standard output, one a line, in order.
#pragma once

#include <string>
#include <string_view>

#include "custos/result.h"
#include "signing.h"

namespace custos::cli {

// LineService answers lines.
class LineService {
 public:
  LineService() = default;
  LineService(const LineService&) = delete;
  LineService& operator=(const LineService&) = delete;
  virtual ~LineService() = default;

  // answer appends the answer to a line, as one JSON object without a line end, or gives the failure; `line` is one itself when
  // it was too long. `id`, JSON text, is set when the line has one.
  virtual Result<void> answer(Result<std::string_view> line, std::string& out, std::string& id) = 0;
  // rest makes ready for the next lines, while nobody waits for an answer.
  virtual void rest() noexcept = 0;
};

// answer_lines answers every line of standard input, of at most `longest` bytes, and gives the exit status: 0 when all were
// signed, else 1. What is answered is written before each read, so that a program may talk with it line by line. Errors: system
// when input or output fails.
Result<int> answer_lines(LineService& service, std::size_t longest);

// sign_lines does that for requests.
Result<int> sign_lines(Signing& signing);

}  // namespace custos::cli
