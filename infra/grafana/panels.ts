// Panels and pages in the form of Grafana. Pure.

type Target = { readonly expr: string; readonly legend: string }

type Panel = {
  readonly title: string
  /** Default: a course over time. */
  readonly kind?: 'stat' | 'table'
  /** As Grafana calls it. */
  readonly unit: 'ops' | 'short' | 's' | 'bytes' | 'percentunit' | 'none'
  readonly targets: readonly Target[]
  readonly about?: string
  /** Whether values below 0 mean something. */
  readonly isSigned?: true
}

export type Page = {
  readonly uid: string
  readonly title: string
  /** What the pages can be narrowed to: a label, and a metric whose values of it are offered. */
  readonly chosen: readonly { readonly label: string; readonly of: string }[]
  /** Each row from left to right. */
  readonly rows: readonly (readonly Panel[])[]
}

const COLUMNS = 24
const HEIGHT = 8
const STAT_HEIGHT = 4
/** As the scrape allows, which Grafana knows. */
const SPAN = '[$__rate_interval]'
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }
/** That of the form below. */
const SCHEMA_VERSION = 39

/** The processes that are chosen on a page. */
const OF_INSTANCES = '{instance=~"$instance"}'

/** What happens in a second; without labels all together. */
export function rate(metric: string, ...by: readonly string[]): Target {
  return summed(`rate(${metric}${OF_INSTANCES}${SPAN})`, by)
}

/** A gauge as it is, the sum for each value of the labels. */
export function level(metric: string, ...by: readonly string[]): Target {
  return summed(`${metric}${OF_INSTANCES}`, by)
}

/** The same under a name that tells it from others on the panel. */
export function named(name: string, { expr, legend }: Target): Target {
  return { expr, legend: legend === 'all' ? name : `${name} ${legend}` }
}

export function highest(metric: string, ...by: readonly string[]): Target {
  return { expr: `max${grouping(by)} (${metric}${OF_INSTANCES})`, legend: legendOf(by) }
}

/** The median and the 99th percentile of a histogram. */
export function quantiles(metric: string, ...by: readonly string[]): readonly Target[] {
  const buckets = `sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket${OF_INSTANCES}${SPAN}))`
  return [0.5, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, ${buckets})`,
    legend: `p${quantile * 100} ${by.length > 0 ? legendOf(by) : ''}`.trim(),
  }))
}

/** Events or requests a histogram has seen in a second. */
export function seen(metric: string, ...by: readonly string[]): Target {
  return rate(`${metric}_count`, ...by)
}

export function mean(metric: string, ...by: readonly string[]): Target {
  const sum = (end: string) => `sum${grouping(by)} (rate(${metric}${end}${OF_INSTANCES}${SPAN}))`
  return { expr: `${sum('_sum')} / ${sum('_count')}`, legend: legendOf(by) }
}

export function query(expr: string, legend: string): Target {
  return { expr, legend }
}

function summed(expr: string, by: readonly string[]): Target {
  return { expr: `sum${grouping(by)} (${expr})`, legend: legendOf(by) }
}

function grouping(by: readonly string[]): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')})`
}

function legendOf(by: readonly string[]): string {
  return by.length === 0 ? 'all' : by.map((label) => `{{${label}}}`).join(' ')
}

/** The text of the file that Grafana reads. */
export function pageText(page: Page): string {
  return `${JSON.stringify(dashboardOf(page), null, 2)}\n`
}

function dashboardOf({ uid, title, chosen, rows }: Page) {
  return {
    ...{ uid, title, schemaVersion: SCHEMA_VERSION, editable: false, tags: ['tally'], timezone: 'utc' },
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    links: [{ type: 'dashboards', tags: ['tally'], title: 'Tally', asDropdown: false, keepTime: true }],
    templating: { list: [datasourceChoice(), ...chosen.map(choiceOf)] },
    panels: placed(rows),
  }
}

function datasourceChoice() {
  return { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }
}

function choiceOf({ label, of }: Page['chosen'][number]) {
  const query = `label_values(${of}, ${label})`
  return {
    ...{ name: label, type: 'query', datasource: DATASOURCE, query, definition: query },
    ...{ refresh: 2, sort: 1, multi: true, includeAll: true, allValue: '.*' },
    current: { text: 'All', value: '$__all' },
  }
}

function placed(rows: Page['rows']) {
  let y = 0
  let id = 0
  return rows.flatMap((panels) => {
    const w = COLUMNS / panels.length
    const h = panels.every(({ kind }) => kind === 'stat') ? STAT_HEIGHT : HEIGHT
    const row = panels.map((panel, at) => panelOf(panel, ++id, { x: at * w, y, w, h }))
    y += h
    return row
  })
}

function panelOf({ title, kind, unit, targets, about, isSigned }: Panel, id: number, gridPos: object) {
  return {
    ...{ id, title, type: kind ?? 'timeseries', datasource: DATASOURCE, gridPos },
    ...(about !== undefined && { description: about }),
    fieldConfig: { defaults: { unit, ...(isSigned !== true && { min: 0 }) }, overrides: [] },
    targets: targets.map(({ expr, legend }, at) => ({
      ...{ refId: String.fromCharCode(65 + at), expr, legendFormat: legend },
      ...(kind === 'table' && { instant: true, format: 'table' }),
    })),
  }
}
