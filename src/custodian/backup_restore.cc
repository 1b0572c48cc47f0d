// restore_backup: a home out of a backup. RestoreMarker says how far it came; every step can be done again.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "base/file_descriptor.h"
#include "custodian/backup_file.h"
#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "custodian/development_token.h"
#include "custodian/files.h"
#include "custodian/home_path.h"
#include "custodian/key_store.h"
#include "custodian/process.h"
#include "custodian/production.h"
#include "custodian/restore_marker.h"
#include "custodian/seal_key.h"
#include "hsm/turn.h"
#include "key/lifecycle.h"
#include "software/keystore_file.h"

namespace custos {
namespace {

namespace fs = std::filesystem;
using Stage = RestoreMarker::Stage;

// belongs tells whether a file of a home is one that a backup holds, or stands for one: SQLite's log, the keystore's last
// version. Locks stay: whoever waits for one must not be alone with it.
bool belongs(const std::string& name) {
  const bool part = name == kConfigPart || name.starts_with(kRegistryPart) || name.starts_with(kKeystorePart);
  return part && !name.ends_with(".lock");
}

Result<std::vector<fs::path>> files_that_belong(const fs::path& home) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(home, error), end; !error && entry != end; entry.increment(error)) {
    if (belongs(entry->path().filename().string())) found.push_back(entry->path());
  }
  if (error) return fail(Errc::system, Origin::home, "cannot list " + home.string() + ": " + error.message());
  return found;
}

Result<void> make_durable(const fs::path& folder) {
  const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || ::fsync(opened.get()) != 0) return file_failure("cannot make durable", folder);
  return {};
}

// Restore does the steps in order.
class Restore {
 public:
  Restore(fs::path home, const RestoreOptions& options, OpenBackup backup)
      : home_(std::move(home)), options_(options), backup_(std::move(backup)) {}

  Result<RestoreReport> run() {
    if (auto made = make_private_folder(home_); !made) return made.failure();
    if (auto checked = check_private(home_, FileKind::folder); !checked) return checked.failure();
    const auto turn = hsm::Turn::take(home_ / "init");  // neither beside an init nor beside another restore
    if (!turn) return Unexpected{turn.error()};
    if (auto begun = begin(); !begun) return begun.failure();
    if (auto exchanged = exchange(); !exchanged) return exchanged.failure();
    for (const auto step : {&Restore::open, &Restore::token, &Restore::seal}) {
      if (auto done = (this->*step)(); !done) return to_be_continued(done.error());
    }
    if (auto ended = RestoreMarker::remove(home_); !ended) return ended.failure();
    if (auto looked = look_for_keys(); !looked) return looked.failure();
    report_.home = home_;
    report_.manifest = backup_.archive.manifest();
    if (!marker_.aside.empty()) report_.kept_aside = home_ / marker_.aside;
    return std::move(report_);
  }

 private:
  // begin goes on where the last restore stopped, or begins one; a person agrees before anything that stands makes way.
  Result<void> begin() {
    auto standing = RestoreMarker::read(home_);
    if (!standing) return standing.failure();
    auto files = files_that_belong(home_);
    if (!files) return files.failure();
    if (standing->has_value() && goes_on(**standing, *files)) {
      marker_ = **std::move(standing);
      return {};
    }
    if (standing->has_value() || !files->empty()) {
      if (auto confirmed = confirm(); !confirmed) return confirmed;
    }
    marker_.backup = backup_.sha256;
    if (!files->empty()) {
      marker_.aside = free_name();
    } else if (standing->has_value()) {
      marker_.aside = (*standing)->aside;
    }
    return marker_.write(home_);
  }

  // goes_on tells whether the unfinished restore is this one and its home as it left it: a person may have begun to put back what
  // lay aside, and is asked like anybody whose home stands here.
  [[nodiscard]] bool goes_on(const RestoreMarker& standing, const std::vector<fs::path>& files) const {
    if (standing.backup != backup_.sha256) return false;
    if (standing.aside.empty()) return true;
    const fs::path aside = home_ / standing.aside;
    std::error_code error;
    if (standing.stage == Stage::moving) {
      return std::ranges::none_of(files, [&](const fs::path& file) { return fs::exists(aside / file.filename(), error); });
    }
    return !fs::is_empty(aside, error) && !error;
  }

  Result<void> confirm() const {
    if (options_.confirm) return options_.confirm(backup_.archive.manifest(), home_);
    return fail(Errc::already_exists, Origin::home,
                home_.string() + " is a home already: restore into another folder, or confirm that its files make way");
  }

  [[nodiscard]] std::string free_name() const {
    const std::string name = "before-restore-" + std::to_string(Clock::system().now_ms() / 1000);
    std::error_code error;
    std::string free = name;
    for (int i = 2; fs::exists(home_ / free, error); ++i) free = name + "-" + std::to_string(i);
    return free;
  }

