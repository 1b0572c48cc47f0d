// A disk that is full: the change fails with one clear line, what stood stands, and it works again when there is room.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class FullDiskTest : public RegistryFixture {
 protected:
  // add_until_full adds credentials until one fails, and answers how many were added. `failed` takes the failure.
  static int add_until_full(Registry& registry, int first, std::optional<Error>& failed) {
    for (int i = first; i < first + 5000; ++i) {
      auto added = add_credential(registry, std::to_string(i));
      if (!added) {
        failed = added.error();
        return i - first;
      }
    }
    return 5000;
  }

  // report prints what did not hold, in a child.
  static bool report(bool holds, const std::string& what) {
    if (!holds) std::fprintf(stderr, "does not hold: %s\n", what.c_str());
    return holds;
  }

  // fill_up_and_recover is the whole story, for a child: `make_room` is called when the disk is full.
  static int fill_up_and_recover(const std::filesystem::path& folder, std::string_view words,
                                 const std::function<void()>& make_room) {
    Home home(folder);
    const std::size_t before = home.rows->credentials_unverified()->size();
    std::optional<Error> failed;
    const auto added = static_cast<std::size_t>(add_until_full(*home.rows, 100, failed));
    if (!report(failed.has_value(), "the disk is full at last")) return 1;
    bool good = report(failed->code == Errc::system, "code system, not " + std::string(to_string(failed->code)));
    good &= report(failed->detail.find(words) != std::string::npos, failed->detail);
    good &= report(failed->detail.find('\n') == std::string::npos, "one line: " + failed->detail);
    good &= report(home.page.epoch() % 2 == 0, "the epoch is even");
    auto view = home.rows->view_credential("label-1");
    good &= report(view.has_value(), "reading goes on: " + (view ? "" : view.error().detail));
    auto verified = home.rows->verify();
    good &= report(verified.has_value(), "the old content is intact: " + (verified ? "" : verified.error().detail));
    good &= report(home.rows->credentials_unverified()->size() == before + added, "all that was said to be added is there");
    make_room();
    auto again = add_credential(*home.rows, "99");
    good &= report(again.has_value(), "it works again: " + (again ? "" : again.error().detail));
    verified = home.rows->verify();
    good &= report(verified.has_value(), "and verifies: " + (verified ? "" : verified.error().detail));
    good &= report(home.page.epoch() % 2 == 0, "the epoch is even again");
    return good ? 0 : 1;
  }
};

TEST_F(FullDiskTest, AFileThatMayNotGrowFailsClearlyAndRecovers) {
  fill();
  EXPECT_EQ(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit narrow{256 * 1024, RLIM_INFINITY};
              ::setrlimit(RLIMIT_FSIZE, &narrow);
              return fill_up_and_recover(folder(), "cannot be used (disk I/O error): check its folder, its owner and the disk",
                                         [] {
                                           const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
                                           ::setrlimit(RLIMIT_FSIZE, &wide);
                                         });
            }),
            0);
  const Home home(folder());
  expect_fine(*home.rows);
}

TEST_F(FullDiskTest, AFullFilesystemFailsClearlyAndRecovers) {
  constexpr int kNoMount = 99;
  const int ended = in_child([&] {
    // A filesystem of our own that nobody else sees and that goes with the process.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("custos-test", folder().c_str(), "tmpfs", 0, "size=512k,mode=0700") != 0)
      return kNoMount;
    {
      const Home home(folder());
      if (!add_credential(*home.rows, "1")) return 2;
    }
    const auto ballast = folder() / "ballast";
    write_file(ballast, std::string(128 * 1024, 'b'));
    return fill_up_and_recover(folder(), "the disk is full: nothing was changed; free some space",
                               [&] { std::filesystem::remove(ballast); });
  });
  if (ended == kNoMount) GTEST_SKIP() << "mounting a tmpfs needs root";
  EXPECT_EQ(ended, 0);
}

TEST_F(FullDiskTest, AHomeOnAFullDiskStillOpensAndReads) {
  constexpr int kNoMount = 99;
  const int ended = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("custos-test", folder().c_str(), "tmpfs", 0, "size=1m,mode=0700") != 0)
      return kNoMount;
    {
      const Home home(folder());
      if (!add_credential(*home.rows, "1")) return 2;
    }
    std::ofstream ballast(folder() / "ballast", std::ios::binary);
    while (ballast.put('b').flush()) {
    }
    ControlPage page = Home::must(ControlPage::create(folder() / "control"));
    auto registry = Registry::open(folder() / "registry.db", Clock::system());
    // SQLite needs a shared index of 32 KiB beside its log, so it says so; a home that is already open goes on.
    if (registry) return 0;
    return report(registry.error().code == Errc::system, registry.error().detail) ? 0 : 1;
  });
  if (ended == kNoMount) GTEST_SKIP() << "mounting a tmpfs needs root";
  EXPECT_EQ(ended, 0);
}

TEST_F(FullDiskTest, MakingAHomeOnAFullDiskFailsClearlyAndSucceedsLater) {
  EXPECT_EQ(in_child([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit narrow{2048, RLIM_INFINITY};
              ::setrlimit(RLIMIT_FSIZE, &narrow);
              auto page = ControlPage::create(folder() / "control");
              if (page || page.error().code != Errc::system) return 1;
              auto registry = Registry::create(file(), Clock::system());
              if (registry || !report(registry.error().code == Errc::system, registry.error().detail)) return 2;
              const rlimit wide{RLIM_INFINITY, RLIM_INFINITY};
              ::setrlimit(RLIMIT_FSIZE, &wide);
              if (std::distance(std::filesystem::directory_iterator(folder()), {}) > 1) return 3;  // the empty registry.db
              const Home home(folder());
              return add_credential(*home.rows, "1") && home.rows->verify() ? 0 : 4;
            }),
            0);
}

}  // namespace
}  // namespace custos::registry
