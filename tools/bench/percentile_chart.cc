#include "tools/bench/percentile_chart.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

#include "tools/bench/tables.h"

namespace custos::bench {
namespace {

// The drawing, in SVG units: margins, and the plot between them.
constexpr double kWidth = 640, kHeight = 340, kLeft = 64, kRight = 620, kTop = 16, kBottom = 292;
constexpr double kMostNines = 4;  // 99.99 %
constexpr int kSteps = 240;       // points of a curve

// Axes turn nines (-log10(1-p)) and nanoseconds into places.
class Axes {
 public:
  explicit Axes(const std::vector<Curve>& curves) {
    double least = 1e12, most = 1;
    for (const Curve& curve : curves) {
      least = std::min(least, static_cast<double>(curve.latency->percentile(0)));
      most = std::max(most, static_cast<double>(curve.latency->percentile(1 - std::pow(10, -kMostNines))));
    }
    low_ = std::floor(2 * std::log10(std::max(least, 1.0))) / 2;  // half decades
    high_ = std::max(std::ceil(2 * std::log10(most)) / 2, low_ + 1);
  }
  [[nodiscard]] static double x(double nines) { return kLeft + nines / kMostNines * (kRight - kLeft); }
  [[nodiscard]] double y(double ns) const {
    return kBottom - (std::log10(std::max(ns, 1.0)) - low_) / (high_ - low_) * (kBottom - kTop);
  }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  double low_, high_;
};

std::string grid(const Axes& axes) {
  std::string svg;
  const auto line = [&](double x1, double y1, double x2, double y2) {
    svg += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", x1, y1, x2, y2);
  };
  const auto text = [&](double x, double y, const char* anchor, std::string_view words) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, words);
  };
  svg += "<g class=\"grid\">";
  for (int decade = static_cast<int>(std::floor(axes.low())); decade <= static_cast<int>(axes.high()); ++decade) {
    for (const double step : {1.0, 2.0, 5.0}) {
      const double ns = step * std::pow(10, decade);
      if (std::log10(ns) < axes.low() - 1e-9 || std::log10(ns) > axes.high() + 1e-9) continue;
      const bool labelled = step == 1.0 || axes.high() - axes.low() <= 2;
      line(kLeft, axes.y(ns), kRight, axes.y(ns));
      if (labelled)
        text(kLeft - 8, axes.y(ns) + 4, "end",
             fmt::format("{:g} {}",
                         ns < 999     ? ns
                         : ns < 999e3 ? ns / 1e3
                                      : ns / 1e6,
                         ns < 999     ? "ns"
                         : ns < 999e3 ? "µs"
                                      : "ms"));
    }
  }
  constexpr std::pair<double, const char*> kPercentiles[] = {{0, "0 %"}, {0.30103, "50"}, {1, "90"},
                                                             {2, "99"},  {3, "99.9"},     {4, "99.99 %"}};
  for (const auto& [nines, name] : kPercentiles) {
    line(Axes::x(nines), kTop, Axes::x(nines), kBottom);
    text(Axes::x(nines), kBottom + 20, nines == kMostNines ? "end" : "middle", name);
  }
  return svg + "</g>";
}

std::string path_of(const Curve& curve, const Axes& axes) {
  // A percentile beyond what the count of values can tell is not drawn.
  const double told = std::min(kMostNines, std::log10(static_cast<double>(std::max<std::uint64_t>(curve.latency->count(), 1))));
  std::string path;
  for (int step = 0; step <= kSteps; ++step) {
    const double nines = told * step / kSteps;
    const double share = 1 - std::pow(10, -nines);
    path += fmt::format("{}{:.1f} {:.1f}", step == 0 ? "M" : "L", Axes::x(nines),
                        axes.y(static_cast<double>(curve.latency->percentile(share))));
  }
  return path;
}

}  // namespace

std::string percentile_chart(const std::string& title, const std::vector<Curve>& curves) {
  const Axes axes(curves);
  std::string svg = fmt::format(
      "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"latency by percentile\">",
      title, kWidth, kHeight);
  svg += grid(axes);
  std::string legend;
  for (const Curve& curve : curves) {
    svg += fmt::format("<path class=\"curve {}\" d=\"{}\"/>", curve.tone, path_of(curve, axes));
    legend += fmt::format("<li class=\"{}\">{}, p50 <b>{}</b></li>", curve.tone, curve.label,
                          duration(static_cast<double>(curve.latency->percentile(0.5))));
  }
  svg +=
      fmt::format("<text class=\"axis\" x=\"{:g}\" y=\"{:g}\" text-anchor=\"middle\">percentile of all signatures</text></svg>",
                  (kLeft + kRight) / 2, kHeight - 8);
  return svg + "<ul class=\"legend\">" + legend + "</ul></figure>\n";
}

}  // namespace custos::bench
