// How the addresses of operators name tenants.

export const TENANT_RULE = 'the name of a tenant'
const TENANT_CHARS_MAX = 64

export function tenantName(text: string): string | null {
  return /^[A-Za-z0-9._-]*$/.test(text) && text.length <= TENANT_CHARS_MAX ? text : null
}
