// Every screen in one theme and every theme on a screen are in CI; the other pairs are left to nightly.
import { LEFT_TO_NIGHTLY } from '../../testing/nightly.ts'

export function besideOneTheme(device: string, scheme: 'light' | 'dark'): string | false {
  const isOfCi = (scheme === 'dark') === (device === 'phone')
  return !isOfCi && LEFT_TO_NIGHTLY
}
