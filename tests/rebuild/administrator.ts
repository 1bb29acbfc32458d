// Runs the commands of docs/backup.md about snapshots as they are written there, with the nodetool of the Cassandra
// that runs.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import { jmxPortOf } from '../../infra/native/cassandra.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { addressOf, clusterOf } from '../../infra/nodes.ts'
import { codeBlocks } from '../../testing/doc-samples.ts'
import { root } from '../source-file.ts'

const CASSANDRA_JARS = 'cassandra-5.0.9'
const NODETOOL = 'org.apache.cassandra.tools.NodeTool'

/** The blocks whose text holds this, in order. */
export type Administrator = (holding: string) => Promise<void>

/** @param directory for its programs */
export async function administratorOf(cluster: Cluster, directory: string): Promise<Administrator> {
  const { settings } = cluster.servers
  const [node] = clusterOf('cassandra', 1)
  const port = jmxPortOf({ node: node!, address: addressOf(node!, settings) })
  const jars = join(settings.programs, CASSANDRA_JARS)
  const data = join(settings.directory, 'data', 'cassandra-of-1', 'cassandra-1')
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  const options = join(root, 'infra/cassandra/jvm.options')
  const java = `java '@${options}' -Xmx256m -Dcassandra.storagedir='${data}' -Duser.home='${directory}'`
  const programs = {
    nodetool: `exec ${java} -cp '${jars}/*' ${NODETOOL} -h 127.0.0.1 -p ${port} "$@"`,
    cqlsh: `exec '${process.execPath}' '${join(root, 'tests/rebuild/cqlsh.ts')}' "$@"`,
  }
  for (const [name, command] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${command}\n`)
    await chmod(join(bin, name), 0o755)
  }
  const { environment } = cluster.services[0]!.spec
  const blocks = codeBlocks(await readFile(join(root, 'docs/backup.md'), 'utf8'))
  return async (holding) => {
    const found = blocks.filter(({ language, text }) => language === 'sh' && text.includes(holding))
    if (found.length === 0) throw new Error(`docs/backup.md has no block with ${holding}`)
    for (const { text } of found) {
      await runProgram('bash', ['-euo', 'pipefail', '-c', `PATH='${bin}':"$PATH"\n${text}`], {
        environment: { ...environment, CASSANDRA_DATA: join(data, 'data') },
      })
    }
  }
}
