// Reads the setting ADMIN_KEYS: keys that allow reading and changing what does not belong to one tenant, and that speak
// for no tenant.
import { KEY, type KnownKey, keyOfSetting } from './known-key.ts'

/** Reads a setting like `key,key2`. Fails with an Error that names faulty entries by their place. */
export function parseAdminKeys(setting: string | undefined): readonly KnownKey[] {
  const entries = setting === undefined ? [] : setting.split(',').map((entry) => entry.trim())
  const faults = entries.flatMap((key, at) => (KEY.test(key) ? [] : [`entry ${at + 1} is not a key`]))
  if (faults.length > 0) throw new Error(faults.join('; '))
  return entries.map((key) => keyOfSetting(key, 'admin', null))
}
