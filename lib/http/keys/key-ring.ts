// All keys that a process knows: those of its settings, which stay, and those of the keys file, which may be replaced
// at any time. Keys are off until there is a first one: then everybody is the tenant ''.
import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { systemClock } from '../../system-clock.ts'
import { isListed } from '../origins.ts'
import { BAD_KEYS, BadKeys } from './bad-keys.ts'
import { ALLOWED, digestOf, type KnownKey, type Need } from './known-key.ts'
import { type ShareLink, ShareLinks } from './share-links.ts'

export type SettingKeys = {
  readonly apiKeys: readonly KnownKey[]
  readonly adminKeys: readonly KnownKey[]
  /** Of links; left out, or none: what the deployment has anyway. */
  readonly shareSecrets?: readonly Buffer[]
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
  readonly links: ShareLinks
  /** Whether a key that was found still allows this: it may end while what it opened goes on. */
  stillAllows(key: KnownKey, need: Need): boolean
  /** Whether a tenant has a key that allows this; where keys are off, everybody may. */
  anyAllows(tenant: string, need: Need): boolean
  /** Whether a link still holds: for its time, and as long as the key that made it may read. */
  stateOf(link: ShareLink): 'good' | 'expired' | 'revoked'
}

const SECRET_BYTES = 32
const NOTHING: FoundKeys = { known: [], isExpired: false }

export class KeyRing implements Keys {
  readonly bad: BadKeys
  readonly links: ShareLinks
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #settings: SettingKeys
  readonly #secret = randomBytes(SECRET_BYTES)
  #byTag: ReadonlyMap<string, readonly KnownKey[]>
  /** Keys by the names that links have for them; null until a link is judged. */
  #byLinkName: ReadonlyMap<string, readonly KnownKey[]> | null = null
  /** Keys by whom they speak for; null until it is asked. */
  #byTenant: ReadonlyMap<string | null, readonly KnownKey[]> | null = null
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
    this.links = new ShareLinks(settings.shareSecrets)
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
    this.#byLinkName = null
    this.#byTenant = null
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
    const known = this.#inForce(found)
    return { known, isExpired: known.length === 0 }
  }

  stillAllows({ digest, tenant }: KnownKey, need: Need): boolean {
    return isAmong(this.#inForce(this.#byTag.get(this.#tagOf(digest)) ?? []), tenant, need)
  }

  anyAllows(tenant: string, need: Need): boolean {
    if (!this.areOn) return tenant === ''
    this.#byTenant ??= Map.groupBy(Array.from(this.#byTag.values()).flat(), (key) => key.tenant)
    return isAmong(this.#inForce(this.#byTenant.get(tenant) ?? []), tenant, need)
  }

  stateOf({ tenant, expiresMs, madeBy }: ShareLink): 'good' | 'expired' | 'revoked' {
    if (this.#clock.nowMs() >= expiresMs) return 'expired'
    if (madeBy === null) return this.areOn ? 'revoked' : 'good' // made while nobody needed a key
    this.#byLinkName ??= this.#named()
    const makers = this.#inForce(this.#byLinkName.get(madeBy) ?? [])
    return isAmong(makers, tenant, 'read') ? 'good' : 'revoked'
  }

  listsSender(origin: string): boolean {
    return isListed(origin, this.#origins)
  }

  #inForce(keys: readonly KnownKey[]): readonly KnownKey[] {
    const nowMs = this.#clock.nowMs()
    return keys.filter(({ expiresMs }) => expiresMs === null || nowMs < expiresMs)
  }

  #named(): ReadonlyMap<string, readonly KnownKey[]> {
    const named = Array.from(this.#byTag.values())
      .flat()
      .flatMap((key) => this.links.namesOf(key.digest).map((name) => ({ name, key })))
    const groups = Map.groupBy(named, ({ name }) => name)
    return new Map(Array.from(groups, ([name, found]) => [name, found.map(({ key }) => key)]))
  }

  #tagged(filed: readonly KnownKey[]): ReadonlyMap<string, readonly KnownKey[]> {
    const { apiKeys, adminKeys } = this.#settings
    return Map.groupBy([...apiKeys, ...adminKeys, ...filed], ({ digest }) => this.#tagOf(digest))
  }

  #tagOf(digest: Buffer): string {
    return createHmac('sha256', this.#secret).update(digest).digest('base64')
  }
}

function isAmong(keys: readonly KnownKey[], tenant: string | null, need: Need): boolean {
  return keys.some((key) => key.tenant === tenant && ALLOWED[key.role].includes(need))
}

/** Of a server without any. */
export const NO_KEYS: Keys = new KeyRing({ apiKeys: [], adminKeys: [] })
