// Runs a part of a benchmark in its own process, and parses the JSON that it prints last.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Cores, nodeOn } from './cores.ts'

const HEAP_MIB = 12_000
const OUTPUT_BYTES_MAX = 1 << 20

export async function processAnswer<Answer>(
  file: URL,
  args: readonly (string | number)[],
  cores: Cores = null,
): Promise<Answer> {
  const flags = ['--expose-gc', `--max-old-space-size=${HEAP_MIB}`]
  const [command, all] = nodeOn(cores, [...flags, file.pathname, ...args.map(String)])
  const { stdout } = await promisify(execFile)(command, all, { maxBuffer: OUTPUT_BYTES_MAX })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer
}
