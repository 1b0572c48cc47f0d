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

  explicit LineSource(std::size_t longest) : longest_(longest) {}

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
      const bool too_long = size > longest_;
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
  const std::size_t longest_;
  std::string buffer_;
  std::size_t begin_ = 0, scanned_ = 0;  // of the first line not handed out; where to look for its end
  bool skipping_ = false;
};

// RequestLines signs a request a line.
class RequestLines final : public LineService {
 public:
  explicit RequestLines(Signing& signing) : signing_(signing) {}

  Result<void> answer(Result<std::string_view> line, std::string& out, std::string& id) override {
    input_ = RequestInput{};
    if (!line) return line.failure();
    auto parsed = parse_line(*line, input_);
    id = input_.id;
    if (!parsed) return parsed;
    auto signed_request = signing_.sign(input_);
    return signed_request ? append_answer(out, **signed_request, input_) : Result<void>(signed_request.failure());
  }
  void rest() noexcept override { signing_.rearm(); }

 private:
  Signing& signing_;
  RequestInput input_;
};

// answer_one appends the answer to one line and tells whether it was signed.
bool answer_one(LineService& service, Result<std::string_view> line, std::string& out) {
  const std::size_t begin = out.size();
  std::string id;
  const auto answered = service.answer(std::move(line), out, id);
  if (!answered) {
    out.resize(begin);
    append_failure(out, answered.error(), id);
  }
  out += '\n';
  return answered.has_value();
}

}  // namespace

Result<int> answer_lines(LineService& service, std::size_t longest) {
  LineSource source(longest);
  std::string out;
  std::string_view line;
  bool all_signed = true;
  for (bool more = true; more;) {
    for (auto state = source.next(line); state != LineSource::State::wants_input; state = source.next(line)) {
      const bool is_whole = state == LineSource::State::line;
      auto handed = is_whole ? Result<std::string_view>(line)
                             : fail(Errc::bad_input, Origin::request,
                                    "the line is longer than " + std::to_string(longest >> 20U) + " MiB and was skipped");
      if (!answer_one(service, std::move(handed), out)) all_signed = false;
    }
    if (auto written = write_all(STDOUT_FILENO, out); !written) return written.failure();
    out.clear();
    service.rest();
    auto filled = source.fill();
    if (!filled) return filled.failure();
    more = *filled;
  }
  return all_signed ? EXIT_SUCCESS : EXIT_FAILURE;
}

Result<int> sign_lines(Signing& signing) {
  RequestLines lines(signing);
  return answer_lines(lines, kMaxInput);
}

}  // namespace custos::cli
