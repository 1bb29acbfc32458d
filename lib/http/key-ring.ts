// All keys that a process knows: those of its settings, which stay, and those of the keys file, which may be replaced
// at any time. Keys are off until there is a first one: then everybody is the tenant ''.
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { systemClock } from '../system-clock.ts'
import { BAD_KEYS, BadKeys } from './bad-keys.ts'
import { ALLOWED, digestOf, type KnownKey } from './known-key.ts'
import { isListed } from './origins.ts'

export type SettingKeys = {
  readonly apiKeys: readonly KnownKey[]
  readonly adminKeys: readonly KnownKey[]
}

export type FoundKeys = {
  /** Those that are in force: usually one; a key may stand in several lists. */
  readonly known: readonly KnownKey[]
  readonly isExpired: boolean
}

/** What routes need of the keys. */
export interface Keys {
  /** Whether requests of tenants need a key. */
  readonly areOn: boolean
  /** Whether requests of admins do: also where only admin keys are set. */
  readonly areOnForAdmins: boolean
  find(key: string): FoundKeys
  /** Whether a key that sends names this origin: then its pages may read what they are answered. */
  listsSender(origin: string): boolean
  /** Counts keys that are not known, by client address. */
  readonly bad: BadKeys
}

const SECRET_BYTES = 32
const NOTHING: FoundKeys = { known: [], isExpired: false }

export class KeyRing implements Keys {
  readonly bad: BadKeys
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #settings: SettingKeys
  readonly #secret = randomBytes(SECRET_BYTES)
  #byTag: ReadonlyMap<string, readonly KnownKey[]>
  #isFileInUse = false
  /** Of all keys that send. */
  #origins: readonly string[] = []

  constructor(
    settings: SettingKeys,
    clock: Pick<Clock, 'nowMs'> = systemClock,
    badPerMinuteMax: number | null = BAD_KEYS.perMinuteMax,
  ) {
    this.#settings = settings
    this.#clock = clock
    this.bad = new BadKeys(badPerMinuteMax, clock)
    this.#byTag = this.#tagged([])
  }

  get areOn(): boolean {
    return this.#settings.apiKeys.length > 0 || this.#isFileInUse
  }

  get areOnForAdmins(): boolean {
    return this.areOn || this.#settings.adminKeys.length > 0
  }

  /**
   * The keys of the file from now on. Once it held a key, even a revoked one, keys are on and stay so: nobody gains
   * access by revoking the last.
   */
  takeFiled(filed: readonly KnownKey[], isInUse: boolean): void {
    this.#byTag = this.#tagged(filed)
    const senders = filed.filter(({ role }) => ALLOWED[role].includes('send'))
    this.#origins = Array.from(new Set(senders.flatMap(({ origins }) => origins)))
    this.#isFileInUse ||= isInUse
  }

  /**
   * Looks the key up by a keyed hash of its digest. The secret is this process's own, so a caller cannot choose what
   * the lookup compares, and how long it takes says nothing about the keys that are known.
   */
  find(key: string): FoundKeys {
    const found = this.#byTag.get(this.#tagOf(digestOf(key)))
    if (found === undefined) return NOTHING
    const nowMs = this.#clock.nowMs()
    const known = found.filter(({ expiresMs }) => expiresMs === null || nowMs < expiresMs)
    return { known, isExpired: known.length === 0 }
  }

  listsSender(origin: string): boolean {
    return isListed(origin, this.#origins)
  }

  #tagged(filed: readonly KnownKey[]): ReadonlyMap<string, readonly KnownKey[]> {
    const { apiKeys, adminKeys } = this.#settings
    return Map.groupBy([...apiKeys, ...adminKeys, ...filed], ({ digest }) => this.#tagOf(digest))
  }

  #tagOf(digest: Buffer): string {
    return createHmac('sha256', this.#secret).update(digest).digest('base64')
  }
}

/** Of a server without any. */
export const NO_KEYS: Keys = new KeyRing({ apiKeys: [], adminKeys: [] })
