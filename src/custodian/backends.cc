#include "custodian/backends.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/process_life.h"
#include "custodian/pin_source.h"

namespace custos {
namespace {

constexpr std::string_view kPassphrase = "passphrase of the software keystore";
// A key is wiped at most this part of the idle time late.
constexpr int kSweepsPerIdle = 4;
// kPatience bounds the wait for a sweep in progress.
constexpr std::chrono::seconds kPatience{2};

std::string known_names(const Config& config) {
  std::string known(software::kKeystoreName);
  for (const auto& token : config.tokens) known += ", " + token.name;
  for (const auto& store : config.stores) known += ", " + store.name;
  return known;
}

}  // namespace

struct Backends::Sweeper {
  std::weak_ptr<software::SoftwareBackend> keystore;
  std::chrono::milliseconds pause;
  std::mutex mutex;
  std::condition_variable stopped;
  bool stopping = false;

  void run() {
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, pause, [this] { return stopping; }) && !exiting()) {
      const auto open = keystore.lock();
      if (open == nullptr) return;
      open->sweep();
    }
  }
};

Backends::Backends(const Config& config, std::filesystem::path home, SecretPrompt prompt, Tokens& tokens, HomeId home_id,
                   ChoiceJudge judge)
    : config_(config),
      home_(std::move(home)),
      prompt_(std::move(prompt)),
      tokens_(tokens),
      home_id_(std::move(home_id)),
      judge_(std::move(judge)) {}

Backends::~Backends() { close(); }

void Backends::close() {
  const std::lock_guard lock(mutex_);
  if (thread_) {
    {
      const std::lock_guard stop(sweeper_->mutex);
      sweeper_->stopping = true;
    }
    sweeper_->stopped.notify_one();
    thread_->end(std::chrono::steady_clock::now() + kPatience);
    thread_.reset();
  }
  keystore_.reset();
  stores_.clear();
}

Result<std::shared_ptr<key::Backend>> Backends::open(std::string_view name) {
  if (name == software::kKeystoreName) {
    auto opened = keystore();
    if (!opened) return opened.failure();
    return std::shared_ptr<key::Backend>(*std::move(opened));
  }
  if (config_.find_store(name) != nullptr) {
    auto opened = store(name);
    if (!opened) return opened.failure();
    return std::shared_ptr<key::Backend>(*std::move(opened));
  }
  if (config_.find_token(name) == nullptr) {
    return fail(Errc::not_found, Origin::config,
                "there is no token '" + std::string(name) + "' in custos.toml (known: " + known_names(config_) + ")");
  }
  auto opened = tokens_.open(name);
  if (!opened) return opened.failure();
  return std::shared_ptr<key::Backend>(*std::move(opened));
}

Result<std::shared_ptr<software::SoftwareBackend>> Backends::keystore() {
  auto home_id = home_id_();  // asks the registry, under its own lock: before ours, as those do who come from a change of it
  if (!home_id) return home_id.failure();
  const std::lock_guard lock(mutex_);
  if (keystore_) return keystore_;
  software::KeystoreConfig config{.file = home_ / "keystore",
                                  .home_id = *std::move(home_id),
                                  .provider = {config_.software.provider, config_.software.provider_options},
                                  .idle = config_.software.idle};
  auto opened = software::SoftwareBackend::open(
      std::move(config), [this](software::Wanted wanted) { return read_passphrase(wanted); },
      [this](const key::SealReference& under) { return sealer(under); }, Clock::system());
  if (!opened) return opened;
  keystore_ = *std::move(opened);
  if (auto started = start_sweeper(); !started) {
    keystore_.reset();
    return started.failure();
  }
  return keystore_;
}

Result<std::shared_ptr<software::StoreBackend>> Backends::store(std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (const auto standing = stores_.find(name); standing != stores_.end()) return standing->second;
  const StoreSettings& settings = *config_.find_store(name);
  auto opened = software::StoreBackend::open(
      {.name = settings.name, .uri = settings.uri, .provider = {settings.provider, settings.provider_options}},
      [this, &settings] { return read_pin(settings.pin, prompt_, "PIN or passphrase of " + settings.name); });
  if (opened) stores_.emplace(settings.name, *opened);
  return opened;
}

Result<std::shared_ptr<key::Sealer>> Backends::sealer(const key::SealReference& under) {
  auto token = tokens_.open(under.token);
  if (!token) return token.failure();
  auto opened = (*token)->sealer(under.key, under.algorithm);
  if (!opened) return opened.failure();
  return std::shared_ptr<key::Sealer>(*std::move(opened));
}

Result<SecretBytes> Backends::read_passphrase(software::Wanted wanted) {
  const PinSource& source = config_.software.passphrase;
  if (wanted == software::Wanted::to_choose && std::holds_alternative<PinPrompt>(source)) return choose_passphrase();
  auto passphrase = read_pin(source, prompt_, std::string(kPassphrase));
  if (!passphrase || wanted == software::Wanted::to_open) return passphrase;
  if (auto judged = judge_(*passphrase); !judged) return judged.failure();
  return passphrase;
}

// choose_passphrase asks a person twice.
Result<SecretBytes> Backends::choose_passphrase() {
  auto chosen = read_pin(PinPrompt{}, prompt_, "new " + std::string(kPassphrase));
  if (!chosen) return chosen;
  if (auto judged = judge_(*chosen); !judged) return judged.failure();
  auto repeated = read_pin(PinPrompt{}, prompt_, "the same passphrase again");
  if (!repeated) return repeated;
  if (chosen->equals(*repeated)) return chosen;
  return fail(Errc::bad_input, Origin::key, "the two passphrases differ: nothing was changed");
}

// start_sweeper starts the thread that idle_seconds asks for. Without it keys stay open until they are closed.
Result<void> Backends::start_sweeper() {
  if (config_.software.idle.count() == 0) return {};
  sweeper_ = std::make_shared<Sweeper>();
  sweeper_->keystore = keystore_;
  sweeper_->pause = std::chrono::duration_cast<std::chrono::milliseconds>(config_.software.idle) / kSweepsPerIdle;
  auto thread = OwnThread::start("custos-sweep", [sweeper = sweeper_] { sweeper->run(); });
  if (!thread) return thread.failure();
  thread_.emplace(*std::move(thread));
  return {};
}

}  // namespace custos
