// Vault: an open keystore: its file, its master key once the passphrase was given, and the sealers of its sealed entries.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/sealer.h"
#include "software/keystore_file.h"
#include "software/keystore_format.h"
#include "software/master_key.h"
#include "software/passphrase_guard.h"
#include "software/software_backend.h"

namespace custos::software {

// Vault is thread-safe. A change is made on the file's newest content, under its lock; the passphrase is asked for at most once,
// and neither while the file is locked.
class Vault {
 public:
  using Image = std::shared_ptr<const KeystoreImage>;
  using Master = std::shared_ptr<const MasterKey>;

  // open reads the file. Errors: as SoftwareBackend::open.
  [[nodiscard]] static Result<std::shared_ptr<Vault>> open(KeystoreConfig config, PassphraseProvider passphrase,
                                                           key::SealerSource sealers, const Clock& clock);

  // image is the file's newest content: read again when another process has written. Errors: as KeystoreFile::read; integrity,
  // when the new content is not by a holder of the master key.
  [[nodiscard]] Result<Image> image();
  // master asks for the passphrase unless it was given, and for a new one where the keystore has none. Errors: those of
  // passphrases.
  [[nodiscard]] Result<Master> master();
  // material decrypts an entry. Errors: integrity, naming the entry; authentication; those of sealers.
  [[nodiscard]] Result<SecretBytes> material(const KeystoreEntry& entry);

  // add encrypts the material as `about` says. Errors: already_exists (the id or the label), bad_input, those of passphrases and
  // sealers, system.
  [[nodiscard]] Result<void> add(const EntryAbout& about, const SecretBytes& material);
  // move encrypts the material anew: under a token key, or (nullopt) the passphrase. Errors: not_found, bad_input (it is that
  // already), busy (it was changed meanwhile), and as add.
  [[nodiscard]] Result<void> move(const key::KeyId& id, const std::optional<key::SealReference>& under);
  // remove leaves no copy of the entry, in the previous version neither. Errors: not_found, and as add.
  [[nodiscard]] Result<void> remove(const key::KeyId& id);

  // The rest is as in SoftwareBackend.
  [[nodiscard]] Result<void> initialise(const SecretBytes& passphrase, const KdfCost& cost);
  [[nodiscard]] Result<void> change_passphrase(const SecretBytes& passphrase, const KdfCost& cost);
  [[nodiscard]] Result<KeystoreState> state();
  [[nodiscard]] Result<void> verify();

  [[nodiscard]] const key::KeyId& home() const noexcept { return home_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }
  [[nodiscard]] Result<PassphraseGuard::Failures> failures() const { return guard_.failures(); }

 private:
  using Entries = std::vector<ByteView>;
  // A Change edits what will be written; views into `now` stay valid.
  using Change = std::function<Result<void>(const KeystoreImage& now, KeystoreHeader& header, Entries& entries)>;

  Vault(KeystoreConfig config, const key::KeyId& home, PassphraseProvider passphrase, key::SealerSource sealers,
        const Clock& clock);

  [[nodiscard]] Result<Master> unlock(const KeystoreImage& image, const SecretBytes& passphrase);
  [[nodiscard]] Result<PassphraseSlot> new_slot(const MasterKey& master, const SecretBytes& passphrase,
                                                const KdfCost& cost) const;
  [[nodiscard]] Result<void> give_passphrase(const SecretBytes& passphrase, const KdfCost& cost, Master& out);
  [[nodiscard]] Result<Bytes> encrypt(const EntryAbout& about, const SecretBytes& material);
  // write needs the master key when anything changes that the passphrase protects.
  [[nodiscard]] Result<void> write(KeystoreFile::Keep keep, const Master& master, const Change& change);
  [[nodiscard]] Result<Image> refresh_locked();
  [[nodiscard]] Result<void> check_authentic(const MasterKey& master, const KeystoreImage& image) const;
  [[nodiscard]] Unexpected no_such_key(const key::KeyId& id) const;
  [[nodiscard]] Result<void> prove(const KeystoreEntry& entry);

  const KeystoreSeams seams_;
  const key::KeyId home_;
  const KeystoreFile file_;
  const PassphraseGuard guard_;
  const PassphraseProvider passphrase_;
  const key::SealerSource sealers_;

  std::mutex asking_;  // one question for the passphrase at a time; taken before mutex_

  std::mutex mutex_;  // guards what follows
  Image image_;
  std::optional<FileStamp> stamp_;
  Master master_;
};

}  // namespace custos::software
