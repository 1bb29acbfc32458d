// Which of the layouts that were proposed count. Pure: all who read the same entries agree, without a lock.
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { validateLayouts } from '../../../model/validate-layouts.ts'
import { fromJson, type LayoutJson } from '../../layouts/layout-form.ts'
import type { MetaEntry } from './meta.ts'

/**
 * The layouts in force, oldest first. A proposal counts if it is the first with the next version, and if the log took
 * it at least `leadMs` before its minute: one that lands later than its writer meant could catch others unawares.
 */
export function layoutsInForce(entries: readonly MetaEntry[], leadMs: number): readonly Layout[] {
  const layouts: Layout[] = []
  for (const { kind, value, logTimeMs } of entries) {
    if (kind !== 'layout') continue
    const layout = fromJson(value as LayoutJson)
    const inTime = layouts.length === 0 || layout.fromMinute * MINUTE_MS >= logTimeMs + leadMs
    if (inTime && validateLayouts([...layouts, layout]).length === 0) layouts.push(layout)
  }
  return layouts
}
