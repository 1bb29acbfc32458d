// Says what is wrong with a relative path on a command line of npm.
import { isAbsolute, resolve } from 'node:path'

/**
 * npm starts a command in the folder of the project, wherever it was called: a relative path may then not mean what
 * the caller sees. Null where it does.
 */
export function relativePathFault(
  path: string,
  calledIn = process.env.INIT_CWD,
  folder = process.cwd(),
): string | null {
  if (path === '' || isAbsolute(path) || calledIn === undefined || resolve(calledIn) === folder) return null
  return `${path} is relative, and npm works in ${folder}, not in ${calledIn}: write the whole path`
}
