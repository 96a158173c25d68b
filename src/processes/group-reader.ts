import { report } from '../diagnostics';
import { PrometheusReader, type PrometheusReaderOptions, type ScrapeOptions } from '../exporter/prometheus-reader';
import { errorMessage } from '../issues';
import { withTimeout } from '../timeout';
import type { Page, PageSource } from './page';

/** The longest that a page of another process may take, in milliseconds. */
const MAX_REMOTE_MILLIS = 30_000;

/** Serves the pages of another process, while that one has the metrics of this process. */
export class GroupReader extends PrometheusReader {
  /** @param remotePages returns what makes pages elsewhere, or `undefined` while this process makes them */
  constructor(
    options: PrometheusReaderOptions,
    private readonly remotePages: () => PageSource | undefined,
  ) {
    super(options);
  }

  override async scrape(options: ScrapeOptions = {}): Promise<Page> {
    const makePage = this.remotePages();
    if (makePage === undefined) return super.scrape(options);
    const { accept = '', names = [], timeoutMillis = Infinity } = options;
    const millis = Math.min(timeoutMillis, MAX_REMOTE_MILLIS);
    try {
      return await withTimeout(makePage({ accept, names, timeoutMillis: millis }), millis, 'it did not answer in time');
    } catch (error) {
      const problem = `the process that serves the metrics cannot be reached: ${errorMessage(error)}`;
      report('processes', problem, 'page');
      return { status: 503, contentType: 'text/plain; charset=utf-8', body: [Buffer.from(`${problem}\n`)] };
    }
  }
}