  // exchange lets nobody write the keystore between the old files and the new: a writer that waits finds the new ones.
  Result<void> exchange() {
    const auto lock = software::KeystoreFile(home_ / kKeystorePart, std::nullopt).lock();
    if (!lock) return Unexpected{lock.error()};
    if (auto moved = move_aside(); !moved) return moved;
    return place();
  }

  Result<void> move_aside() {
    if (marker_.stage != Stage::moving) return {};
    auto files = files_that_belong(home_);
    if (!files) return files.failure();
    if (!marker_.aside.empty()) {
      const fs::path aside = home_ / marker_.aside;
      if (auto made = make_private_folder(aside); !made) return made;
      for (const auto& file : *files) {
        if (std::rename(file.c_str(), (aside / file.filename()).c_str()) != 0) return file_failure("cannot move aside", file);
      }
      if (auto durable = make_durable(aside); !durable) return durable;
      if (auto durable = make_durable(home_); !durable) return durable;
    }
    marker_.stage = Stage::placing;
    return marker_.write(home_);
  }

  // place puts the parts in place. Those of an earlier try make way, for nobody has proved them since; a corrected custos.toml
  // stays.
  Result<void> place() {
    std::error_code error;
    const bool keep_config = marker_.stage == Stage::sealing && fs::exists(home_ / kConfigPart, error);
    auto files = files_that_belong(home_);
    if (!files) return files.failure();
    for (const auto& file : *files) {
      if (keep_config && file.filename() == kConfigPart) continue;
      if (::unlink(file.c_str()) != 0) return file_failure("cannot remove", file);
    }
    for (const auto& part : backup_.archive.manifest().parts) {
      if (keep_config && part.name == kConfigPart) continue;
      if (auto written = write_private_file(home_ / part.name, as_text(backup_.archive.part(part.name))); !written)
        return written;
    }
    marker_.stage = Stage::sealing;
    return marker_.write(home_);
  }

  Result<void> open() {
    auto config = load_config(home_);
    if (!config) return config.failure();
    auto mode = parse_mode(backup_.archive.manifest().mode);
    if (!mode) return mode.failure();
    if (*mode == Mode::production) {
      if (auto allowed = check_production(*config, home_); !allowed) return allowed;
    }
    auto rows = registry::Registry::open(home_ / kRegistryPart, Clock::system());
    if (!rows) return rows.failure();
    auto control = registry::ControlPage::replace(home_ / "control");
    if (!control) return control.failure();
    OpenOptions options;
    options.actor = options_.actor;
    options.prompt = options_.prompt;
    impl_ = std::make_shared<Custodian::Impl>(home_, *std::move(config), *std::move(control), *std::move(rows), options);
    impl_->mode = *mode;
    return {};
  }

  // token makes the home's own SoftHSM2 token where it is gone.
  Result<void> token() {
    const TokenSettings* own = development_token(impl_->config, home_);
    if (own != nullptr) {
      if (auto made = make_token_folders(home_, report_.made); !made) return made;
    }
    if (options_.set_module_environment) {
      for (const auto& each : impl_->config.tokens) set_environment(each.environment);
    }
    return own == nullptr ? Result<void>() : make_development_token(*own, home_, Lost::accept, report_.made);
  }

  // seal seals the registry anew, with the key that sealed it, or with a new one where the token does not hold that.
  Result<void> seal() {
    auto keys = impl_->registry->keys_unverified();
    if (!keys) return keys.failure();
    const auto row = std::ranges::find_if(*keys, [&](const registry::KeyRow& key) {
      return key.name == kRegistryKeyName && key.token == impl_->config.registry_token && key.state != "destroyed";
    });
    if (row != keys->end()) {
      auto standing = open_seal_key(*impl_, row->id, backup_.archive.manifest().home_id);
      if (standing) return reseal(*standing, *keys, nullptr);
      if (standing.error().code != Errc::not_found) return standing.failure();
    }
    std::uint32_t version = 1;
    for (const auto& key : *keys) {
      if (key.name == kRegistryKeyName && key.token == impl_->config.registry_token) version = std::max(version, key.version + 1);
    }
    KeyMaker maker(*impl_);
    auto made = make_seal_key(*impl_, maker, version);
    if (!made) return made.failure();
    auto opened = open_seal_key(*impl_, made->row.id, backup_.archive.manifest().home_id);
    if (!opened) return opened.failure();
    if (auto sealed = reseal(*opened, *keys, &*made); !sealed) return sealed;
    maker.keep();
    report_.made.push_back("seal key " + KeyName{made->row.token, made->row.name}.text());
    return {};
  }

