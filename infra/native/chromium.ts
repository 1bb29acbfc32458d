// Chromium for the tests of the page: Debian's, because a browser downloaded on its own would lack its libraries.
import { installPackage } from './debian.ts'

export const CHROMIUM = '/usr/bin/chromium'

/** Once per machine. Fails with an InfraFault that says what is missing. */
export function installChromium(): Promise<void> {
  return installPackage({ name: 'chromium', program: CHROMIUM, versionFlag: '--version', unit: null })
}
