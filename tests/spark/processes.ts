// The processes of this machine whose command line names something, by /proc.
import { readdir, readFile } from 'node:fs/promises'

/** Their ids. */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (commandLine.includes(text)) found.push(Number(name))
  }
  return found
}
