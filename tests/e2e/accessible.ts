// Whether axe finds anything serious on a page.
import assert from 'node:assert/strict'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

const SERIOUS = ['serious', 'critical']

export async function isAccessible(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // What is fading in has too little contrast on its way.
    const ends = (one: Animation) => one.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY
    await Promise.allSettled(
      document
        .getAnimations()
        .filter(ends)
        .map(({ finished }) => finished),
    )
  })
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as typeof globalThis & { axe: typeof axe }).axe.run(),
  )
  const serious = violations.filter(({ impact }) => SERIOUS.includes(impact ?? ''))
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('  ')}`),
    [],
  )
}
