// The data for `handleSummary`, in k6's form.
import type { Metric, SummaryData } from '../../../load-tests/lib/summary.ts'
import type { CheckCount } from './checks.ts'
import type { Registry } from './measure/registry.ts'
import { judge } from './measure/thresholds.ts'
import type { ScriptOptions } from './script-options.ts'

export type Gathered = {
  readonly registry: Registry
  readonly options: ScriptOptions
  readonly elapsedMs: number
  readonly checks: readonly CheckCount[]
}

export type K6Summary = SummaryData & { readonly root_group: object; readonly options: object }

export function summaryDataOf({ registry, options, elapsedMs, checks }: Gathered): K6Summary {
  const judged = judge(options.thresholds, registry, elapsedMs)
  const metrics: Record<string, Metric> = {}
  for (const { name, kind, sink } of registry.all()) {
    const own = judged.filter(({ metric }) => metric === name)
    if (sink.isEmpty && own.length === 0) continue
    const stats = {
      counter: ['count', 'rate'],
      gauge: ['value', 'min', 'max'],
      rate: ['rate', 'passes', 'fails'],
      trend: options.trendStats,
    }[kind.type]
    metrics[name] = {
      type: kind.type,
      contains: kind.isTime ? 'time' : 'default',
      values: Object.fromEntries(stats.map((stat) => [stat, sink.aggregate(stat, elapsedMs) ?? 0])),
      ...(own.length > 0 && {
        thresholds: Object.fromEntries(own.map(({ expression, isKept }) => [expression, { ok: isKept }])),
      }),
    }
  }
  return {
    root_group: {
      ...{ name: '', path: '', id: '', groups: [] },
      checks: checks.map(({ name, group, passes, fails }) => {
        return { name, path: `${group}::${name}`, id: '', passes, fails }
      }),
    },
    options: { summaryTrendStats: options.trendStats, summaryTimeUnit: '', noColor: true },
    state: { testRunDurationMs: elapsedMs },
    metrics,
  }
}
