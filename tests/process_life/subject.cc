#include "process_life/subject.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "hsm/mac.h"
#include "process_life/made_key.h"

namespace custos::life {

void must(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "life: not so: %.*s\n", static_cast<int>(what.size()), what.data());
  _exit(1);
}

hsm::TokenConfig Subject::config() const {
  hsm::TokenConfig config;
  config.name = "dev";
  config.module = SOFTHSM2_MODULE;
  config.uri = uri;
  config.environment["SOFTHSM2_CONF"] = (folder / "softhsm2.conf").string();
  config.pin_guard = folder / "pin-guard";
  return config;
}

std::shared_ptr<hsm::TokenBackend> Subject::open(const hsm::TokenConfig& config) const {
  auto backend =
      hsm::TokenBackend::open(config, [pin = pin]() -> Result<SecretBytes> { return SecretBytes::copy_of(as_bytes(pin)); });
  must(backend.has_value(), backend ? "" : "the token opens: " + backend.error().detail);
  return *std::move(backend);
}

std::shared_ptr<key::PreparedKey> Subject::prepare(hsm::TokenBackend& backend, std::size_t shelf) const {
  auto prepared = backend.prepare(key, kMadeAlgorithm, shelf);
  must(prepared.has_value(), prepared ? "" : "the key is found: " + prepared.error().detail);
  (*prepared)->rearm(shelf);
  return *std::move(prepared);
}

SignStatus try_sign(key::PreparedKey& key) {
  static const Bytes& expected =  // for threads that sign while the process exits
      *new Bytes(test::openssl_hmac(kMadeAlgorithm, as_bytes(kMadeSecret), as_bytes(std::string_view("message"))));
  Bytes mac(expected.size());
  const auto status = key.sign(as_bytes(std::string_view("message")), mac, std::nullopt);
  must(!status.ok() || mac == expected, "the signature is right");
  return status;
}

void must_sign(key::PreparedKey& key, std::string_view what) {
  const auto status = try_sign(key);
  must(status.ok(), std::string(what) + ": " + std::string(to_string(status.code)));
}

Scripted::Scripted(const Subject& subject)
    : subject_(subject),
      script_(subject.folder / ("script-" + std::to_string(getpid()))),
      log_(subject.folder / ("log-" + std::to_string(getpid()))) {
  write("");
}

hsm::TokenConfig Scripted::config() const {
  auto config = subject_.config();
  config.module = FAULT_TOKEN_PATH;
  config.init_reserved = std::string("module=") + SOFTHSM2_MODULE + ";script=" + script_.string() + ";log=" + log_.string();
  return config;
}

void Scripted::write(std::string_view rules) const {
  const auto fresh = script_.string() + ".new";
  std::ofstream(fresh) << rules;
  std::filesystem::rename(fresh, script_);
}

void Scripted::wait_for(std::string_view line) const {
  while (true) {
    std::ifstream file(log_);
    for (std::string each; std::getline(file, each);) {
      if (each.starts_with(line)) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a file tells nobody that it grew
  }
}

}  // namespace custos::life
