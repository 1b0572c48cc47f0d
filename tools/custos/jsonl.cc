#include "jsonl.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "jsonl_line.h"
#include "output.h"

namespace custos::cli {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;

// LineSource cuts standard input into lines. A line that is too long is handed out once, as such, and skipped to its end.
class LineSource {
 public:
  enum class State { line, too_long, wants_input };

  // next gives the next line that lies ready; the view is valid until fill.
  State next(std::string_view& line) {
    while (true) {
      const std::size_t end = buffer_.find('\n', scanned_);
      if (skipping_) {
        if (end == std::string::npos) {
          begin_ = scanned_ = buffer_.size();
          return State::wants_input;
        }
        skipping_ = false;
        begin_ = scanned_ = end + 1;
        continue;
      }
      const std::size_t size = (end == std::string::npos ? buffer_.size() : end) - begin_;
      const bool too_long = size > kMaxInput;
      if (end == std::string::npos && !too_long) {
        scanned_ = buffer_.size();
        return State::wants_input;
      }
      line = std::string_view(buffer_).substr(begin_, size);
      skipping_ = end == std::string::npos;
      begin_ = scanned_ = skipping_ ? buffer_.size() : end + 1;
      return too_long ? State::too_long : State::line;
    }
  }

  // fill reads more, blocking; false at the end of the input, whose last line is then complete without a line end.
  Result<bool> fill() {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kReadSize);
    ssize_t got = 0;
    do got = ::read(STDIN_FILENO, buffer_.data() + kept, kReadSize);
    while (got < 0 && errno == EINTR);
    const int number = errno;
    buffer_.resize(kept + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (got < 0) {
      return fail(Errc::system, Origin::system, std::string("cannot read the requests: ") + std::strerror(number),
                  static_cast<std::uint32_t>(number));
    }
    if (got > 0) return true;
    const bool unfinished = !skipping_ && !buffer_.empty();
    if (unfinished) buffer_ += '\n';
    return unfinished;
  }

 private:
  std::string buffer_;
  std::size_t begin_ = 0, scanned_ = 0;  // of the first line not handed out; where to look for its end
  bool skipping_ = false;
};

// answer appends the answer to one line and tells whether it was signed.
bool answer(Signing& signing, LineSource::State state, std::string_view line, RequestInput& input, std::string& out) {
  auto parsed = state == LineSource::State::too_long
                    ? fail(Errc::bad_input, Origin::request, "the line is longer than 1 MiB and was skipped")
                    : parse_line(line, input);
  if (state == LineSource::State::too_long) input = RequestInput{};
  Error error;
  if (!parsed) {
    error = parsed.error();
  } else if (auto signed_request = signing.sign(input); !signed_request) {
    error = signed_request.error();
  } else if (auto told = append_answer(out, **signed_request, input); !told) {
    error = told.error();
  } else {
    out += '\n';
    return true;
  }
  append_failure(out, error, input);
  out += '\n';
  return false;
}

}  // namespace

Result<int> sign_lines(Signing& signing) {
  LineSource source;
  RequestInput input;
  std::string out;
  std::string_view line;
  bool all_signed = true;
  for (bool more = true; more;) {
    for (auto state = source.next(line); state != LineSource::State::wants_input; state = source.next(line)) {
      if (!answer(signing, state, line, input, out)) all_signed = false;
    }
    if (auto written = write_all(STDOUT_FILENO, out); !written) return written.failure();
    out.clear();
    signing.rearm();
    auto filled = source.fill();
    if (!filled) return filled.failure();
    more = *filled;
  }
  return all_signed ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace custos::cli
