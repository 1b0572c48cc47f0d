#include "terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include "output.h"

namespace custos::cli {
namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr unsigned char kInterrupt = 0x03, kEndOfInput = 0x04, kBackspace = 0x08, kKillLine = 0x15, kDelete = 0x7f;

// HiddenTerminal opens the controlling terminal with echo, line editing and signal keys off, and puts it back at the end. The
// signal keys are off so that an interrupted prompt never leaves the terminal mute: prompt_hidden raises the signal itself.
class HiddenTerminal {
 public:
  HiddenTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    ready_ = ::tcsetattr(descriptor_, TCSAFLUSH, &hidden) == 0;
  }
  ~HiddenTerminal() {
    if (ready_) static_cast<void>(::tcsetattr(descriptor_, TCSAFLUSH, &before_));
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  HiddenTerminal(const HiddenTerminal&) = delete;
  HiddenTerminal& operator=(const HiddenTerminal&) = delete;

  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
  termios before_{};
  bool ready_ = false;
};

// read_line collects one line into `bytes` and answers its length, or the key that ended it early. It reads byte by byte so that
// nothing of the secret lies in a buffer elsewhere.
struct Line {
  std::size_t size = 0;
  bool interrupted = false;
  bool too_long = false;
};

Result<Line> read_line(int terminal, std::span<std::uint8_t> bytes) {
  Line line;
  while (true) {
    unsigned char key = 0;
    const ssize_t got = ::read(terminal, &key, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::system, Origin::system, std::string("cannot read the terminal: ") + std::strerror(errno));
    if (got == 0 || key == '\n' || key == '\r' || key == kEndOfInput) return line;
    if (key == kInterrupt) {
      line.interrupted = true;
      return line;
    }
    if (key == kBackspace || key == kDelete) {
      if (line.size > 0) --line.size;
    } else if (key == kKillLine) {
      line.size = 0;
    } else if (line.size < bytes.size()) {
      bytes[line.size++] = key;
    } else {
      line.too_long = true;
    }
  }
}

}  // namespace

bool stdin_is_terminal() noexcept { return ::isatty(STDIN_FILENO) == 1; }

bool stderr_is_terminal() noexcept { return ::isatty(STDERR_FILENO) == 1; }

Result<bool> confirm(std::string_view question) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return fail(Errc::bad_input, Origin::none, "there is no terminal to ask at: give --yes");
  ::tcflush(terminal, TCIFLUSH);  // what was typed before the question is no answer to it
  std::string answer;
  auto asked = write_all(terminal, question);
  for (char key = 0; asked && key != '\n';) {
    const ssize_t got = ::read(terminal, &key, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (answer.size() < kMaxLine) answer += key;
  }
  ::close(terminal);
  if (!asked) return asked.failure();
  return answer == "y\n" || answer == "Y\n" || answer == "yes\n";
}

Result<SecretBytes> prompt_hidden(std::string_view what) {
  auto secret = SecretBytes::allocate(kMaxLine);
  if (!secret) return secret;
  Result<Line> line = Line{};
  {
    const HiddenTerminal terminal;
    if (!terminal.ready()) {
      return fail(Errc::authentication, Origin::none,
                  "there is no terminal to ask for the " + std::string(what) + ": run it in one, or name another source");
    }
    if (auto asked = write_all(terminal.descriptor(), escaped(what) + ": "); !asked) return asked.failure();
    line = read_line(terminal.descriptor(), secret->mutable_view(InsecureSecretAccess{}));
    if (auto ended = write_all(terminal.descriptor(), "\n"); !ended) return ended.failure();
  }
  if (!line) return line.failure();
  if (line->interrupted) {
    secret->wipe();
    static_cast<void>(std::raise(SIGINT));
    return fail(Errc::bad_input, Origin::none, "interrupted");
  }
  if (line->too_long) return fail(Errc::bad_input, Origin::none, std::string(what) + ": more than 4096 bytes were typed");
  secret->truncate(line->size);
  return secret;
}

Result<std::string> ask_line(std::string_view question) {
  if (auto asked = write_all(STDERR_FILENO, question); !asked) return asked.failure();
  std::string line;
  if (!std::getline(std::cin, line)) return fail(Errc::bad_input, Origin::none, "the input ended before an answer came");
  return line;
}

}  // namespace custos::cli
