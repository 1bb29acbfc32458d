// The files of a summary: the numbers as JSON, which the exactness check reads, and the page. Pure.
import { pageOf } from './page/page.ts'
import type { Described, SummaryData, SummaryFile } from './summary.ts'

export type Files = Readonly<Record<string, string>>

export type Reported = Omit<Described, 'durationMs'> & { readonly out: string }

/** What `handleSummary` returns. */
export function report(settings: Reported, durationMs: number, data: SummaryData): Files {
  const { script, url, rate, videos, batchEvents, out } = settings
  const test: Described = { script, url, rate, videos, batchEvents, durationMs }
  return filesOf(out, { ...data, test })
}

export function filesOf(out: string, file: SummaryFile): Files {
  return {
    [`${out}.json`]: `${JSON.stringify(file, null, 1)}\n`,
    [`${out}.html`]: pageOf(file),
    stdout: `\n${out}.json and ${out}.html are written. ${nextStep(out, file)}\n`,
  }
}

function nextStep(out: string, { seen }: SummaryFile): string {
  return seen?.verdict ? '' : `Check the counts with: npm run load -- verify ${out}.json`
}
