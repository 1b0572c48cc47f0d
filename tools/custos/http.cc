#include "http.h"

#include <arpa/inet.h>
#include <strings.h>

#include <array>
#include <memory>

#include "cli.h"
#include "curl.h"
#include "custos/version.h"

namespace custos::cli {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{1024} * 1024;
constexpr long kTimeoutMs = 10'000;

// part_of gives a part of a URL; empty when it has none.
std::string part_of(const Curl& curl, const CurlUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (curl.url_get(url.get(), part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl.free);
  return text;
}

CurlUrl parse_url(const Curl& curl, const std::string& text) {
  CurlUrl url(curl.url(), curl.url_cleanup);
  if (url && curl.url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) url.reset();
  return url;
}

// is_loopback tells whether a host, as curl writes it, is this machine without asking anybody.
bool is_loopback(const std::string& host) {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return (ntohl(address.s_addr) >> 24U) == 127;
  return host == "localhost" || host == "[::1]";
}

// origin_of gives "https://host:port" of a URL, without the port where it has none.
std::string origin_of(const Curl& curl, const CurlUrl& url) {
  const std::string port = part_of(curl, url, CURLUPART_PORT);
  return part_of(curl, url, CURLUPART_SCHEME) + "://" + part_of(curl, url, CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

// read_base reads the origin that stands in the venue's place.
Result<std::string> read_base(const Curl& curl, const std::string& text) {
  const CurlUrl url = parse_url(curl, text);
  if (!url || text.find("://") == std::string::npos)
    return usage("--url takes https://HOST or https://HOST:PORT, not '" + text + "'");
  const std::string scheme = part_of(curl, url, CURLUPART_SCHEME), host = part_of(curl, url, CURLUPART_HOST);
  const bool bare = part_of(curl, url, CURLUPART_PATH) == "/" && part_of(curl, url, CURLUPART_QUERY).empty() &&
                    part_of(curl, url, CURLUPART_FRAGMENT).empty() && part_of(curl, url, CURLUPART_USER).empty() &&
                    part_of(curl, url, CURLUPART_PASSWORD).empty();
  if (!bare) return usage("--url takes scheme, host and port only: the path is the venue's");
  if (scheme != "https" && !(scheme == "http" && is_loopback(host))) {
    return usage("--url must begin with https://: a signed request goes unencrypted to this machine only");
  }
  return origin_of(curl, url);
}

// Receiver keeps what an answer brings, up to the limit.
struct Receiver {
  std::string body;
  bool too_large = false;

  static std::size_t take(const char* data, std::size_t one, std::size_t size, void* self) {
    auto& receiver = *static_cast<Receiver*>(self);
    receiver.too_large = size > kMaxAnswer - receiver.body.size();
    if (receiver.too_large) return 0;  // ends the transfer
    receiver.body.append(data, size * one);
    return size;
  }
};

bool has_header(const SignedRequest& request, std::string_view name) {
  for (const NameValue& header : request.headers()) {
    if (header.name.size() == name.size() && ::strncasecmp(header.name.data(), name.data(), name.size()) == 0) return true;
  }
  return false;
}

// lines_of writes the headers as curl takes them: "Name: value", "Name;" for an empty value, "Name:" for one that is not sent.
CurlLines lines_of(const Curl& curl, const SignedRequest& request, const std::string& host) {
  CurlLines lines(nullptr, curl.slist_free_all);
  const auto add = [&](const std::string& line) {
    if (curl_slist* longer = curl.slist_append(lines.get(), line.c_str()); longer != nullptr) {
      static_cast<void>(lines.release());
      lines.reset(longer);
    }
  };
  for (const auto& [name, value] : request.headers()) {
    add(std::string(name) + (value.empty() ? ";" : ": " + std::string(value)));
  }
  if (!host.empty()) add("Host: " + host);
  if (!has_header(request, "Content-Type")) add("Content-Type:");
  if (!has_header(request, "User-Agent")) add("User-Agent: custos/" CUSTOS_VERSION);
  add("Expect:");
  return lines;
}

void set_body(const Curl& curl, CURL* easy, const SignedRequest& request) {
  const std::string_view body = request.body();
  if (body.empty() && (request.method() == "GET" || request.method() == "DELETE")) return;
  curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl.easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.data() == nullptr ? "" : body.data());
}

std::optional<std::int64_t> date_of(const Curl& curl, CURL* easy) {
  curl_header* header = nullptr;
  if (curl.easy_header(easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return std::nullopt;
  const std::time_t seconds = curl.getdate(header->value, nullptr);
  if (seconds < 0) return std::nullopt;
  return seconds;
}

Unexpected failure_of(const Curl& curl, CURLcode code, const std::string& sent_to, const std::string& detail,
                      const HttpRoute& route) {
  const std::string what = detail.empty() ? curl.easy_strerror(code) : detail;
  if (code == CURLE_SSL_CACERT_BADFILE) {
    return fail(Errc::bad_input, Origin::system, "--ca-file " + route.ca_file + " cannot be used: " + what);
  }
  return fail(Errc::device_gone, Origin::system, "no answer from " + sent_to + ": " + what, static_cast<std::uint32_t>(code));
}

}  // namespace

Result<void> check_route(const HttpRoute& route) {
  if (route.base_url.empty()) return {};
  auto curl = Curl::load();
  if (!curl) return curl.failure();
  auto base = read_base(**curl, route.base_url);
  if (!base) return base.failure();
  return {};
}

Result<HttpAnswer> send_request(const SignedRequest& request, const HttpRoute& route) {
  auto loaded = Curl::load();
  if (!loaded) return loaded.failure();
  const Curl& curl = **loaded;
  const CurlHandle easy(curl.easy_init(), curl.easy_cleanup);
  const CurlUrl url = parse_url(curl, std::string(request.url()));
  if (!easy || !url) return fail(Errc::system, Origin::system, "libcurl cannot be used for " + std::string(request.url()));
  std::string origin = origin_of(curl, url), host;
  if (!route.base_url.empty()) {
    host = origin.substr(origin.find("://") + 3);
    auto base = read_base(curl, route.base_url);
    if (!base) return base.failure();
    origin = *std::move(base);
  }

  const std::string target(request.target()), method(request.method());
  const CurlLines lines = lines_of(curl, request, host);
  Receiver receiver;
  std::array<char, CURL_ERROR_SIZE> detail{};
  CURL* const at = easy.get();
  curl.easy_setopt(at, CURLOPT_URL, (origin + "/").c_str());
  curl.easy_setopt(at, CURLOPT_REQUEST_TARGET, target.c_str());  // exactly the bytes that were signed
  curl.easy_setopt(at, CURLOPT_PROTOCOLS_STR, origin.starts_with("http://") ? "http" : "https");
  set_body(curl, at, request);
  curl.easy_setopt(at, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl.easy_setopt(at, CURLOPT_HTTPHEADER, lines.get());
  curl.easy_setopt(at, CURLOPT_SSL_VERIFYPEER, 1L);
  curl.easy_setopt(at, CURLOPT_SSL_VERIFYHOST, 2L);
  curl.easy_setopt(at, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!route.ca_file.empty()) {
    curl.easy_setopt(at, CURLOPT_CAINFO, route.ca_file.c_str());
    curl.easy_setopt(at, CURLOPT_CAPATH, nullptr);
  }
  curl.easy_setopt(at, CURLOPT_PROXY, "");  // not even one that the environment names
  curl.easy_setopt(at, CURLOPT_FOLLOWLOCATION, 0L);
  curl.easy_setopt(at, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl.easy_setopt(at, CURLOPT_NOSIGNAL, 1L);
  curl.easy_setopt(at, CURLOPT_TIMEOUT_MS, kTimeoutMs);
  curl.easy_setopt(at, CURLOPT_ERRORBUFFER, detail.data());
  curl.easy_setopt(at, CURLOPT_WRITEFUNCTION, Receiver::take);
  curl.easy_setopt(at, CURLOPT_WRITEDATA, &receiver);

  const CURLcode done = curl.easy_perform(at);
  if (receiver.too_large) return fail(Errc::system, Origin::system, "the answer of " + origin + " is larger than 1 MiB");
  if (done != CURLE_OK) return failure_of(curl, done, origin, detail.data(), route);
  HttpAnswer answer{.status = 0, .body = std::move(receiver.body), .sent_to = origin, .date_s = date_of(curl, at)};
  curl.easy_getinfo(at, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace custos::cli
