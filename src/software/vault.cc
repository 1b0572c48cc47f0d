#include "software/vault.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "encode/quote.h"
#include "key/key_material.h"

namespace custos::software {
namespace {

std::string name_of(const EntryAbout& about) { return encode::quoted(about.label) + " (" + about.id.text() + ")"; }

Unexpected spoiled(const std::filesystem::path& file, const EntryAbout& about, std::string_view why) {
  return fail(Errc::integrity, Origin::home, fmt::format("{}: key {}: {}", file.string(), name_of(about), why));
}

// home_of asks the file where the configuration does not say.
Result<key::KeyId> home_of(const KeystoreConfig& config) {
  if (!config.home_id.empty()) return key::KeyId::parse(config.home_id);
  auto state = KeystoreFile(config.file, std::nullopt).read();
  if (!state) return state.failure();
  return state->image.header().home;
}

}  // namespace

Vault::Vault(KeystoreConfig config, const key::KeyId& home, PassphraseProvider passphrase, key::SealerSource sealers,
             const Clock& clock)
    : seams_(std::move(config.seams)),
      home_(home),
      file_(config.file, home),
      guard_(config.file.string() + ".attempts", clock, seams_.wait),
      passphrase_(std::move(passphrase)),
      sealers_(std::move(sealers)) {}

Result<std::shared_ptr<Vault>> Vault::open(KeystoreConfig config, PassphraseProvider passphrase, key::SealerSource sealers,
                                           const Clock& clock) {
  auto home = home_of(config);
  if (!home) return home.failure();
  std::shared_ptr<Vault> vault(new Vault(std::move(config), *home, std::move(passphrase), std::move(sealers), clock));
  if (auto read = vault->image(); !read) return read.failure();
  return vault;
}

Result<Vault::Image> Vault::image() {
  const std::lock_guard lock(mutex_);
  return refresh_locked();
}

Result<Vault::Image> Vault::refresh_locked() {
  auto stamp = file_.stamp();
  if (!stamp) return stamp.failure();
  if (image_ && stamp_ == *stamp) return image_;
  auto state = file_.read();
  if (!state) return state.failure();
  if (master_) {
    if (auto checked = check_authentic(*master_, state->image); !checked) return checked.failure();
  }
  image_ = std::make_shared<const KeystoreImage>(std::move(state->image));
  stamp_ = state->stamp;
  return image_;
}

Result<void> Vault::check_authentic(const MasterKey& master, const KeystoreImage& image) const {
  if (master.authenticates(image)) return {};
  return fail(
      Errc::integrity, Origin::home,
      file_.path().string() +
          " was tampered with, or exchanged for another: its authentication does not fit its passphrase; restore it from a "
          "backup");
}

Result<Vault::Master> Vault::master() {
  const std::lock_guard asking(asking_);
  Image image;
  {
    const std::lock_guard lock(mutex_);
    if (master_) return master_;
    auto newest = refresh_locked();
    if (!newest) return newest.failure();
    image = *newest;
  }
  const bool has_one = image->header().slot.has_value();
  auto passphrase = passphrase_(has_one ? Wanted::to_open : Wanted::to_choose);
  if (!passphrase) return passphrase.failure();
  if (has_one) return unlock(*image, *passphrase);
  Master chosen;
  if (auto given = give_passphrase(*passphrase, KdfCost{}, chosen); !given) return given.failure();
  return chosen;
}

// The work of Argon2id is done, and the answer the same, whatever of the slot was changed.
Result<Vault::Master> Vault::unlock(const KeystoreImage& image, const SecretBytes& passphrase) {
  const PassphraseSlot& slot = *image.header().slot;
  const bool is_usual = slot.kdf == PassphraseSlot::kArgon2id && slot.lanes == 1 && slot.cost.is_sane();
  std::optional<MasterKey> opened;
  auto judged = guard_.attempt([&]() -> Result<void> {
    auto key = seams_.derive(passphrase, slot.salt, is_usual ? slot.cost : KdfCost{});
    if (!key) return key.failure();
    auto master = MasterKey::unwrap(slot, home_, *key);
    if (!master && master.error().code != Errc::authentication) return master.failure();
    if (!master) {
      return fail(
          Errc::authentication, Origin::home,
          "the passphrase does not open " + file_.path().string() +
              ": it is not the right one, or the place of the file that belongs to it was changed; each further attempt waits "
              "longer");
    }
    opened = *std::move(master);
    return {};
  });
  if (!judged) return judged.failure();
  if (auto checked = check_authentic(*opened, image); !checked) return checked.failure();
  const std::lock_guard lock(mutex_);
  master_ = std::make_shared<const MasterKey>(*std::move(opened));
  return master_;
}

Result<SecretBytes> Vault::material(const KeystoreEntry& entry) {
  const Bytes context = EntryAbout::context(home_, entry.encoded_about);
  const auto open = [&]() -> Result<SecretBytes> {
    if (!entry.about.sealed_under) {
      auto key = master();
      if (!key) return key.failure();
      return (*key)->open(entry.box, context);
    }
    auto sealer = sealers_(*entry.about.sealed_under);
    if (!sealer) return sealer.failure();
    return (*sealer)->open(entry.box, context);
  };
  auto opened = open();
  if (!opened && opened.error().code == Errc::integrity) return spoiled(path(), entry.about, opened.error().detail);
  return opened;
}

// A box by a token is opened again before anything relies on it.
Result<Bytes> Vault::encrypt(const EntryAbout& about, const SecretBytes& material) {
  auto encoded = about.encode();
  if (!encoded) return encoded;
  const Bytes context = EntryAbout::context(home_, *encoded);
  if (!about.sealed_under) {
    auto key = master();
    if (!key) return key.failure();
    return encode_entry(*encoded, (*key)->seal(material, context));
  }
  auto sealer = sealers_(*about.sealed_under);
  if (!sealer) return sealer.failure();
  auto box = (*sealer)->seal(material, context);
  if (!box) return box;
  auto opened = (*sealer)->open(*box, context);
  if (!opened) return opened.failure();
  if (!opened->equals(material)) {
    return fail(Errc::integrity, Origin::token,
                "the token did not open what it had just sealed to the same bytes: nothing was changed");
  }
  return encode_entry(*encoded, *box);
}

Result<void> Vault::write(KeystoreFile::Keep keep, const Master& master, const Change& change) {
  if (home_ == key::KeyId{})
    return fail(Errc::bad_input, Origin::home, "a keystore belongs to a home, and this one has no id yet");
  const auto turn = file_.lock();
  if (!turn) return Unexpected{turn.error()};
  const std::lock_guard lock(mutex_);
  auto now = refresh_locked();
  if (!now) return now.failure();
  KeystoreHeader header = (*now)->header();
  Entries entries = (*now)->entries();
  if (auto changed = change(**now, header, entries); !changed) return changed;
  header.generation += 1;
  auto content = encode_keystore(header, entries, [&](std::span<const ByteView> parts) {
    return master ? master->authenticate(parts) : (*now)->mac();  // sealed entries are no part of it
  });
  if (!content) return content.failure();
  if (auto replaced = file_.replace(*content, keep); !replaced) {
    stamp_.reset();
    image_.reset();
    return replaced;
  }
  auto stamp = file_.stamp();
  auto image = KeystoreImage::parse(*std::move(content));
  if (!stamp) return stamp.failure();
  if (!image) return fail(Errc::internal, Origin::home, "wrote a keystore that " + image.error().detail);
  stamp_ = *stamp;
  image_ = std::make_shared<const KeystoreImage>(*std::move(image));
  return {};
}

Unexpected Vault::no_such_key(const key::KeyId& id) const {
  return fail(Errc::not_found, Origin::key, path().string() + " has no key " + id.text());
}

Result<void> Vault::add(const EntryAbout& about, const SecretBytes& material) {
  const auto check_is_new = [&](const KeystoreImage& now) -> Result<void> {
    if (!now.find(about.id) && !now.has_label(about.label)) return {};
    return fail(Errc::already_exists, Origin::key, path().string() + " already has a key " + name_of(about));
  };
  auto now = image();
  if (!now) return now.failure();
  if (auto is_new = check_is_new(**now); !is_new) return is_new;  // before anybody is asked for a passphrase
  auto entry = encrypt(about, material);
  if (!entry) return entry.failure();
  Master key;
  if (!about.sealed_under) {
    auto found = master();
    if (!found) return found.failure();
    key = *found;
  }
  return write(KeystoreFile::Keep::last, key,
               [&](const KeystoreImage& newest, KeystoreHeader&, Entries& entries) -> Result<void> {
                 if (auto is_new = check_is_new(newest); !is_new) return is_new;
                 entries.emplace_back(*entry);
                 return {};
               });
}

Result<void> Vault::move(const key::KeyId& id, const std::optional<key::SealReference>& under) {
  auto now = image();
  if (!now) return now.failure();
  const auto entry = (*now)->find(id);
  if (!entry) return no_such_key(id);
  if (entry->about.sealed_under == under) {
    return fail(Errc::bad_input, Origin::key,
                "key " + name_of(entry->about) + (under ? " is already sealed under that key" : " is not sealed"));
  }
  auto opened = material(*entry);
  if (!opened) return opened.failure();
  EntryAbout about = entry->about;
  about.sealed_under = under;
  auto moved = encrypt(about, *opened);
  if (!moved) return moved.failure();
  Master key;
  if (!under || !entry->about.sealed_under) {
    auto found = master();
    if (!found) return found.failure();
    key = *found;
  }
  return write(KeystoreFile::Keep::copy, key, [&](const KeystoreImage&, KeystoreHeader&, Entries& entries) -> Result<void> {
    const auto place = std::ranges::find_if(entries, [&](ByteView each) { return std::ranges::equal(each, entry->whole); });
    if (place == entries.end()) {
      return fail(Errc::busy, Origin::key, "key " + name_of(entry->about) + " was changed by another process: try again");
    }
    *place = *moved;
    return {};
  });
}

Result<void> Vault::remove(const key::KeyId& id) {
  auto now = image();
  if (!now) return now.failure();
  const auto entry = (*now)->find(id);
  if (!entry) return no_such_key(id);
  Master key;
  if (!entry->about.sealed_under) {
    auto found = master();
    if (!found) return found.failure();
    key = *found;
  }
  const auto drop = [&](const KeystoreImage& newest, KeystoreHeader&, Entries& entries) -> Result<void> {
    const auto standing = newest.find(id);
    if (!standing) return no_such_key(id);
    if (!standing->about.sealed_under && !key) {
      return fail(Errc::busy, Origin::key, "key " + name_of(standing->about) + " was changed by another process: try again");
    }
    std::erase_if(entries, [&](ByteView each) { return each.data() == standing->whole.data(); });
    return {};
  };
  return write(KeystoreFile::Keep::copy, key, drop);
}

Result<PassphraseSlot> Vault::new_slot(const MasterKey& master, const SecretBytes& passphrase, const KdfCost& cost) const {
  if (passphrase.empty()) return fail(Errc::bad_input, Origin::none, "the passphrase is empty");
  if (!cost.is_sane()) {
    return fail(Errc::bad_input, Origin::none, "the work of Argon2id is 1 to 64 passes over 8 to 1024 MiB");
  }
  PassphraseSlot slot;
  slot.cost = cost;
  randombytes_buf(slot.salt.data(), slot.salt.size());
  auto key = seams_.derive(passphrase, slot.salt, cost);
  if (!key) return key.failure();
  master.wrap(slot, home_, *key);
  return slot;
}

Result<void> Vault::initialise(const SecretBytes& passphrase, const KdfCost& cost) {
  const std::lock_guard asking(asking_);
  Master ignored;
  return give_passphrase(passphrase, cost, ignored);
}

Result<void> Vault::give_passphrase(const SecretBytes& passphrase, const KdfCost& cost, Master& out) {
  auto made = MasterKey::generate();
  if (!made) return made.failure();
  const Master fresh = std::make_shared<const MasterKey>(*std::move(made));
  auto slot = new_slot(*fresh, passphrase, cost);
  if (!slot) return slot.failure();
  auto written =
      write(KeystoreFile::Keep::last, fresh, [&](const KeystoreImage& now, KeystoreHeader& header, Entries&) -> Result<void> {
        if (now.header().slot) {
          return fail(Errc::already_exists, Origin::home, path().string() + " already has a passphrase: change it instead");
        }
        header.slot = *slot;
        return {};
      });
  if (!written) return written;
  const std::lock_guard lock(mutex_);
  master_ = fresh;
  out = fresh;
  return {};
}

Result<void> Vault::change_passphrase(const SecretBytes& passphrase, const KdfCost& cost) {
  auto now = image();
  if (!now) return now.failure();
  if (!(*now)->header().slot) {
    return fail(Errc::not_found, Origin::home, path().string() + " has no passphrase yet: give it its first one");
  }
  auto key = master();
  if (!key) return key.failure();
  auto slot = new_slot(**key, passphrase, cost);
  if (!slot) return slot.failure();
  return write(KeystoreFile::Keep::copy, *key, [&](const KeystoreImage&, KeystoreHeader& header, Entries&) -> Result<void> {
    header.slot = *slot;
    return {};
  });
}

Result<KeystoreState> Vault::state() {
  auto now = image();
  if (!now) return now.failure();
  auto failures = guard_.failures();
  if (!failures) return failures.failure();
  KeystoreState state;
  state.exists = (*now)->exists();
  state.home_id = home_.text();
  state.generation = (*now)->header().generation;
  state.software_keys = (*now)->software_keys();
  state.sealed_keys = (*now)->sealed_keys();
  state.failed_attempts = failures->count;
  state.wrong_passphrases = failures->text();
  if ((*now)->header().slot) state.cost = (*now)->header().slot->cost;
  return state;
}

Result<void> Vault::verify() {
  auto state = file_.read();  // whatever the stamp says
  if (!state) return state.failure();
  const KeystoreImage& image = state->image;
  if (image.header().slot) {
    auto key = master();
    if (!key) return key.failure();
    if (auto checked = check_authentic(**key, image); !checked) return checked;
  }
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (auto proved = prove(image.at(i)); !proved) return proved;
  }
  return {};
}

Result<void> Vault::prove(const KeystoreEntry& entry) {
  auto opened = material(entry);
  if (!opened) return opened.failure();
  const EntryAbout& about = entry.about;
  if (about.is_secret) return opened->empty() ? Result<void>(spoiled(path(), about, "it is empty")) : Result<void>();
  if (auto checked = key::check_material(about.algorithm, *opened); !checked) {
    return spoiled(path(), about, checked.error().detail);
  }
  if (!key::facts_of(about.algorithm).is_asymmetric()) return {};
  auto derived = key::public_key_of(about.algorithm, *opened);
  if (!derived) return spoiled(path(), about, derived.error().detail);
  if (!std::ranges::equal(derived->spki(), about.public_key)) {
    return spoiled(path(), about, "its public key is not that of its material");
  }
  return {};
}

}  // namespace custos::software
