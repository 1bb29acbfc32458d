// The settings for switching the overload lane automatically.

import type { SettingsReader } from '../../../lib/settings-reader.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { OverloadRule } from './rule.ts'

const DAY_S = 86_400

/** Null if it is switched by command only. */
export function readOverloadRule(read: SettingsReader): OverloadRule | null {
  const lagS = read.wholeNumber('OVERLOAD_LAG_S', 0, { least: 0, most: DAY_S })
  const afterS = read.wholeNumber('OVERLOAD_AFTER_S', 300, { least: 10, most: DAY_S })
  return lagS === 0 ? null : { lagMs: lagS * SECOND_MS, afterMs: afterS * SECOND_MS }
}
