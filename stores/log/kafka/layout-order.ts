// Decides which of the proposed layouts are valid. Pure: all processes that read the same entries agree, without a
// lock.
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { validateLayouts } from '../../../model/validate-layouts.ts'
import { fromJson, type LayoutJson } from '../../layouts/layout-form.ts'
import type { MetaEntry } from './meta.ts'

/**
 * The layouts in force, oldest first. A proposal counts if it is the first with the next version, and if the log took
 * it at least `leadMs` before its minute: a proposal that arrives later than its writer intended might not be seen by
 * others in time.
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
