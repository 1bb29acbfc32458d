// Starts the whole product on real servers by its own command, replays a file against it, and stops it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PORT = '18080'
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tally-cluster-'))
const replayFlags = [
  'tools/replay/sample.csv.gz',
  '--rebase',
  '--duplicates',
  '0.2',
  '--url',
  `http://localhost:${PORT}`,
]

const cluster = spawn('npm', ['run', 'cluster'], {
  cwd: root,
  env: { ...process.env, PORT, DATA_DIR: folder },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const stopped = new Promise((resolve) => cluster.once('exit', (code) => resolve(code)))
try {
  await ready(cluster)
  const replay = spawn('npm', ['run', 'replay', '--', ...replayFlags], { cwd: root, stdio: 'inherit' })
  const code = await new Promise((resolve) => replay.once('exit', resolve))
  if (code !== 0) throw new Error(`the replay ended with code ${code}`)
} finally {
  cluster.kill('SIGTERM')
  const code = await stopped
  rmSync(folder, { recursive: true, force: true })
  if (code !== 0) process.exitCode = 1
}

async function ready(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    if (/^ready http/.test(line)) return
  }
  throw new Error('the cluster ended before it was ready')
}
