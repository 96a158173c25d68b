import { type RequestTarget, separateCredentials } from '../http/url-credentials';
import { MAX_TIMER_MILLIS } from '../timeout';

/**
 * Returns where a page is put: below `/metrics/job/NAME` of a Pushgateway, unless the URL names a group itself.
 *
 * @param url `http://host:9091`, or with a group `http://host:9091/metrics/job/backup/instance/a`. User name and password
 *   become basic authentication
 * @param job the job of a URL without a group
 */
export function pushgatewayTarget(url: string, job: string): RequestTarget {
  const target = new URL(url);
  // A slash in a value, and an empty value, need the Base64 form (Pushgateway documentation, "API").
  const isPlain = job !== '' && !job.includes('/');
  const group = isPlain
    ? `job/${encodeURIComponent(job)}`
    : `job@base64/${Buffer.from(job).toString('base64url') || '='}`;
  if (!target.pathname.includes('/metrics/job'))
    target.pathname = `${target.pathname.replace(/\/$/, '')}/metrics/${group}`;
  return separateCredentials(target);
}

/**
 * Replaces the metrics of a group of a Pushgateway with a page in the text format.
 *
 * @throws Error (as a rejection) if the Pushgateway cannot be reached in time or refuses the page, with its reason
 */
export async function pushPage(
  { url, authorization }: RequestTarget,
  contentType: string,
  body: string,
  timeoutMillis: number,
): Promise<void> {
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': contentType, ...(authorization === undefined ? {} : { authorization }) },
    body,
    signal: AbortSignal.timeout(Math.min(timeoutMillis, MAX_TIMER_MILLIS)),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text.trim()}`);
}
