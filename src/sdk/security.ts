import { checkWebConfig, closedWebConfig, type WebConfig } from '../http/web-config';
import { readWebConfig } from '../http/web-config-file';
import { type Issue, IssueError } from '../issues';
import type { Settings } from './settings';

/** The protection of the servers of an SDK. */
export interface Security {
  /** `undefined` if nothing is configured: any client may connect over plain HTTP. */
  readonly web: WebConfig | undefined;
  readonly issues: readonly Issue[];
}

/**
 * Reads and checks what protects the endpoint. If something is invalid, the result is a configuration that rejects every
 * request, because what was meant to be protected must not be open.
 *
 * @param isInvalid whether a setting that protects the endpoint is invalid already
 */
export function resolveSecurity(settings: Settings, isInvalid: boolean): Security {
  if (isInvalid) return { web: closedWebConfig(), issues: [] };
  const given = settings['prometheus.web'];
  const bearerToken = settings['prometheus.bearerToken'];
  const source = typeof given === 'string' ? given : 'prometheus.web';
  try {
    const read = typeof given === 'string' ? readWebConfig(given) : given;
    if (read === undefined && bearerToken === undefined) return { web: undefined, issues: [] };
    const web = bearerToken === undefined ? { ...read } : { bearerToken, ...read };
    checkWebConfig(web, source);
    return { web, issues: [] };
  } catch (error) {
    return { web: closedWebConfig(), issues: findIssues(error, source) };
  }
}

function findIssues(error: unknown, path: string): readonly Issue[] {
  if (error instanceof IssueError) return error.issues;
  const { message } = error as Error;
  return [{ code: 'invalid_value', path, message: message.includes(path) ? message : `invalid ${path}: ${message}` }];
}
