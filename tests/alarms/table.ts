// The results as the table of docs/runbook.md. Pure.
export type Row = {
  readonly alert: string
  readonly fault: string
  readonly mended: string
  /** From the fault on; null: it never did. */
  readonly firesMs: number | null
  /** From the mending on. */
  readonly clearsMs: number | null
  /** Alerts that fired beside those that the fault is there for. */
  readonly others: readonly string[]
}

const HEAD = ['alert', 'fault', 'fires after', 'mended by', 'clears after']

/** By fault, in the order in which they were caused. */
export function tableOf(rows: readonly Row[], factorOf: (alert: string) => number): string {
  const lines = rows.map(({ alert, fault, mended, firesMs, clearsMs }) => [
    `${alert} ÷ ${factorOf(alert)}`,
    fault,
    seconds(firesMs),
    mended,
    seconds(clearsMs),
  ])
  return [HEAD, HEAD.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function seconds(ms: number | null): string {
  return ms === null ? '**never**' : `${(ms / 1_000).toFixed(1)} s`
}
