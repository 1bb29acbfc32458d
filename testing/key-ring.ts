// For tests: keys of the settings API_KEYS and ADMIN_KEYS, without a keys file.
import { parseAdminKeys } from '../lib/http/admin-keys.ts'
import { parseApiKeys } from '../lib/http/api-keys.ts'
import { KeyRing } from '../lib/http/key-ring.ts'

export function keyRing(apiKeys: string | undefined, adminKeys?: string): KeyRing {
  return new KeyRing({ apiKeys: parseApiKeys(apiKeys), adminKeys: parseAdminKeys(adminKeys) })
}
