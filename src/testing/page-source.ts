import { AssertionError } from 'node:assert';
import type { MetricFamily } from '../exposition/decode/metric-family';
import { parseExposition } from '../exposition/decode/parser';
import type { Exposition } from '../http/handlers';
import { readText } from '../http/read-body';

/** Whatever returns a page: an `Sdk`, a `TestSdk`, a `PrometheusReader` or a `PrometheusExporter`. */
export interface Scrapable {
  /** Returns the page in a text format. */
  scrape(): Promise<{
    readonly status: number;
    readonly contentType: string;
    readonly body: string | Exposition['body'];
  }>;
}

/** Where a page comes from: something that can be scraped, the URL of an endpoint, or the text of a page. */
export type PageSource = Scrapable | URL | string;

/** Returns the families of a page, by name. Rejects if the page cannot be read. */
export async function readFamilies(source: PageSource): Promise<ReadonlyMap<string, MetricFamily>> {
  if (typeof source === 'string') return parseExposition(source);
  const { status, contentType, body } = source instanceof URL ? await fetchPage(source) : await source.scrape();
  const page = typeof body === 'string' ? body : await readText(body);
  if (status === 200) return parseExposition(page, contentType);
  throw new AssertionError({ message: `the page cannot be read: status ${status}, ${page.trim()}` });
}

async function fetchPage(url: URL) {
  const response = await fetch(url);
  const contentType = response.headers.get('content-type') ?? 'text';
  return { status: response.status, contentType, body: await response.text() };
}
