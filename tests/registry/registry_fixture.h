// RegistryFixture: a registry in a temporary folder, with a software seal key and a mirror in a file that processes share.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "hash/hash.h"
#include "registry/registry.h"
#include "support/home_fixture.h"

namespace custos::registry {

using test::read_file;
using test::write_file;

// SoftwareSealer stands for the token's seal key.
class SoftwareSealer final : public RowSealer {
 public:
  explicit SoftwareSealer(std::string_view secret = "a seal key of exactly 32 bytes ..", std::string key_id = "seal-key-1")
      : secret_(test::secret_of(secret)), key_id_(std::move(key_id)) {}
  [[nodiscard]] std::string_view algorithm() const noexcept override { return "HMAC-SHA256"; }
  [[nodiscard]] std::string_view key_id() const noexcept override { return key_id_; }
  [[nodiscard]] Result<Digest32> mac(ByteView row) override {
    if (before_mac) before_mac();
    Digest32 mac{};
    auto made = hash::hmac(hash::Algorithm::sha256, secret_, row, mac);
    if (!made) return made.failure();
    return mac;
  }

  std::function<void()> before_mac;

 private:
  SecretBytes secret_;
  std::string key_id_;
};

// FileMirror stands for the token's data object. Replacing it is atomic, as a token's is.
class FileMirror final : public HeadMirror {
 public:
  explicit FileMirror(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] Result<std::optional<Mirror>> load() override {
    const std::lock_guard lock(mutex_);
    if (!std::filesystem::exists(path_)) return std::optional<Mirror>();
    const std::string content = read_file(path_);
    auto mirror = decode_mirror(as_bytes(content));
    if (!mirror) return mirror.failure();
    return std::optional<Mirror>(*mirror);
  }

  Result<void> store(const Mirror& mirror) override {
    if (fails) return fail(Errc::device_gone, Origin::token, "the token was pulled out");
    if (before_store) before_store(mirror);
    {
      const std::lock_guard lock(mutex_);
      const auto beside = path_.string() + "." + std::to_string(::getpid());
      write_file(beside, as_text(encode_mirror(mirror)));
      std::filesystem::rename(beside, path_);
    }
    if (after_store) after_store(mirror);
    return {};
  }

  std::function<void(const Mirror&)> before_store, after_store;
  bool fails = false;

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
};

// Home is one process's view of a home: its registry with all that seals it.
struct Home {
  explicit Home(const std::filesystem::path& folder)
      : mirror(folder / "mirror"), page(must(ControlPage::create(folder / "control"))) {
    rows = must(Registry::create(folder / "registry.db", Clock::system()));
    rows->attach(page, sealer, &mirror);
  }

  template <class T>
  static T must(Result<T> result) {
    if (!result) {
      std::fprintf(stderr, "cannot open the test's home: %s\n", result.error().detail.c_str());
      std::abort();
    }
    return *std::move(result);
  }

