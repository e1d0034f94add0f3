// The browser, and the looks that its pages are judged by.
import { chromium } from 'playwright-core';

export const looks = {
  wide: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  narrow: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
};

// launch starts the browser that CHROMIUM names.
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-proxy-server'] });
}
