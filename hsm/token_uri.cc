#include "hsm/token_uri.h"

#include "hsm/cryptoki.h"
// p11-kit's header wants pkcs11.h first.
#include <p11-kit/uri.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <set>

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

bool names_library_or_slot(P11KitUri* uri) {
  const CK_INFO* library = p11_kit_uri_get_module_info(uri);
  const CK_SLOT_INFO* slot = p11_kit_uri_get_slot_info(uri);
  return !text_field(library->manufacturerID).empty() || !text_field(library->libraryDescription).empty() ||
         library->libraryVersion.major != 0xFF || !text_field(slot->slotDescription).empty() ||
         !text_field(slot->manufacturerID).empty() || p11_kit_uri_get_slot_id(uri) != static_cast<CK_SLOT_ID>(-1);
}

// repeats_an_attribute: RFC 7512, section 2.3, forbids it; p11-kit's parser lets the last one win.
bool repeats_an_attribute(std::string_view text) {
  std::set<std::string_view> names;
  text.remove_prefix(std::min(text.size(), text.find(':') + 1));
  while (!text.empty()) {
    const std::string_view attribute = text.substr(0, text.find(';'));
    if (!names.insert(attribute.substr(0, attribute.find('='))).second) return true;
    text.remove_prefix(std::min(text.size(), attribute.size() + 1));
  }
  return false;
}

}  // namespace

Result<TokenUri> TokenUri::parse(std::string_view text) {
  const auto query = text.find('?');
  if (text.find("pin-value", query == std::string_view::npos ? text.size() : query) != std::string_view::npos) {
    return bad_uri(text.substr(0, query), "carries a PIN, which must not stand in a configuration line");
  }
  if (query != std::string_view::npos) return bad_uri(text, "has a query, which belongs in custos.toml's own settings");
  if (text.find('\0') != std::string_view::npos) return bad_uri(text.substr(0, text.find('\0')), "holds a NUL");

  const UriPointer uri = new_uri();
  const std::string terminated(text);
  if (const int rc = p11_kit_uri_parse(terminated.c_str(), P11_KIT_URI_FOR_ANY, uri.get()); rc != P11_KIT_URI_OK) {
    return bad_uri(text, fmt::format("is not of RFC 7512's form ({})", p11_kit_uri_message(rc)));
  }
  if (repeats_an_attribute(text)) return bad_uri(text, "gives an attribute twice");
  if (p11_kit_uri_any_unrecognized(uri.get()) != 0) return bad_uri(text, "has an attribute that Custos does not know");
  if (names_library_or_slot(uri.get())) return bad_uri(text, "names a library or slot, not a token");

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

std::string key_uri(std::string_view token_label, std::string_view label, ByteView id) {
  TokenUri uri;
  uri.token = token_label;
  uri.object = label;
  uri.id.assign(id.begin(), id.end());
  uri.object_class = CKO_SECRET_KEY;
  return uri.text();
}

}  // namespace custos::hsm
