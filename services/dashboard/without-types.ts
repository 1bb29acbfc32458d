// TypeScript as browsers run it.
import { stripTypeScriptTypes } from 'node:module'

/** Types become blanks. Node warns that its function may change: that is for us, not for those who start us. */
export function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
