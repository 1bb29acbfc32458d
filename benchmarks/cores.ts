// On which cores the programs of a benchmark run, where there are enough of them to keep the sender from the server.
import { availableParallelism } from 'node:os'

/** As `taskset -c` takes them, which Linux has; null: on any. */
export type Cores = string | null

export type Apart = { readonly server: Cores; readonly sender: Cores }

/** With the sender on the last core. With fewer than three, both are on any, and say so in their results. */
export function coresApart(count = availableParallelism()): Apart {
  if (count < 3 || process.platform !== 'linux') return { server: null, sender: null }
  return { server: `0-${count - 2}`, sender: String(count - 1) }
}

/** The command that runs Node there, and its arguments. */
export function nodeOn(cores: Cores, args: readonly string[]): [string, string[]] {
  return cores === null
    ? [process.execPath, [...args]]
    : ['taskset', ['-c', cores, process.execPath, ...args]]
}
