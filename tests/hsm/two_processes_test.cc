// A token that another process changes, or does not keep, while this one uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "custos/log.h"
#include "support/softhsm_fixture.h"

namespace custos {
namespace {

using test::secret_text;
using test::SoftHsmToken;

// in_child runs `work` in a process of its own, which has the module to itself, and ends it with the answer: "" for success.
template <class Work>
pid_t in_child(int answer, Work&& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const std::string text = work();
  if (::write(answer, text.data(), text.size()) < 0) ::_exit(2);
  ::_exit(text.empty() ? 0 : 1);
}

struct Child {
  template <class Work>
  explicit Child(Work&& work) {
    if (::pipe(ends) != 0) std::abort();
    id = in_child(ends[1], std::forward<Work>(work));
    ::close(ends[1]);
  }
  std::string answer() {
    std::string text(4096, '\0');
    const ssize_t got = ::read(ends[0], text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(id, &status, 0);
    if (status != 0 && text.empty()) text = "the child ended with the status " + std::to_string(status);
    return text;
  }
  int ends[2] = {-1, -1};
  pid_t id = -1;
};

TEST(TwoProcesses, ReadAndReplaceOneRecordAtOnce) {
  const SoftHsmToken token = SoftHsmToken::make();
  ASSERT_TRUE(token.open()->write_object("head", as_bytes("first")));
  const auto work = [&]() -> std::string {
    auto backend = hsm::TokenBackend::open(token.config, token.provider());
    if (!backend) return backend.error().detail;
    for (int i = 0; i < 60; ++i) {
      const auto written = (*backend)->write_object("head", as_bytes("again"));
      if (!written) return "write: " + written.error().detail;
      const auto read = (*backend)->read_object("head");
      if (!read) return "read: " + read.error().detail;
      if (!read->has_value()) return "the record was not there";
    }
    return {};
  };
  Child one(work), two(work);
  EXPECT_EQ(one.answer(), "");
  EXPECT_EQ(two.answer(), "");
}

TEST(TwoProcesses, ListWhileTheOtherMakesAndDestroysKeys) {
  const SoftHsmToken token = SoftHsmToken::make();
  const auto maker = [&]() -> std::string {
    auto backend = hsm::TokenBackend::open(token.config, token.provider());
    if (!backend) return backend.error().detail;
    for (int i = 0; i < 25; ++i) {
      const key::KeyTemplate key{key::KeyId::random(), "passing#" + std::to_string(i), key::Algorithm::hmac_sha256};
      if (auto made = (*backend)->generate(key); !made) return "generate: " + made.error().detail;
      if (auto gone = (*backend)->destroy(key.id); !gone) return "destroy: " + gone.error().detail;
    }
    return {};
  };
  const auto lister = [&]() -> std::string {
    auto backend = hsm::TokenBackend::open(token.config, token.provider());
    if (!backend) return backend.error().detail;
    for (int i = 0; i < 50; ++i) {
      const auto keys = (*backend)->list();
      if (!keys) return "list: " + keys.error().detail;
      for (const auto& key : *keys) {
        if (!key.id) continue;
        const auto told = (*backend)->attest(*key.id);
        if (!told && told.error().code != Errc::not_found) return "attest: " + told.error().detail;
      }
    }
    return {};
  };
  Child one(maker), two(lister);
  EXPECT_EQ(one.answer(), "");
  EXPECT_EQ(two.answer(), "");
}

// A limit on the size of files stands for a full disk: what SoftHSM2 writes fails, and it answers CKR_OK all the same.
TEST(FullDisk, IsNamedAsTheReasonWhyAnImportedKeyWasNotKept) {
  const SoftHsmToken token = SoftHsmToken::make();
  Child child([&]() -> std::string {
    static std::string logged;
    auto backend = hsm::TokenBackend::open(token.config, token.provider());
    if (!backend) return backend.error().detail;
    set_log_sink([](LogLevel, std::string_view line) { logged.append(line).append("; "); }, LogLevel::warning);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit none{0, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    const key::KeyTemplate key{key::KeyId::random(), "lost#1", key::Algorithm::hmac_sha256};
    const auto uri = (*backend)->import_key(key, secret_text(std::string(32, 's')));
    if (uri) return "the key was kept";
    if (uri.error().code != Errc::system || uri.error().origin != Origin::token) return "not system: " + uri.error().detail;
    if (uri.error().detail.find("is its disk full?") == std::string::npos) return uri.error().detail;
    return logged;
  });
  EXPECT_EQ(child.answer(), "");
}

}  // namespace
}  // namespace custos
