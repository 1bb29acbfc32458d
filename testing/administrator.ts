// Runs commands of a document as they are written there, with the tools of the Kafka and the Cassandra that run.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from '../infra/cluster/cluster.ts'
import { jmxPortOf } from '../infra/native/cassandra.ts'
import { runProgram } from '../infra/native/run-program.ts'
import { addressOf, clusterOf, nodeNamed } from '../infra/nodes.ts'
import type { InfraSettings } from '../infra/settings.ts'
import { codeBlocks } from './doc-samples.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const CASSANDRA_JARS = 'cassandra-5.0.9'
const NODETOOL = 'org.apache.cassandra.tools.NodeTool'
const KAFKA_JARS = 'kafka-4.3.1'
const KAFKA_TOOLS = {
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
}
/** Quick to start: a command lives for moments. */
const JAVA = 'exec java -Xmx256m -XX:TieredStopAtLevel=1'
const FIRST_NODE = 'cassandra-1'

/**
 * Runs the blocks whose text holds this, in order, and resolves with what they print. `variables` are those that the
 * document leaves to its reader; `on` is the node of Cassandra on which nodetool runs, the first one by default.
 */
export type Administrator = (
  holding: string,
  variables?: Readonly<Record<string, string>>,
  on?: string,
) => Promise<string>

/** @param directory for its programs and what commands write */
export async function administratorOf(
  cluster: Cluster,
  directory: string,
  document: string,
): Promise<Administrator> {
  const { settings } = cluster.servers
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  for (const [name, command] of Object.entries(programsOf(settings, directory))) {
    await writeFile(join(bin, name), `#!/bin/sh\n${command}\n`)
    await chmod(join(bin, name), 0o755)
  }
  const { environment } = cluster.services[0]!.spec
  const blocks = codeBlocks(await readFile(join(ROOT, document), 'utf8'))
  return async (holding, variables = {}, on = FIRST_NODE) => {
    const found = blocks.filter(({ language, text }) => language === 'sh' && text.includes(holding))
    if (found.length === 0) throw new Error(`${document} has no block with ${holding}`)
    let printed = ''
    for (const { text } of found) {
      printed += await runProgram('bash', ['-euo', 'pipefail', '-c', `PATH='${bin}':"$PATH"\n${text}`], {
        cwd: directory,
        environment: {
          ...environment,
          CASSANDRA_DATA: join(settings.directory, 'data', 'cassandra-of-1', on, 'data'),
          NODETOOL_PORT: String(nodetoolPortOf(on, settings)),
          ...variables,
        },
      })
    }
    return printed
  }
}

function programsOf({ programs, directory: data }: InfraSettings, directory: string): Record<string, string> {
  const options = join(ROOT, 'infra/cassandra/jvm.options')
  const places = `-Dcassandra.storagedir='${data}' -Duser.home='${directory}'`
  const nodetool = `${JAVA} '@${options}' ${places} -cp '${join(programs, CASSANDRA_JARS)}/*' ${NODETOOL} -h 127.0.0.1`
  const kafka = `${JAVA} -cp '${join(programs, KAFKA_JARS)}/*'`
  return {
    nodetool: `${nodetool} -p "$NODETOOL_PORT" "$@"`,
    cqlsh: `exec '${process.execPath}' '${join(ROOT, 'testing/cqlsh.ts')}' "$@"`,
    ...Object.fromEntries(
      Object.entries(KAFKA_TOOLS).map(([name, main]) => [`${name}.sh`, `${kafka} ${main} "$@"`]),
    ),
  }
}

function nodetoolPortOf(name: string, settings: InfraSettings): number {
  const { ordinal } = nodeNamed(name)
  const node = clusterOf('cassandra', ordinal).at(-1)!
  return jmxPortOf({ node, address: addressOf(node, settings) })
}
