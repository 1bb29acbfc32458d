// Loaded before tests (`--import`): where SEED is set, as in CI, property tests draw from it, and so the same each
// time. What another day draws must not hold up a change; the nightly run draws anew.
import { registerHooks } from 'node:module'

const SEEDED = new URL('./seeded-fast-check.ts', import.meta.url).href

if (process.env.SEED !== undefined) {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'fast-check' || context.parentURL === SEEDED) return next(specifier, context)
      return { url: SEEDED, shortCircuit: true }
    },
  })
}
