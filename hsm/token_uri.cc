#include "hsm/token_uri.h"

#include "hsm/cryptoki.h"
// p11-kit's header wants pkcs11.h first.
#include <p11-kit/uri.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <set>

#include "encode/percent.h"
#include "encode/utf8.h"
#include "hsm/text_field.h"

namespace custos::hsm {
namespace {

struct FreeUri {
  void operator()(P11KitUri* uri) const noexcept { p11_kit_uri_free(uri); }
};
using UriPointer = std::unique_ptr<P11KitUri, FreeUri>;

struct FreeText {
  void operator()(char* text) const noexcept { std::free(text); }
};

UriPointer new_uri() {
  UriPointer uri(p11_kit_uri_new());
  if (uri == nullptr) throw std::bad_alloc();
  return uri;
}

Unexpected bad_uri(std::string_view text, std::string_view why) {
  return fail(Errc::bad_input, Origin::key, fmt::format("the URI \"{}\" {}: write it as pkcs11:token=LABEL", text, why));
}

template <std::size_t N>
void put_text(CK_UTF8CHAR (&field)[N], const std::string& text) {
  if (text.empty()) return;  // all zero: p11-kit matches any
  std::memset(field, ' ', N);
  std::memcpy(field, text.data(), std::min(text.size(), N));
}

ByteView attribute(P11KitUri* uri, CK_ATTRIBUTE_TYPE type) {
  const CK_ATTRIBUTE* found = p11_kit_uri_get_attribute(uri, type);
  if (found == nullptr || found->pValue == nullptr) return {};
  return {static_cast<const std::uint8_t*>(found->pValue), found->ulValueLen};
}

void set_attribute(P11KitUri* uri, CK_ATTRIBUTE_TYPE type, ByteView value) {
  if (value.empty()) return;
  CK_ATTRIBUTE given{type, const_cast<std::uint8_t*>(value.data()), value.size()};
  if (p11_kit_uri_set_attribute(uri, &given) != P11_KIT_URI_OK) throw std::bad_alloc();
}

// holds_control finds C0, DEL and C1 (U+0080 to U+009F, which are C2 80 to C2 9F) in UTF-8.
bool holds_control(std::string_view text) {
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (before == 0xC2 && byte < 0xA0)) return true;
    before = byte;
  }
  return false;
}

// is_text judges the bytes themselves: p11-kit's blank-padded fields no longer tell a NUL from no value.
bool is_text(std::string_view encoded) {
  std::string decoded(encoded.size(), '\0');
  BoundedWriter out(decoded);
  return encode::form_decode(encoded, out) && encode::is_utf8(out.written()) && !holds_control(out.written());
}

// check_attributes reads what p11-kit has parsed already, and is stricter than p11-kit's parser, which takes any of its
// attributes, a PIN too, lets the last one of a name win (RFC 7512, section 2.3, forbids two), and takes any bytes as text.
Result<void> check_attributes(std::string_view text) {
  constexpr std::array<std::string_view, 5> kTexts{"token", "manufacturer", "model", "serial", "object"};
  std::set<std::string_view> names;
  for (std::string_view rest = text.substr(text.find(':') + 1); !rest.empty();) {
    const std::string_view attribute = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), attribute.size() + 1));
    const std::string_view name = attribute.substr(0, attribute.find('='));
    const bool is_text_attribute = std::ranges::find(kTexts, name) != kTexts.end();
    if (!is_text_attribute && name != "id" && name != "type") {
      return bad_uri(text, fmt::format("has \"{}\", which names no token or key", name));
    }
    if (!names.insert(name).second) return bad_uri(text, fmt::format("gives {} twice", name));
    if (is_text_attribute && !is_text(attribute.substr(name.size() + 1))) {
      return bad_uri(text, fmt::format("has a {} with control characters or bytes that are not UTF-8", name));
    }
  }
  return {};
}

}  // namespace

Result<TokenUri> TokenUri::parse(std::string_view text) {
  if (const auto pin = text.find("pin-value="); pin != std::string_view::npos) {
    return bad_uri(text.substr(0, pin), "carries a PIN, which must not stand in a configuration line");
  }
  if (text.find('?') != std::string_view::npos) return bad_uri(text, "has a query, which belongs in custos.toml's own settings");
  if (text.find('\0') != std::string_view::npos) return bad_uri(text.substr(0, text.find('\0')), "holds a NUL");

  const UriPointer uri = new_uri();
  const std::string terminated(text);
  if (const int rc = p11_kit_uri_parse(terminated.c_str(), P11_KIT_URI_FOR_ANY, uri.get()); rc != P11_KIT_URI_OK) {
    return bad_uri(text, fmt::format("is not of RFC 7512's form ({})", p11_kit_uri_message(rc)));
  }
  if (auto checked = check_attributes(text); !checked) return checked.failure();
  // So p11-kit marks a text longer than its PKCS#11 field too.
  if (p11_kit_uri_any_unrecognized(uri.get()) != 0) return bad_uri(text, "has a text that is too long, or an unknown type");

  const CK_TOKEN_INFO* token_info = p11_kit_uri_get_token_info(uri.get());
  TokenUri parsed;
  parsed.token = text_field(token_info->label);
  parsed.manufacturer = text_field(token_info->manufacturerID);
  parsed.model = text_field(token_info->model);
  parsed.serial = text_field(token_info->serialNumber);
  parsed.object = as_text(attribute(uri.get(), CKA_LABEL));
  const ByteView id = attribute(uri.get(), CKA_ID);
  parsed.id.assign(id.begin(), id.end());
  if (const ByteView type = attribute(uri.get(), CKA_CLASS); type.size() == sizeof(CK_OBJECT_CLASS)) {
    CK_OBJECT_CLASS object_class = 0;
    std::memcpy(&object_class, type.data(), sizeof object_class);
    parsed.object_class = object_class;
  }
  return parsed;
}

std::string TokenUri::text() const {
  const UriPointer uri = new_uri();
  CK_TOKEN_INFO* token_info = p11_kit_uri_get_token_info(uri.get());
  put_text(token_info->label, token);
  put_text(token_info->manufacturerID, manufacturer);
  put_text(token_info->model, model);
  put_text(token_info->serialNumber, serial);
  set_attribute(uri.get(), CKA_LABEL, as_bytes(object));
  set_attribute(uri.get(), CKA_ID, id);
  if (object_class) {
    const CK_OBJECT_CLASS value = *object_class;
    set_attribute(uri.get(), CKA_CLASS, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
  }
  char* formatted = nullptr;
  if (p11_kit_uri_format(uri.get(), P11_KIT_URI_FOR_OBJECT_ON_TOKEN, &formatted) != P11_KIT_URI_OK) throw std::bad_alloc();
  const std::unique_ptr<char, FreeText> owner(formatted);
  return formatted;
}

std::string key_uri(std::string_view token_label, std::string_view label, ByteView id, unsigned long object_class) {
  TokenUri uri;
  uri.token = token_label;
  uri.object = label;
  uri.id.assign(id.begin(), id.end());
  uri.object_class = object_class;
  return uri.text();
}

}  // namespace custos::hsm
