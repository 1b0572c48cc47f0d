#include "key/mnemonic.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/wipe_stack.h"
#include "hash/hash.h"
#include "key/bip39_words.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};
constexpr std::size_t kLeastWords = 12, kMostWords = 24;
constexpr std::size_t kWordBits = 11;
constexpr std::size_t kSeedSize = crypto_auth_hmacsha512_BYTES;
constexpr unsigned kRounds = 2048;  // of PBKDF2 (BIP 39, "From mnemonic to seed")
constexpr std::string_view kSaltStart = "mnemonic";
constexpr std::size_t kMaxText = 1024;  // 24 words of 8 letters take 215 bytes; and the most bytes of a passphrase

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::key, "the mnemonic " + std::move(why)); }

// words_of gives the views of the words in a text.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty()) {
    const auto end = std::ranges::find_if(text, is_space);
    const std::string_view word(text.begin(), end);
    if (!word.empty()) words.push_back(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return words;
}

// index_of finds a word in the list; 2048 for one that is not there.
unsigned index_of(std::string_view word) {
  unsigned index = 0;
  for (std::string_view list = kBip39Words; !list.empty(); ++index) {
    const std::string_view each = list.substr(0, list.find(' '));
    if (each == word) return index;
    list.remove_prefix(std::min(list.size(), each.size() + 1));
  }
  return index;
}

// put_word writes the bits of a word, the highest first, behind those of the words before it.
void put_word(unsigned index, std::size_t at, std::span<std::uint8_t> bits) noexcept {
  for (std::size_t i = 0; i < kWordBits; ++i) {
    const std::size_t bit = at * kWordBits + i;
    const unsigned value = (index >> (kWordBits - 1 - i)) & 1U;
    bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | (value << (7 - bit % 8)));
  }
}

// check_sum: behind the entropy stand the first bits of its SHA-256, one for each 32 bits.
Result<void> check_sum(SecretBytes bits, std::size_t words) {
  const std::size_t sum_bits = words / 3;
  const std::size_t entropy_size = (words * kWordBits - sum_bits) / 8;
  const std::uint8_t sum = bits.view(kAccess)[entropy_size];
  bits.truncate(entropy_size);
  Digest32 digest;
  if (auto hashed = hash::digest_secret(hash::Algorithm::sha256, bits, digest); !hashed) return hashed;
  const unsigned differ = (digest[0] ^ unsigned{sum}) >> (8 - sum_bits);
  sodium_memzero(digest.data(), digest.size());
  if (differ == 0) return {};
  return refuse("is mistyped: its checksum does not fit; look at the words and their order");
}

Result<void> check_words(std::span<const std::string_view> words) {
  if (words.size() < kLeastWords || words.size() > kMostWords || words.size() % 3 != 0) {
    return refuse("has 12, 15, 18, 21 or 24 words, this one has " + std::to_string(words.size()));
  }
  auto bits = SecretBytes::allocate(words.size() * kWordBits / 8 + 1);
  if (!bits) return bits.failure();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const unsigned index = index_of(words[i]);
    if (index >> kWordBits != 0) {
      return refuse("has a word that is not in BIP 39's English list, in lower case: word " + std::to_string(i + 1));
    }
    put_word(index, i, bits->mutable_view(kAccess));
  }
  return check_sum(*std::move(bits), words.size());
}

Result<void> check_passphrase(std::string_view passphrase) {
  if (passphrase.size() > kMaxText) return refuse("has a passphrase of more than " + std::to_string(kMaxText) + " bytes");
  if (std::ranges::all_of(passphrase, [](char c) { return c >= ' ' && c <= '~'; })) return {};
  return refuse("has a passphrase with other characters than ASCII's: its Unicode form (NFKD) is not made here; import the seed");
}

// joined writes the words as BIP 39 hashes them: one space between them.
Result<SecretBytes> joined(std::span<const std::string_view> words, std::size_t room) {
  auto text = SecretBytes::allocate(room);
  if (!text) return text;
  const auto place = text->mutable_view(kAccess);
  std::size_t size = 0;
  for (const std::string_view word : words) {
    if (size != 0) place[size++] = ' ';
    size =
        static_cast<std::size_t>(std::ranges::copy(word, place.begin() + static_cast<std::ptrdiff_t>(size)).out - place.begin());
  }
  text->truncate(size);
  return text;
}

