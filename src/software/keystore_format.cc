#include "software/keystore_format.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "hash/hash.h"

namespace custos::software {
namespace {

constexpr std::string_view kMagic = "custos keystore\n";
constexpr std::string_view kEntryDomain = "custos-keystore-entry-v1";

// Where things are in a file.
constexpr std::size_t kSlotAt = kMagic.size() + 4 + 16;
constexpr std::size_t kSlotSize = 4 + 4 + 8 + 8 + 16 + 24 + 48;
constexpr std::size_t kGenerationAt = kSlotAt + kSlotSize;
static_assert(kGenerationAt == kGenerationOffset);
constexpr std::size_t kEntriesAt = kGenerationAt + 8 + 4;
constexpr std::size_t kTrailer = 32 + 32;
// And in an entry.
constexpr std::size_t kCustodyAt = 4;
constexpr std::size_t kAlgorithmAt = 5;
constexpr std::size_t kIdAt = 4 + 3;
constexpr std::size_t kLabelAt = kIdAt + 16 + 8;

constexpr std::size_t kMaxLabel = 128;
constexpr std::size_t kMaxPurpose = 64;
constexpr std::size_t kMaxToken = 128;
constexpr std::size_t kMaxPublicKey = 1024;
constexpr std::size_t kMaxAbout = 2048;

constexpr std::uint8_t kSoftware = 1;
constexpr std::uint8_t kSealed = 2;

// kCodes are the algorithms' numbers in the file, for ever.
constexpr std::array<std::pair<std::uint8_t, key::Algorithm>, 12> kCodes{{
    {1, key::Algorithm::hmac_sha256},
    {2, key::Algorithm::hmac_sha384},
    {3, key::Algorithm::hmac_sha512},
    {4, key::Algorithm::ed25519},
    {5, key::Algorithm::ecdsa_p256},
    {6, key::Algorithm::ecdsa_secp256k1},
    {7, key::Algorithm::rsa_2048},
    {8, key::Algorithm::rsa_3072},
    {9, key::Algorithm::rsa_4096},
    {10, key::Algorithm::aes_256},
    {11, key::Algorithm::bip32},
    {12, key::Algorithm::slip10_ed25519},
}};

// kSecretCode stands in an algorithm's place where an entry is no key.
constexpr std::uint8_t kSecretCode = 32;

std::uint8_t code_of(key::Algorithm algorithm) {
  return std::ranges::find(kCodes, algorithm, &decltype(kCodes)::value_type::second)->first;
}

// Writer appends numbers, big-endian, and bytes.
class Writer {
 public:
  Writer() { out_.reserve(256); }  // most entries fit
  template <class Number>
  Writer& number(Number value) {
    for (std::size_t i = sizeof(Number); i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Writer& bytes(ByteView bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Writer& text(std::string_view text) { return sized(as_bytes(text)); }
  Writer& sized(ByteView part) { return number(static_cast<std::uint16_t>(part.size())).bytes(part); }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Reader takes from the front. What is not there sets a sticky flag and reads as zeros.
class Reader {
 public:
  explicit Reader(ByteView rest) : rest_(rest) {}

  ByteView bytes(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  template <class Number>
  Number number() {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes(sizeof(Number))) value = value << 8U | byte;
    return static_cast<Number>(value);
  }
  template <std::size_t kSize>
  void array(std::array<std::uint8_t, kSize>& out) {
    std::ranges::copy(bytes(kSize), out.begin());
  }
  ByteView sized() { return bytes(number<std::uint16_t>()); }
  std::string_view text() { return as_text(sized()); }
  key::KeyId id() {
    key::KeyId id;
    array(id.bytes);
    return id;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  ByteView rest_;
  bool failed_ = false;
};

Writer& write_slot_start(Writer& out, const key::KeyId& home, const PassphraseSlot& slot) {
  return out.bytes(as_bytes(kMagic))
      .number(kKeystoreFormat)
      .bytes(home.bytes)
      .number(slot.kdf)
      .number(slot.lanes)
      .number(slot.cost.passes)
      .number(slot.cost.memory_bytes)
      .bytes(slot.salt)
      .bytes(slot.nonce);
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// objection tells what the format does not allow, or nothing.
std::string objection(const EntryAbout& about) {
  const auto& facts = key::facts_of(about.algorithm);
  if (!about.is_secret && facts.family == key::Family::aes) return "a key that seals cannot be kept in software";
  if (about.label.empty() || about.label.size() > kMaxLabel || !is_printable(about.label)) {
    return fmt::format("a label has 1 to {} printable characters", kMaxLabel);
  }
  if (about.purpose.size() > kMaxPurpose || !is_printable(about.purpose)) {
    return fmt::format("a purpose has at most {} printable characters", kMaxPurpose);
  }
  if (about.is_secret && !about.public_key.empty()) return "a secret has no public key";
  const bool has_public_key = !about.is_secret && facts.is_asymmetric();
  if (about.public_key.empty() == has_public_key || about.public_key.size() > kMaxPublicKey) {
    return fmt::format("a public key of {} bytes does not belong to {}", about.public_key.size(), facts.name);
  }
  if (!about.sealed_under) return {};
  const auto& token = about.sealed_under->token;
  if (token.empty() || token.size() > kMaxToken || !is_printable(token)) {
    return fmt::format("the name of a token that seals has 1 to {} printable characters", kMaxToken);
  }
  const auto family = key::facts_of(about.sealed_under->algorithm).family;
  if (family != key::Family::aes && family != key::Family::rsa) return "only AES and RSA keys seal";
  return {};
}

std::optional<key::Algorithm> algorithm_of(std::uint8_t code) {
  const auto found = std::ranges::find(kCodes, code, &decltype(kCodes)::value_type::first);
  return found == kCodes.end() ? std::nullopt : std::optional(found->second);
}

std::optional<EntryAbout> read_about(ByteView encoded) {
  Reader in(encoded);
  EntryAbout about;
  const auto custody = in.number<std::uint8_t>();
  const auto code = in.number<std::uint8_t>();
  about.is_secret = code == kSecretCode;
  const auto algorithm = about.is_secret ? std::optional(about.algorithm) : algorithm_of(code);
  const auto origin = in.number<std::uint8_t>();
  about.id = in.id();
  about.created_ms = in.number<std::int64_t>();
  about.label = in.text();
  about.purpose = in.text();
  about.public_key = in.sized();
  if (!algorithm || (custody != kSoftware && custody != kSealed) || origin < 1 || origin > 2) return std::nullopt;
  about.algorithm = *algorithm;
  about.origin = origin == 1 ? key::Origin::generated : key::Origin::imported;
  if (custody == kSealed) {
    const std::string_view token = in.text();
    const key::KeyId id = in.id();
    const auto sealing = algorithm_of(in.number<std::uint8_t>());
    if (!sealing) return std::nullopt;
    about.sealed_under = key::SealReference{std::string(token), id, *sealing};
  }
  if (in.failed() || in.left() != 0 || !objection(about).empty()) return std::nullopt;
  return about;
}

// read_parts takes the two parts of an entry off the front.
std::pair<ByteView, ByteView> read_parts(Reader& in) {
  const ByteView about = in.bytes(in.number<std::uint32_t>());
  const ByteView box = in.bytes(in.number<std::uint32_t>());
  return {about, box};
}

Digest32 checksum(ByteView file) {
  const std::array parts{file.first(kSlotAt), file.first(file.size() - 32).subspan(kGenerationAt)};
  return hash::sha256(parts);
}

std::vector<ByteView> parts_for_mac(ByteView file, std::span<const ByteView> entries) {
  std::vector<ByteView> parts{file.first(kGenerationAt)};
  for (const ByteView entry : entries) {
    if (entry[kCustodyAt] == kSoftware) parts.push_back(entry);
  }
  return parts;
}

Unexpected damaged(std::string detail) { return fail(Errc::integrity, Origin::home, std::move(detail)); }

}  // namespace

Bytes PassphraseSlot::context(const key::KeyId& home) const {
  Writer out;
  return write_slot_start(out, home, *this).take();
}

Result<Bytes> EntryAbout::encode() const {
  if (std::string why = objection(*this); !why.empty()) return fail(Errc::bad_input, Origin::key, std::move(why));
  Writer out;
  out.number(sealed_under ? kSealed : kSoftware)
      .number(is_secret ? kSecretCode : code_of(algorithm))
      .number(static_cast<std::uint8_t>(origin == key::Origin::generated ? 1 : 2))
      .bytes(id.bytes)
      .number(static_cast<std::uint64_t>(created_ms))
      .text(label)
      .text(purpose)
      .sized(public_key);
  if (sealed_under) out.text(sealed_under->token).bytes(sealed_under->key.bytes).number(code_of(sealed_under->algorithm));
  return out.take();
}

Bytes EntryAbout::context(const key::KeyId& home, ByteView encoded) {
  return Writer().bytes(as_bytes(kEntryDomain)).bytes(home.bytes).bytes(encoded).take();
}

Result<Bytes> encode_entry(ByteView encoded_about, ByteView box) {
  if (box.empty() || box.size() > kMaxKeystoreBox) {
    return fail(Errc::bad_input, Origin::key,
                fmt::format("encrypted key material of {} bytes: 1 to {} have room", box.size(), kMaxKeystoreBox));
  }
  return Writer()
      .number(static_cast<std::uint32_t>(encoded_about.size()))
      .bytes(encoded_about)
      .number(static_cast<std::uint32_t>(box.size()))
      .bytes(box)
      .take();
}

Result<Bytes> encode_keystore(const KeystoreHeader& header, std::span<const ByteView> entries, const Authenticate& authenticate) {
  std::size_t size = kEntriesAt + kTrailer;
  for (const ByteView entry : entries) size += entry.size();
  if (size > kMaxKeystore) return fail(Errc::bad_input, Origin::home, "the keystore is full: a file has at most 1 GiB");

  Writer out;
  if (header.slot) {
    write_slot_start(out, header.home, *header.slot).bytes(header.slot->box);
  } else {
    out.bytes(as_bytes(kMagic)).number(kKeystoreFormat).bytes(header.home.bytes).bytes(std::array<std::uint8_t, kSlotSize>{});
  }
  out.number(header.generation).number(static_cast<std::uint32_t>(entries.size()));
  Bytes file = out.take();
  file.reserve(size);
  for (const ByteView entry : entries) file.insert(file.end(), entry.begin(), entry.end());
  const Mac mac = header.slot ? authenticate(parts_for_mac(file, entries)) : Mac{};
  file.insert(file.end(), mac.begin(), mac.end());
  file.resize(size);
  std::ranges::copy(checksum(file), file.end() - 32);
  return file;
}

KeystoreImage KeystoreImage::none(const key::KeyId& home) {
  KeystoreImage image;
  image.header_.home = home;
  return image;
}

Result<KeystoreImage> KeystoreImage::parse(Bytes file) {
  KeystoreImage image;
  image.file_ = std::move(file);
  if (auto read = image.read(); !read) return read.failure();
  if (auto indexed = image.index(); !indexed) return indexed.failure();
  return image;
}

Result<void> KeystoreImage::read() {
  const ByteView file(file_);
  if (file.empty()) return damaged("is empty");
  if (file.size() > kMaxKeystore) return damaged("is larger than any keystore (1 GiB)");
  Reader in(file);
  if (as_text(in.bytes(kMagic.size())) != kMagic) return damaged("is not a keystore of Custos, or its beginning was overwritten");
  if (const auto version = in.number<std::uint32_t>(); version != kKeystoreFormat && !in.failed()) {
    return damaged(fmt::format("has format {}: a newer Custos wrote it (this one reads format {}), or it was changed", version,
                               kKeystoreFormat));
  }
  if (file.size() < kEntriesAt + kTrailer) return damaged("ends too early: it is torn");
  if (!std::ranges::equal(checksum(file), file.last(32))) {
    return damaged("is damaged or was tampered with: its checksum is not the one it ends with");
  }

  header_.home = in.id();
  PassphraseSlot slot;
  const ByteView slot_bytes = file.subspan(kSlotAt, kSlotSize);
  slot.kdf = in.number<std::uint32_t>();
  slot.lanes = in.number<std::uint32_t>();
  slot.cost = {in.number<std::uint64_t>(), in.number<std::uint64_t>()};
  in.array(slot.salt);
  in.array(slot.nonce);
  in.array(slot.box);
  if (std::ranges::any_of(slot_bytes, [](std::uint8_t byte) { return byte != 0; })) header_.slot = slot;
  header_.generation = in.number<std::uint64_t>();
  std::ranges::copy(file.last(kTrailer).first(mac_.size()), mac_.begin());
  if (header_.slot.has_value() == (mac_ == Mac{})) {
    return damaged("was tampered with: its passphrase slot and its authentication do not belong together");
  }

  const auto count = in.number<std::uint32_t>();
  const std::size_t end = file.size() - kTrailer;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = file.size() - in.left();
    const auto [encoded, box] = read_parts(in);
    const bool fits = !in.failed() && file.size() - in.left() <= end && encoded.size() <= kMaxAbout && !box.empty() &&
                      box.size() <= kMaxKeystoreBox;
    const auto about = fits ? read_about(encoded) : std::nullopt;
    if (!about) return damaged(fmt::format("was tampered with: entry {} of {} is malformed", i + 1, count));
    if (!about->sealed_under && !header_.slot) {
      return damaged(fmt::format("was tampered with: entry {} of {} wants a passphrase, but the file has none", i + 1, count));
    }
    offsets_.push_back(static_cast<std::uint32_t>(at));
  }
  if (file.size() - in.left() != end) return damaged("was tampered with: something follows its entries");
  return {};
}

Result<void> KeystoreImage::index() {
  // order_by answers whether no two entries have the same key.
  const auto order_by = [&](auto&& key_of, std::vector<std::uint32_t>& order) {
    using Key = decltype(key_of(0U));
    std::vector<std::pair<Key, std::uint32_t>> keyed;
    keyed.reserve(offsets_.size());
    for (const std::uint32_t offset : offsets_) keyed.emplace_back(key_of(offset), offset);
    std::ranges::sort(keyed);
    order.reserve(keyed.size());
    for (const auto& each : keyed) order.push_back(each.second);
    return std::ranges::adjacent_find(keyed, {}, &std::pair<Key, std::uint32_t>::first) == keyed.end();
  };
  if (!order_by([&](std::uint32_t offset) { return id_at(offset); }, by_id_) ||
      !order_by([&](std::uint32_t offset) { return label_at(offset); }, by_label_)) {
    return damaged("was tampered with: two entries have the same name");
  }
  return {};
}

key::KeyId KeystoreImage::id_at(std::uint32_t offset) const { return Reader(ByteView(file_).subspan(offset + kIdAt)).id(); }

std::string_view KeystoreImage::label_at(std::uint32_t offset) const {
  return Reader(ByteView(file_).subspan(offset + kLabelAt)).text();
}

KeystoreEntry KeystoreImage::at(std::size_t index) const {
  const ByteView start = ByteView(file_).subspan(offsets_[index]);
  Reader in(start);
  const auto [encoded, box] = read_parts(in);
  auto about = read_about(encoded);
  if (!about) std::abort();  // read() has read it
  return {*std::move(about), encoded, box, start.first(start.size() - in.left())};
}

std::optional<KeystoreEntry> KeystoreImage::find(const key::KeyId& id) const {
  const auto found = std::ranges::lower_bound(by_id_, id, {}, [&](std::uint32_t offset) { return id_at(offset); });
  if (found == by_id_.end() || id_at(*found) != id) return std::nullopt;
  return at(static_cast<std::size_t>(std::ranges::lower_bound(offsets_, *found) - offsets_.begin()));
}

bool KeystoreImage::has_label(std::string_view label) const {
  return std::ranges::binary_search(by_label_, label, {}, [&](std::uint32_t offset) { return label_at(offset); });
}

std::optional<KeystoreEntry> KeystoreImage::find_label(std::string_view label) const {
  const auto found = std::ranges::lower_bound(by_label_, label, {}, [&](std::uint32_t offset) { return label_at(offset); });
  if (found == by_label_.end() || label_at(*found) != label) return std::nullopt;
  return at(static_cast<std::size_t>(std::ranges::lower_bound(offsets_, *found) - offsets_.begin()));
}

std::vector<ByteView> KeystoreImage::entries() const {
  std::vector<ByteView> entries;
  entries.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const std::size_t end = i + 1 < size() ? offsets_[i + 1] : file_.size() - kTrailer;
    entries.push_back(ByteView(file_).subspan(offsets_[i], end - offsets_[i]));
  }
  return entries;
}

std::size_t KeystoreImage::count_keys(bool sealed) const {
  return static_cast<std::size_t>(std::ranges::count_if(offsets_, [&](std::uint32_t offset) {
    return (file_[offset + kCustodyAt] == kSealed) == sealed && file_[offset + kAlgorithmAt] != kSecretCode;
  }));
}

std::vector<ByteView> KeystoreImage::authenticated() const { return parts_for_mac(file_, entries()); }

}  // namespace custos::software
