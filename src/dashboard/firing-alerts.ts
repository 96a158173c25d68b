import { context } from '@opentelemetry/api';
import { type RequestTarget, separateCredentials } from '../http/url-credentials';
import { printable } from '../issues';
import { SUPPRESS_TRACING } from '../suppress-tracing';
import type { PageAlert, PageAlerts } from './wire';

/** For how long an answer is shown before Prometheus is asked again, in milliseconds. */
const MAX_AGE_MILLIS = 15_000;
const TIMEOUT_MILLIS = 5000;
/** The number of alerts that are sent to the page. */
const MAX_ALERTS = 50;
const MAX_TEXT_LENGTH = 300;
/** Common values of the label `severity`, the most severe first. Any other one is behind them. */
const SEVERITIES = ['critical', 'page', 'error', 'warning', 'info'];

/**
 * The alerts that fire on a Prometheus server (Prometheus documentation, HTTP API, "Alerts"). It is asked only while
 * somebody looks at the page, and at most every 15 seconds.
 */
export class FiringAlerts {
  private readonly target: RequestTarget;
  private latest: PageAlerts;
  private askedAt = Number.NEGATIVE_INFINITY;

  /** @param url the base URL of the server. User name and password become basic authentication */
  constructor(
    url: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    const base = new URL(url);
    base.pathname = `${base.pathname.replace(/\/$/, '')}/api/v1/alerts`;
    this.target = separateCredentials(base);
    this.latest = { firing: [], more: 0, fault: `waiting for the first answer of Prometheus at ${base.host}` };
  }

  /**
   * Returns the latest answer. Asks the server in the background if that is old, so that a server that hangs does not delay
   * the page.
   */
  read(): PageAlerts {
    if (this.now() - this.askedAt >= MAX_AGE_MILLIS) {
      this.askedAt = this.now();
      // The request is not one of the app: it is neither measured nor traced.
      void context.with(context.active().setValue(SUPPRESS_TRACING, true), async () => {
        this.latest = await this.ask();
      });
    }
    return this.latest;
  }

  /** Never rejects. */
  private async ask(): Promise<PageAlerts> {
    const { url, authorization } = this.target;
    try {
      const response = await fetch(url, {
        headers: { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        signal: AbortSignal.timeout(TIMEOUT_MILLIS),
      });
      if (!response.ok) throw new Error(`it answered with status ${response.status}`);
      const firing = readFiring(await response.json()).sort(compareAlerts);
      return { firing: firing.slice(0, MAX_ALERTS), more: Math.max(0, firing.length - MAX_ALERTS) };
    } catch (error) {
      const { message, cause } = error as { message: string; cause?: { message?: string } };
      const fault = `cannot read alerts from Prometheus at ${new URL(url).host}: ${cause?.message || message}`;
      return { firing: [], more: 0, fault: fault.slice(0, MAX_TEXT_LENGTH) };
    }
  }
}

function readFiring(answer: unknown): PageAlert[] {
  const alerts = (answer as { data?: { alerts?: unknown } } | null)?.data?.alerts;
  if (!Array.isArray(alerts))
    throw new Error(`expected a list of alerts, received ${printable(JSON.stringify(answer))}`);
  return alerts.filter((alert) => (alert as { state?: unknown } | null)?.state === 'firing').map(readAlert);
}

function readAlert(alert: { labels?: unknown; annotations?: unknown; activeAt?: unknown }): PageAlert {
  const { alertname, severity, ...others } = readTexts(alert.labels);
  const { summary, description } = readTexts(alert.annotations);
  return {
    name: alertname ?? 'alert without a name',
    severity: severity ?? '',
    summary: summary ?? description ?? '',
    labels: Object.entries(others)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
      .slice(0, MAX_TEXT_LENGTH),
    activeAt: typeof alert.activeAt === 'string' ? alert.activeAt : '',
  };
}

function readTexts(texts: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(texts ?? {});
  return Object.fromEntries(
    entries
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, text]) => [name, text.slice(0, MAX_TEXT_LENGTH)]),
  );
}

function compareAlerts(a: PageAlert, b: PageAlert): number {
  return rankSeverity(a) - rankSeverity(b) || compareTexts(a.name, b.name) || compareTexts(a.labels, b.labels);
}

function rankSeverity({ severity }: PageAlert): number {
  const rank = SEVERITIES.indexOf(severity.toLowerCase());
  return rank === -1 ? SEVERITIES.length : rank;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
