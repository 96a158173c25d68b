import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startChromium } from '../servers/chromium';

/** A page of a real browser for each test of a suite, with what went wrong on it. */
export interface TestPage {
  readonly page: Page;
  /** Errors of scripts and of the console, which include violations of the security policy. */
  readonly errors: readonly string[];
  /** The URLs that the page has requested. */
  readonly requested: readonly string[];
}

/** Opens a page before each test of the suite, and closes it afterwards. */
export function usePage(): TestPage {
  let browser: Browser;
  let page: Page;
  let errors: string[];
  let requested: string[];
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    page = await browser.newPage();
    errors = [];
    requested = [];
    page.on('pageerror', (error) => void errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('request', (request) => void requested.push(request.url()));
  });
  afterEach(() => page.close());
  return {
    get page() {
      return page;
    },
    get errors() {
      return errors;
    },
    get requested() {
      return requested;
    },
  };
}
