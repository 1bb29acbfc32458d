// npm run cluster: the whole product on real servers, two of each service behind a balancer on PORT. Prints the
// addresses and `ready http://…`; stops everything on SIGTERM or SIGINT.
import { resolve } from 'node:path'
import { commandLine } from '../../lib/command-line.ts'
import { run } from '../../lib/run-process.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { Cluster } from './cluster.ts'

const NODES = ['1', '3'] as const
const USAGE = `npm run cluster [-- --kafka 1|3] [--cassandra 1|3]

  --kafka, --cassandra   how many brokers and nodes (default 1)

README.md names the environment variables that it reads: PORT, DATA_DIR and others.`

const { values } = commandLine(USAGE, {
  options: { kafka: { type: 'string', default: '1' }, cassandra: { type: 'string', default: '1' } },
})
await run(async () => {
  const read = new SettingsReader({
    ...process.env,
    '--kafka': values.kafka,
    '--cassandra': values.cassandra,
  })
  const options = {
    dataDirectory: resolve(read.text('DATA_DIR', './data')),
    port: read.wholeNumber('PORT', 8080, { least: 1, most: 65_535 }),
    brokers: Number(read.oneOf('--kafka', '1', NODES)),
    cassandraNodes: Number(read.oneOf('--cassandra', '1', NODES)),
    partitions: read.wholeNumber('PARTITIONS', 16, { least: 1, most: 1_024 }),
  }
  read.check()
  const cluster = await Cluster.start(options)
  for (const [kind, endpoints] of Object.entries(cluster.endpoints))
    console.log(kind.padEnd(14), endpoints.join(','))
  for (const { spec } of cluster.services) console.log(spec.name.padEnd(14), `http://127.0.0.1:${spec.port}`)
  return cluster
})
