// The manifest's JSON. Each struct's fields are named once, for reading and writing.
#include <nlohmann/json.hpp>

#include <type_traits>

#include "custodian/backup_archive.h"

namespace custos {
namespace {

using Json = nlohmann::ordered_json;

template <class Codec, class Part>
void walk(Codec& codec, Part& part)
  requires std::is_same_v<std::remove_const_t<Part>, BackupPart>
{
  codec("name", part.name);
  codec("size", part.size);
  codec("sha256", part.sha256);
}

template <class Codec, class Key>
void walk(Codec& codec, Key& key)
  requires std::is_same_v<std::remove_const_t<Key>, BackupKey>
{
  codec("name", key.name);
  codec("id", key.id);
  codec("algorithm", key.algorithm);
  codec("purpose", key.purpose);
  codec("custody", key.custody);
  codec("recoverability", key.recoverability);
  codec("state", key.state);
  codec("sealed_under", key.sealed_under);
  codec("inside", key.inside);
}

template <class Codec, class Keystore>
void walk(Codec& codec, Keystore& keystore)
  requires std::is_same_v<std::remove_const_t<Keystore>, BackupKeystore>
{
  codec("generation", keystore.generation);
  codec("software_keys", keystore.software_keys);
  codec("sealed_keys", keystore.sealed_keys);
}

template <class Codec, class Manifest>
void walk(Codec& codec, Manifest& manifest)
  requires std::is_same_v<std::remove_const_t<Manifest>, BackupManifest>
{
  codec("version", manifest.version);
  codec("created_ms", manifest.created_ms);
  codec("actor", manifest.actor);
  codec("home", manifest.home);
  codec("home_id", manifest.home_id);
  codec("mode", manifest.mode);
  codec("changes", manifest.changes);
  codec("credentials", manifest.credentials);
  codec("events", manifest.events);
  codec("keystore", manifest.keystore);
  codec("parts", manifest.parts);
  codec("keys", manifest.keys);
  codec("left_out", manifest.left_out);
}

struct Writer {
  Json json = Json::object();

  template <class T>
  void operator()(const char* name, const T& value) {
    json[name] = written(value);
  }

 private:
  template <class T>
  static Json written(const T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      Writer writer;
      walk(writer, value);
      return std::move(writer.json);
    }
  }
  template <class T>
  static Json written(const std::optional<T>& value) {
    return value ? written(*value) : Json();
  }
  template <class T>
  static Json written(const std::vector<T>& values) {
    Json list = Json::array();
    for (const auto& value : values) list.push_back(written(value));
    return list;
  }
};

// Reader takes fields and remembers whether one was missing or of another type.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json), fits_(json.is_object()) {}

  template <class T>
  void operator()(const char* name, T& value) {
    const auto found = fits_ ? json_.find(name) : json_.end();
    fits_ = fits_ && found != json_.end() && read(*found, value);
    ++read_;
  }
  // fits is also false when there are fields that nobody asked for.
  [[nodiscard]] bool fits() const { return fits_ && json_.size() == read_; }

 private:
  static bool read(const Json& json, std::string& value) {
    if (json.is_string()) value = json.get_ref<const std::string&>();
    return json.is_string();
  }
  static bool read(const Json& json, bool& value) {
    if (json.is_boolean()) value = json.get<bool>();
    return json.is_boolean();
  }
  static bool read(const Json& json, std::uint64_t& value) {
    if (json.is_number_unsigned()) value = json.get<std::uint64_t>();
    return json.is_number_unsigned();
  }
  static bool read(const Json& json, std::int64_t& value) {
    if (json.is_number_integer()) value = json.get<std::int64_t>();
    return json.is_number_integer();
  }
  template <class T>
  static bool read(const Json& json, std::optional<T>& value) {
    return json.is_null() || read(json, value.emplace());
  }
  template <class T>
  static bool read(const Json& json, std::vector<T>& values) {
    if (!json.is_array()) return false;
    for (const auto& element : json) {
      if (!read(element, values.emplace_back())) return false;
    }
    return true;
  }
  template <class T>
  static bool read(const Json& json, T& value)
    requires std::is_class_v<T>
  {
    Reader reader(json);
    walk(reader, value);
    return reader.fits();
  }

  const Json& json_;
  bool fits_;
  std::size_t read_ = 0;
};

}  // namespace

std::string to_json(const BackupManifest& manifest) {
  Writer writer;
  walk(writer, manifest);
  return writer.json.dump(-1, ' ', false, Json::error_handler_t::replace);  // a path may be no UTF-8
}

Result<BackupManifest> parse_manifest(std::string_view json) {
  const auto parsed = Json::parse(json, nullptr, false);
  BackupManifest manifest;
  Reader reader(parsed);
  walk(reader, manifest);
  if (reader.fits()) return manifest;
  return fail(Errc::integrity, Origin::home, "holds a manifest that this Custos cannot read");
}

}  // namespace custos
