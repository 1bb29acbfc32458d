// The report as one HTML page without external resources. Pure.
import { RUN_GAUGE, runOf } from '../names.ts'
import { type Metric, type SummaryFile, statOf } from '../summary.ts'
import { chartOf, type Mark } from './chart.ts'
import { courseOf } from './course.ts'
import { STYLE } from './style.ts'
import { clockText, escaped, numberText } from './text.ts'

const DIFFERENCES_SHOWN = 50

export function pageOf(file: SummaryFile): string {
  const { test, seen } = file
  const marks = seen?.notes ?? []
  const charts = [...courseOf(file), ...(seen?.charts ?? [])]
  const lengthMs = Math.max(test.durationMs, file.state.testRunDurationMs)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(test.script)}: load test of Tally</title>
<style>${STYLE}</style>
<h1>Load test: ${escaped(test.script)}</h1>
<p class="about">${aboutOf(file)}</p>
${verdictOf(file)}
${faultsOf(file)}
${tilesOf(file)}
${thresholdsOf(file)}
${notesOf(marks)}
<h2>Course</h2>
<div class="charts">
${charts.map((chart) => chartOf(chart, lengthMs, marks)).join('\n')}
</div>
${figuresOf(file)}
${differencesOf(file)}
</html>
`
}

function aboutOf({ test, seen, metrics, state }: SummaryFile): string {
  const started = new Date(runOf(metrics[RUN_GAUGE]?.values.value ?? 0).startedMs).toISOString()
  return escaped(
    `${started.slice(0, 16).replace('T', ' ')} UTC, ${clockText(state.testRunDurationMs)} long, ` +
      `against ${seen?.target ?? test.url}. Requests of ${test.batchEvents} events of ${test.videos} videos.`,
  )
}

function verdictOf({ seen }: SummaryFile): string {
  const verdict = seen?.verdict
  if (!verdict)
    return '<p class="verdict open">The counts are not checked yet: npm run load -- verify SUMMARY</p>'
  return line(verdict.isExact ? 'good' : 'bad', verdict.text)
}

function faultsOf({ seen }: SummaryFile): string {
  return (seen?.faults ?? []).map((fault) => line('bad', `FAILED  ${fault}`)).join('\n')
}

function line(kind: 'good' | 'bad', text: string): string {
  return `<p class="verdict ${kind}">${escaped(text)}</p>`
}

function tilesOf(file: SummaryFile): string {
  const { durationMs } = file.test
  const acknowledged = statOf(file, 'events_acknowledged')
  const ms = (metric: string, stat: string) => `${numberText(Math.round(statOf(file, metric, stat)))} ms`
  const tiles = [
    ['events acknowledged', numberText(acknowledged)],
    ['events a second', numberText(Math.round((acknowledged * 1_000) / durationMs))],
    ['202 within, p50', ms('acknowledge_ms', 'med')],
    ['202 within, p99', ms('acknowledge_ms', 'p(99)')],
    ['in answers within, p50', ms('freshness_ms', 'med')],
    ['in answers within, p99', ms('freshness_ms', 'p(99)')],
    ['requests sent again', numberText(statOf(file, 'requests_sent_again'))],
    ['requests not sent', numberText(statOf(file, 'dropped_iterations'))],
  ]
  const items = tiles.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`)
  return `<dl class="tiles">${items.join('')}</dl>`
}

function thresholdsOf({ metrics }: SummaryFile): string {
  const rows = Object.entries(metrics).flatMap(([name, metric]) =>
    Object.entries(metric.thresholds ?? {}).map(([threshold, { ok }]) => {
      const mark = ok ? '<td class="good">kept</td>' : '<td class="bad">not kept</td>'
      const cells = [escaped(name), escaped(threshold), foundOf(metric, threshold)]
      return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}${mark}</tr>`
    }),
  )
  if (rows.length === 0) return ''
  const head = '<tr><th>metric</th><th>threshold</th><th>found</th><th></th></tr>'
  return `<h2>Thresholds</h2><table>${head}${rows.join('')}</table>`
}

function foundOf({ values }: Metric, threshold: string): string {
  const aggregate = threshold.split(/[<>=!]/)[0]!.trim()
  const value = values[aggregate]
  return value === undefined ? '' : numberText(value)
}

function notesOf(notes: readonly Mark[]): string {
  if (notes.length === 0) return ''
  const rows = notes.map(({ atMs, text }) => `<tr><td>${clockText(atMs)}</td><td>${escaped(text)}</td></tr>`)
  return `<h2>What happened</h2><table>${rows.join('')}</table>`
}

function figuresOf({ seen }: SummaryFile): string {
  if (!seen || seen.figures.length === 0) return ''
  const rows = seen.figures.map(
    ({ name, text }) => `<tr><td>${escaped(name)}</td><td>${escaped(text)}</td></tr>`,
  )
  return `<h2>The system</h2><table>${rows.join('')}</table>`
}

function differencesOf({ seen }: SummaryFile): string {
  const differences = seen?.verdict?.differences ?? []
  if (differences.length === 0) return ''
  const items = differences.slice(0, DIFFERENCES_SHOWN).map((line) => `<li>${escaped(line)}</li>`)
  return `<h2>Differences</h2><p>${differences.length} in all.</p><ul>${items.join('')}</ul>`
}
