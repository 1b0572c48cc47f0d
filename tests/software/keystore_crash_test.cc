// Writers that die, and disks that fail, at every step: the keystore always opens, with the old content or the new, never less.
#include <signal.h>

#include <random>
#include <set>

#include "software/file_faults.h"
#include "software/keystore_fixture.h"
#include "software/vault.h"

namespace custos::software {
namespace {

using test::Fault;
using test::FileFaults;
using test::kDied;

constexpr std::string_view kNewPassphrase = "lantern 9 copper hillside";

class KeystoreCrashTest : public KeystoreFixture {
 protected:
  // An Edit is a change of a keystore that has the software keys "first#1" and "second#1" and the sealed "third#1".
  struct Edit {
    const char* name;
    std::function<Result<void>(Vault&, const KeystoreCrashTest&)> make;
  };

  [[nodiscard]] static std::vector<Edit> edits() {
    return {
        {"add", [](Vault& vault, const auto&) { return add(vault, "fourth#1"); }},
        {"destroy", [](Vault& vault, const KeystoreCrashTest& self) { return vault.remove(self.first_); }},
        {"seal", [](Vault& vault, const KeystoreCrashTest& self) { return vault.move(self.first_, under("spare")); }},
        {"change the passphrase",
         [](Vault& vault, const auto&) { return vault.change_passphrase(secret_of(kNewPassphrase), KdfCost{}); }},
    };
  }

  void make_keystore() {
    for (const auto& each : std::filesystem::directory_iterator(folder())) std::filesystem::remove(each.path());
    const auto backend = open();
    first_ = add_key(*backend, "first#1");
    add_key(*backend, "second#1");
    add_key(*backend, "third#1", key::Algorithm::hmac_sha256, under());
  }

  [[nodiscard]] std::shared_ptr<Vault> vault(std::string_view text = kPassphrase) {
    return must(Vault::open(config(), passphrase(std::string(text)), sealers(), clock_));
  }

  static Result<void> add(Vault& vault, std::string_view label, std::string_view secret = "a secret of thirty-two bytes long") {
    EntryAbout about;
    about.id = key::KeyId::random();
    about.label = label;
    return vault.add(about, secret_of(secret.substr(0, 32)));
  }

  // content is what a keystore's entries are, sorted; every key is proved with whichever passphrase is the file's.
  [[nodiscard]] std::set<std::string> content() {
    std::set<std::string> entries;
    const auto now = image();
    for (std::size_t i = 0; i < now.size(); ++i) {
      const auto about = now.at(i).about;
      entries.insert(std::string(about.label) + (about.sealed_under ? " under " + about.sealed_under->token : ""));
    }
    const bool proved = vault()->verify().has_value();
    if (!proved) {
      auto changed = vault(kNewPassphrase)->verify();
      EXPECT_TRUE(changed) << changed.error().detail;
    }
    entries.insert(proved ? "passphrase: old" : "passphrase: new");
    return entries;
  }

  // expect_one_of expects either content, a previous version that is whole, and a keystore that can be written again.
  void expect_one_of(const std::set<std::string>& before, const std::set<std::string>& after, const std::string& what) {
    const auto found = content();
    EXPECT_TRUE(found == before || found == after) << what << ": the content is neither the old nor the new";
    const std::string content = std::filesystem::exists(previous()) ? read_file(previous()) : std::string();
    if (!content.empty()) {
      auto last = KeystoreImage::parse(Bytes(content.begin(), content.end()));
      EXPECT_TRUE(last) << what << ": the previous version " << last.error().detail;
    }
    auto writer = vault(found.contains("passphrase: old") ? kPassphrase : kNewPassphrase);
    auto added = add(*writer, "after the crash#1");
    EXPECT_TRUE(added) << what << ": " << added.error().detail;
    EXPECT_TRUE(writer->verify()) << what;
  }

