// Backends: all that holds the home's keys, by the name that stands before the colon: the tokens and OpenSSL stores of
// custos.toml, and the software keystore.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/own_thread.h"
#include "custodian/config.h"
#include "custodian/tokens.h"
#include "key/backend.h"
#include "software/openssl_store.h"
#include "software/software_backend.h"

namespace custos {

// Backends opens each when it is first needed and keeps it open. Thread-safe.
class Backends {
 public:
  // HomeId answers the UUID of the home that the keystore must belong to.
  using HomeId = std::function<Result<std::string>()>;
  // ChoiceJudge refuses a passphrase that is too weak for this home.
  using ChoiceJudge = std::function<Result<void>(const SecretBytes& passphrase)>;

  Backends(const Config& config, std::filesystem::path home, SecretPrompt prompt, Tokens& tokens, HomeId home_id,
           ChoiceJudge judge);
  ~Backends();
  Backends(const Backends&) = delete;
  Backends& operator=(const Backends&) = delete;

  // open answers the backend of that name. Errors: not_found, naming what there is, and those of opening it.
  Result<std::shared_ptr<key::Backend>> open(std::string_view name);

  Result<std::shared_ptr<software::SoftwareBackend>> keystore();
  Result<std::shared_ptr<software::StoreBackend>> store(std::string_view name);

  // sealer opens the Sealer over a token key.
  Result<std::shared_ptr<key::Sealer>> sealer(const key::SealReference& under);

  // close forgets what is open: it is opened anew when it is needed next.
  void close();

 private:
  // Sweeper is what the thread that wipes idle keys works with; it outlives a Backends that cannot wait for it.
  struct Sweeper;

  Result<SecretBytes> read_passphrase(software::Wanted wanted);
  Result<SecretBytes> choose_passphrase();
  Result<void> start_sweeper();

  const Config& config_;
  const std::filesystem::path home_;
  const SecretPrompt prompt_;
  Tokens& tokens_;
  const HomeId home_id_;
  const ChoiceJudge judge_;

  std::mutex mutex_;  // guards what follows
  std::shared_ptr<software::SoftwareBackend> keystore_;
  std::map<std::string, std::shared_ptr<software::StoreBackend>, std::less<>> stores_;
  std::shared_ptr<Sweeper> sweeper_;
  std::optional<OwnThread> thread_;
};

}  // namespace custos