  SoftwareSealer sealer;
  FileMirror mirror;
  ControlPage page;
  std::unique_ptr<Registry> rows;
};

// Sample rows.
inline KeyRow sample_key(const std::string& id = "key-1", const std::string& name = "binance-main") {
  KeyRow row;
  row.id = id;
  row.name = name;
  row.token = "main";
  row.algorithm = "hmac-sha256";
  row.purpose = "venue:binance";
  row.origin = "imported";
  row.state = "active";
  row.recoverability = "none";
  row.check_salt.fill(7);
  row.check_value.fill(9);
  row.created_ms = 1'700'000'000'000;
  return row;
}

inline CopyRow sample_copy(const std::string& key_id = "key-1") {
  return {key_id, "main", "pkcs11:token=main;object=" + key_id, "device", 1'700'000'000'001};
}

inline CredentialRow sample_credential(const std::string& id = "cred-1", const std::string& label = "binance-main") {
  CredentialRow row;
  row.id = id;
  row.label = label;
  row.owner = "desk";
  row.venue = "binance";
  row.environment = "live";
  row.subaccount = "sub";
  row.status = "approved";
  row.reason = "tested";
  row.grants = "read,trade";
  row.hosts = "api1.binance.com";
  row.created_ms = 1'700'000'000'002;
  return row;
}

inline CredentialVersionRow sample_version(const std::string& credential_id = "cred-1", const std::string& key_id = "key-1") {
  return {credential_id, 1, "api key", key_id, "file:phrase", "current", 1'700'000'000'003, std::nullopt};
}

// put_all stores rows one after the other and stops at the first failure.
template <class... Rows>
Result<void> put_all(Change& change, const Rows&... rows) {
  Result<void> result;
  static_cast<void>(((result = change.put(rows), result.has_value()) && ...));
  return result;
}

// add_credential makes one whole credential: key, copy, credential, version and event.
inline Result<void> add_credential(Registry& registry, const std::string& number) {
  return registry.change("tester", [&](Change& change) -> Result<void> {
    const std::string key = "key-" + number;
    const std::string credential = "cred-" + number;
    auto put = put_all(change, sample_key(key, "name-" + number), sample_copy(key),
                       sample_credential(credential, "label-" + number), sample_version(credential, key));
    if (!put) return put;
    return change.record("credential.add", "label-" + number, "", "approved");
  });
}

// set_grants changes one credential, as `custos credential grant` does.
inline Result<void> set_grants(Registry& registry, const std::string& label, const std::string& grants) {
  return registry.change("tester", [&](Change& change) -> Result<void> {
    auto credential = change.find_credential(label);
    if (!credential) return credential.failure();
    if (!credential->has_value()) return fail(Errc::not_found, Origin::registry, "no " + label);
    const std::string before = (*credential)->grants;
    (*credential)->grants = grants;
    if (auto put = change.put(**credential); !put) return put;
    return change.record("credential.grant", label, before, grants);
  });
}

// start_child runs `body` in a forked process; wait_for answers its exit status: what `body` returns, or 128 + the signal that
// killed it. Fork before opening the registry in the parent: SQLite's locks do not survive a fork, and its record of them does.
inline pid_t start_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no child outlives its test, nor hangs for ever
    ::alarm(240);                        // less than ctest waits
    ::_exit(body());
  }
  return child;
}
inline int wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
inline int in_child(const std::function<int()>& body) { return wait_for(start_child(body)); }

// Gate holds back one process until another one opens it, or ends.
class Gate {
 public:
  Gate() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~Gate() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void open() const { EXPECT_EQ(::write(ends_[1], "g", 1), 1); }
  void wait() {
    char byte = 0;
    ::close(std::exchange(ends_[1], -1));
    while (::read(ends_[0], &byte, 1) < 0) {
    }
  }

 private:
  std::array<int, 2> ends_{};
};

// RawDatabase is a stranger's connection to the file: the sqlite3 shell.
class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
    sqlite3_busy_timeout(database_, 5000);
  }
  ~RawDatabase() { sqlite3_close(database_); }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  // run executes SQL and fails the test when SQLite refuses it.
  void run(const std::string& sql) { EXPECT_EQ(try_run(sql), SQLITE_OK) << sql << ": " << sqlite3_errmsg(database_); }
  int try_run(const std::string& sql) { return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr); }
  // texts answers all rows, each value as text.
  std::vector<std::vector<std::string>> texts(const std::string& sql) {
    std::vector<std::vector<std::string>> rows;
    const auto take = [](void* out, int count, char** values, char** /*names*/) {
      std::vector<std::string> row;
      row.reserve(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) row.emplace_back(values[i] == nullptr ? "NULL" : values[i]);
      static_cast<std::vector<std::vector<std::string>>*>(out)->push_back(std::move(row));
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), take, &rows, nullptr), SQLITE_OK) << sql << ": " << sqlite3_errmsg(database_);
    return rows;
  }

 private:
  sqlite3* database_ = nullptr;
};

class RegistryFixture : public ::testing::Test {
 protected:
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path file() const { return folder() / "registry.db"; }

  // fill makes a registry with credentials "label-1" … and closes it, so that everything is in registry.db itself.
  void fill(int credentials = 2) const {
    const Home home(folder());
    for (int i = 1; i <= credentials; ++i) {
      auto added = add_credential(*home.rows, std::to_string(i));
      ASSERT_TRUE(added) << added.error().detail;
    }
  }

  static void expect_fine(Registry& registry) {
    auto verified = registry.verify();
    EXPECT_TRUE(verified) << verified.error().detail;
  }

 private:
  test::TemporaryFolder folder_;
};

// expect_integrity expects a refusal with Errc::integrity and one line that contains `words`.
template <class T>
void expect_integrity(Result<T> result, std::string_view words) {
  ASSERT_FALSE(result) << "expected a refusal with: " << words;
  EXPECT_EQ(result.error().code, Errc::integrity) << result.error().detail;
  EXPECT_NE(result.error().detail.find(words), std::string::npos) << "expected: " << words << "\ncame: " << result.error().detail;
  EXPECT_EQ(result.error().detail.find('\n'), std::string::npos) << result.error().detail;
}

}  // namespace custos::registry
