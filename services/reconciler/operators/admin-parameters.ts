// How the routes of operators name tenants.
import { isTenant } from '../../../model/names.ts'

export function tenantName(text: string): string | null {
  return isTenant(text) ? text : null
}
