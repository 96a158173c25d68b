import { type Browser, chromium } from 'playwright-core';
import { canRun, programPath } from './processes';

const program = programPath('chromium') ?? programPath('chromium-browser') ?? programPath('google-chrome');

export const hasChromium = canRun(program, 'chromium', 'install the Debian package chromium');

/** A real browser without a window. */
export function startChromium(): Promise<Browser> {
  // Chromium does not sandbox itself for root, which is who runs CI.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    ...(program === undefined ? {} : { executablePath: program }),
    ...(isRoot ? { args: ['--no-sandbox'], chromiumSandbox: false } : {}),
  });
}
