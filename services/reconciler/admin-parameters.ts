// What the addresses of operators have in common: how tenants are named, and how a single fault is told.
import type { ProblemError } from '../http/problem.ts'
import { invalidRequest } from '../query/parameters.ts'

export const TENANT_RULE = 'the name of a tenant'
const TENANT_CHARS_MAX = 64

export function tenantName(text: string): string | null {
  return /^[A-Za-z0-9._-]*$/.test(text) && text.length <= TENANT_CHARS_MAX ? text : null
}

export function invalid(parameter: string, rule: string): ProblemError {
  return invalidRequest([{ parameter, code: 'invalid_parameter', detail: `${parameter} ${rule}` }])
}