// stretch is PBKDF2 (RFC 8018, 5.2) with HMAC-SHA512, for one block. OpenSSL's keeps a copy of the salt, in which the passphrase
// is, that it does not wipe.
[[gnu::noinline]] void stretch(ByteView password, ByteView passphrase, std::span<std::uint8_t, kSeedSize> out) noexcept {
  constexpr std::array<std::uint8_t, 4> kFirstBlock{0, 0, 0, 1};
  crypto_auth_hmacsha512_state start, state;
  std::array<std::uint8_t, kSeedSize> round;
  crypto_auth_hmacsha512_init(&start, password.data(), password.size());
  state = start;
  crypto_auth_hmacsha512_update(&state, as_bytes(kSaltStart).data(), kSaltStart.size());
  crypto_auth_hmacsha512_update(&state, passphrase.data(), passphrase.size());
  crypto_auth_hmacsha512_update(&state, kFirstBlock.data(), kFirstBlock.size());
  crypto_auth_hmacsha512_final(&state, round.data());
  std::ranges::copy(round, out.begin());
  for (unsigned i = 1; i < kRounds; ++i) {
    state = start;
    crypto_auth_hmacsha512_update(&state, round.data(), round.size());
    crypto_auth_hmacsha512_final(&state, round.data());
    std::ranges::transform(out, round, out.begin(), std::bit_xor());
  }
  sodium_memzero(&start, sizeof start);
  sodium_memzero(&state, sizeof state);
  sodium_memzero(round.data(), round.size());
}

// without_end takes off the end of a line.
ByteView without_end(ByteView line) noexcept {
  for (const auto end : std::array<std::uint8_t, 2>{'\n', '\r'}) {
    if (!line.empty() && line.back() == end) line = line.first(line.size() - 1);
  }
  return line;
}

}  // namespace

Result<SecretBytes> seed_of_mnemonic(const SecretBytes& words, const SecretBytes& passphrase) {
  if (words.size() > kMaxText) return refuse("has 12, 15, 18, 21 or 24 words, this text is longer");
  if (auto checked = check_passphrase(as_text(passphrase.view(kAccess))); !checked) return checked.failure();
  const auto list = words_of(as_text(words.view(kAccess)));
  if (auto checked = check_words(list); !checked) return checked.failure();
  auto sentence = joined(list, words.size());
  if (!sentence) return sentence;
  auto seed = SecretBytes::allocate(kSeedSize);
  if (!seed) return seed;
  stretch(sentence->view(kAccess), passphrase.view(kAccess), seed->mutable_view(kAccess).first<kSeedSize>());
  wipe_stack();
  return seed;
}

Result<SecretBytes> seed_of_mnemonic_lines(const SecretBytes& text) {
  const ByteView bytes = without_end(text.view(kAccess));
  const auto end = std::ranges::find(bytes, std::uint8_t{'\n'});
  const ByteView rest(end, bytes.end());
  if (std::ranges::count(rest, std::uint8_t{'\n'}) > 1)
    return refuse("stands on one line, and its passphrase on a second: here are more");
  auto words = SecretBytes::copy_of(without_end(ByteView(bytes.begin(), end)));
  if (!words) return words;
  auto passphrase = SecretBytes::copy_of(rest.empty() ? rest : rest.subspan(1));
  if (!passphrase) return passphrase;
  return seed_of_mnemonic(*words, *passphrase);
}

Result<SecretBytes> seed_of_hex(const SecretBytes& text) {
  const auto malformed = [] {
    return fail(Errc::bad_input, Origin::key, "a seed is 32 to 128 hexadecimal digits, two for a byte");
  };
  const ByteView digits = without_end(text.view(kAccess));
  constexpr std::size_t kLeast = 32, kMost = 128;
  if (digits.size() < kLeast || digits.size() > kMost) return malformed();
  auto seed = SecretBytes::allocate(digits.size() / 2);
  if (!seed) return seed;
  std::size_t written = 0;
  const auto place = seed->mutable_view(kAccess);
  const char* end = nullptr;
  const char* const first = as_text(digits).data();
  if (sodium_hex2bin(place.data(), place.size(), first, digits.size(), nullptr, &written, &end) != 0 || written != place.size() ||
      end != first + digits.size()) {
    return malformed();
  }
  return seed;
}

}  // namespace custos::key
