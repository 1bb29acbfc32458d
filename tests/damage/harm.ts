// Damages one file of a data directory in one way, and records what a process that is started on it reports.
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, isRight, isSilent, type Said, startOn, type Truth } from './data.ts'

export const HARMS = ['flipped', 'cut', 'deleted'] as const
export type Harm = (typeof HARMS)[number]

/** `silent` must never happen: it starts without any message and answers less. */
export type Outcome = 'right' | 'told' | 'refused' | 'silent'

export type Finding = {
  readonly file: string
  readonly harm: Harm
  readonly outcome: Outcome
  /** The message that reports the damage. */
  readonly words: string
}

const POLL_MS = 100
/** How long answers are watched: a recount may still remove counts. */
const WATCHED_MS = 2_500
const START_TIMEOUT_MS = 120_000

/** All files, by their paths relative to the directory. */
export async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort()
}

/** The kind of a file: its name without the parts that differ from run to run. */
export function kindOf(file: string): string {
  return file
    .replace(/\b[0-9a-f]{8}-\d+/g, 'SOURCE')
    .replace(/date=[^/]+\/hour=\d\d/, 'date=…/hour=…')
    .replace(/\/events[^/]*\.parquet/, '/….parquet')
    .replace(/MANIFEST-\d+/, 'MANIFEST-…')
    .replace(/\/\d{6}\./, '/….')
}

/** Works on a copy at `scratch`, which is removed afterwards. */
export async function findingOf(
  data: string,
  scratch: string,
  file: string,
  harm: Harm,
  truth: Truth,
): Promise<Finding> {
  await cp(data, scratch, { recursive: true })
  try {
    await doHarm(join(scratch, file), harm)
    return { file, harm, ...(await outcomeOf(scratch, truth)) }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function doHarm(path: string, harm: Harm): Promise<void> {
  if (harm === 'deleted') return rm(path)
  const bytes = await readFile(path)
  const middle = Math.floor(bytes.length / 2)
  if (harm === 'cut') return truncate(path, middle)
  if (bytes.length === 0) return
  bytes[middle]! ^= 1
  await writeFile(path, bytes)
}

async function outcomeOf(directory: string, truth: Truth): Promise<Pick<Finding, 'outcome' | 'words'>> {
  await using child = startOn(directory)
  const ready = child.url().catch(() => null)
  const url = await Promise.race([ready, sleep(START_TIMEOUT_MS, null, { ref: false })])
  if (url === null) {
    const words = lineOf((await child.kill('SIGKILL')).errors)
    return { outcome: words === '' ? 'silent' : 'refused', words }
  }
  const heard = await listen(url, truth)
  const words = lineOf((await child.kill('SIGKILL')).errors)
  const silent = heard.find((said) => isSilent(said, truth))
  if (silent !== undefined) return { outcome: 'silent', words: `${words} ${JSON.stringify(silent)}` }
  const isTold = words !== '' || heard.some(({ warnings, missing }) => warnings.length + missing > 0)
  if (!isTold && heard.every((said) => isRight(said, truth))) return { outcome: 'right', words }
  return { outcome: isTold ? 'told' : 'silent', words }
}

/** Watches from the first answer on. */
async function listen(url: string, truth: Truth): Promise<Said[]> {
  const heard: Said[] = []
  for (const endMs = Date.now() + WATCHED_MS; Date.now() < endMs; await sleep(POLL_MS)) {
    heard.push(await ask(url, truth))
  }
  return heard
}

/** The message in the first line: plain, or from a JSON log. */
function lineOf(errors: string): string {
  const [line = ''] = errors.split('\n')
  if (!line.startsWith('{')) return line
  return String((JSON.parse(line) as { msg?: string }).msg)
}
