// What a process that uses shared tables of titles reports about them.
import { Gauge, type Registry } from 'prom-client'

/** `indexVersion`: processes of another one have tables of their own, which may be behind while these are not. */
export function watchTitles(
  registry: Registry,
  videos: { readonly behind: number | null },
  indexVersion: number,
): void {
  new Gauge({
    name: 'tally_titles_behind_records',
    help: 'Changes of titles and annotations in the log that are not known to be applied; NaN: not known.',
    labelNames: ['index_version'],
    registers: [registry],
    collect() {
      this.set({ index_version: indexVersion }, videos.behind ?? Number.NaN) // which hides no process that knows it
    },
  })
}
