#include "software/keystore_uri.h"

#include "base/writer.h"
#include "encode/percent.h"
#include "software/software_backend.h"

namespace custos::software {
namespace {

constexpr std::string_view kSealedUnder = ";sealed-under=";

std::string encoded(std::string_view text) {
  std::string room(3 * text.size(), '\0');
  BoundedWriter out(room);
  return std::string(encode::percent_encode(text, out));
}

std::optional<std::string> decoded(std::string_view text) {
  std::string room(text.size(), '\0');
  BoundedWriter out(room);
  if (!encode::form_decode(text, out) || out.overflowed()) return std::nullopt;
  return std::string(out.written());
}

}  // namespace

std::string keystore_uri(const key::KeyId& id, std::string_view label, const std::optional<key::SealReference>& sealed_under) {
  std::string uri(kKeystoreUri);
  uri.append(";id=").append(id.text()).append(";label=").append(encoded(label));
  if (sealed_under) {
    uri.append(kSealedUnder).append(encoded(sealed_under->token)).append(":").append(sealed_under->key.text());
    uri.append(":").append(key::facts_of(sealed_under->algorithm).option);
  }
  return uri;
}

std::optional<key::SealReference> SoftwareBackend::sealed_under(const std::string& uri) {
  const auto at = uri.find(kSealedUnder);
  if (!uri.starts_with(kKeystoreUri) || at == std::string::npos) return std::nullopt;
  const std::string_view reference = std::string_view(uri).substr(at + kSealedUnder.size());
  const auto first = reference.find(':');
  const auto second = reference.rfind(':');
  if (first == std::string_view::npos || first == second) return std::nullopt;
  const auto token = decoded(reference.substr(0, first));
  const auto id = key::KeyId::parse(reference.substr(first + 1, second - first - 1));
  const auto algorithm = key::parse_algorithm(reference.substr(second + 1));
  if (!token || !id || !algorithm) return std::nullopt;
  return key::SealReference{*token, *id, *algorithm};
}

}  // namespace custos::software
