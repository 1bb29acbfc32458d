// The style of the report, light and dark.
export const STYLE = `
:root { color-scheme: light dark; --fore: #1c2430; --soft: #5d6b7c; --rule: #dde3ea; --back: #fff; --card: #f6f8fa;
  --good: #1a7f4b; --bad: #c5302c; --c0: #2f6fdf; --c1: #d9822b; --c2: #1a9c8c; --c3: #9b51c9; --c4: #c5302c;
  --c5: #6b8e23; --c6: #c2489b; --c7: #64748b }
@media (prefers-color-scheme: dark) {
  :root { --fore: #e6ebf2; --soft: #95a3b5; --rule: #2c3644; --back: #11161d; --card: #19212b;
    --good: #4cc38a; --bad: #ff6b66; --c0: #6ea3ff; --c1: #f0a35c; --c2: #4fc9ba; --c3: #c48cf0; --c4: #ff6b66;
    --c5: #a8c760; --c6: #ee83c8; --c7: #9aa8ba }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--fore); background: var(--back);
  max-width: 1360px; margin: 0 auto; padding: 24px }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 18px; margin: 32px 0 8px }
.about { color: var(--soft); margin: 4px 0 16px }
.verdict { font-size: 18px; font-weight: 600; padding: 12px 16px; border-radius: 8px; background: var(--card);
  border-left: 6px solid var(--soft) }
.verdict.good { border-color: var(--good) } .verdict.bad { border-color: var(--bad) }
.good { color: var(--good) } .bad { color: var(--bad) }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 16px 0 }
.tiles div { background: var(--card); border-radius: 8px; padding: 10px 14px }
.tiles dt { color: var(--soft); font-size: 13px }
.tiles dd { margin: 0; font-size: 21px; font-variant-numeric: tabular-nums }
@media (max-width: 700px) { .tiles { grid-template-columns: 1fr 1fr } }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: 5px 16px 5px 0;
  vertical-align: top;   border-bottom: 1px solid var(--rule);
  font-variant-numeric: tabular-nums } th { color: var(--soft); font-weight: 500 }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr)); gap: 20px 28px }
figure { margin: 0 } figcaption { font-weight: 500; margin-bottom: 4px }
svg { width: 100%; height: auto; display: block }
.grid { stroke: var(--rule) } .axis { fill: var(--soft); font-size: 12px }
.mark { stroke: var(--bad); stroke-dasharray: 3 3; opacity: .7 }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round }
.legend { font-weight: 400; font-size: 13px; margin-left: 8px } .key { margin-right: 10px; white-space: nowrap }
.key::before { content: ''; display: inline-block; width: 14px; height: 3px; margin-right: 5px; vertical-align: middle;
  background: currentColor }
${[0, 1, 2, 3, 4, 5, 6, 7].map(colour).join('\n')}
`

function colour(i: number): string {
  return `.line.c${i} { stroke: var(--c${i}) } .key.c${i} { color: var(--c${i}) }`
}
