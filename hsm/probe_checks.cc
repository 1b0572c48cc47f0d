#include "hsm/probe_checks.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "hsm/mechanisms.h"

namespace custos::hsm {
namespace {

using key::Algorithm;

std::string_view form_name(HmacKeyType form) { return form == HmacKeyType::generic_secret ? "GENERIC_SECRET" : "SHAxxx_HMAC"; }

std::string yes_no(bool yes) { return yes ? "yes" : "no"; }

// Tried is what became of secrets of several sizes: "right", or what went wrong with which.
class Tried {
 public:
  void add(std::size_t size, std::string outcome) {
    for (auto& [known, sizes] : outcomes_) {
      if (known == outcome) {
        sizes.push_back(size);
        return;
      }
    }
    outcomes_.emplace_back(std::move(outcome), std::vector{size});
  }
  [[nodiscard]] bool all_right() const { return outcomes_.size() == 1 && outcomes_.front().first == kRight; }
  [[nodiscard]] bool any_right() const {
    return std::any_of(outcomes_.begin(), outcomes_.end(), [&](const auto& one) { return one.first == kRight; });
  }
  [[nodiscard]] std::string text() const {
    if (outcomes_.size() == 1) return outcomes_.front().first;
    std::string all;
    for (const auto& [outcome, sizes] : outcomes_) {
      all += fmt::format("{}{} of {} bytes", all.empty() ? "" : "; ", outcome, fmt::join(sizes, ", "));
    }
    return all;
  }

  static constexpr std::string_view kRight = "right", kWrong = "WRONG MAC";

