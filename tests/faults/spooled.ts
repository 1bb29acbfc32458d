// How many records wait on the disk of a partitioner, by its metrics: in its spool, and those whose layout is not known
// yet.
import type { Cluster } from '../../infra/cluster/cluster.ts'
import type { ServiceProcess } from '../../infra/cluster/service-process.ts'

export async function spooledBy({ spec }: ServiceProcess): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${spec.port}/metrics`)).text()
  const waiting = ['tally_spool_records', 'tally_unrouted_records']
  return waiting.reduce(
    (sum, name) => sum + Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]),
    0,
  )
}

export async function spooledByAll({ services }: Cluster): Promise<number> {
  const partitioners = services.filter(({ spec }) => spec.name.startsWith('partitioner-'))
  const records = await Promise.all(partitioners.map(spooledBy))
  return records.reduce((sum, count) => sum + count, 0)
}
