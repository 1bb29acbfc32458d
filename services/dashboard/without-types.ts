// TypeScript as browsers run it.
import { stripTypeScriptTypes } from 'node:module'

/** Types become blanks. Node warns that its function for this may change: that is for us, not for who starts the product. */
export function withoutTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
