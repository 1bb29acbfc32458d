// Reads the setting API_KEYS: full keys, each of one tenant.
import { KEY, type KnownKey, keyOfSetting, TENANT, TENANT_RULE } from './known-key.ts'

/**
 * Reads a setting like `key=tenant,key2=tenant2`; a key may itself end in `=`. Unset or empty means none.
 * Fails with an Error that names every faulty entry by its place, never by its text.
 */
export function parseApiKeys(setting: string | undefined): readonly KnownKey[] {
  if (setting === undefined || setting.trim() === '') return []
  const faults: string[] = []
  const seen = new Set<string>()
  const keys = setting.split(',').map((entry, at) => {
    const split = entry.lastIndexOf('=')
    const key = entry.slice(0, Math.max(split, 0)).trim()
    const tenant = entry.slice(split + 1).trim()
    if (!KEY.test(key)) faults.push(`entry ${at + 1} is not of the form key=tenant`)
    else if (!TENANT.test(tenant)) faults.push(`entry ${at + 1}: ${TENANT_RULE}`)
    if (seen.has(key)) faults.push(`entry ${at + 1} repeats an earlier key`)
    seen.add(key)
    return keyOfSetting(key, 'full', tenant)
  })
  if (faults.length > 0) throw new Error(faults.join('; '))
  return keys
}
