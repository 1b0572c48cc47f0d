// The style of the page: light and dark, and nothing from elsewhere.
#pragma once

namespace custos::bench {

inline constexpr const char* kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --ink: #1d2330; --faint: #656d7c; --line: #e3e1dc; --grid: #ecebe7;
  --floor: #8a93a3; --raw: #c2571a; --armed: #0b7a5c; --unarmed: #6c5bb5; --background: #2f6fd0; --software: #a8327a;
  --good: #0b7a5c; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171d; --card: #1b1f27; --ink: #e6e8ec; --faint: #98a1b0; --line: #2c323d; --grid: #262b35;
    --floor: #8f99aa; --raw: #f0955a; --armed: #3fcf9f; --unarmed: #a99bef; --background: #77a9f7; --software: #ec83c0;
    --good: #3fcf9f; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 72px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 20px; margin: 52px 0 2px; }
p { margin: 0 0 14px; color: var(--faint); max-width: 75ch; }
.warning { color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 14px; margin: 28px 0 0; }
.card, figure, .scroll { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 14px 18px; }
.card b { display: block; font-size: 26px; font-weight: 650; font-variant-numeric: tabular-nums; }
.card span { display: block; color: var(--faint); font-size: 13px; line-height: 1.35; }
.card span.goal { margin-top: 6px; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); gap: 16px; margin-bottom: 16px; }
figure { margin: 0; padding: 14px 16px; }
figcaption { font-weight: 600; margin: 0 0 6px 4px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--faint); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.grid line { stroke: var(--grid); stroke-width: 1; }
.curve { fill: none; stroke-width: 2.4; stroke-linejoin: round; }
.floor { stroke: var(--floor); --tone: var(--floor); }
.raw { stroke: var(--raw); --tone: var(--raw); }
.armed { stroke: var(--armed); --tone: var(--armed); }
.unarmed { stroke: var(--unarmed); --tone: var(--unarmed); }
.background { stroke: var(--background); --tone: var(--background); }
.software { stroke: var(--software); --tone: var(--software); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 4px 0; padding: 0; font-size: 13px; }
.legend li::before { content: ""; display: inline-block; width: 16px; height: 3px; border-radius: 2px; background: var(--tone);
  margin-right: 7px; vertical-align: 4px; }
.legend b { font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 14px; text-align: right; white-space: nowrap; }
th { font-weight: 600; color: var(--faint); font-size: 13px; border-bottom: 1px solid var(--line); }
td.text, th.text { text-align: left; }
tbody tr + tr td { border-top: 1px solid var(--grid); }
tbody tr.first td { border-top: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 20px; margin: 0; font-size: 14px; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
@media print { body { background: #fff; } .card, figure, .scroll { break-inside: avoid; } }
)css";

}  // namespace custos::bench
