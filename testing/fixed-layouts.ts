// For tests: layouts that never change.
import type { Layout } from '../model/layout.ts'
import type { Layouts } from '../stores/layouts/layouts.ts'

export function fixedLayouts(layouts: readonly Layout[]): Layouts {
  return { current: () => layouts, unknownFromMinute: () => Number.POSITIVE_INFINITY }
}
