// Builds the counters that are written in Java, outside the tree: each once for every state of its sources.
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint } from '../../infra/native/fingerprint.ts'
import { fetchJars } from '../../infra/native/maven.ts'
import { runProgram } from '../../infra/native/run-program.ts'

/** Each is a folder with its pom.xml. */
export type JavaProgram = 'streams' | 'flink'

export const JAVA_SOURCES = fileURLToPath(new URL('./java/', import.meta.url))
const COMMON = 'common'
const RELEASE = '17'
const HINT =
  'Install a Java 17 development kit or a newer one (Debian: apt-get install openjdk-17-jdk-headless).'

/** The class path of the built counter, whose jars are fetched once. Fails with an InfraFault. */
export async function buildJava(programs: string, name: JavaProgram): Promise<string> {
  const pom = join(JAVA_SOURCES, name, 'pom.xml')
  const jars = join(programs, `${name}-counter-jars-${await fingerprint([pom])}`)
  await fetchJars(pom, jars)
  const sources = [...(await javaFilesIn(COMMON)), ...(await javaFilesIn(name))]
  const classes = join(programs, `${name}-counter-${await fingerprint([pom, ...sources])}`)
  if (!existsSync(classes)) await compile(sources, `${jars}/*`, classes)
  return `${classes}:${jars}/*`
}

/** All classes or none. */
async function compile(sources: readonly string[], classPath: string, classes: string): Promise<void> {
  const draft = `${classes}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(classes), { recursive: true })
  const options = ['--release', RELEASE, '-proc:none', '-cp', classPath, '-d', draft]
  await runProgram('javac', [...options, ...sources], { hint: HINT })
  await rename(draft, classes)
}

async function javaFilesIn(folder: string): Promise<string[]> {
  const directory = join(JAVA_SOURCES, folder)
  const names = (await readdir(directory)).filter((name) => name.endsWith('.java'))
  return names.sort().map((name) => join(directory, name))
}
