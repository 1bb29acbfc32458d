// The keys of the keys file in a running process: read at the start, and again whenever the file has changed. A file
// that cannot be used is refused at the start; later the last good keys stay in force, and operators are told.
//
// The file is looked at by its status every so often: notices of the system do not arrive from network disks, nor for
// files that are mounted one by one.
import { readFile, stat } from 'node:fs/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../clock.ts'
import type { KeyRing } from './key-ring.ts'
import { type FiledKey, KEYS_FILE_BYTES_MAX, KeysFileFault, keysInForce, parseKeysFile } from './keys-file.ts'

/** A change is to take effect within two seconds. */
export const LOOK_INTERVAL_MS = 500
const ADVICE = 'Restore it from a backup.'

export type FiledKeysDeps = {
  readonly path: string
  readonly ring: KeyRing
  readonly clock: Clock
  readonly logger: Pick<FastifyBaseLogger, 'warn' | 'info'>
}

/** Stands beside a keys file that holds keys: without the file, a server must not take that for "no keys". */
export function markOf(path: string): string {
  return `${path}.mark`
}

export class FiledKeys {
  readonly #deps: FiledKeysDeps
  /** The state in which the file was read last; '' if there was none. */
  #seen = ''
  #fault: string | null = null
  /** Whether it held a key once. */
  #isInUse = false

  private constructor(deps: FiledKeysDeps) {
    this.#deps = deps
  }

  /** Fails with a KeysFileFault that says what to do where the file cannot be used. */
  static async open(deps: FiledKeysDeps): Promise<FiledKeys> {
    const opened = new FiledKeys(deps)
    opened.#seen = await stateOf(deps.path)
    opened.#take(await readKeysFile(deps.path))
    return opened
  }

  /** For operators; empty while the file is as it should be. */
  get warnings(): readonly string[] {
    return this.#fault === null ? [] : [this.#fault]
  }

  watchedBy(registry: Registry): void {
    const isFaulty = () => this.#fault !== null
    new Gauge({
      name: 'tally_keys_file_faulty',
      help: 'Whether the keys file cannot be used, so that the last good keys are in force.',
      registers: [registry],
      collect() {
        this.set(isFaulty() ? 1 : 0)
      },
    })
  }

  async follow(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.look()
      await this.#deps.clock.sleep(LOOK_INTERVAL_MS, stopping)
    }
  }

  /** Reads the file if it has changed. Never fails. */
  async look(): Promise<void> {
    const { path, logger } = this.#deps
    try {
      const state = await stateOf(path)
      if (state === this.#seen) return
      this.#seen = state // before it is read, so that a change while it is read is seen the next time
      if (state === '' && this.#isInUse) throw new KeysFileFault(`${path} is lost. ${ADVICE}`)
      this.#take(await readKeysFile(path))
      logger.info(`took the keys of ${path}`)
      this.#fault = null
    } catch (error) {
      const fault = `${(error as Error).message} The last good keys stay in force.`
      if (fault !== this.#fault) logger.warn(fault)
      this.#fault = fault
    }
  }

  #take(filed: readonly FiledKey[]): void {
    this.#isInUse ||= filed.length > 0
    this.#deps.ring.takeFiled(keysInForce(filed), this.#isInUse)
  }
}

/** Without a file, there are no keys. Fails with a KeysFileFault. */
export async function readKeysFile(path: string): Promise<readonly FiledKey[]> {
  try {
    const { size } = await stat(path)
    if (size > KEYS_FILE_BYTES_MAX) throw new KeysFileFault(`is larger than ${KEYS_FILE_BYTES_MAX} bytes`)
    return parseKeysFile(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof KeysFileFault) throw new KeysFileFault(`${path} ${error.message}. ${ADVICE}`)
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new KeysFileFault(`${path} cannot be read (${code ?? message}).`)
    if ((await stateOf(markOf(path))) === '') return []
    const advice = `Restore it, or remove ${markOf(path)} too to begin without keys, open to everybody.`
    throw new KeysFileFault(`${path} is lost. ${advice}`)
  }
}

/** Differs whenever the file was written or replaced; '' without a file. */
async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? '' : (code ?? 'unknown')
  }
}
