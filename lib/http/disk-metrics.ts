// How full the disk is that a process keeps its own data on.
import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'

/** Asked at each scrape. A disk that does not answer has no value. */
export function watchDisk(registry: Registry, directory: string): void {
  const gauge = (name: string, help: string, blocks: 'bavail' | 'blocks') =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        try {
          const status = await statfs(directory)
          this.set(status[blocks] * status.bsize)
        } catch {
          this.remove()
        }
      },
    })
  gauge('tally_disk_free_bytes', 'What is free for this account on the disk of DATA_DIR.', 'bavail')
  gauge('tally_disk_size_bytes', 'The size of the disk of DATA_DIR.', 'blocks')
}
