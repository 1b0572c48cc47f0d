// check_passphrase: why a passphrase is weak. Nothing of it is copied out of guarded memory.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <string_view>

#include "software/passphrase_key.h"

namespace custos::software {
namespace {

constexpr std::size_t kFewestCharacters = 12;
constexpr std::size_t kFewestDifferent = 5;

// kWellKnown are the words that lead every list of leaked passwords, and this program's own; a passphrase that is one of them
// with digits and signs around it, or one of them over and over, is well known too.
constexpr std::array kWellKnown = std::to_array<std::string_view>({
    "admin",
    "administrator",
    "baseball",
    "binance",
    "bitcoin",
    "changeit",
    "changeme",
    "computer",
    "correcthorsebatterystaple",
    "custos",
    "default",
    "dragon",
    "ethereum",
    "football",
    "iloveyou",
    "keystore",
    "letmein",
    "master",
    "monkey",
    "mypassword",
    "opensesame",
    "passphrase",
    "passw",
    "password",
    "princess",
    "qazwsx",
    "qazwsxedc",
    "secret",
    "softhsm",
    "starwars",
    "sunshine",
    "superman",
    "supersecret",
    "thequickbrownfox",
    "topsecret",
    "trading",
    "trustno",
    "wallet",
    "welcome",
    "whatever",
});

// kRows are the runs that fingers make.
constexpr std::array kRows = std::to_array<std::string_view>(
    {"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop"});

constexpr char fold(std::uint8_t byte) {
  switch (byte) {
    case '0': return 'o';
    case '1': return 'i';
    case '3': return 'e';
    case '4':
    case '@': return 'a';
    case '5':
    case '$': return 's';
    default: return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
  }
}
constexpr bool is_letter(std::uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0x80;
}

bool begins_with(ByteView text, std::string_view word) {
  return text.size() >= word.size() && std::ranges::equal(text.first(word.size()), word, {}, fold);
}

// is_made_of tells whether `text` is `word` once or more, in whatever case and with 0 for o and the like.
bool is_made_of(ByteView text, std::string_view word) {
  while (begins_with(text, word)) text = text.subspan(word.size());
  return text.empty();
}

bool is_well_known(ByteView text) {
  const auto first = std::ranges::find_if(text, is_letter);
  const auto last = std::find_if(text.rbegin(), text.rend(), is_letter);
  if (first == text.end()) return false;
  const ByteView core(first, last.base());
  return std::ranges::any_of(kWellKnown, [&](std::string_view word) { return is_made_of(core, word) || is_made_of(text, word); });
}

// is_repetition tells whether the text is one piece, of at most half its length, over and over.
bool is_repetition(ByteView text) {
  for (std::size_t period = 1; period <= text.size() / 2; ++period) {
    if (std::ranges::equal(text.subspan(period), text.first(text.size() - period))) return true;
  }
  return false;
}

bool are_neighbours(char a, char b) {
  return a == b || std::ranges::any_of(kRows, [&](std::string_view row) {
           const auto at = row.find(a);
           if (at == std::string_view::npos) return false;
           return (at + 1 < row.size() && row[at + 1] == b) || (at > 0 && row[at - 1] == b);
         });
}

// is_sequence tells whether three of four steps go to a neighbour in the alphabet or on the keyboard.
bool is_sequence(ByteView text) {
  std::size_t steps = 0;
  const auto lower = [](std::uint8_t byte) { return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte); };
  for (std::size_t i = 1; i < text.size(); ++i) steps += are_neighbours(lower(text[i - 1]), lower(text[i])) ? 1U : 0U;
  return 4 * steps >= 3 * (text.size() - 1);
}

Unexpected weak(std::string why) { return fail(Errc::bad_input, Origin::none, "the passphrase is weak: " + std::move(why)); }

}  // namespace

Result<void> check_passphrase(const SecretBytes& passphrase) {
  const ByteView text = passphrase.view(InsecureSecretAccess{});
  const auto characters = static_cast<std::size_t>(
      std::ranges::count_if(text, [](std::uint8_t byte) { return (byte & 0xC0U) != 0x80; }));  // of UTF-8
  if (characters < kFewestCharacters) {
    return weak(fmt::format("it has {} character{}: at least {}", characters, characters == 1 ? "" : "s", kFewestCharacters));
  }
  if (is_well_known(text)) return weak("it is a well-known one, or a well-known word with signs around it");
  std::bitset<256> seen;
  for (const std::uint8_t byte : text) seen.set(byte);
  const std::size_t different = seen.count();
  seen.reset();
  if (different < kFewestDifferent) {
    return weak(
        fmt::format("it has only {} different character{}: at least {}", different, different == 1 ? "" : "s", kFewestDifferent));
  }
  if (is_repetition(text)) return weak("it repeats the same few characters");
  if (is_sequence(text)) return weak("it is a sequence, such as 123456 or qwerty");
  return {};
}

}  // namespace custos::software
