// What a process that uses shared tables of titles reports about them.
import { Gauge, type Registry } from 'prom-client'

export function watchTitles(registry: Registry, videos: { readonly behind: number | null }): void {
  new Gauge({
    name: 'tally_titles_behind_records',
    help: 'Changes of titles and annotations in the log that are not known to be applied.',
    registers: [registry],
    collect() {
      this.set(videos.behind ?? Number.NaN) // which hides no process that knows it
    },
  })
}
