// A cluster of Spark on this machine: a master and a worker, each a process of its own, on loopback addresses.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

const HOST = '127.0.0.1'
const START_MS_MAX = 60_000
const MASTER = 'org.apache.spark.deploy.master.Master'
const WORKER = 'org.apache.spark.deploy.worker.Worker'

export type SparkCluster = AsyncDisposable & { readonly url: string }

export async function startCluster(home: string): Promise<SparkCluster> {
  const stack = new AsyncDisposableStack()
  try {
    const directory = stack.use(await temporaryDirectory())
    const start = (name: string, args: readonly string[]) => {
      const child = spawn(
        join(home, 'bin', 'spark-class'),
        [name, '--host', HOST, '--webui-port', '0', ...args],
        {
          cwd: directory.path,
          env: { ...process.env, SPARK_HOME: home, SPARK_LOCAL_IP: HOST, SPARK_WORKER_DIR: directory.path },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      )
      stack.defer(() => end(child))
      return child
    }
    const [url] = await said(start(MASTER, ['--port', '0']), /Starting Spark master at (spark:\/\/\S+)/)
    await said(start(WORKER, ['--cores', '2', '--memory', '1g', url!]), /Successfully registered with master/)
    return { url: url!, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** What a line of its log holds in the groups of a pattern. */
async function said(child: ChildProcess, pattern: RegExp): Promise<readonly string[]> {
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX)
  try {
    for await (const line of createInterface({ input: child.stderr! })) {
      const found = pattern.exec(line)
      if (found !== null) return found.slice(1)
    }
    throw new Error(`a process of the cluster never said ${pattern}`)
  } finally {
    clearTimeout(timer)
    child.stderr!.resume()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
