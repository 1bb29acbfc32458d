// npm run cluster: the whole product on real servers, two of each service behind a balancer on PORT. Prints the
// addresses and `ready http://…`; stops everything on SIGTERM or SIGINT.
import { resolve } from 'node:path'
import { commandLine } from '../../lib/command-line.ts'
import { oneOf } from '../../lib/flags.ts'
import { run } from '../../lib/run-process.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { Cluster } from './cluster.ts'

const { values } = commandLine({
  usage: 'npm run cluster [-- --kafka 1|3] [--cassandra 1|2|3]',
  flags: {
    kafka: oneOf('1|3', 'how many brokers', '1', ['1', '3']),
    cassandra: oneOf('1|2|3', 'how many nodes; 2: two data centres', '1', ['1', '2', '3']),
  },
  notes: 'docs/settings.md names the environment variables that it reads: PORT, DATA_DIR and others.',
})
await run(async (signal) => {
  const read = new SettingsReader(process.env)
  const options = {
    dataDirectory: resolve(read.text('DATA_DIR', './data')),
    port: read.wholeNumber('PORT', 8080, { least: 1, most: 65_535 }),
    brokers: Number(values.kafka),
    cassandraNodes: Number(values.cassandra),
    partitions: read.wholeNumber('PARTITIONS', 16, { least: 1, most: 1_024 }),
  }
  const counting = read.text('CASSANDRA_COUNTING_DCS', '')
  read.check()
  const cluster = await Cluster.start({
    ...options,
    signal,
    ...(counting !== '' && { environment: { CASSANDRA_COUNTING_DCS: counting } }),
  })
  for (const [kind, endpoints] of Object.entries(cluster.endpoints))
    console.log(kind.padEnd(14), endpoints.join(','))
  for (const { spec } of cluster.services) console.log(spec.name.padEnd(14), `http://127.0.0.1:${spec.port}`)
  return cluster
})