  key::KeyId first_;
};

TEST_F(KeystoreCrashTest, AWriterThatDiesAtAnyStepLeavesTheOldContentOrTheNew) {
  for (const Edit& edit : edits()) {
    make_keystore();
    const auto before = content();
    ASSERT_TRUE(edit.make(*vault(), *this));
    const auto after = content();
    ASSERT_NE(before, after);
    for (const Fault fault : {Fault::dies_before, Fault::dies_half}) {
      bool died = true;
      std::size_t step = 1;
      for (; died; ++step) {
        make_keystore();
        const int status = in_child([&] {
          const auto writer = vault();
          if (!writer->verify()) return 1;  // the passphrase was given; what follows is the write
          const FileFaults faults(step, fault);
          return edit.make(*writer, *this) ? 0 : 1;
        });
        ASSERT_TRUE(status == 0 || status == kDied) << edit.name << ", step " << step << ": " << status;
        died = status == kDied;
        expect_one_of(before, after, std::string(edit.name) + ", step " + std::to_string(step));
      }
      EXPECT_GT(step, 8U) << edit.name << ": a write has more steps than that";
    }
  }
}

TEST_F(KeystoreCrashTest, ADiskThatFailsAtAnyStepLeavesTheOldContentOrTheNew) {
  for (const Edit& edit : edits()) {
    make_keystore();
    const auto before = content();
    ASSERT_TRUE(edit.make(*vault(), *this));
    const auto after = content();
    std::size_t steps = 1;
    for (std::size_t step = 1; step <= steps; ++step) {
      make_keystore();
      const auto writer = vault();
      ASSERT_TRUE(writer->verify());
      bool done = false;
      {
        const FileFaults faults(step, Fault::fails);
        done = edit.make(*writer, *this).has_value();
        steps = std::max(steps, FileFaults::steps());
      }
      EXPECT_TRUE(writer->verify()) << edit.name << ", step " << step << ": in the process that met it";
      EXPECT_TRUE(!done || content() == after) << edit.name << ", step " << step << ": what is reported done is done";
      expect_one_of(before, after, std::string(edit.name) + ", step " + std::to_string(step));
    }
    EXPECT_GT(steps, 6U) << edit.name;
  }
}

// A destroyed key is in the previous version only while the write that destroys it is not done.
TEST_F(KeystoreCrashTest, NothingDestroyedIsLeftByAWriterThatDied) {
  for (std::size_t step = 1;; ++step) {
    make_keystore();
    const int status = in_child([&] {
      const auto writer = vault();
      if (!writer->verify()) return 1;
      const FileFaults faults(step, Fault::dies_before);
      return writer->remove(first_) ? 0 : 1;
    });
    if (image().find(first_)) continue;  // not destroyed yet
    for (const auto& each : std::filesystem::directory_iterator(folder())) {
      EXPECT_EQ(read_file(each.path()).find("first#1"), std::string::npos) << "step " << step << ": " << each.path();
    }
    if (status == 0) break;
  }
}

// The writer adds and destroys keys and says through a pipe what it is about to do and what it has done.
TEST_F(KeystoreCrashTest, AWriterKilledAtAnyTimeLeavesTheOldContentOrTheNew) {
  constexpr int kRuns = 200;
  make_keystore();
  std::mt19937 random(9);  // NOLINT: the same times in every run
  std::size_t keys = 3;
  std::size_t writes = 0;
  // A slow machine takes more runs until the kills have met as many writes.
  for (int run = 0; run < kRuns || (writes <= kRuns / 4 && run < 20 * kRuns); ++run) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto writer = vault();
      if (!writer->verify()) ::_exit(1);
      const auto say = [&](char what) { static_cast<void>(::write(pipe[1], &what, 1)); };
      say('r');
      for (int i = 0;; ++i) {
        say('+');
        if (!add(*writer, "run" + std::to_string(run) + "#" + std::to_string(i))) ::_exit(2);
        say('.');
        const auto newest = must(writer->image());
        say('-');
        if (!writer->remove(newest->at(newest->size() - 1).about.id)) ::_exit(3);
        say('.');
      }
    }
    ::close(pipe[1]);
    char ready = 0;
    ASSERT_EQ(::read(pipe[0], &ready, 1), 1);
    ::usleep(static_cast<useconds_t>(std::uniform_int_distribution<unsigned>(0, 6000)(random)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "run " << run << ": the writer ended by itself with " << WEXITSTATUS(status);

    std::size_t sure = keys;
    std::size_t maybe = keys;
    for (char said = 0; ::read(pipe[0], &said, 1) == 1;) {
      if (said == '.') {
        sure = maybe;
        ++writes;
      }
      if (said == '+') maybe = sure + 1;
      if (said == '-') maybe = sure - 1;
    }
    ::close(pipe[0]);
    const auto reader = vault();
    auto verified = reader->verify();
    ASSERT_TRUE(verified) << "run " << run << ": " << verified.error().detail;
    keys = must(reader->image())->size();
    ASSERT_TRUE(keys == sure || keys == maybe) << "run " << run << ": " << keys << " keys, neither " << sure << " nor " << maybe;
  }
  EXPECT_GT(writes, std::size_t{kRuns / 4}) << "the kills met writers at work";
}

}  // namespace
}  // namespace custos::software
