// A plugin that holds libcustos: its Custodian is a static, destroyed when the plugin is closed or the process exits.
#include <optional>

#include "custos/custos.h"

namespace {

std::optional<custos::Custodian> g_custodian;

}  // namespace

// plugin_sign opens the home and signs a request; 0 when that works.
extern "C" __attribute__((visibility("default"))) int plugin_sign(const char* home) {
  custos::OpenOptions options;
  options.home = home;
  options.actor = "plugin";
  options.set_module_environment = true;
  auto custodian = custos::Custodian::open(options);
  if (!custodian) return 1;
  g_custodian = *std::move(custodian);
  auto signer = g_custodian->prepare_request_signer("binance-main");
  if (!signer) return 2;
  custos::RequestView request;
  request.method = "GET";
  request.path = "/api/v3/account";
  custos::SignedRequest out;
  return signer->sign(request, out).ok() ? 0 : 3;
}
