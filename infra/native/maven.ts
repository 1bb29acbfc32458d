// Fetches the jars of a pom.xml with Maven.
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runProgram } from './run-program.ts'

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
const JAVA_HINT =
  'Install Java 17 or newer and Maven (Debian: apt-get install openjdk-17-jre-headless maven).'

/** Puts the jars that `pom` needs at run time into `directory`, all or none; resolves at once if it exists. */
export async function fetchJars(pom: string, directory: string): Promise<void> {
  await runProgram('java', ['-version'], { hint: JAVA_HINT })
  if (existsSync(directory)) return
  const draft = `${directory}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(directory), { recursive: true })
  const options = ['-DincludeScope=runtime', `-DoutputDirectory=${draft}`]
  await runProgram('mvn', ['-B', '-ntp', '-q', '-f', pom, COPY, ...options], { hint: JAVA_HINT })
  await rename(draft, directory)
}
