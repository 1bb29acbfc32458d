// For tests: keys of the settings API_KEYS and ADMIN_KEYS, without a keys file; and a secret for share links.

import type { Clock } from '../lib/clock.ts'
import { parseAdminKeys } from '../lib/http/keys/admin-keys.ts'
import { parseApiKeys } from '../lib/http/keys/api-keys.ts'
import { KeyRing } from '../lib/http/keys/key-ring.ts'
import { systemClock } from '../lib/system-clock.ts'

const SHARE_SECRET = Buffer.from('a secret that only tests have')

export function keyRing(
  apiKeys: string | undefined,
  adminKeys?: string,
  clock: Pick<Clock, 'nowMs'> = systemClock,
): KeyRing {
  const keys = { apiKeys: parseApiKeys(apiKeys), adminKeys: parseAdminKeys(adminKeys) }
  return new KeyRing({ ...keys, shareSecrets: [SHARE_SECRET] }, clock)
}
