// HMAC-SHA256 of 150 bytes in software, by Google Benchmark: the ways that OpenSSL offers, the floor, and Custos.
#include <benchmark/benchmark.h>

#include <functional>
#include <map>

#include "hash/hmac_key.h"
#include "tools/bench/compressions.h"
#include "tools/bench/groups.h"
#include "tools/bench/interrupt.h"
#include "tools/bench/openssl_mac.h"
#include "tools/bench/sample_message.h"
#include "tools/bench/tick_clock.h"

namespace custos::bench {
namespace {

constexpr MacKey kKey{0x4b, 0x1d, 0x7e, 0x92, 0x35, 0xc6};  // what it is does not change the time

// Collector keeps what Google Benchmark reports instead of printing it.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  Collector(Progress& progress, std::size_t all) : progress_(progress), all_(all) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      times[run.run_name.function_name].push_back(run.GetAdjustedCPUTime());
      progress_.show("software", run.run_name.function_name, ++done_, all_);
    }
  }
  std::map<std::string, std::vector<double>> times;  // ns per call

 private:
  Progress& progress_;
  std::size_t done_ = 0;
  const std::size_t all_;
};

// Way is one way of computing the MAC.
struct Way {
  std::string subject, title;
  std::function<bool(ByteView, Mac&)> mac;
  std::string note;  // why there is none, when `mac` is empty
};

double clock_cost_ns() {
  const TickClock& clock = TickClock::instance();
  constexpr int kReads = 100'000;
  std::uint64_t last = 0;
  const std::uint64_t start = clock.now();
  for (int i = 0; i < kReads; ++i) benchmark::DoNotOptimize(last = clock.now());
  return static_cast<double>(clock.to_ns(last - start)) / kReads;
}

void run_benchmarks(const std::vector<Way>& ways, ByteView message, const Run& run, Collector& collector) {
  std::string name = "custos-bench";
  std::string repetitions = "--benchmark_repetitions=" + std::to_string(run.effort.repetitions);
  std::string time = "--benchmark_min_time=" + std::to_string(std::chrono::duration<double>(run.effort.call).count());
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  char* arguments[] = {name.data(), repetitions.data(), time.data(), interleaving.data()};
  int count = std::size(arguments);
  benchmark::Initialize(&count, arguments);
  for (const Way& way : ways) {
    if (!way.mac) continue;
    benchmark::RegisterBenchmark(way.subject.c_str(), [&way, message](benchmark::State& state) {
      Mac mac{};
      for (auto _ : state) {
        if (interrupted() || !way.mac(message, mac)) state.SkipWithError("no MAC");
        benchmark::DoNotOptimize(mac);
      }
    });
  }
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
}

}  // namespace

Result<void> run_software_group(const Run& run) {
  run.report.timer_ns = clock_cost_ns();
  const SampleMessage sample(Compressions::kMessage);
  const ByteView message = sample.view();
  auto secret = SecretBytes::copy_of(kKey);
  if (!secret) return secret.failure();
  auto key = hash::HmacKey::make(hash::Algorithm::sha256, *secret);
  if (!key) return key.failure();
  const auto context = mac_context(nullptr, kKey);
  const auto keyed = mac_context(nullptr, kKey);  // never used itself: what a duplicate begins with
  if (context == nullptr || keyed == nullptr) return fail(Errc::system, Origin::crypto, "OpenSSL has no HMAC-SHA256");
  Compressions compressions(kKey);
  const FipsProvider fips(kKey);

  std::vector<Way> ways{
      {"transform", "four bare compression calls", [&](ByteView m, Mac& mac) { return compressions.mac(m, mac), true; }, {}},
      {"custos", "Custos", [&](ByteView m, Mac& mac) { return key->mac(m, mac), true; }, {}},
      {"evp_mac_reused", "EVP_MAC, context reused", [&](ByteView m, Mac& mac) { return mac_reused(context.get(), m, mac); }, {}},
      {"evp_mac_duplicated",
       "EVP_MAC, context duplicated",
       [&](ByteView m, Mac& mac) { return mac_duplicated(keyed.get(), m, mac); },
       {}},
      {"hmac", "HMAC()", [](ByteView m, Mac& mac) { return mac_one_shot(kKey, m, mac); }, {}},
      {"evp_mac_fips", "EVP_MAC of the fips provider", {}, "not installed"},
  };
  if (fips.context() != nullptr) {
    ways.back() = {"evp_mac_fips",
                   "EVP_MAC of the fips provider",
                   [&](ByteView m, Mac& mac) { return mac_reused(fips.context(), m, mac); },
                   {}};
  }
  Mac wanted{}, mac{};
  if (!mac_one_shot(kKey, message, wanted)) return fail(Errc::system, Origin::crypto, "OpenSSL has no HMAC-SHA256");
  for (const Way& way : ways) {
    if (!way.mac) continue;
    if (!way.mac(message, mac) || mac != wanted) return fail(Errc::internal, Origin::crypto, way.title + " gives a wrong MAC");
  }

  Collector collector(run.progress, (ways.size() - 1) * run.effort.repetitions);
  run_benchmarks(ways, message, run, collector);
  for (const Way& way : ways) {
    CallTime time{way.subject, way.title, std::nullopt, way.note};
    if (const auto found = collector.times.find(way.subject); found != collector.times.end()) time.ns = median(found->second);
    run.report.calls.push_back(std::move(time));
  }
  return {};
}

}  // namespace custos::bench