 private:
  std::vector<std::pair<std::string, std::vector<std::size_t>>> outcomes_;
};

// try_import imports a random secret and compares the token's MAC with OpenSSL's.
std::string try_import(const ProbeBench& bench, const ProbeSession& session, const Profile& profile, Algorithm algorithm,
                       std::size_t size) {
  auto key = ProbeKey::import_hmac(bench, profile, algorithm, size);
  if (!key) return reason(key.error());
  CK_RV rv = key->arm(session);
  if (rv == CKR_OK) rv = key->finish(session, sample_message());
  if (rv == CKR_SIGNATURE_INVALID) return std::string(Tried::kWrong);
  return rv == CKR_OK ? std::string(Tried::kRight) : rv_text(rv);
}

// lists tells that the token says itself that it has the mechanism.
bool lists(const ProbeBench& bench, CK_MECHANISM_TYPE type, CK_FLAGS flag) {
  CK_MECHANISM_INFO info{};
  return bench.call().C_GetMechanismInfo(bench.token.slot, type, &info) == CKR_OK && (info.flags & flag) != 0;
}

// offers: what a token does not offer is no difference from its profile, which tells of what is offered how it is done.
bool offers(const ProbeBench& bench, Algorithm algorithm) {
  return lists(bench, *sign_mechanism(key::KeyUse(algorithm)), CKF_SIGN);
}

}  // namespace

Findings check_interface(const ProbeBench& bench, const ProbeOptions&) {
  const auto& told = bench.module.description();
  return std::vector<Finding>{{"interface", told.interface_version},
                              {"module", fmt::format("{} / {}", told.manufacturer, told.library)}};
}

Findings check_mechanisms(const ProbeBench& bench, const ProbeOptions&) {
  struct Wanted {
    std::string_view name;
    CK_MECHANISM_TYPE type;
    CK_FLAGS flag;
  };
  static constexpr std::array<Wanted, 14> kWanted{{
      {"CKM_SHA256_HMAC", CKM_SHA256_HMAC, CKF_SIGN},
      {"CKM_SHA384_HMAC", CKM_SHA384_HMAC, CKF_SIGN},
      {"CKM_SHA512_HMAC", CKM_SHA512_HMAC, CKF_SIGN},
      {"CKM_ECDSA", CKM_ECDSA, CKF_SIGN},
      {"CKM_EDDSA", CKM_EDDSA, CKF_SIGN},
      {"CKM_RSA_PKCS", CKM_RSA_PKCS, CKF_SIGN},
      {"CKM_RSA_PKCS_OAEP", CKM_RSA_PKCS_OAEP, CKF_DECRYPT},
      {"CKM_AES_GCM", CKM_AES_GCM, CKF_ENCRYPT},
      {"CKM_AES_KEY_WRAP_PAD", CKM_AES_KEY_WRAP_PAD, CKF_WRAP},
      {"CKM_GENERIC_SECRET_KEY_GEN", CKM_GENERIC_SECRET_KEY_GEN, CKF_GENERATE},
      {"CKM_AES_KEY_GEN", CKM_AES_KEY_GEN, CKF_GENERATE},
      {"CKM_EC_KEY_PAIR_GEN", CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR},
      {"CKM_EC_EDWARDS_KEY_PAIR_GEN", CKM_EC_EDWARDS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR},
      {"CKM_RSA_PKCS_KEY_PAIR_GEN", CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR},
  }};
  std::vector<Finding> found;
  found.reserve(kWanted.size());
  for (const Wanted& wanted : kWanted) {
    found.push_back({std::string(wanted.name), yes_no(lists(bench, wanted.type, wanted.flag))});
  }
  return found;
}

// A profile's form must make right MACs of every size that Custos imports, if the token takes such keys at all (devices.md 2: 48
// or 64 bytes as GENERIC_SECRET sign wrong on a YubiHSM; a TPM takes none).
Findings check_hmac_import(const ProbeBench& bench, const ProbeOptions&) {
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  std::vector<Finding> found;
  for (const auto& facts : key::kHmacAlgorithms) {
    std::array<Tried, 2> tried;
    const std::array forms{HmacKeyType::generic_secret, HmacKeyType::sha_hmac};
    for (std::size_t i = 0; i < forms.size(); ++i) {
      Profile profile = bench.profile;
      profile.hmac_import = forms[i];
      for (const std::size_t size : {32U, 48U, 64U, 100U, 128U}) {
        if (size < facts.secret_size || size > facts.block_size) continue;
        tried[i].add(size, try_import(bench, *session, profile, facts.algorithm, size));
      }
    }
    for (std::size_t i = 0; i < forms.size(); ++i) {
      Finding line{fmt::format("{} as {}", facts.name, form_name(forms[i])), tried[i].text()};
      if (forms[i] == bench.profile.hmac_import) {
        const bool wanted = bench.profile.takes_hmac_keys;
        line.profile_says = wanted ? Tried::kRight : "no such keys";
        line.differs = offers(bench, facts.algorithm) && (wanted ? !tried[i].all_right() : tried[i].any_right());
      }
      found.push_back(std::move(line));
    }
  }
  return found;
}

Findings check_generation(const ProbeBench& bench, const ProbeOptions&) {
  std::vector<Finding> found;
  for (const Algorithm algorithm :
       {Algorithm::hmac_sha256, Algorithm::hmac_sha384, Algorithm::hmac_sha512, Algorithm::rsa_2048}) {
    const auto made = ProbeKey::generate(bench, bench.profile, algorithm);
    found.push_back({fmt::format("{} generated", key::facts_of(algorithm).name), made ? "yes" : reason(made.error())});
  }
  return found;
}

namespace {

// CurveTried is what became of one curve.
struct CurveTried {
  bool works = false;
  std::string text;
};

// try_key signs with it, and tells what went wrong; empty: nothing.
std::string try_key(const ProbeBench& bench, Result<ProbeKey> key) {
  if (!key) return reason(key.error());
  auto session = ProbeSession::open(bench);
  if (!session) return reason(session.error());
  CK_RV rv = key->arm(*session);
  if (rv == CKR_OK) rv = key->finish(*session, sample_message());
  if (rv == CKR_SIGNATURE_INVALID) return "WRONG SIGNATURE";
  return rv == CKR_OK ? std::string() : rv_text(rv);
}

CurveTried try_curve(const ProbeBench& bench, const Profile& profile, Algorithm algorithm) {
  const std::string generated = try_key(bench, ProbeKey::generate(bench, profile, algorithm));
  const std::string imported = try_key(bench, ProbeKey::import_curve(bench, profile, algorithm));
  if (generated.empty() && imported.empty()) return {true, "generated, imported"};
  if (generated.empty()) return {true, fmt::format("generated; not imported: {}", imported)};
  if (imported.empty()) return {true, fmt::format("imported; not generated: {}", generated)};
  return {false, generated};
}

}  // namespace

Findings check_curves(const ProbeBench& bench, const ProbeOptions&) {
  const CurveTried p256 = try_curve(bench, bench.profile, Algorithm::ecdsa_p256);
  Profile hopeful = bench.profile;
  hopeful.secp256k1 = true;
  const CurveTried koblitz = try_curve(bench, hopeful, Algorithm::ecdsa_secp256k1);
  std::array<CurveTried, 2> edwards;
  for (const bool by_name : {false, true}) {
    hopeful.edwards_by_name = by_name;
    edwards[by_name ? 1 : 0] = try_curve(bench, hopeful, Algorithm::ed25519);
  }
  std::vector<Finding> found{{"ECDSA-P256", p256.text},
                             {"ECDSA-secp256k1", koblitz.text, yes_no(bench.profile.secp256k1)},
                             {"Ed25519, curve by OID", edwards[0].text},
                             {"Ed25519, curve by name", edwards[1].text}};
  found[1].differs = koblitz.works != bench.profile.secp256k1 && offers(bench, Algorithm::ecdsa_secp256k1);
  const std::size_t form = bench.profile.edwards_by_name ? 1 : 0;
  found[2 + form].profile_says = "this form";
  found[2 + form].differs = !edwards[form].works && offers(bench, Algorithm::ed25519);
  return found;
}

}  // namespace custos::hsm
