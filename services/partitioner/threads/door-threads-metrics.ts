// The metrics of the threads that pack bodies.
import { Counter, Gauge, type Registry } from 'prom-client'

export type DoorThreadsMetrics = {
  /** One ended by itself; it is begun anew. */
  died(): void
}

export function doorThreadsMetrics(registry: Registry): DoorThreadsMetrics {
  const deaths = new Counter({
    name: 'tally_door_thread_deaths_total',
    help: 'Threads that read bodies and died, with what they had refused; each is begun anew.',
    registers: [registry],
  })
  return { died: () => deaths.inc() }
}

/** How many take bodies, read at each scrape. */
export function watchDoorThreads(registry: Registry, up: () => number): void {
  new Gauge({
    name: 'tally_door_threads',
    help: 'Threads that read bodies; 0 where the thread that takes requests reads them itself.',
    registers: [registry],
    collect() {
      this.set(up())
    },
  })
}
