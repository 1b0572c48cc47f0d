#include "tools/bench/print.h"

namespace custos::bench {
namespace {

using cli::Json;

template <class T>
void put(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

Json to_json(const Measurement& each) {
  using F = Measurement::Figures;
  Json json{{"group", each.group}, {"subject", each.subject}, {"title", each.title}, {"threads", each.load.threads}};
  put(json, "rate_per_second", each.load.rate);
  put(json, "message_bytes", each.load.message_size);
  put(json, "shelf", each.load.shelf);
  put(json, "burst", each.load.burst);
  json["repetitions"] = each.repetitions.size();
  json["signatures"] = each.curve.count();
  json["failures"] = each.failures;
  json["p50_ns"] = each.median(&F::p50);
  json["p90_ns"] = each.median(&F::p90);
  json["p99_ns"] = each.median(&F::p99);
  json["p99_9_ns"] = each.median(&F::p999);
  json["max_ns"] = each.median(&F::max);
  if (const double rate = each.median(&F::per_second); rate > 0) json["per_second"] = rate;
  json["allocations_per_signature"] = each.allocations_per_signature();
  json["armed_share"] = each.armed_share();
  json["voluntary_switches"] = each.switches.voluntary;
  json["involuntary_switches"] = each.switches.involuntary;
  return json;
}

Json to_json(const CallTime& each) {
  Json json{{"subject", each.subject}, {"title", each.title}};
  put(json, "ns", each.ns);
  if (!each.note.empty()) json["note"] = each.note;
  return json;
}

Json to_json(const RegistrySize& each) {
  return {{"credentials", each.credentials},
          {"first_prepare_ms", each.first_prepare_ms},
          {"prepare_ms", each.prepare_ms},
          {"sign_p50_ns", each.sign_p50_ns},
          {"resident_mib", each.resident_mib}};
}

Json to_json(const KeystoreSize& each) {
  return {{"keys", each.keys},
          {"open_ms", each.open_ms},
          {"list_ms", each.list_ms},
          {"first_sign_ms", each.first_sign_ms},
          {"resident_mib", each.resident_mib}};
}

Json to_json(const Ratio& each) {
  Json json{{"name", each.name}, {"measured", each.measured}, {"unit", each.unit}};
  if (each.goal == Ratio::Goal::none) return json;
  json[each.goal == Ratio::Goal::at_least ? "at_least" : "at_most"] = each.limit;
  json["reached"] = each.met();
  return json;
}

template <class T>
Json list_of(const std::vector<T>& all) {
  Json list = Json::array();
  for (const T& each : all) list.push_back(to_json(each));
  return list;
}

}  // namespace

Json json_report(const Report& report) {
  Json json{{"quick", report.quick}, {"complete", report.complete}};
  Json& machine = json["machine"] = Json::object();
  for (const auto& [name, value] : report.machine) machine[name] = value;
  const TokenSummary& token = report.token;
  json["token"] = token.label.empty()
                      ? Json()
                      : Json{{"name", token.name},     {"label", token.label},          {"manufacturer", token.manufacturer},
                             {"model", token.model},   {"profile", token.profile},      {"arming", token.arming},
                             {"module", token.module}, {"raw_loop", token.raw_instance}};
  json["measurements"] = list_of(report.measurements);
  json["software"] = list_of(report.calls);
  json["clock_ns"] = report.timer_ns;
  json["registry"] = list_of(report.registry);
  json["keystore"] = list_of(report.keystore);
  if (report.ccxt) {
    json["ccxt"] = {{"version", report.ccxt->version},       {"node", report.ccxt->node},
                    {"p50_ns", report.ccxt->p50_ns},         {"p99_ns", report.ccxt->p99_ns},
                    {"per_second", report.ccxt->per_second}, {"venues_p50_ns", report.ccxt->venue_p50_ns}};
  }
  json["ratios"] = list_of(report.ratios);
  json["notes"] = report.notes;
  return json;
}

}  // namespace custos::bench
