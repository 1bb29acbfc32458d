// Resolves imports of k6's modules to ours. Any other package is refused, and so are Node's modules, which k6 lacks.
import { registerHooks } from 'node:module'
import { Fault } from '../../../../lib/fault.ts'
import { missing } from '../missing.ts'

export const MODULES: Readonly<Record<string, URL>> = {
  k6: new URL('./k6.ts', import.meta.url),
  'k6/execution': new URL('./execution.ts', import.meta.url),
  'k6/http': new URL('./http.ts', import.meta.url),
  'k6/metrics': new URL('./metrics.ts', import.meta.url),
  'k6/timers': new URL('./timers.ts', import.meta.url),
}

const SLEEP_IMPORTED = /\bimport\s*\{[^}]*\bsleep\b[^}]*\}\s*from\s*'k6'/
const SLEEP_NOT_AWAITED = /(?<!\bawait\s+)\bsleep\(/

/** Takes effect from now on, in this thread. @param directory of the scripts, as a URL that ends in a slash */
export function resolveModules(directory: string): void {
  registerHooks({
    resolve(specifier, context, next) {
      const own = MODULES[specifier]
      if (own !== undefined) return { url: own.href, shortCircuit: true }
      if (!context.parentURL?.startsWith(directory)) return next(specifier, context)
      if (specifier.startsWith('k6')) throw missing(`module ${specifier}`)
      if (!/^\.{1,2}\//.test(specifier)) {
        throw new Fault(`${specifier} cannot be imported: scripts import k6's modules and files beside them.`)
      }
      return next(specifier, context)
    },
    load(url, context, next) {
      const loaded = next(url, context)
      if (url.startsWith(directory)) checkSleeps(String(loaded.source))
      return loaded
    },
  })
}

/** In k6 it blocks; here the script would have to await it. */
function checkSleeps(source: string): void {
  if (SLEEP_IMPORTED.test(source) && SLEEP_NOT_AWAITED.test(source)) {
    throw missing('sleep that blocks', 'Write await sleep(…), which k6 does not mind.')
  }
}
