// How many records wait in the spool of a partitioner, by its metrics.
import type { ServiceProcess } from '../../infra/cluster/service-process.ts'

export async function spooledBy({ spec }: ServiceProcess): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${spec.port}/metrics`)).text()
  return Number(/^tally_spool_records (\S+)$/m.exec(metrics)![1])
}
