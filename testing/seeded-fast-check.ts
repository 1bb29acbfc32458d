// What tests get for fast-check where SEED is set: see one-seed.ts.
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env.SEED) })

export * from 'fast-check'
export { default } from 'fast-check'