  // reseal writes all of it as one change; `made` is a new seal key, after which the old ones seal nothing.
  Result<void> reseal(const OpenSeal& opened, const std::vector<registry::KeyRow>& keys, const KeyMaker::MadeKey* made) {
    auto mirror_setting = impl_->registry->setting_unverified(kMirrorSetting);
    if (!mirror_setting) return mirror_setting.failure();
    impl_->registry->attach(impl_->control, *opened.seal, opened.mirror.get());
    auto sealed = impl_->registry->reseal(impl_->actor, [&](registry::Change& change) -> Result<void> {
      if (opened.mirror == nullptr || mirror_setting->has_value()) {
        if (auto put = change.put_setting(kMirrorSetting, opened.mirror == nullptr ? kNoMirror : kWithMirror); !put) return put;
      }
      if (made != nullptr) {
        if (auto replaced = replace_seal_key(change, keys, *made); !replaced) return replaced;
      }
      const BackupManifest& manifest = backup_.archive.manifest();
      return change.record("home.restored", "home", "",
                           "backup=" + backup_.sha256 + " created_ms=" + std::to_string(manifest.created_ms) +
                               " by=" + manifest.actor + " changes=" + std::to_string(manifest.changes));
    });
    if (!sealed) return sealed;
    if (auto proved = impl_->unseal(); !proved) return proved;
    return impl_->registry->verify();
  }

  Result<void> replace_seal_key(registry::Change& change, const std::vector<registry::KeyRow>& keys,
                                const KeyMaker::MadeKey& made) const {
    for (registry::KeyRow row : keys) {
      if (row.name != kRegistryKeyName || row.state == "destroyed") continue;
      const std::string before = "state=" + row.state;
      row.state = key::to_string(key::State::destroyed);
      row.destroyed_ms = impl_->clock.now_ms();
      if (auto put = change.put(row); !put) return put;
      if (auto removed = change.remove_copy(row.id, row.token); !removed) return removed;
      if (auto told = change.record("key.lost", "key " + KeyName{row.token, row.name}.text(), before, "state=" + row.state);
          !told)
        return told;
    }
    return KeyMaker::record(change, made);
  }

  // to_be_continued tells, of a home that lacks only its seals, what to do.
  [[nodiscard]] Unexpected to_be_continued(Error error) const {
    error.detail = "the files are in place in " + home_.string() + ", but its registry is not sealed yet: " + error.detail +
                   "; then run the same custos backup restore again (what you correct in custos.toml stays)";
    return Unexpected{std::move(error)};
  }

  // look_for_keys finds the keys that the registry names and that nothing holds any more.
  Result<void> look_for_keys() {
    auto rows = impl_->registry->keys_unverified();
    if (!rows) return rows.failure();
    std::vector<std::string> names{std::string(software::kKeystoreName)};
    for (const auto& token : impl_->config.tokens) names.push_back(token.name);
    for (const auto& name : names) {
      const auto in_use = [&](const registry::KeyRow& row) { return row.token == name && row.state != "destroyed"; };
      if (std::ranges::none_of(*rows, in_use)) continue;
      auto backend = impl_->backends.open(name);
      auto stored = backend ? (*backend)->list() : Result<std::vector<key::StoredKey>>(backend.failure());
      if (!stored) {
        report_.not_seen.push_back(name + ": " + stored.error().detail);
        continue;
      }
      for (const auto& row : *rows) {
        const auto is_row = [&](const key::StoredKey& key) { return key.id && key.id->text() == row.id; };
        if (in_use(row) && std::ranges::none_of(*stored, is_row)) report_.lost.push_back(KeyName{row.token, row.name}.text());
      }
    }
    const auto is_lost = [&](const std::string& key) { return std::ranges::find(report_.lost, key) != report_.lost.end(); };
    for (const auto& key : backup_.archive.manifest().keys) {
      if (is_lost(key.sealed_under)) report_.lost.push_back(key.name);  // it is there, and nothing opens it
    }
    return {};
  }

  const fs::path home_;
  const RestoreOptions& options_;
  const OpenBackup backup_;
  RestoreMarker marker_;
  std::shared_ptr<Custodian::Impl> impl_;
  RestoreReport report_;
};

}  // namespace

Result<RestoreReport> restore_backup(const RestoreOptions& options, const SecretBytes& passphrase) {
  if (options.harden_process) {
    if (auto hardened = harden_process(); !hardened) return hardened.failure();
  }
  auto home = new_home_path(options.home);
  if (!home) return home.failure();
  auto backup = open_backup(options.file, passphrase);
  if (!backup) return backup.failure();
  return Restore(*std::move(home), options, *std::move(backup)).run();
}

}  // namespace custos
