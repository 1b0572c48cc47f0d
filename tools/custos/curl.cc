#include "curl.h"

#include <dlfcn.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): unsetenv is POSIX's

#include <string>

namespace custos::cli {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

Unexpected missing() {
  const char* why = ::dlerror();
  return fail(Errc::not_found, Origin::system,
              std::string("libcurl is needed to ask a venue, and cannot be loaded: ") + (why == nullptr ? "" : why) +
                  "; install the package libcurl4");
}

}  // namespace

Result<const Curl*> Curl::load() {
  static Curl curl;
  if (curl.url_get != nullptr) return &curl;
  void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return missing();
  bool found = true;
  const auto find = [&](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    found = found && function != nullptr;
  };
  find("curl_global_init", curl.global_init);
  find("curl_free", curl.free);
  find("curl_getdate", curl.getdate);
  find("curl_easy_init", curl.easy_init);
  find("curl_easy_cleanup", curl.easy_cleanup);
  find("curl_easy_setopt", curl.easy_setopt);
  find("curl_easy_perform", curl.easy_perform);
  find("curl_easy_getinfo", curl.easy_getinfo);
  find("curl_easy_strerror", curl.easy_strerror);
  find("curl_easy_header", curl.easy_header);
  find("curl_slist_append", curl.slist_append);
  find("curl_slist_free_all", curl.slist_free_all);
  find("curl_url", curl.url);
  find("curl_url_cleanup", curl.url_cleanup);
  find("curl_url_set", curl.url_set);
  find("curl_url_get", curl.url_get);
  if (found) {
    ::unsetenv("SSLKEYLOGFILE");  // names a file into which libcurl would write the sessions' keys
    if (curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) return &curl;
  }
  curl = Curl();
  return missing();
}

}  // namespace custos::cli
