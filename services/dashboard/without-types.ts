// Strips the types from TypeScript, for browsers.
import { stripTypeScriptTypes } from 'node:module'

/** Types become blanks. Node warns that this function may change; users need not see that warning. */
export function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
