#include <spdlog/fmt/fmt.h>

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/data_object.h"
#include "hsm/probe_checks.h"
#include "hsm/secret_keys.h"
#include "hsm/stored_keys.h"

namespace custos::hsm {
namespace {

using key::Algorithm;

// try_copy copies a key into a session, and compares a MAC of the copy with OpenSSL's.
std::string try_copy(const ProbeBench& bench, const ProbeSession& session, bool modifiable) {
  Profile profile = bench.profile;
  profile.arming = Arming::copies;
  profile.copies_want_modifiable = modifiable;
  auto key = ProbeKey::import_hmac(bench, profile, Algorithm::hmac_sha256, 32);
  if (!key) return fmt::format("no key: {}", reason(key.error()));
  auto copy = copy_hmac_key(bench.module, session.handle(), key->handle());
  if (!copy) return reason(copy.error());
  CK_RV rv = key->arm(session, *copy);
  if (rv == CKR_OK) rv = key->finish(session, sample_message());
  return rv == CKR_OK ? "yes" : rv_text(rv);
}

}  // namespace

// Copies that are as protected as their key and sign like it arm cheaper on most tokens (devices.md 1.2).
Findings check_copies(const ProbeBench& bench, const ProbeOptions&) {
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  std::vector<Finding> found;
  for (const bool modifiable : {false, true}) {
    Finding line{fmt::format("session copies of a key that is {}", modifiable ? "modifiable" : "not modifiable"),
                 try_copy(bench, *session, modifiable)};
    if (bench.profile.arming == Arming::copies && bench.profile.copies_want_modifiable == modifiable) {
      line.profile_says = "yes";
      line.differs = line.value != "yes";
    }
    found.push_back(std::move(line));
  }
  return found;
}

Findings check_data_objects(const ProbeBench& bench, const ProbeOptions&) {
  constexpr std::string_view kName = "custos-probe-data";
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto removed = remove_secret(bench.module, session->handle(), kName);
  auto value = SecretBytes::copy_of(as_bytes("probe"));
  if (!value) return value.failure();
  auto written = write_secret(bench.module, session->handle(), kName, *value);
  std::string text = written ? "yes" : reason(written.error());
  if (written) {
    auto read = read_secret(bench.module, session->handle(), kName);
    if (!read || !*read || !(*read)->equals(*value)) text = read ? "written, and then not there" : reason(read.error());
    removed = remove_secret(bench.module, session->handle(), kName);
    if (!removed) text = fmt::format("not removed: {}", reason(removed.error()));
  }
  Finding line{"private data objects", text, bench.profile.data_objects ? "yes" : "no"};
  line.differs = (text == "yes") != bench.profile.data_objects;
  return std::vector{std::move(line)};
}

namespace {

// Wrapping is a mechanism by which a key could leave a token.
struct Wrapping {
  std::string_view name;
  CK_MECHANISM_TYPE type;
  std::size_t iv;
};
constexpr std::array<Wrapping, 4> kWrappings{{{"CKM_AES_KEY_WRAP_PAD", CKM_AES_KEY_WRAP_PAD, 0},
                                              {"CKM_AES_KEY_WRAP", CKM_AES_KEY_WRAP, 0},
                                              {"CKM_AES_CBC_PAD", CKM_AES_CBC_PAD, 16},
                                              {"CKM_AES_ECB", CKM_AES_ECB, 0}}};

// make_wrapping_key makes an AES key that wraps and lives as long as its session.
CK_RV make_wrapping_key(const ProbeBench& bench, const ProbeSession& session, CK_OBJECT_HANDLE& made) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).number(CKA_VALUE_LEN, 32);
  wanted.flag(CKA_TOKEN, false).flag(CKA_PRIVATE, true).flag(CKA_WRAP, true).flag(CKA_ENCRYPT, true);
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  return bench.call().C_GenerateKey(session.handle(), &mechanism, wanted.data(), wanted.size(), &made);
}

}  // namespace

// A key that is not extractable must not leave its token wrapped (devices.md 1.18).
Findings check_wrapping(const ProbeBench& bench, const ProbeOptions&) {
  const std::string name = "C_WrapKey of a key that is not extractable";
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto key = make_probe_key(bench);
  if (!key) return std::vector{no_key_line(name, key.error())};
  CK_OBJECT_HANDLE wrapping_key = CK_INVALID_HANDLE;
  if (const CK_RV rv = make_wrapping_key(bench, *session, wrapping_key); rv != CKR_OK) {
    return std::vector<Finding>{{name, fmt::format("not tried, no key to wrap with: {}", rv_text(rv))}};
  }
  std::string refused = "not tried, no mechanism to wrap with", wrapped;
  for (const Wrapping& by : kWrappings) {
    std::array<CK_BYTE, 16> iv{};
    Bytes out(4096);
    CK_ULONG size = out.size();
    CK_MECHANISM mechanism{by.type, by.iv == 0 ? nullptr : iv.data(), by.iv};
    const CK_RV rv = bench.call().C_WrapKey(session->handle(), &mechanism, wrapping_key, key->handle(), out.data(), &size);
    if (rv == CKR_OK && wrapped.empty()) wrapped = by.name;
    if (rv == CKR_KEY_UNEXTRACTABLE || rv == CKR_KEY_NOT_WRAPPABLE) refused = rv_text(rv);
  }
  Finding line{name, wrapped.empty() ? refused : fmt::format("IT LEAVES, by {}", wrapped),
               bench.profile.keeps_unextractable ? "refused" : "it leaves"};
  line.differs = wrapped.empty() != bench.profile.keeps_unextractable;
  return std::vector{std::move(line)};
}

namespace {

std::string birth_text(const ProbeBench& bench, const ProbeSession& session, const Result<ProbeKey>& key) {
  if (!key) return fmt::format("no key: {}", reason(key.error()));
  const auto told = attest_key(bench.module, session.handle(), key->id());
  if (!told) return reason(told.error());
  const auto digit = [](std::optional<bool> value) { return !value ? "untold" : *value ? "1" : "0"; };
  return fmt::format("{} / {} / {}", digit(told->local), digit(told->always_sensitive), digit(told->never_extractable));
}

}  // namespace

// Where these lie, only our own records tell where a key comes from (devices.md 1.17).
Findings check_birth(const ProbeBench& bench, const ProbeOptions&) {
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  const std::string what = "LOCAL / ALWAYS_SENSITIVE / NEVER_EXTRACTABLE of a key that was";
  const auto generated = ProbeKey::generate(bench, bench.profile, Algorithm::hmac_sha256);
  const auto imported = ProbeKey::import_hmac(bench, bench.profile, Algorithm::hmac_sha256, 32);
  return std::vector<Finding>{{what + " generated", birth_text(bench, *session, generated)},
                              {what + " imported", birth_text(bench, *session, imported)}};
}

}  // namespace custos::hsm
