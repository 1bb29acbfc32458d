// The content security policy of pages: nothing but our own files and answers; no text becomes markup or code.
import { createHash } from 'node:crypto'

/** Of a page that holds no script and no styles itself. */
export const PAGE_POLICY = policyOf("'self'", "'self'")

/** Of a document that holds a script and all its styles: the policy names their digests, so nothing else in it runs. */
export function policyWith(script: string, styles: string): string {
  return policyOf(`'self' ${digestOf(script)}`, digestOf(styles))
}

function policyOf(scripts: string, styles: string): string {
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    `style-src ${styles}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

function digestOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
